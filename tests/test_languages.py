"""Three languages, whole: every kind of page in Russian and Kazakh, read text by text, has nothing left over from another."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app import i18n
from app.i18n import Terms, Words
from app.models import Body, Place, Source, Text, Translation

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
    "/embed/indicators/convicted?as_of=2025-12-31",
    "/embed/indicators/citizens_abroad_fighters",
    "/embed/indicators/injured",
    "/embed/incidents/2016-07-almaty",
    "/embed/incidents/2016-07-almaty?as_of=2015",
    "/embed/disclosure",
    "/embed/disclosure?chart=days",
    "/embed/incidents?outcome=foiled",
    "/embed/incidents?chart=timeline&as_of=2005",
    "/embed/indicators",
    "/embed/compare?series=convicted,detained",
    "/embed/compare?figure=s001-convicted,s000-convicted-2024",
    "/embed/coverage",
    "/embed/coverage?show=none",
)


def at(language: str, path: str) -> str:
    """The address of a page in a language; of what is shown in a frame, the language comes second."""
    return (
        f"/embed/{language}{path.removeprefix('/embed')}"
        if path.startswith("/embed/")
        else f"/{language}{path}"
    )


OURS = {
    "CSV",
    "DCAT",
    "LD",  # JSON-LD
    "CSVW",
    "WCAG",
    "AA",
    "XLSX",
    "SDMX",
    "stat",
    "JSON",
    "PNG",
    "SVG",
    "API",
    "Atom",
    "EN",
    "CC",
    "BY",
    "SHA",
    "BibTeX",
    "RIS",
    "CSL",
    "TXT",
    "OpenAPI",
    "ISO",
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
    terms = Terms.of(*(published.tables[table] for table in (Text, Translation, Body, Place)))
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
        own |= {getattr(text, language) for table in (Text, Translation) for text in published.tables[table]}
        found[language] = sorted(filter(None, own), key=len, reverse=True)
    return found


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_english_is_left_over_and_no_placeholder(site, names, language, path):
    left = {}
    for lang, text in Reader(site.get(at(language, path)).text).texts:
        assert "%(" not in text, text
        assert "{{" not in text, text
        if lang != language:
            continue
        rest = text
        for name in names[language]:
            if name in rest:
                rest = rest.replace(name, " ")
        rest = re.sub(
            r"\b[0-9a-f]{12}\b|«[^»]*» \(EN\)|«nothingfitsthis»|“[^”]*”|https?://\S+|\S+@\S+|/(api|en|ru|kk)/\S*",
            " ",
            rest,
        )
        words = set(re.findall(r"[A-Za-z_]{2,}", rest)) - OURS - PARAMETERS
        if words:
            left[text] = words
    assert left == {}


def test_every_text_of_the_editors_is_in_all_three_languages(published):
    assert published.translations() == ((), ())


def test_a_translation_is_in_its_language_and_keeps_of_the_english_only_names(published):
    """Names of outlets and of this dataset's own rows stay in Latin letters where the English has them."""
    rows = published.tables[Translation]
    for row in rows:
        for text in (row.ru, row.kk):
            assert set(re.findall(r"[A-Za-z]{2,}", text)) <= set(re.findall(r"[A-Za-z]{2,}", row.en)), row
        assert not re.search("[әғқңөұүһі]", NAMED_IN_KAZAKH.sub("", row.ru), re.IGNORECASE), row
    same = [
        row.ru for row in rows if row.ru == row.kk and len(re.findall(r"[а-яё]+", row.ru, re.IGNORECASE)) > 2
    ]
    assert same == []


NAMED_IN_KAZAKH = re.compile("Жетісу|Ұлытау")
"""Regions whose names Russian texts write in Kazakh, as the state's own do."""


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_a_text_without_a_translation_is_shown_in_english_and_says_so(client, language):
    page = client.get(f"/{language}/sources/knb-2024").text
    assert page.count('<span lang="en">') == page.count('<abbr class="english"') > 0
    translated = {"ru": "В 2023 году осуждены 43 человека.", "kk": "2023 жылы 43 адам сотталды."}
    assert translated[language] in page
    assert "43 people were convicted in 2023." not in page


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
    texts = {text for lang, text in Reader(site.get(at("kk", path)).text).texts if lang == "kk"}
    assert {text for text in texts if text in foreign} == set()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_languages_of_a_page_name_themselves_and_nothing_else_is_in_another(site, language):
    told = {lang for lang, _ in Reader(site.get(f"/{language}/").text).texts}
    assert told >= {language, "en"}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("path", PAGES)
def test_no_sentence_ends_twice(site, language, path):
    """In Russian and Kazakh a date may end with the full stop of an abbreviation."""
    said = (text for _, text in Reader(site.get(at(language, path)).text).texts)
    assert [text for text in said if re.search(r"(?<!\.)\.\.(?!\.)|\.,\.|;\.|,,", text)] == []


FORMS = {"en": (0, 1), "ru": (0, 1, 2), "kk": (0, 1)}
COUNTS = {
    "ru": {0: 2, 1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 101: 0, 111: 2, 122: 1},
    "kk": {0: 1, 1: 0, 2: 1, 5: 1, 11: 1, 21: 1, 101: 1},
}


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_sentence_that_counts_has_the_form_of_its_number(language):
    with (ROOT / "locale" / language / "LC_MESSAGES" / "derek.po").open("rb") as file:
        said = [message for message in read_po(file, locale=language) if isinstance(message.id, tuple)]
    assert len(said) > 20
    translate = i18n.catalogue(language).ngettext
    for message in said:
        forms = list(message.string or ())
        assert isinstance(message.id, tuple)
        one, many = message.id
        assert len(forms) == len(FORMS[language])
        for form in forms:
            assert re.findall(r"%\(\w+\)s", form), form
        for count, which in COUNTS[language].items():
            assert translate(one, many, count) == forms[which], (message.id, count)


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [
        (
            "ru",
            "convicted.2019",
            "Это заявлено один раз. В документе самого органа: 140, осуждены; Kazinform пишет: 140, задержаны и отправлены "
            "в тюрьму (одним числом). Считайте это только один раз.",
        ),
        (
            "kk",
            "convicted.2019",
            "Бұл бір рет мәлімделген. Органның өз құжатында: 140, сотталғандар; Kazinform былай жазады: 140, ұсталып, түрмеге "
            "қамалғандар (бір санмен). Екеуін қосып есептемеңіз.",
        ),
        (
            "ru",
            "foiled_plots.no-12",
            "Одно ли это число, сказать нельзя: не все дни, к которым они относятся, названы.",
        ),
        (
            "kk",
            "foiled_plots.no-12",
            "Бұл бір сан ба, айту мүмкін емес: олар қамтитын күндердің бәрі аталмаған.",
        ),
    ],
)
def test_why_numbers_differ_is_said_whole_in_each_language(site, language, question, said):
    assert site.get(f"/api/disagreements/{question}?lang={language}").json()["data"]["summary"] == said
    assert said in " ".join(site.get(f"/{language}/disagreements/{question}").text.split())


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ru", "Антитеррористический центр (при КНБ), 12 декабря 2019 года (дата определена по косвенным данным): осуждены — 140 (1 января – 12 декабря 2019 года; терроризм и религиозный экстремизм)."),
        ("kk", "Терроризмге қарсы орталық (ҰҚК жанындағы), 2019 жылғы 12 желтоқсан (күні жанама деректер бойынша анықталған): сотталғандар — 140 (2019 жылғы 1 қаңтар – 12 желтоқсан; терроризм және діни экстремизм)."),
    ],
)  # fmt: skip
def test_a_figure_is_quoted_whole_in_each_language(site, language, sentence):
    found = re.search(r"<blockquote>(.*?)</blockquote>", site.get(f"/{language}/figures/s001-convicted").text)
    assert found
    assert re.sub(r"\s", " ", found[1]) == sentence


def test_names_come_in_the_order_of_the_alphabet_and_not_of_a_computer(site):
    order = Words("kk", Terms({}, {}, {}, {})).order
    letters = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
    assert sorted(letters, key=order) == list(letters)
    assert sorted(["Шымкент", "Ұлытау", "Атырау", "Өскемен", "Ақтөбе", "Орал", "Әулиекөл"], key=order) == [
        "Ақтөбе", "Атырау", "Әулиекөл", "Орал", "Өскемен", "Ұлытау", "Шымкент",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "russian", "kazakh"),
    [
        ("Kazinform citing KNB", "Kazinform (ссылается: КНБ)", "Kazinform (сілтемесі: ҰҚК)"),
        ("US State Department (via ecoi.net)", "Государственный департамент США (через ecoi.net)", "АҚШ Мемлекеттік департаменті (ecoi.net арқылы)"),
        ("Strana citing Almaty police", "Strana (ссылается: полиция Алматы)", "Strana (сілтемесі: Алматы полициясы)"),
        ("Central Asia News (Caravanserai, US-funded)", "Central Asia News (Caravanserai, финансируется США)", "Central Asia News (Caravanserai, АҚШ қаржыландырады)"),
        ("Novaya Gazeta (South)", "«Новая газета» (Юг)", "«Новая газета» (Оңтүстік)"),
        ("Ak Zhaiyk", "«Ак Жайык»", "«Ақ Жайық»"),
        ("Tengrinews", "Tengrinews", "Tengrinews"),
    ],
)  # fmt: skip
def test_a_publisher_is_named_in_the_readers_language(name, russian, kazakh):
    told = [Words(language, Terms({}, {}, {}, {})).publisher(name) for language in ("en", "ru", "kk")]
    assert told == [name, russian, kazakh]


def test_no_english_word_is_left_in_the_name_of_a_publisher(published):
    """Outlets keep their names; what English says about them does not stay."""
    english = re.compile(
        r"\b(?:source|interview|funded|host|translat\w+|chart|repost|partners|feed|mirror|edition|police|South|citing|via|from)\b"
    )
    for language in ("ru", "kk"):
        words = Words(language, Terms({}, {}, {}, {}))
        names = {words.publisher(one.publisher) for one in published.tables[Source]}
        assert [name for name in names if english.search(name)] == []


@pytest.mark.parametrize(
    ("text", "russian", "kazakh"),
    [
        ("Of more than 5,300 checked.", "Из более чем 5\u202f300 проверенных материалов.", "Тексерілген 5\u202f300-ден астам материалдың ішінен."),
        ("Its score was 0.901.", "Его показатель составил 0,901 балла.", "Оның көрсеткіші 0,901 балл болды."),
    ],
)  # fmt: skip
def test_a_number_of_the_editors_is_written_as_the_language_does_and_no_line_ends_in_it(
    published, text, russian, kazakh
):
    terms = Terms.of(*(published.tables[table] for table in (Text, Translation, Body, Place)))
    assert [Words(language, terms).translated(text) for language in ("en", "ru", "kk")] == [
        text,
        russian,
        kazakh,
    ]


def test_no_translation_has_a_number_in_the_english_form(published):
    rows = published.tables[Translation]
    assert [row for row in rows if re.search(r"\d\.\d|\d,\d{3}(?!\d)", row.en)]
    english = re.compile(r"(?<![\w.])\d+\.\d|(?<![\d,])[1-9]\d{0,2},\d{3}(?!\d)")
    left = [row for row in rows if english.search(row.ru) or english.search(row.kk)]
    assert [row.en for row in left] == ["Kazakhstan scored 1.881 in the 2015 index."]


@pytest.mark.parametrize(
    ("language", "example", "quoted", "said"),
    [
        ("en", "convicted", "“zzzz”", "Found for “zzzz”"),
        ("ru", "осуждённые", "«zzzz»", "Поиск: «zzzz»"),
        ("kk", "сотталғандар", "«zzzz»", "Іздеу: «zzzz»"),
    ],
)
def test_a_search_quotes_and_proposes_words_in_the_readers_language(site, language, example, quoted, said):
    text = site.get(f"/{language}/search?q=zzzz").text
    assert said in text
    assert f">{example}</a>, " in text
    assert '<h2 id="indicator">' in site.get(f"/{language}/search", params={"q": example}).text
    assert quoted in site.get(f"/{language}/incidents?q=zzzz").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/ru/data", "Число; пустая ячейка никогда не ноль."),
        ("/kk/data", "Сан; бос ұяшық ешқашан нөл емес."),
        ("/ru/api", "коды никогда не меняются. Слова самих редакторов остаются английскими"),
        ("/kk/api", "кодтар ешқашан өзгермейді. Редакторлардың өз сөздері ағылшынша қалады"),
    ],
)
def test_what_columns_and_parameters_mean_is_said_in_the_readers_language(site, path, said):
    assert said in site.get(path).text


NAMES_OF_A_PLOT = {"ru": r"\bзамыс|\bсорва|\bсрыв", "kk": r"\bниеттер|қастандық ниет|жолы кес"}
OTHER_NAMES = {
    "ru": rf"{NAMES_OF_A_PLOT['ru']}|ведомств|\bакт(?:а|ов)? сообщения|твёрдо|вне предмета",
    "kk": rf"{NAMES_OF_A_PLOT['kk']}|ведомств|\bая(?:сы|лар|мен)|шекаралық жағдай|\bнық\b|ана тілді|шұңқыр",
}


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_interface_has_one_word_for_one_thing(language):
    """A plot, a body, a scope, an act of stating and the rest are called the same on every page."""
    other = re.compile(OTHER_NAMES[language], re.IGNORECASE)
    assert [said for said in catalogue(language).values() if other.search(said)] == []
