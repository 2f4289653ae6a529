"""Cite anything: a figure, a chart, an incident and the dataset, in four forms that the programs they are for read back."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import rispy  # type: ignore[import-untyped]
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.database import Database
from app.exports import citing
from app.exports.citing import Citation, Statement
from app.i18n import LANGUAGES
from app.main import create_app
from app.models import Incident, Indicator, Observation, Source
from app.settings import Settings

PATHS = (
    "/figures/convicted-2024",
    "/indicators/convicted",
    "/incidents/2016-06-aktobe",
    "/data",
)
KINDS = {
    ".bib": "application/x-bibtex; charset=utf-8",
    ".ris": "application/x-research-info-systems; charset=utf-8",
    ".csl.json": "application/vnd.citationstyles.csl+json",
    ".txt": "text/plain; charset=utf-8",
}
BASE = "http://127.0.0.1:8000"

# --- Reading back ---------------------------------------------------------------------------------------------


def bib(text: str) -> dict[str, str]:
    """The one entry, as bibtexparser reads it; its texts are LaTeX."""
    plain = parse_string(text)
    assert "url" not in {
        field.key for field in plain.entries[0].fields
    }  # some styles would print the address twice
    (decoded,) = parse_string(text, append_middleware=[LatexDecodingMiddleware()]).entries
    assert not plain.failed_blocks
    (entry,) = plain.entries
    read = {field.key: str(field.value) for field in decoded.fields}
    return {**read, "url": read["howpublished"], "type": entry.entry_type, "key": entry.key}


def ris(text: str) -> dict[str, Any]:
    (entry,) = rispy.loads(text)
    assert "unknown_tag" not in entry
    return dict(entry)


def csl(text: str) -> dict[str, Any]:
    """The one item, held against what the schema of CSL says of the fields that are used."""
    (item,) = json.loads(text)
    strings = {
        "id",
        "type",
        "title",
        "container-title",
        "publisher",
        "version",
        "URL",
        "language",
        "note",
        "original-title",
        "original-publisher",
    }
    names, dates = {"author", "original-author"}, {"issued", "original-date"}
    assert set(item) <= strings | names | dates | {"custom"}
    for field, value in item.items():
        if field in strings:
            assert isinstance(value, str)
            assert value
        elif field in names:
            assert all(set(name) == {"literal"} and name["literal"] for name in value)
        elif field in dates:
            assert set(value) == {"date-parts"}
            (parts,) = value["date-parts"]
            assert 1 <= len(parts) <= 3
            assert all(isinstance(part, int) for part in parts)
    assert item["type"] == "dataset"
    assert isinstance(item["custom"], dict)
    return dict(item)


def release(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/releases").json()["data"][0]
    return found


# --- Every kind, in every form --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_kind_is_read_back_with_its_release_address_year_and_title(client, path, language):
    now = release(client)
    address = f"{BASE}/{language}{path}?release={now['release'][:12]}"
    edition = f"{now['version']} ({now['release'][:12]})"
    year = now["dated"][:4]
    answers = {ending: client.get(f"/{language}{path}{ending}").text for ending in KINDS}

    entry = bib(answers[".bib"])
    assert (entry["type"], entry["author"]) == ("misc", "Derek contributors")
    assert (entry["url"], entry["year"], entry["version"]) == (address, year, edition)
    assert entry["digest"] == now["release"]
    for printed in (now["version"], f"({now['release'][:12]})", "CC BY 4.0"):
        assert printed in entry["note"]

    record = ris(answers[".ris"])
    assert (record["type_of_reference"], record["authors"]) == ("DATA", ["Derek contributors"])
    assert (record["urls"], record["year"], record["edition"]) == ([address], year, edition)
    assert record["date"] == now["dated"].replace("-", "/")
    assert record["language"] == language
    assert f"SHA-256: {now['release']}" in record["notes"]

    item = csl(answers[".csl.json"])
    assert item["author"] == [{"literal": "Derek contributors"}]
    assert (item["URL"], item["version"], item["language"]) == (address, edition, language)
    assert item["issued"] == {"date-parts": [[int(part) for part in now["dated"].split("-")]]}
    assert item["custom"]["digest"] == now["release"]

    assert entry["title"] == record["title"] == item["title"]
    assert entry["key"] == record["id"] == item["id"]
    text = answers[".txt"]
    assert text.startswith(f"Derek contributors ({year}). {item['title']}")
    assert text.endswith(f"CC BY 4.0. {address}\n")
    assert now["version"] in text
    assert f"({now['release'][:12]})" in text
    assert text.count("\n") == 1
    assert not re.search(r"urldate|^Y2 |accessed", "".join(answers.values()), re.MULTILINE)


@pytest.mark.parametrize("ending", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_a_file_says_what_it_is_and_has_a_telling_name(client, path, ending):
    now = release(client)
    answer = client.get(f"/ru{path}{ending}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == KINDS[ending]
    assert answer.headers["content-language"] == "ru"
    assert answer.headers["derek-release"] == now["release"]
    assert answer.headers["x-robots-tag"] == "noindex"
    subject = path.rpartition("/")[2].replace("data", "")
    name = "-".join(part for part in ("derek", subject, now["version"], "ru") if part)
    how = "inline" if ending == ".txt" else "attachment"
    assert answer.headers["content-disposition"] == f'{how}; filename="{name}{ending}"'
    assert client.head(f"/ru{path}{ending}").headers["etag"] == answer.headers["etag"]


def test_a_title_keeps_its_kazakh_letters(site):
    """Қ, ғ, ұ, ө and their like, from the record through each program."""
    path = "/kk/incidents/2016-06-aktobe"
    named = "Ақтөбеде қару-жарақ дүкендері мен Ұлттық ұлан бөліміне жасалған шабуылдар"
    read = bib(site.get(f"{path}.bib").text)
    assert read["title"].startswith(named)
    assert read["langid"] == "kazakh"
    assert ris(site.get(f"{path}.ris").text)["title"] == read["title"]
    assert csl(site.get(f"{path}.csl.json").text)["title"] == read["title"]
    assert named in site.get(f"{path}.txt").text


def test_the_author_is_the_one_of_the_repository():
    told = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    assert f"authors:\n  - name: {citing.AUTHOR}\n" in told
    assert "type: dataset" in told


# --- A figure -------------------------------------------------------------------------------------------------


def test_a_figure_names_who_stated_it_the_document_and_derek_as_where_it_is_recorded(site):
    path = "/en/figures/s001-convicted"
    body, day = "Anti-Terrorism Centre (at the KNB)", "12 December 2019"
    publisher = "National Security Committee of Kazakhstan (knb.gov.kz)"
    title = "Work report of the Anti-Terrorism Center of the Republic of Kazakhstan for 2019"
    where = "http://knb.gov.kz/en/news/work-report-anti-terrorism-center-republic-kazakhstan-2019"
    document = f"In: {publisher}, “{title}”, {day}, paragraph 7"
    recorded = "Recorded in Derek: Kazakhstan’s counter-terrorism figures as stated [dataset], release "

    entry = bib(site.get(f"{path}.bib").text)
    assert entry["title"].startswith(f"{body}, {day} (date inferred): 140 people convicted (")
    assert (entry["origtitle"], entry["origpublisher"], entry["origdate"]) == (title, publisher, "2019-12-12")
    assert entry["note"].startswith(
        f"Stated by: {body}, {day} (date inferred). {document}. {where} {recorded}"
    )

    notes = ris(site.get(f"{path}.ris").text)["notes"]
    assert notes[:3] == [f"Stated by: {body}, {day} (date inferred)", document, where]
    assert notes[3].startswith(recorded)

    item = csl(site.get(f"{path}.csl.json").text)
    assert item["original-author"] == [{"literal": body}]
    assert (item["original-title"], item["original-publisher"]) == (title, publisher)
    assert item["original-date"] == {"date-parts": [[2019, 12, 12]]}
    assert item["custom"]["original-url"] == where

    text = site.get(f"{path}.txt").text
    assert f"{body}, {day} (date inferred): 140 people convicted (" in text
    assert f"{document}. {where} {recorded}" in text


def test_a_retelling_is_cited_with_what_the_body_itself_says(site):
    for read in (
        bib(site.get("/en/figures/s003-jailed.bib").text),
        csl(site.get("/en/figures/s003-jailed.csl.json").text),
    ):
        assert "as told by Kazinform, in whose words: detained and jailed" in read["title"]
        own = (
            "The body’s own document (National Security Committee of Kazakhstan) says: 140, people convicted"
        )
        assert own in read["note"]
    assert own in site.get("/en/figures/s003-jailed.txt").text
    page = site.get("/en/figures/s003-jailed").text
    assert page.index(own) < page.index("What must not be said of it")


def test_what_is_inferred_or_less_than_certain_is_cited_with_it(site):
    page = site.get("/en/figures/knb-convicted-2023").text
    assert "2024 (inferred)." in page
    assert "Confidence of the reading: medium." in page
    assert (
        page.index("What must not be said of it")
        < page.index("The editors’ note")
        < page.index("Undated page")
    )
    for form in (".txt", ".bib", ".ris", ".csl.json"):
        text = site.get(f"/en/figures/knb-convicted-2023{form}").text
        assert "2024 (date inferred)" in text
        assert "of medium confidence" in text


def test_a_figure_that_does_not_stand_is_not_cited_as_if_it_did(client):
    for id, said in (
        ("detained-2022", "Retracted by the source"),
        ("convicted-2022-misdated", "Of low confidence"),
    ):
        assert f" {said}. " in client.get(f"/en/figures/{id}.txt").text
        assert f" {said}. " in bib(client.get(f"/en/figures/{id}.bib").text)["note"]
        assert said in ris(client.get(f"/en/figures/{id}.ris").text)["notes"]
        assert f" {said}. " in csl(client.get(f"/en/figures/{id}.csl.json").text)["note"]
    assert "confidence" not in client.get("/en/figures/convicted-2024.txt").text


def test_a_document_without_day_and_address_is_cited_without_them(client):
    path = "/en/figures/convicted-past-years"
    text = client.get(f"{path}.txt").text
    assert "day not known" in text
    assert re.findall(r"https?://", text) == ["http://"]
    assert "origdate" not in bib(client.get(f"{path}.bib").text)
    item = csl(client.get(f"{path}.csl.json").text)
    assert "original-date" not in item
    assert "original-url" not in item["custom"]


@pytest.mark.parametrize("ending", KINDS)
def test_every_figure_of_the_record_can_be_cited(site, published, ending, one_in):
    documents = {one.id: one for one in published.tables[Source]}
    keys = set()
    figures = published.tables[Observation][list(KINDS).index(ending) :: one_in(len(KINDS))]
    for one, language in zip(figures, itertools.cycle(LANGUAGES), strict=False):
        answer = site.get(f"/{language}/figures/{one.id}{ending}")
        assert answer.status_code == 200, one.id
        address = f"{BASE}/{language}/figures/{one.id}?release={answer.headers['derek-release'][:12]}"
        source = documents[one.source]
        if ending == ".bib":
            entry = bib(answer.text)
            keys.add(entry["key"])
            assert entry["url"] == address
            assert entry.get("origdate") == source.published
            assert (source.url or "") in entry["note"]
        elif ending == ".ris":
            record = ris(answer.text)
            keys.add(record["id"])
            assert record["urls"] == [address]
            assert not source.url or source.url in record["notes"]
        elif ending == ".csl.json":
            item = csl(answer.text)
            keys.add(item["id"])
            assert item["URL"] == address
            assert item["original-author"][0]["literal"]
            assert source.title.startswith("[") or item["original-title"] == " ".join(source.title.split())
        else:
            keys.add(answer.text)
            assert answer.text.endswith(f" {address}\n")
            assert (source.url or "") in answer.text
    assert len(keys) == len(figures)


@pytest.mark.parametrize("table", [Incident, Indicator], ids=["incidents", "indicators"])
def test_every_incident_and_every_indicator_can_be_cited(site, published, table):
    for row in published.tables[table]:
        path = f"/kk/{table.__tablename__}/{getattr(row, table.key[0])}"
        item = csl(site.get(f"{path}.csl.json").text)
        assert bib(site.get(f"{path}.bib").text)["title"] == item["title"]
        assert ris(site.get(f"{path}.ris").text)["title"] == item["title"]
        assert urlsplit(item["URL"]).path == path


CHARTS = (
    "/indicators",
    "/coverage",
    "/coverage?show=stages",
    "/disclosure",
    "/incidents",
    "/incidents?outcome=foiled&from=2016",
    "/compare?series=convicted,detained",
    "/compare?figure=knb-convicted-2022,kps-sent-2022",
    "/disagreements/convicted.2019",
    "/indicators/convicted?from=2015",
    "/figures/s001-convicted",
)


@pytest.mark.parametrize("path", CHARTS)
@pytest.mark.parametrize("state", ["", "as_of=2024-12-31"])
def test_what_a_page_offers_to_cite_is_what_its_files_say(site, path, state):
    """Of each chart on it, in the state that it has."""
    address = f"/kk{path}" + ("&" if "?" in path else "?") * bool(state) + state
    page = site.get(address).text
    offered = re.findall(
        r'<details class="cite">.*?<p class="citation">(.*?)</p>(.*?)</details>', page, re.DOTALL
    )
    assert len(offered) == (2 if path.startswith(("/disclosure", "/incidents")) else 1)
    keys = set()
    for said, files in offered:
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', files)]
        assert len(links) == len(KINDS)
        text = site.get(next(link for link in links if ".txt" in link)).text
        assert text.split() == unescape(re.sub(r"<[^>]+>", "", said)).split()
        item = csl(site.get(next(link for link in links if ".csl.json" in link)).text)
        assert item["URL"] in text
        assert (
            bib(site.get(next(link for link in links if ".bib" in link)).text)["howpublished"] == item["URL"]
        )
        keys.add(item["id"])
        shown = site.get(item["URL"].removeprefix(BASE))
        assert shown.status_code == 200
        for asked in path.partition("?")[2].split("&"):
            assert asked in unquote(item["URL"])
    assert len(keys) == len(offered)


def test_two_searches_in_other_letters_are_two_references(site):
    keys = {
        csl(site.get(f"/ru/incidents.csl.json?q={word}").text)["id"]
        for word in ("Алматы", "Актобе", "almaty", "")
    }
    assert len(keys) == 4
    assert all(key.isascii() for key in keys)


# --- What the address says ------------------------------------------------------------------------------------


def test_a_chart_is_cited_as_it_was_asked_for(client):
    asked = "?from=2019&to=2024-06&as_of=2024-12-31"
    now = release(client)["release"][:12]
    item = csl(client.get(f"/ru/indicators/convicted.csl.json{asked}").text)
    assert item["URL"] == (f"{BASE}/ru/indicators/convicted?from=2019&to=2024&as_of=2024-12-31&release={now}")
    assert "2019–2024" in item["title"]
    assert item["title"].endswith("По состоянию на 31 декабря 2024 года")
    assert "convicted-2019-2024-" in item["id"]
    assert "as-of-2024-12-31-ru" in item["id"]
    others = {
        csl(client.get(f"/{language}/indicators/convicted.csl.json{query}").text)["id"]
        for language in LANGUAGES
        for query in ("", asked, "?from=2019", "?as_of=2024-12-31")
    }
    assert len(others) == 3 * 4


def test_a_lasting_address_leads_to_what_is_cited(site):
    for path, shown in (
        ("/en/figures/s001-convicted", "140 people convicted"),
        ("/kk/indicators/convicted?from=2015&to=2019&as_of=2019-12-31", 'value="2015"'),
        ("/ru/incidents/2016-06-aktobe", "Нападения на оружейные магазины"),
        ("/en/data", "Copy and go"),
    ):
        page, _, query = path.partition("?")
        item = csl(site.get(f"{page}.csl.json?{query}").text)
        address = item["URL"].removeprefix(BASE)
        answer = site.get(address)
        assert answer.status_code == 200
        assert answer.headers["derek-release"] == item["custom"]["digest"]
        assert shown in answer.text
        # Cited from there, it is the same.
        again = urlsplit(address)
        assert csl(site.get(f"{again.path}.csl.json?{again.query}").text)["URL"] == item["URL"]


def test_every_figure_stands_at_its_lasting_address(client, world):
    for one in world.tables[Observation]:
        item = csl(client.get(f"/en/figures/{one.id}.csl.json").text)
        answer = client.get(item["URL"].removeprefix(BASE))
        assert answer.status_code == 200
        assert item["title"] in unescape(answer.text)


def test_a_former_release_is_cited_as_itself(tmp_path, world, revised, serve):
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), world, revised(world, "2026.12.1", 1)) as client:
        path = "/en/figures/convicted-2024"
        now = csl(client.get(f"{path}.csl.json").text)
        then = csl(client.get(f"{path}.csl.json?release={world.version}").text)
        assert then["version"].startswith(f"{world.version} (")
        assert now["version"].startswith("2026.12.1 (")
        assert now["title"] != then["title"]
        assert then["URL"] == f"{BASE}{path}?release={then['custom']['digest'][:12]}"
        offered = client.get(f"{path}?release={world.version}").text
        assert f"{path}.bib?release={then['custom']['digest'][:12]}" in offered


def test_the_day_is_kept_and_nothing_is_cited_before_it_was_told(client):
    path = "/en/figures/convicted-2024"
    assert "as_of=2025-12-31&release=" in client.get(f"{path}.txt?as_of=2025-12-31").text
    for early in (path, "/en/incidents/2016-06-aktobe"):
        for ending in KINDS:
            answer = client.get(f"{early}{ending}?as_of=2011-12-31")
            assert answer.status_code == 404
            assert "By 31 December 2011 the public had not been told of this." in answer.text


def test_a_citation_is_refused_as_its_page_is(client):
    for ending in KINDS:
        answer = client.get(f"/en/figures/convicted-2042{ending}")
        assert answer.status_code == 404
        assert "Did you mean: convicted-2024" in " ".join(answer.text.split())
        assert client.get(f"/en/incidents/2016-06-aktobee{ending}").status_code == 404
        assert client.get(f"/en/indicators/convict{ending}").status_code == 404
        for path in PATHS:
            refused = client.get(f"/en{path}{ending}?yaer=2019")
            assert refused.status_code == 422
            assert "yaer" in refused.text
        assert client.get(f"/en/figures/convicted-2024{ending}?from=2019").status_code == 422
        assert client.get(f"/en/indicators/convicted{ending}?from=2020&to=2019").status_code == 422
        assert client.get(f"/en/data{ending}?release=0000000000").status_code == 422


# --- On the pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*PATHS, "/indicators/convicted?from=2019&as_of=2024-12-31"])
def test_a_page_offers_its_citation_to_copy_and_as_files(client, path, language):
    text = client.get(f"/{language}{path}").text
    (block,) = re.findall(r'<details class="cite".*?</details>', text, re.DOTALL)
    (marked,) = re.findall(r'<p class="citation">(.*?)</p>', block, re.DOTALL)
    links = re.findall(r'<a href="([^"]+)" type="([^"]+)"', block)
    assert [kind for _, kind in links] == list(KINDS.values())
    found = [client.get(unescape(link)) for link, _ in links]
    # Names and titles that are in another language are marked as such.
    copied = re.sub(r"</?span[^>]*>", "", marked)
    assert ('<span lang="en">Derek contributors</span>' in marked) == (language != "en")
    assert [answer.headers["content-type"] for answer in found] == list(KINDS.values())
    assert found[-1].text.strip() == unescape(copied)


def test_search_engines_are_not_led_to_citations(client):
    assert not re.search(r"\.(bib|ris|csl\.json|txt)<", client.get("/sitemap.xml").text)
    assert not re.search(r"\.bib|\.ris|csl|figures|\.txt", client.get("/robots.txt").text)


# --- Signs that mean something to a program -------------------------------------------------------------------

STATED = Statement(
    "KNB",
    "Stated by: KNB, 2024",
    "In: KNB, “A”, 2024",
    "A",
    "“A”",
    "en",
    "KNB",
    "2024-02",
    "https://x.example/",
)
CITED = Citation(
    "derek-x-1-en",
    "A title",
    "The dataset",
    "The dataset, release 1 (0123456789ab), 1 May 2026",
    "Derek",
    "1",
    "0123456789abcdef" * 4,
    date(2026, 5, 1),
    "https://derek.example/en/figures/x?release=0123456789ab",
    "en",
    STATED,
)
HOSTILE = (
    "{", "}", "}{", "{{a}", "a}, evil = {b", "\\", "\\textbf{x}", "\\\\", "a\\", "\\}", "#1", "50 %", "R&D", "a_b",
    "~x~", "$x$", "$", '"quoted"', "'a' ''b''", "“a”", "a--b---c", "``a``", "@misc{x,", "a, b and c", "TY  - JOUR", "ER  - ",
    "a\nb", "a\r\nER  - \r\nTY  - JOUR", "a\n@misc{evil, title = {x}}", "a\u2028b", "a\x85b", "a\tb", "a\x00b", "<b>&amp;</b>",
    "Ә ғ Қ ң Ө ұ Ү һ І", "«Дерек»", "№ 161", "…", "👤", "=1+1", "%D0%94",
)  # fmt: skip


def one_line(text: str) -> str:
    """What is left of a text where only a line has room."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


def assert_read_back(title: str) -> None:
    """A text comes back from every program as it was, wherever it stands."""
    wanted = one_line(title)
    cited = replace(
        CITED,
        title=title,
        publisher=title,
        statement=replace(STATED, title=title, publisher=title, stated=title),
    )
    entry = bib(citing.bibtex(cited))
    assert (entry["title"], entry["publisher"], entry["origtitle"]) == (wanted, wanted, wanted)
    assert entry["note"].startswith(wanted)
    assert (entry["year"], entry["langid"], entry["origdate"]) == ("2026", "english", "2024-02")
    record = ris(citing.ris(cited))
    assert (record["title"], record["publisher"], record["notes"][0]) == (wanted, wanted, wanted)
    assert (record["year"], record["urls"]) == ("2026", [CITED.address])
    item = csl(citing.csl(cited))
    assert (item["title"], item["publisher"], item["original-title"]) == (wanted, wanted, wanted)
    text = citing.text(cited)
    assert wanted in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("title", HOSTILE)
def test_signs_that_a_program_obeys_come_back_as_they_were(title):
    assert_read_back(f"Before {title} after")
    assert_read_back(f"x{title}x")


@given(st.text(st.sampled_from("a Қ{}\\\"#%&_$~@,=\n'-`"), max_size=30))
def test_signs_come_back_in_whatever_order(text):
    assert_read_back(f"x{text}x")


@given(st.text(st.sampled_from('{}\\"#%& \nаa'), max_size=20))
def test_an_address_ends_nothing(path):
    for written in (citing.bibtex, citing.ris, citing.csl, citing.text):
        text = written(replace(CITED, address=f"https://derek.example/{path}?a=b"))
        if written is citing.bibtex:
            text = re.sub(r"\\([#$%&_])", r"\1", text)
        address = re.findall(r"https://derek\.example/[^\s\"{}\\]*\?a=b", text)
        assert len(address) == 1
        assert address[0].isascii()


def test_braces_are_counted_by_bibtex_whether_they_are_escaped_or_not():
    """As BibTeX itself reads a field: a backslash does not hide a brace from it."""
    for title in HOSTILE:
        body = citing.bibtex(replace(CITED, title=title))
        depth = [0, *itertools.accumulate({"{": 1, "}": -1}.get(sign, 0) for sign in body)]
        assert min(depth) == depth[-1] == 0
        assert depth.index(0, 7) == len(body.rstrip("\n"))


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory, published: Any) -> Iterator[TestClient]:
    from app import seed

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('public')}/derek.db")
    seed.load(published, database)
    with TestClient(create_app(Settings(public_url="https://derek.example/"), database)) as client:
        yield client


def test_the_address_is_the_one_by_which_the_site_is_reached(public):
    for ending in KINDS:
        text = public.get(f"/en/figures/s001-convicted{ending}").text
        assert "https://derek.example/en/figures/s001-convicted?release=" in text
        assert "127.0.0.1" not in text
