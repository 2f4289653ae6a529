"""One number's road: the same in the file it was entered in, in JSON, CSV, table, drawing, Plotly figure and
words."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from app.folders import folder
from app.i18n import LANGUAGES
from app.pages.figures import ON_DASHBOARD

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Node:
    """An element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.inside: list[Node | str] = []

    def all(self, tag: str, **wanted: str) -> "Iterator[Node]":
        """Elements within, in the page's order; `kind` is one of the classes."""
        for one in self.inside:
            if isinstance(one, Node):
                if one.tag == tag and all(one.has(name, value) for name, value in wanted.items()):
                    yield one
                yield from one.all(tag, **wanted)

    def has(self, name: str, value: str) -> bool:
        return (
            value in self.attributes.get("class", "").split()
            if name == "kind"
            else self.attributes.get(name) == value
        )

    def one(self, tag: str, **wanted: str) -> "Node":
        return next(self.all(tag, **wanted))

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)


class Page(HTMLParser):
    """A page as a tree."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(text: str) -> Node:
    page = Page(text)
    (root,) = page.open
    return root


def numbers(text: str) -> list[int]:
    """The numbers in a text, with the separators of any of the three languages."""
    return [
        int(re.sub(r"\D", "", one))
        for one in re.findall(r"\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?!\d)|\d+", text)
    ]


class Cell(NamedTuple):
    """A figure of the JSON, and what the file says of it: its numbers, lowest and highest."""

    indicator: str
    year: int
    body: str
    shown: str | None
    retold: tuple[str, ...]
    stated: list[int]


@pytest.fixture(scope="module")
def entered() -> dict[str, dict[str, str]]:
    """The lines of the file, as text."""
    with (folder("seed") / "observations.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module", params=ON_DASHBOARD)
def cells(request, site, entered) -> list[Cell]:
    """Every cell on the axis of one indicator, from the year in which the dashboard's charts begin."""
    rows = site.get(f"/api/stats?indicator={','.join(ON_DASHBOARD)}&limit=1000").json()["data"]
    first = min(row["year"] for row in rows if row["year"] and row["observations"])
    found = []
    for row in rows:
        if row["indicator"] == request.param and row["year"] and row["year"] >= first:
            shown = row["observations"][0] if row["observations"] else None
            line = entered[shown] if shown else {"value": "", "low": "", "high": ""}
            stated = [int(line[name]) for name in ("value", "low", "high") if line[name]]
            found.append(
                Cell(row["indicator"], row["year"], row["stated_by"], shown, tuple(row["retold"]), stated)
            )
            low, high = (stated[0], stated[-1]) if stated else (None, None)
            assert (row["low"], row["high"]) == (low, high)
            assert row["value"] == (int(line["value"]) if line["value"] else None)
    assert len(found) > 10
    assert sum(bool(cell.stated) for cell in found) > 3
    return found


@pytest.fixture(scope="module")
def sections(site) -> dict[tuple[str, str], Node]:
    """Each indicator's part of the dashboard, in each language."""
    pages = {language: tree(site.get(f"/{language}/").text) for language in LANGUAGES}
    return {
        (language, code): page.one("section", id=code)
        for language, page in pages.items()
        for code in ON_DASHBOARD
    }


def test_an_observation_is_what_was_entered(site, entered):
    rows = site.get("/api/observations?limit=1000").json()["data"]
    assert {row["id"] for row in rows} == set(entered)
    for row in rows:
        line = entered[row["id"]]
        told = {
            **row,
            "period_start": row["period"]["start"],
            "period_end": row["period"]["end"],
            "period_kind": row["period"]["kind"],
            "period_words": row["period"]["words"],
        }
        for name, cell in line.items():
            if name in ("value", "low", "high"):
                assert told[name] == (float(cell) if cell else None), (row["id"], name)
            else:
                assert (told[name] or "") == cell, (row["id"], name)


def test_the_file_to_download_says_what_was_entered(site, cells):
    text = site.get(f"/api/stats.csv?indicator={cells[0].indicator}").content.decode()
    rows = {(row["year"], row["stated_by"]): row for row in csv.DictReader(io.StringIO(text, newline=""))}
    for cell in cells:
        row = rows[str(cell.year), cell.body]
        assert [row["low"], row["high"]] == (
            [str(cell.stated[0]), str(cell.stated[-1])] if cell.stated else ["", ""]
        )
        assert row["observations"].split(" ")[0] == (cell.shown or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_says_what_was_entered(sections, cells, language):
    table = sections[language, cells[0].indicator].one("table")
    rows = [row for row in table.one("tbody").all("tr") if not row.has("kind", "stage")]
    said = []
    for row in rows:
        figure = row.one("td", kind="number").one("button") if "data-observation" in row.attributes else None
        name = row.attributes.get("data-observation")
        said.append((int(row.one("th").text), name, numbers(figure.text) if figure else []))
    assert said == [(cell.year, cell.shown, cell.stated) for cell in cells]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_says_what_was_entered(sections, cells, language):
    drawing = sections[language, cells[0].indicator].one("svg", kind="chart")
    marks = {mark.attributes["data-observation"]: mark for mark in drawing.all("a", kind="mark")}
    assert set(marks) == shown(cells)
    for cell in cells:
        if cell.shown:
            mark = marks[cell.shown]
            said = numbers(mark.one("text", kind="value").text)  # in a crowded year letter and days follow
            assert said[: len(cell.stated)] == cell.stated, cell
            label = mark.attributes["aria-label"]
            assert numbers(label)[: len(cell.stated)] == cell.stated, cell
            assert mark.one("title").text == label
    years = [int(text.text) for text in drawing.all("text", kind="year") if text.has("kind", "wide")]
    assert years == sorted({cell.year for cell in cells})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plotly_figure_says_what_was_entered(sections, cells, language):
    code = cells[0].indicator
    figure = json.loads(sections[language, code].one("script", id=f"figure-{code}").text)
    said = {}
    for trace in figure["data"]:
        for (name, year), height, label in zip(trace["customdata"], trace["y"], trace["text"], strict=True):
            said[name] = (year, height, numbers(label))
    assert set(said) == shown(cells)
    for cell in cells:
        if cell.shown:
            assert said[cell.shown] == (cell.year, cell.stated[-1] if cell.stated else 0, cell.stated)


def shown(cells: list[Cell]) -> set[str]:
    return {name for cell in cells for name in (cell.shown, *cell.retold) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_says_what_was_entered(sections, cells, language):
    section = sections[language, cells[0].indicator]
    words = section.one("p", kind="reading").text
    assert section.one("svg", kind="chart").one("desc").text == words
    for cell in cells:
        said = [numbers(part) for part in re.findall(rf"(?<!\d){cell.year}: ([^;(]*)", words)]
        if cell.shown:
            assert cell.stated in [found[: len(cell.stated)] for found in said], cell
        elif not any(other.shown for other in cells if other.year == cell.year):
            assert said == [], cell


def test_the_documents_own_page_says_what_was_entered(site, entered, cells):
    for cell in cells:
        if cell.shown:
            page = tree(site.get(f"/en/sources/{entered[cell.shown]['source']}").text)
            assert numbers(page.one("article", id=cell.shown).one("h3").one("b").text) == cell.stated


def test_the_sentence_above_a_chart_says_what_was_entered(sections, cells):
    words = sections["en", cells[0].indicator].one("div", kind="words")
    stated = {cell.shown: cell.stated for cell in cells if cell.shown}
    buttons = [one for one in words.all("button", kind="figure") if "popovertarget" in one.attributes]
    assert buttons
    for button in buttons:
        name = button.attributes["popovertarget"].partition("-")[2]
        assert numbers(button.text) == stated[name]
