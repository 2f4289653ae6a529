"""Three languages, whole: every kind of page in Russian and Kazakh, read text by text, has nothing left over from another."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.i18n import Terms, Words
from app.models import Body, Place, Source, Text

ROOT = Path(__file__).parents[1]
PAGES = (
    "/",
    "/?as_of=2016-12-31",
    "/indicators",
    "/indicators/convicted",
    "/indicators/citizens_abroad_fighters",
    "/indicators/killed_victims",
    "/indicators/gti_rank",
    "/incidents",
    "/incidents?year=2016&outcome=foiled",
    "/incidents?q=nothingfitsthis",
    "/incidents/2016-07-almaty",
    "/incidents/2016-07-almaty?as_of=2016-07-18",
    "/incidents/2016-07-almaty?as_of=2015",
    "/incidents/2022-01-january-unrest",
    "/places",
    "/places/KZ-75",
    "/sources",
    "/sources/knb-2019-12-12-atc-work-report",
    "/coverage",
    "/coverage?as_of=2016-12-31",
    "/changes",
    "/search?q=140",
    "/search?q=Алматы",
    "/search?q=2016",
    "/methodology",
    "/corrections",
    "/glossary",
    "/data",
    "/disagreements",
    "/disagreements/convicted.2024",
    "/disagreements/killed_victims.2016-07-almaty",
    "/disagreements/people.returnees.57",
    "/disagreements/foiled_plots.no-12",
    "/figures/s001-convicted",
    "/figures/2016-07-almaty.00",
    "/figures/s000-nov2024-detained",
    "/tensions",
    "/disclosure",
    "/compare?figure=knb-convicted-2022,kps-sent-2022",
    "/compare?series=convicted,detained",
    "/about",
    "/nowhere",
    "/incidents?year=x",
)
OURS = {
    "CSV",
    "JSON",
    "PNG",
    "SVG",
    "API",
    "Atom",
    "EN",
    "CC",
    "BY",
    "SHA",
    "OpenAPI",
    "official_latest",
    "PUBLIC_URL",
    "MIT",
}
"""Words of every language."""
PARAMETERS = {
    "as_of",
    "release",
    "stats",
    "coverage",
    "json",
    "csv",
    "none",
    "from",
    "to",
    "view",
    "lang",
    "cookie",
    "Cookie",
    "links",
    "next",
    "observations",
    "datapackage",
    "Python",
    "CONTACT",
    "CONTRIBUTING",
    "issue",
    "Data",
    "Package",
}
"""Names of the API's, and one of browsers, which are written alike in sentences of all languages."""
VOID = {"meta", "link", "input", "br", "img", "hr", "path", "line", "rect", "circle"}
SAID = ("aria-label", "title", "placeholder", "alt", "data-label", "data-copied", "data-back")


class Reader(HTMLParser):
    """Every text of a page that a reader meets, with the language it says it is in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: list[tuple[str, str | None, bool]] = []
        self.texts: list[tuple[str | None, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        _, lang, hidden = self.inside[-1] if self.inside else ("", None, False)
        # A page's title cannot say that a part of it, a document's own title, is in another language.
        lang, hidden = given.get("lang") or lang, hidden or tag in ("script", "style", "code", "pre", "title")
        if not hidden:
            self.texts += [(lang, str(given[name])) for name in SAID if given.get(name)]
            if tag == "meta" and given.get("name") == "description":
                self.texts.append((lang, str(given["content"])))
        if tag not in VOID:
            self.inside.append((tag, lang, hidden))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.inside) - 1, -1, -1):
            if self.inside[place][0] == tag:
                del self.inside[place:]
                return

    def handle_data(self, data: str) -> None:
        if self.inside and not self.inside[-1][2] and data.strip():
            self.texts.append((self.inside[-1][1], " ".join(data.split())))


@pytest.fixture(scope="module")
def names(published) -> dict[str, list[str]]:
    """Names of outlets and addresses, which are the same in every language, the longer first."""
    terms = Terms.of(*(published.tables[table] for table in (Text, Body, Place)))
    found = {}
    for language in ("ru", "kk"):
        words = Words(language, terms)
        own = {
            text
            for one in published.tables[Source]
            for text in (one.publisher, words.publisher(one.publisher), one.url or "", one.id)
        }
        own |= {re.sub(r"\s*\([^)]*\)$", "", name) for name in own} | {
            row.code for row in published.tables[Place]
        }
        own |= {
            getattr(text, language) for text in published.tables[Text]
        }  # read by the tests of the dataset
        found[language] = sorted(filter(None, own), key=len, reverse=True)
    return found


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_english_is_left_over_and_no_placeholder(site, names, language, path):
    left = {}
    for lang, text in Reader(site.get(f"/{language}{path}").text).texts:
        assert "%(" not in text, text
        assert "{{" not in text, text
        if lang != language:
            continue
        rest = text
        for name in names[language]:
            if name in rest:
                rest = rest.replace(name, " ")
        rest = re.sub(
            r"\b[0-9a-f]{12}\b|«[^»]*» \(EN\)|“[^”]*”|https?://\S+|\S+@\S+|/(api|en|ru|kk)/\S*", " ", rest
        )
        words = set(re.findall(r"[A-Za-z_]{2,}", rest)) - OURS - PARAMETERS
        if words:
            left[text] = words
    assert left == {}


def catalogue(language: str) -> dict[str, str]:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "derek.po").open("rb") as file:
        said = read_po(file, locale=language)
    return {message.id: str(message.string) for message in said if isinstance(message.id, str) and message.id}


@pytest.mark.parametrize("path", PAGES)
def test_no_russian_is_left_over_on_a_kazakh_page(site, path):
    russian, kazakh = catalogue("ru"), catalogue("kk")
    known = {text for text in kazakh.values() if text}
    with (ROOT / "seed" / "texts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known |= {row["kk"] for row in rows}
    foreign = {text for text in russian.values() if "%" not in text} | {row["ru"] for row in rows}
    foreign = {text for text in foreign if len(text) > 8 and not any(text in own for own in known)}
    texts = {text for lang, text in Reader(site.get(f"/kk{path}").text).texts if lang == "kk"}
    assert {text for text in texts if text in foreign} == set()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_languages_of_a_page_name_themselves_and_nothing_else_is_in_another(site, language):
    told = {lang for lang, _ in Reader(site.get(f"/{language}/").text).texts}
    assert told >= {language, "en"}
