"""The page of search: one question over indicators, figures, places, incidents, documents and bodies."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app import listings, series
from app.deps import AskedThen, Reading, reading
from app.i18n import N_
from app.listings import Found, Hits
from app.models import Cell, CoverageState, Indicator, Observation, Source
from app.pages.figures import row_of
from app.pages.rendering import link, render, router

EXAMPLES = (N_("convicted"), "Алматы", "Ақтөбе", "140 2019")
"""Words that find something; of those in a language the reader's own."""


class AskedSearch(AskedThen):
    """What to look for."""

    q: str = Field(default="", max_length=100, description="Words that all have to fit, in any language.")


@dataclass(frozen=True)
class Hit:
    """One thing found."""

    href: str
    name: str
    about: str
    lang: str = ""
    mark: str = ""
    """What a figure is besides current."""


@dataclass(frozen=True)
class InYear:
    """What is known of one indicator for one year."""

    indicator: Indicator
    state: CoverageState
    cell: Cell | None
    """The leading body's figure, or where it has none another body's."""
    href: str


@dataclass(frozen=True)
class Year:
    """A year that was asked for: every indicator that has something to say about it."""

    year: int
    lines: tuple[InYear, ...]
    coverage: str


@dataclass(frozen=True)
class Search:
    """What was asked, and what was found, by kind."""

    asked: str
    shortened: str
    year: Year | None
    groups: tuple[tuple[str, int, tuple[Hit, ...], str], ...]
    """Kind, how many there are, the first of them, and where the rest are."""
    meant: str
    examples: tuple[str, ...]


@router.get("/search")
def search(request: Request, held: Annotated[Reading[AskedSearch], reading(AskedSearch)]) -> HTMLResponse:
    asked = " ".join(held.asked.q.split())
    found = listings.search(held.vintage, asked)
    told = _told(held, found.hits)
    groups = tuple(
        (
            hits.kind,
            hits.count,
            tuple(_hit(held, hits, key, told) for key in hits.keys),
            _rest(held, hits, found, asked),
        )
        for hits in found.hits
    )
    year = _in_year(held, found.year) if found.year else None
    meant = None if groups or year or not asked else listings.near(held.vintage, asked, _like)
    shortened = found.words if groups and found.words != listings.folded(asked) else ""
    context = Search(asked, shortened, year, groups, meant or "", tuple(map(held.words.gettext, EXAMPLES)))
    return render(request, held, "search.html", context)


def _in_year(held: Reading[AskedSearch], year: int) -> Year | None:
    """What is known of a year; None where it is of none that anything was stated about."""
    lines = []
    for panel in series.panels(held.vintage, series.Question()):
        row = row_of(panel, [year])
        if row.states[year] in ("none_found", "not_yet", "not_applicable"):
            continue
        cell = next((one for one in panel.on_axis if one.year == year and one.shown), None)
        href = f"{link(held, f'/indicators/{panel.indicator.code}')}{row.places[year]}"
        lines.append(InYear(panel.indicator, row.states[year], cell, href))
    return Year(year, tuple(lines), link(held, "/coverage", {"from": year, "to": year})) if lines else None


def _like(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.8)), None)


def _rest(held: Reading[AskedSearch], hits: Hits, found: Found, asked: str) -> str:
    """Where all hits of a kind are, if that kind has a list that can be asked."""
    if hits.count <= len(hits.keys) or hits.kind not in ("incident", "source"):
        return ""
    by_year = found.year and hits.kind == "incident"
    return link(held, f"/{hits.kind}s", {"year": found.year} if by_year else {"q": asked})


Told = Mapping[str, Sequence[Observation]]
"""For each figure what became of it at another legal stage."""


def _told(held: Reading[AskedSearch], found: Iterable[Hits]) -> Told:
    keys = {key for hits in found if hits.kind == "figure" for key in hits.keys}
    figures = series.all_of(held.vintage, Observation, keys)
    return series.retellings(held.vintage, figures)


def _hit(held: Reading[AskedSearch], hits: Hits, key: str, told: Told) -> Hit:
    words = held.words
    if hits.kind == "indicator":
        return Hit(
            link(held, f"/indicators/{key}"),
            words.name("indicator", key),
            words.name("indicator", key, "definition"),
        )
    if hits.kind == "place":
        return Hit(link(held, f"/places/{key}"), words.name("place", key), "")
    if hits.kind == "incident":
        return Hit(
            link(held, f"/incidents/{key}"),
            words.name("incident", key, "title"),
            words.name("incident", key, "summary"),
        )
    if hits.kind == "body":
        return Hit(f"{link(held, '/glossary')}#body-{key}", words.name("body", key), "")
    if hits.kind == "source":
        source = series.one_of(held.vintage, Source, key)
        assert source  # noqa: S101  # the search found it
        about = f"{words.publisher(source.publisher)}, {words.when(source.published)}"
        title, language = words.titled(source)
        return Hit(link(held, f"/sources/{key}"), title, about, language)
    return _figure(held, key, hits.documents[key], told.get(key, ()))


def _figure(held: Reading[AskedSearch], key: str, documents: int, told: Sequence[Observation]) -> Hit:
    """A figure with whose it is, of which days, in which document, and what else its statement became."""
    words = held.words
    one = series.one_of(held.vintage, Observation, key)
    assert one  # noqa: S101
    known = {
        row.id: row
        for row in series.all_of(held.vintage, Source, {one.source, *(other.source for other in told)})
    }
    source = known[one.source]
    said = [
        f"{words.period(one)}; {words.stated(one)}.",
        words.gettext("Document: %(document)s.") % {"document": words.document(source)},
    ]
    if documents > 1:
        carried = words.gettext("%(documents)s documents carry it, but it was stated once.")
        said.append(carried % {"documents": words.number(documents)})
    if told:
        said.append(words.another_stage(one, told[0], known))
    return Hit(
        f"{link(held, f'/sources/{one.source}')}#{one.id}",
        f"{words.name('indicator', one.indicator)}: {words.amount(one, held.units[one.indicator])}",
        " ".join(said),
        mark=words.inside("observation_status", one.status) if one.status != "current" else "",
    )
