"""Pages of documents: all of them, and one with every figure taken from it."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import listings, series
from app.deps import KeyInPath, missing
from app.listings import SourceFile
from app.models import Source
from app.pages.rendering import PageDep, render, router


@dataclass(frozen=True)
class Sources:
    """Every document of the record."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class SourcePage:
    """One document, every figure taken from it, and who else retold the same statements."""

    file: SourceFile
    units: dict[str, str]
    publishers: dict[str, str]
    """Publisher by source, for the documents that retell a statement."""


@router.get("/sources")
def sources(request: Request, held: PageDep) -> HTMLResponse:
    found = series.all_of(held.session, held.release, Source)
    newest_first = sorted(found, key=lambda one: (one.published or "", one.id), reverse=True)
    return render(request, held, "sources.html", Sources(tuple(newest_first)))


@router.get("/sources/{id}")
def source(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    file = listings.source_file(held.session, held.release, id)
    if file is None:
        raise missing("source", id, [row.id for row in series.all_of(held.session, held.release, Source)])
    others = {one.source for some in file.retellings.values() for one in some}
    publishers = {row.id: row.publisher for row in series.all_of(held.session, held.release, Source, others)}
    return render(request, held, "source.html", SourcePage(file, held.units, publishers))
