"""A reader who tries, by any page, address and parameter, gets no change, percentage, ranking, trend or joined line of unlike
figures. What is asked for is drawn by chance; what comes back is read as a reader, a program and a picture show it."""

import csv
import json
import os
import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app import seed
from app.models import EDITORS_WORDS, Observation, Source, Translation, editors_words

LANGUAGES = ("en", "ru", "kk")
COMPARED = re.compile(
    r"(?P<share>[\d.,]*\d)\s?(%|per ?cent\b|процент|пайыз)|[↑↓▲▼⬆⬇Δ∆]|(?<![\w–])[+−-]\d"
    r"|\b(rose|fell|grew|dropped|jumped|increased|decreased|declined) (by|to|from|sharply)\b|(?<!broken )\b(up|down) (by|from) \d"
    r"|\b(increase|decrease|growth|decline|drop|rise) (of|in|by)\b|\btimes (more|less|higher|lower|as many)\b"
    r"|\b(more|fewer|less) than (in|the year) \w*\s?\d*|\b(highest|lowest|record) (number|figure|since)\b|\bon average\b"
    r"|\b(вырос|снизил|увеличил|уменьшил|сократил)\w* (на|до|в)\b|\bв \d+[.,]?\d* раза?\b|\bв среднем\b"
    r"|\b(өсті|азайды|кеміді|көбейді)\b|\bорта есеппен\b",
    re.IGNORECASE,
)
"""How a change, a share, a ranking or a trend would be worded or marked."""
SHARES = ("coverage_percent", "readiness_percent", "share_percent")
"""Indicators whose figures are percentages that a body stated."""


def keys(name: str) -> list[str]:
    """The keys of a file of the dataset."""
    with (Path(__file__).parents[1] / "seed" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [next(iter(row.values())) for row in csv.DictReader(file)]


INDICATORS, FIGURES = keys("indicators"), keys("observations")
INCIDENTS, SOURCES, PLACES = keys("incidents"), keys("sources"), keys("places")


class Reader:
    """Asks the site, and finds in what comes back everything that would compare."""

    def __init__(self, site: TestClient, package: seed.Package) -> None:
        self.site = site
        self.stated = {
            one.id: {number for number in (one.value, one.low, one.high) if number is not None}
            for one in package.tables[Observation]
            if isinstance(one, Observation)
        }
        self.shares = {
            number
            for one in package.tables[Observation]
            if isinstance(one, Observation) and one.indicator in SHARES
            for number in self.stated[one.id]
        }
        theirs = {
            text for table in EDITORS_WORDS for row in package.tables[table] for text in editors_words(row)
        }
        theirs |= {one.title for one in package.tables[Source] if isinstance(one, Source)}
        theirs |= {
            text
            for one in package.tables[Translation]
            if isinstance(one, Translation)
            for text in (one.ru, one.kk)
        }
        self.sentences = sorted((text for text in theirs if len(text) > 12), key=len, reverse=True)

    def found(self, path: str) -> list[str]:
        answer = self.site.get(path)
        kind = answer.headers.get("content-type", "")
        assert answer.status_code < 500, path
        if "html" in kind:
            return [*self._said(answer.text), *self._drawn(answer.text), *self._played(answer.text)]
        if "svg" in kind:
            return [*self._said(answer.text), *self._drawn(answer.text)]
        if "json" in kind:
            return self._answered(answer.json())
        return []

    def _said(self, text: str) -> list[str]:
        """In words, but for what a document or an editor says in a sentence of its own, which stands beside its figure."""
        text = re.sub(r"<(script|style|thead)\b.*?</\1>", " ", text, flags=re.DOTALL)
        text = text.replace("max-width:100%", " ")  # of a frame, in the code that an editor pastes
        text = re.sub(r"</d[td]>", " · ", text)  # what one field says ends there
        plain = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
        for sentence in self.sentences:
            plain = plain.replace(" ".join(sentence.split()), " ")
        return [
            plain[max(0, one.start() - 60) : one.end() + 60]
            for one in COMPARED.finditer(plain)
            if not (one["share"] and float(one["share"].replace(",", ".")) in self.shares)
        ]

    def _drawn(self, text: str) -> list[str]:
        """As a line that leads from mark to mark. Lines there are: axes, ticks, ranges, brackets over years, ticks of a slider,
        and in lists of statements the steps of one count that one body gave anew."""
        known = re.compile(
            r'<(line|path) [^>]*class="(axis|tick|whisker|zero|diamond|dot|event|reaches|rule)[ "]|<path [^>]*class="span |<path d="(M\d+ 0v10)+"'
        )
        found = []
        for piece in text.split("<svg class="):
            lines = re.findall(r"<(?:line|path|polyline|polygon)\b[^>]*>", piece)
            brackets_or_steps = piece.startswith(('"lane', '"chart step"'))
            found += [
                line
                for line in lines
                if not known.search(line)
                and not (brackets_or_steps and line.startswith('<line class="span '))
            ]
        return found

    def _played(self, text: str) -> list[str]:
        """As a trace that scripts would draw with a line."""
        found = []
        for spec in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL):
            figure = json.loads(spec.replace("\\u003c", "<"))
            for trace in figure["data"]:
                if trace["type"] != "bar" and trace.get("mode", "lines") not in (
                    "markers",
                    "markers+text",
                    "text",
                ):
                    found.append(f"a trace of {trace['type']} with {trace.get('mode')}")
                numbers = [number for number in trace.get("y", []) if isinstance(number, int | float)]
                odd = [
                    n
                    for n, ids in zip(numbers, trace.get("customdata", []), strict=False)
                    if ids and not self._is_stated(n, ids)
                ]
                found += [f"{number} in a trace" for number in odd]
        return found

    def _is_stated(self, number: float, ids: Any) -> bool:
        id = ids[0] if isinstance(ids, list) else ids
        return id not in self.stated or number in self.stated[id] or not self.stated[id]

    def _answered(self, answer: dict[str, Any]) -> list[str]:
        """As a number that no row states: every figure of the API is one that its own observation has."""
        rows = answer.get("data", [])
        found = []
        for row in rows if isinstance(rows, list) else [rows]:
            made = set(row) & {
                "change",
                "difference",
                "percent",
                "ratio",
                "rank",
                "trend",
                "average",
                "total",
                "sum",
                "share",
            }
            found += [f"{name} in a row" for name in made]
            ids = [row["id"]] if "qualifier" in row and "id" in row else row.get("observations", [])
            value = row.get("value")
            if value is not None and ids and isinstance(ids[0], str) and value not in self.stated[ids[0]]:
                found.append(f"{value} is not of {ids[0]}")
        return found


@pytest.fixture(scope="module")
def reader(site: TestClient, published: seed.Package) -> Reader:
    return Reader(site, published)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Any page, picture, list or one thing, with any filters that it may take, in any language, of any day."""
    language = draw(st.sampled_from(LANGUAGES))
    some = st.lists(st.sampled_from(INDICATORS), min_size=1, max_size=4, unique=True).map(",".join)
    several = st.lists(st.sampled_from(FIGURES), min_size=2, max_size=4, unique=True).map(",".join)
    years = st.integers(2004, 2027).map(str)
    days = st.dates(min_value=date(2005, 1, 1), max_value=date(2027, 1, 1)).map(str)
    path, own = draw(
        st.one_of(
            st.tuples(
                st.sampled_from(
                    [f"/{language}/compare", f"/embed/{language}/compare", f"/{language}/compare.svg"]
                ),
                several.map(lambda ids: {"figure": ids}) | some.map(lambda codes: {"series": codes}),
            ),
            st.tuples(
                st.sampled_from(INDICATORS).map(lambda code: f"/{language}/indicators/{code}"),
                st.fixed_dictionaries({}, optional={"from": years, "to": years}),
            ),
            st.tuples(
                st.sampled_from(INDICATORS).map(lambda code: f"/embed/{language}/indicators/{code}"),
                st.fixed_dictionaries({}, optional={"from": years, "to": years}),
            ),
            st.tuples(
                st.sampled_from(
                    [
                        *(f"incidents/{id}" for id in INCIDENTS),
                        "incidents",
                        "indicators",
                        "disclosure",
                        "coverage",
                    ]
                ).map(lambda path: f"/embed/{language}/{path}"),
                st.just({}),
            ),
            st.tuples(
                st.sampled_from(["incidents", "disclosure", "coverage", "indicators"]).map(
                    lambda name: f"/{language}/{name}.svg"
                ),
                st.just({}),
            ),
            st.tuples(
                st.sampled_from(INDICATORS).map(lambda code: f"/{language}/indicators/{code}.svg"),
                st.fixed_dictionaries({}, optional={"from": years, "to": years}),
            ),
            st.tuples(st.sampled_from(INCIDENTS).map(lambda id: f"/{language}/incidents/{id}"), st.just({})),
            st.tuples(st.sampled_from(FIGURES).map(lambda id: f"/{language}/figures/{id}"), st.just({})),
            st.tuples(st.sampled_from(SOURCES).map(lambda id: f"/{language}/sources/{id}"), st.just({})),
            st.tuples(st.sampled_from(PLACES).map(lambda code: f"/{language}/places/{code}"), st.just({})),
            st.tuples(
                st.sampled_from(
                    [
                        "",
                        "indicators",
                        "incidents",
                        "disagreements",
                        "tensions",
                        "coverage",
                        "disclosure",
                        "sources",
                        "places",
                    ]
                ).map(lambda name: f"/{language}/{name}"),
                st.just({}),
            ),
            st.tuples(
                st.sampled_from(["/api/stats", "/api/observations", "/api/disagreements"]),
                some.map(lambda codes: {"indicator": codes, "lang": language}),
            ),
        )
    )
    asked = {**own, **draw(st.fixed_dictionaries({}, optional={"as_of": days}))}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{path}?{query}" if query else path


@settings(
    max_examples=400 if os.environ.get("BAR") == "full" else 60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(path=addresses())
def test_nothing_that_can_be_asked_compares_what_is_unlike(reader, path):
    assert reader.found(path) == []


def test_the_guard_has_the_last_word_where_a_reader_asks_for_a_comparison(site, one_in):
    """Pairs of the figures that lead the three great series: what may be compared says so, all others why not."""
    rows = site.get("/api/stats?indicator=convicted,detained,foiled_plots&gaps=0").json()["data"]
    ids = [row["observations"][0] for row in rows if row["year"] and row["status"] == "value"]
    allowed = 0
    for place, one in enumerate(ids):
        for other in ids[place + 1 :: one_in(5)]:
            text = site.get(f"/en/compare?figure={one},{other}").text
            may = "these two may be compared" in text
            assert may != ("No difference, percentage or ranking is made of them: " in text)
            allowed += may
    assert 0 < allowed < len(ids)


def test_the_search_for_comparisons_finds_them(reader):
    """The test itself: made-up pages that compare are found out."""
    for said in (
        "Convictions rose by 41 since 2023.",
        "up from 43",
        "a 95 % increase",
        "▲ 41",
        "+41",
        "Выросло на 41",
        "the highest number since 2019",
    ):
        assert reader._said(f"<p>{said}</p>"), said
    assert reader._drawn('<polyline points="0,0 1,1"/>')
    assert reader._drawn('<line class="trend" x1="0" x2="1"/>')
    assert reader._played(
        '<script type="application/json">{"data": [{"type": "scatter", "mode": "lines"}]}</script>'
    )
    assert reader._answered({"data": [{"value": 1, "change": 2, "observations": []}]})
