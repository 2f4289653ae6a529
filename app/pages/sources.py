"""Pages of documents: all of them, and one with every figure taken from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import listings, series
from app.deps import AskedSourcesPage, KeyInPath, Problem, Reading, missing, reading
from app.i18n import Words
from app.listings import SourceFile
from app.models import Source
from app.pages import structured
from app.pages.browsing import Choice, Turn, address, choices, chosen, given, no_such_page, turned
from app.pages.rendering import PageDep, link, not_yet, render, router, settings_of

PATH = "/sources"
SHOWN = 12
"""Most publishers in the filter, of which there are hundreds; the search finds the others."""


@dataclass(frozen=True)
class Sources:
    """The documents that fit what was asked, and ways to ask otherwise."""

    sources: tuple[Source, ...]
    taken: Counter[str]
    """Figures by document."""
    total: int
    of_all: int
    facets: tuple[tuple[str, tuple[Choice, ...]], ...]
    chosen: tuple[Choice, ...]
    sort: str
    sorted: dict[str, str]
    kept: tuple[tuple[str, str], ...]
    asked: AskedSourcesPage
    everything: str
    turn: Turn


@dataclass(frozen=True)
class SourcePage:
    """One document, every figure taken from it, and who else retold the same statements."""

    file: SourceFile
    units: dict[str, str]
    publishers: dict[str, str]
    """Publisher by source, for the documents that retell a statement."""


@router.get("/sources")
def sources(
    request: Request, held: Annotated[Reading[AskedSourcesPage], reading(AskedSourcesPage)]
) -> HTMLResponse:
    asked, question = held.asked, held.asked.question()
    taken = listings.figures_taken(held.vintage)
    found = _in_order(listings.sources(held.vintage, question), asked.sort, taken, held.words)
    turn = turned(held, PATH, asked.page, len(found))
    if turn is None:
        raise Problem(404, no_such_page(held, asked.page))
    counted = listings.source_facets(held.vintage, question)
    called = partial(_called, held.words)
    facets = [(name, choices(held, PATH, name, counted[name], called)) for name in listings.SOURCE_FACETS]
    few = {"publisher": SHOWN}
    context = Sources(
        tuple(found[turn.start : turn.end]),
        taken,
        len(found),
        len(listings.sources(held.vintage, listings.SourceQuestion())),
        tuple((name, _few(some, few.get(name, len(some)))) for name, some in facets),
        tuple(chosen(held, PATH, facets)),
        asked.sort,
        {name: address(held, PATH, sort=name, page=None) for name in SORTS},
        tuple(given(asked, but=("page", "q")).items()),
        asked,
        link(held, PATH),
        turn,
    )
    return render(request, held, "sources.html", context)


SORTS = ("-published", "published", "publisher", "title", "-figures")


def _in_order(found: Sequence[Source], sort: str, taken: Counter[str], words: Words) -> list[Source]:
    newest = sorted(found, key=lambda one: (one.published or "", one.id), reverse=sort != "published")
    if sort == "publisher":
        return sorted(newest, key=lambda one: one.publisher.casefold())
    if sort == "title":
        return sorted(newest, key=lambda one: words.order(words.titled(one)[0].strip('[]«»"“')))
    return sorted(newest, key=lambda one: -taken[one.id]) if sort == "-figures" else newest


def _few(some: Sequence[Choice], most: int) -> tuple[Choice, ...]:
    """The first of many values, and those that are chosen."""
    return tuple(one for place, one in enumerate(some) if place < most or one.chosen)


def _called(words: Words, name: str, value: str) -> str:
    if name == "kind":
        return words.name("source_kind", value)
    if name == "read":
        return words.name("source_read", value)
    if name == "language":
        return words.language_name(value)
    return words.gettext("no date") if value == listings.UNDATED else value


@router.get("/sources/{id}")
def source(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    file = listings.source_file(held.vintage, id)
    if file is None:
        raise missing("source", id, [row.id for row in series.all_of(held.vintage, Source)])
    about_it, published = series.Question(source=(id,)), file.source.published
    if not held.vintage.knows(published) and not file.observations:
        return not_yet(request, held, held.words.titled(file.source)[0], published, about_it)
    others = {one.source for some in file.retellings.values() for one in some}
    publishers = {
        row.id: held.words.publisher(row.publisher) for row in series.all_of(held.vintage, Source, others)
    }
    return render(
        request,
        held,
        "source.html",
        SourcePage(file, held.units, publishers),
        about_it,
        structured.document(file.source, held, settings_of(request)),
    )
