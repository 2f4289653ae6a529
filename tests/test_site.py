"""The site as a whole: every page, every link, every language; search, places, sources, coverage, words, pictures."""

import csv
import io
import itertools
import json
import re
import zlib
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from app import series
from app.database import Database
from app.i18n import LANGUAGES
from app.models import Indicator, Observation, Place, Source, Text

PAGES = (
    "/",
    "/indicators",
    "/indicators/convicted",
    "/indicators/citizens_abroad_fighters",
    "/indicators/killed_victims",
    "/incidents",
    "/incidents/2016-07-almaty",
    "/places",
    "/places/KZ-75",
    "/sources",
    "/sources/knb-2019-12-12-atc-work-report",
    "/coverage",
    "/changes",
    "/search?q=140",
    "/methodology",
    "/corrections",
    "/glossary",
    "/data",
    "/api",
    "/disagreements",
    "/figures/s001-convicted",
    "/tensions",
    "/disclosure",
    "/disagreements/convicted.2024",
    "/compare?figure=knb-convicted-2022,kps-sent-2022",
    "/about",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_heading_a_way_back_its_release_and_a_place_to_report(site, path, language):
    answer = site.get(f"/{language}{path}")
    assert answer.status_code == 200
    text = answer.text
    assert len(re.findall(r"<h1\b", text)) == 1
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
    assert all(here - before <= 1 for before, here in itertools.pairwise(levels)), levels
    assert ('class="crumbs"' in text) == (path != "/")
    assert "2026.11." in text
    assert f'href="/{language}/corrections#report"' in text
    description = re.search(r'<meta name="description" content="([^"]*)"', text)
    assert description
    assert len(description[1]) > 20
    assert re.search(r"<title>[^<]+ · ", text)


def test_every_link_of_the_site_leads_somewhere(site, one_in):
    """From the first page on, within one language, in this release; filters are not combined without end.

    Citations and pictures, of which each of some thousand pages has its own, are followed by tests of their own. Of links
    that ask for something, of which most are made alike, one in eight is followed.
    """
    apart = re.compile(r"\.(txt|bib|ris|csl\.json|png|svg)(\?|$)|^/oembed")
    seen: set[str] = set()
    waiting = ["/en/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = site.get(path)
        assert answer.status_code in (200, 308), path
        if "html" not in answer.headers.get("content-type", "") or "?" in path:
            continue
        for link in re.findall(r'href="(/[^"#]*)', answer.text):
            found = unescape(link)
            if found.startswith(("/ru/", "/kk/")) or found in seen or apart.search(found):
                continue
            if "?" not in found or zlib.crc32(found.encode()) % one_in(8) == 0:
                waiting.append(found)
    assert len(seen) > 700


def test_a_number_that_is_wider_than_its_sheet_is_drawn_all_the_same(tmp_path, published, serve):
    """The longest that a cell may hold, in every chart, page, frame and file."""
    longest = {
        "value": None,
        "low": 100000000000000.123456,
        "high": 999999999999999.123456,
        "qualifier": "range",
    }
    rows = tuple(
        one.model_copy(update=longest) if one.bounds else one for one in published.tables[Observation]
    )
    package = replace(published, tables={**published.tables, Observation: rows})
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), package) as client:
        assert client.get("/en/").status_code == 200
        for code in sorted({one.indicator for one in rows}):
            for path in (f"/ru/indicators/{code}", f"/embed/en/indicators/{code}"):
                assert client.get(path).status_code in (200, 404), path
            assert client.get(f"/kk/indicators/{code}.svg").status_code in (200, 404), code


@pytest.mark.bar(suite="agree", least=2_000, full=2_500)
def test_a_figure_is_the_same_number_in_the_file_the_data_the_table_and_the_chart(
    site, published, one_in, bar
):
    """As the editors wrote it down, read without any part of the program."""
    with (Path(__file__).parent.parent / "seed" / "observations.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        written = {row["id"]: row for row in csv.DictReader(file)}
    names = ("value", "low", "high")

    def agrees(id: str, *found: float | str | None) -> None:
        right = [float(written[id][name]) if written[id][name] else None for name in names]
        read = [None if cell in ("", None) else float(str(cell)) for cell in found]
        bar.case(read == right)
        assert read == right, id

    rows = site.get("/api/observations?limit=1000").json()["data"]
    assert {row["id"] for row in rows} == set(written)
    for row in rows:
        agrees(row["id"], *(row[name] for name in names))
    for row in csv.DictReader(io.StringIO(site.get("/api/observations.csv").text)):
        agrees(row["id"], *(row[name] for name in names))
    sheet = openpyxl.load_workbook(io.BytesIO(site.get("/api/observations.xlsx").content), read_only=True)
    head, *cells = sheet[sheet.sheetnames[0]].iter_rows(values_only=True)
    for row in cells:
        told = dict(zip(head, row, strict=True))
        agrees(str(told["id"]), *(told[name] for name in names))
    drawn = set()
    for code in {row["indicator"] for row in written.values()}:
        page = site.get(f"/en/indicators/{code}").text
        for chart in re.findall(r'<script type="application/json" id="figure-[^"]*">(.*?)</script>', page):
            for trace in json.loads(chart)["data"]:
                for (id, *_), height in zip(trace.get("customdata", ()), trace["y"], strict=False):
                    low, high = written[id]["low"], written[id]["high"]
                    drawn.add(id)
                    right = float(high or written[id]["value"])
                    bar.case(float(height) in (right, float(low or right)))
                    assert float(height) in (right, float(low or right)), id
    assert len(drawn) > 80
    for row, language in zip([*written.values()][:: one_in(5)], itertools.cycle(LANGUAGES), strict=False):
        page = site.get(f"/{language}/figures/{row['id']}").text
        said = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<h1") :]).split())
        for name in names:
            if row[name]:
                digits = f"{float(row[name]):,.6f}".rstrip("0").rstrip(".")
                if language != "en":
                    digits = digits.replace(",", " ").replace(".", ",")
                shown = re.search(rf"(?<![\d,.]){re.escape(digits)}(?![\d]|[.,]\d)", unescape(said))
                bar.case(shown is not None)
                assert shown, (row["id"], language, digits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_has_a_page_with_every_figure_of_it(site, published, language):
    figures: dict[str, set[str]] = {}
    for one in published.tables[Observation]:
        figures.setdefault(one.indicator, set()).add(one.id)
    for row in published.tables[Indicator]:
        text = site.get(f"/{language}/indicators/{row.code}").text
        missing = {id for id in figures[row.code] if f'#{id}"' not in text}
        assert not missing, (row.code, missing)


@pytest.mark.parametrize(
    "code", ["convicted", "foiled_plots", "attacks", "citizens_abroad_fighters", "gti_rank"]
)
def test_a_picture_carries_title_source_release_and_address(site, published, code):
    answer = site.get(f"/kk/indicators/{code}.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.text)  # noqa: S314  # our own
    text = " ".join(" ".join(root.itertext()).split())
    assert published.version in text
    assert published.digest[:12] in text
    assert f"/kk/indicators/{code}?" in text
    assert "CC BY 4.0" in text
    written = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("Қазақстандағы" in text for text in written)
    assert "var(" not in answer.text
    png = site.get(f"/kk/indicators/{code}.png")
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")
    assert len(png.content) > 20_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_takes_the_warnings_of_its_page_along(site, published, language):
    said = {
        (row.code, row.field): getattr(row, language)
        for row in published.tables[Text]
        if row.list == "indicator"
    }
    presumed = {
        "en": "Presumed innocent.",
        "ru": "Презумпция невиновности.",
        "kk": "Кінәсіздік презумпциясы.",
    }
    for code, before in (
        ("detained", True),
        ("prosecuted", True),
        ("convicted", False),
        ("foiled_plots", False),
    ):
        root = ElementTree.fromstring(site.get(f"/{language}/indicators/{code}.svg").text)  # noqa: S314  # our own
        text = " ".join(" ".join(root.itertext()).split())
        assert said[code, "beware"] in text
        assert (presumed[language] in text) == before


def test_the_key_of_a_picture_shows_marks_as_the_chart_draws_them(site):
    root = ElementTree.fromstring(site.get("/en/indicators/convicted.svg").text)  # noqa: S314  # our own
    key = [
        part[0].get("class") or ""
        for part in root.iter()
        if part.tag.endswith("}g") and "scale" in (part.get("transform") or "")
    ]
    assert any(looks.startswith("bar full leads") for looks in key)
    assert any(looks.startswith("diamond") for looks in key)
    root = ElementTree.fromstring(site.get("/en/indicators/foiled_plots.svg").text)  # noqa: S314  # our own
    lane = next(part for part in root.iter() if part.get("class") == "lane")
    assert lane.get("overflow") == "visible"


def test_a_chart_of_some_years_has_links_of_just_these(site):
    text = site.get("/en/indicators/convicted?from=2019&to=2022").text
    data = re.search(r'href="(/api/stats\?[^"]*)">JSON</a>', text)
    assert data
    rows = site.get(unescape(data[1])).json()["data"]
    assert {row["year"] for row in rows if row["year"]} == {2019, 2020, 2021, 2022}
    assert "convicted-2024" not in re.findall(r'id="([^"]+)"', text)
    assert site.get("/en/indicators/convicted?from=2022&to=2019").status_code == 422


def test_totals_of_several_years_are_brackets_over_their_years(site):
    text = site.get("/en/indicators/foiled_plots").text
    lane = text[text.index('<svg class="lane"') :]
    lane = lane[: lane.index('<div class="drawing">')]
    for id, years in (
        ("prog-foiled-27", "2013–2016"),
        ("baq-foiled-40", "2017–?"),
        ("pgo-foiled-2013-2014", "2013–2014"),
    ):
        part = lane[lane.index(f'data-observation="{id}"') :]
        assert years in part[: part.index("</a>")]


def test_coverage_says_of_each_year_what_the_api_says(site):
    rows = site.get("/api/stats?view=coverage&limit=1000&indicator=convicted").json()["data"]
    text = site.get("/en/coverage").text
    line = next(part for part in text.split("<tr>") if '/en/indicators/convicted"' in part)
    states = re.findall(r'<td class="square (\w+)">', line)
    assert states == [row["state"] if "state" in row else row["status"] for row in rows]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("convicted", "/en/indicators/convicted"),
        ("осуждены", "/en/indicators/convicted"),
        ("сотталғандар", "/en/indicators/convicted"),
        ("сотталгандар", "/en/indicators/convicted"),
        ("Алматы", "/en/places/KZ-75"),
        ("almaty", "/en/incidents?q=almaty"),
        ("shootings almaty", "/en/incidents/2016-07-almaty"),
        ("140", "/en/sources/knb-2019-12-12-atc-work-report#s001-convicted"),
        ("convicted 2024", "#s000-convicted-2024"),
        ("140 detained jailed", "#s003-jailed"),
        ("14,500", "#s001-links"),
        ("14 500", "#s001-links"),
        ("14\u202f500", "#s001-links"),
        ("14\u00a0500", "#s001-links"),
    ],
)
def test_search_finds(site, words, expected):
    answer = site.get("/en/search", params={"q": words})
    assert answer.status_code == 200
    assert expected in answer.text
    assert 'name="robots" content="noindex"' in answer.text


def found_figures(site, words, language="en"):
    text = site.get(f"/{language}/search", params={"q": words}).text
    part = re.search(r'<section aria-labelledby="figure">.*?</section>', text, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", part[0], re.DOTALL) if part else []


def test_documents_that_tell_one_figure_are_one_find_and_a_retelling_says_that_it_is_one(site):
    convicted, jailed = found_figures(site, "140")
    assert "#s001-convicted" in convicted
    assert "Document: National Security Committee of Kazakhstan (knb.gov.kz), 12 December 2019." in convicted
    assert "2 documents carry it, but it was stated once." in convicted
    assert "#s003-jailed" in jailed
    assert "Document: Kazinform (inform.kz)" in jailed
    assert "says “People convicted”, which is another legal stage" in jailed


def test_a_full_year_is_found_before_its_parts(site):
    assert "#s000-convicted-2024" in found_figures(site, "convicted 2024")[0]


def test_a_figure_that_was_taken_back_is_found_marked_or_not_at_all(serve, tmp_path, world):
    def withdrawn(package):
        rows = [
            one.model_copy(update={"status": "withdrawn"}) if one.id == "convicted-2023" else one
            for one in package.tables[Observation]
        ]
        return replace(package, tables={**package.tables, Observation: tuple(rows)})

    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), withdrawn(world)) as client:
        found = {re.search(r'#([^"]+)"', one)[1]: one for one in found_figures(client, "43")}
        assert "convicted-2023" not in found
        assert '<span class="flag">' in found["convicted-2023-again"]


@pytest.mark.parametrize("words", ["2020", "2020 год", "2020 жыл"])
def test_a_year_alone_finds_what_is_known_of_it(site, words):
    text = site.get("/en/search", params={"q": words}).text
    part = re.search(r'<section aria-labelledby="year">.*?</section>', text, re.DOTALL)[0]
    assert 'href="/en/coverage?from=2020&amp;to=2020"' in part
    assert "0 attacks" in re.search(r'href="/en/indicators/attacks#attacks-2020">([^<]*)', part)[1]
    assert "People convicted" not in part
    assert "2020-03-almaty-nauryz" in text
    assert "Not found as written" not in text
    for address in re.findall(r'href="(/en/indicators/[^"]*)"', part):
        path, _, place = address.partition("#")
        assert not place or f'id="{place}"' in site.get(path).text


def test_what_bears_all_words_in_its_name_is_found_first(site):
    text = site.get("/en/search", params={"q": "january 2022"}).text
    assert text.index("/en/incidents/2022-01-january-unrest") < text.index('aria-labelledby="figure"')
    assert "usdos2021-attacks-0" not in text


def test_a_suggestion_is_close_to_what_was_asked(site):
    assert "Did you mean" not in site.get("/en/search", params={"q": "мешіт"}).text
    assert "convicted</a>" in site.get("/en/search", params={"q": "convictd"}).text


@pytest.mark.parametrize("words", ["", "zzzzzz", "%", "_", "<b>x</b>", "'; drop table"])
def test_a_search_without_an_answer_helps(site, words):
    answer = site.get("/en/search", params={"q": words})
    assert answer.status_code == 200
    assert "<b>x</b>" not in answer.text
    if words not in ("<b>x</b>",):
        assert "For example:" in answer.text


def test_a_search_that_is_too_long_is_refused(site):
    assert site.get("/en/search", params={"q": "x" * 101}).status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "official_statement"},
        {"kind": "news", "year": "2016"},
        {"read": "full"},
        {"language": "kk"},
    ],
)
def test_documents_are_narrowed_as_asked(site, published, asked):
    expected = [
        one
        for one in published.tables[Source]
        if all(
            (one.published or "none")[:4] == v if k == "year" else getattr(one, k) == v
            for k, v in asked.items()
        )
    ]
    text = site.get("/en/sources", params=asked).text
    assert f"<b>{len(expected)} document" in text


def test_documents_can_be_sorted_by_how_many_figures_they_gave(site):
    text = site.get("/en/sources?sort=-figures").text
    counts = [int(n) for n in re.findall(r'<td class="number" data-label="Figures">(\d+)</td>', text)]
    assert len(counts) == 50
    assert counts == sorted(counts, reverse=True)


def test_a_place_names_its_past_and_its_present(site, published):
    text = site.get("/en/places/KZ-YUZ").text
    assert "/en/places/KZ-61" in text
    assert "/en/places/KZ-79" in text
    assert "/en/places/KZ-YUZ" in site.get("/en/places/KZ-61").text
    for one in published.tables[Place]:
        assert site.get(f"/ru/places/{one.code}").status_code == 200


def test_the_worked_example_of_the_methodology_is_the_record(site):
    row = next(
        row
        for row in site.get("/api/stats?indicator=convicted&from=2024&to=2024").json()["data"]
        if row["year"] == 2024 and row["stated_by"] == "knb"
    )
    text = site.get("/en/methodology").text
    assert f"The rule shows {row['value']}." in text
    table = text[text.index('id="example"') : text.index("See that year")]
    for id in row["observations"]:
        assert f'#{id}"' in table
    assert table.count("<b>shown</b>") == 1


def test_the_glossary_has_every_code_in_three_languages(site, published):
    text = site.get("/ru/glossary").text
    for one in published.tables[Text]:
        if (
            one.list in ("legal_stage", "scope", "indicator", "body", "qualifier", "target_type")
            and one.field == "name"
        ):
            assert f'id="{one.list}-{one.code}"' in text
            assert all(
                str(getattr(one, language)).split("“")[0][:12] in unescape(text) for language in LANGUAGES
            )


def test_rules_named_on_pages_are_those_of_the_code(site):
    assert series.OFFICIAL_LATEST in site.get("/en/methodology").text


def test_data_lists_every_file_and_column(site, published):
    text = site.get("/en/data").text
    for table in published.tables:
        assert f"<code>{table.__tablename__}.csv</code>" in text
        for column in table.columns():
            assert f"<dt><code>{column}</code></dt>" in text


def test_what_is_new_is_what_was_stated_last(site):
    text = site.get("/en/").text
    part = text[text.index('id="h-new"') : text.index('id="h-coverage"')]
    named = re.findall(r"#([\w.\-]+)\"><b>", part)
    assert 0 < len(named) <= 6
    days = [site.get(f"/api/observations/{id}").json()["data"]["as_of"] for id in named]
    assert days[0] == max(days)


# --- The page of the API ----------------------------------------------------------------------------------------


def test_the_reference_has_every_address_parameter_and_field_of_the_contract(site):
    text = site.get("/en/api").text
    contract = site.get("/api/openapi.json").json()
    for path, methods in contract["paths"].items():
        if "." in path:  # a form of a list, told with it
            assert f'href="{path}' in text
            continue
        part = re.search(rf'<section id="{methods["get"]["operationId"]}".*?</section>', text, re.DOTALL)
        assert part, path
        for parameter in methods["get"].get("parameters", ()):
            assert f'<th scope="row"><code>{parameter["name"]}</code>' in part[0], (path, parameter["name"])
    for name, shape in contract["components"]["schemas"].items():
        if not name.endswith("Answer"):
            part = re.search(rf'<details id="shape-{name}">.*?</details>', text, re.DOTALL)
            assert part, name
            assert re.findall(r"<dt><code>(\w+)</code>", part[0]) == list(shape["properties"])
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors <= set(re.findall(r'\sid="([^"]+)"', text))


def test_every_example_of_the_reference_answers(site):
    text = site.get("/ru/api").text
    examples = {unescape(address) for address in re.findall(r'href="(/api/[^"]+)"', text)}
    assert len(examples) > 60
    for address in examples:
        assert site.get(address).status_code == 200, address


def test_small_charts_of_the_legal_stages_share_years_and_scale(site):
    text = site.get("/en/indicators").text
    figure = text[text.index("multiples") : text.index("</figure>", text.index("multiples"))]
    charts = re.findall(r'<svg class="chart".*?</svg>\s*</li>', figure, re.DOTALL)
    assert len(charts) == 3
    assert len({tuple(re.findall(r"’\d\d", one)) for one in charts}) == 1
    heights = {}
    for one in charts:
        for mark in re.findall(r'<a class="mark".*?</a>', one, re.DOTALL):
            bar = re.search(r'class="bar [^>]* height="([\d.]+)"', mark)
            value = re.search(r'class="value"[^>]*>(\d+)<', mark)
            if bar and value:
                heights[int(value[1])] = float(bar[1]) / int(value[1])
    assert {140, 175, 83} <= set(heights)
    table = figure[figure.index("<tbody>") : figure.index("</tbody>")]
    assert sorted(int(one) for one in re.findall(r">(\d+)</a></td>", table)) == sorted(
        int(one) for chart in charts for one in re.findall(r'class="value"[^>]*>(\d+)<', chart)
    )
    for address in re.findall(r'href="(/(?:en|api)/[^"]+)" download', figure):
        assert site.get(unescape(address)).status_code == 200
    assert max(heights.values()) - min(heights.values()) < 0.01


def test_a_document_says_who_else_told_the_same_statement(site):
    text = site.get("/en/sources/inform-2019-12-12-40-abroad").text
    assert "8 documents tell it; an official document is among them" in text
    told = re.search(r"documents tell it.*?<ol>(.*?)</ol>", text, re.DOTALL)
    assert told
    assert told[1].count("<li>") == 8
    assert told[1].index("/sources/knb-2019-12-12-atc-work-report") < told[1].index("This document")


def test_the_home_page_agrees_with_itself_and_with_the_list_of_indicators(site):
    home, cards = (site.get(path).text.replace("\u2009", " ") for path in ("/en/", "/en/indicators"))
    news = home[home.index("Stated last") :]
    (detained,) = [line for line in re.findall(r"<li>(.*?)</li>", news) if "<b>83</b>" in line]
    assert "1 Jan – 24 Nov 2025" in detained
    card = next(
        part for part in cards.split("<li>") if '/en/indicators/convicted"' in part and "latest-line" in part
    )
    assert "<b>84 people</b>" in card
    assert "Since then: 97 people (1 Jan – 24 Nov 2025); 17 people (from 1 January 2026" in card


def test_a_card_counts_years_as_coverage_does(site):
    rows = site.get("/api/stats?view=coverage&limit=1000&indicator=convicted").json()["data"]
    states = [row["state"] for row in rows]
    card = next(
        part
        for part in site.get("/en/indicators").text.split("<li>")
        if 'convicted"' in part and "known" in part
    )
    assert f"{states.count('known')} full years known; {states.count('part')} years known in part" in card


def test_of_figures_without_days_none_leads(site):
    card = next(
        part for part in site.get("/en/indicators").text.split("<li>") if "/readiness_percent" in part
    )
    assert "2 figures; their days are not stated" in card
    assert "<b>" not in card
    assert 'class="latest"' not in site.get("/en/indicators/readiness_percent").text


def test_a_number_is_kept_apart_from_its_days_and_a_place_is_named_once(site):
    for code in ("readiness_percent", "students_returned", "citizens_abroad_family"):
        text = re.sub(r"<[^>]+>", "", site.get(f"/en/indicators/{code}").text)
        assert not re.search(r"\w\s+days not stated", text), code
    source = site.get("/en/sources/wobserver-2016-07-18-almaty").text
    assert "<dd>Almaty</dd>" in source


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "name", "right"),
    [
        ("/incidents?from=abc", "from", "2019-12-12"),
        ("/search?q=" + "x" * 101, "q", "100"),
        ("/incidents?page=abc", "page", "2"),
        ("/coverage?release=nothing", "release", ""),
        ("/incidents?page=99", "", "99"),
        ("/indicators/convictd", "", "convicted"),
    ],
)
def test_a_refused_page_says_in_its_language_what_would_be_right(site, language, path, name, right):
    answer = site.get(f"/{language}{path}")
    assert answer.status_code in (404, 422)
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert right in main
    assert not name or f"<code>{name}</code>" in main
    assert 'lang="en"' not in main
    assert "guessed" not in main or main.count("guessed") == 1
    assert "String should" not in main


def test_a_release_named_in_the_readme_can_be_asked_for(site):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for version in re.findall(r"release=([\d.]+\d)", readme):
        assert site.get(f"/api/stats?indicator=convicted&release={version}").status_code == 200


def test_a_version_that_changed_no_figure_says_so(site, client):
    text = site.get("/en/changes").text
    assert "has the same figures as version 2026.11.1" in text
    assert "has the same figures as" not in client.get("/en/changes").text
    for path in ("/en/changes", "/en/data"):
        assert "history of the project’s repository" in site.get(path).text


def test_without_an_address_to_write_to_a_reader_is_told_what_to_do(site):
    text = site.get("/en/corrections").text
    assert "CONTACT" in text
    assert re.search(r"<pre[^>]*><code>Error in Derek, [\d.]+ \(\w{12}\)", text)


# --- For search engines ------------------------------------------------------------------------------------------


def said_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_record_describes_itself_as_a_dataset(site, published, language):
    for path in ("/", "/data"):
        told = said_of(site.get(f"/{language}{path}").text)
        assert told["@type"] == "Dataset"
        assert (told["version"], told["identifier"]) == (published.version, published.digest)
        assert told["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert 50 <= len(str(told["description"])) <= 5000
        for file in told["distribution"]:
            address = "/" + file["contentUrl"].split("/", 3)[3]
            answer = site.get(address)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(file["encodingFormat"])


def test_an_indicator_is_a_part_of_it_with_its_years_and_a_document_is_its_publishers(site):
    told = said_of(site.get("/en/indicators/convicted").text)
    assert (told["@type"], told["variableMeasured"]) == ("Dataset", "People convicted")
    assert told["temporalCoverage"] == "2005/2026"
    assert told["isPartOf"]["@id"].endswith("/#dataset")
    told = said_of(site.get("/ru/sources/knb-2019-12-12-atc-work-report").text)
    assert (told["@type"], told["datePublished"], told["inLanguage"]) == ("CreativeWork", "2019-12-12", "en")


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/"])
def test_the_way_back_is_told_to_machines_too(site, path):
    text = site.get(f"/kk{path}").text
    crumbs = re.search(
        r'<ol itemscope itemtype="https://schema.org/BreadcrumbList">(.*?)</ol>', text, re.DOTALL
    )
    assert crumbs
    places = re.findall(r'<meta itemprop="position" content="(\d+)">', crumbs[1])
    assert places == [str(place + 1) for place in range(len(places))]
    assert crumbs[1].count('itemprop="name"') == len(places) > 1
