"""Pages of places: all of them, and one with its incidents and figures."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import listings, series
from app.deps import KeyInPath, missing
from app.listings import PlaceFile
from app.models import Indicator, Observation, Place, Source
from app.pages.incidents import Glance, glance
from app.pages.rendering import PageDep, render, router


@dataclass(frozen=True)
class Places:
    """Every place, by its kind, with how many figures and incidents it has."""

    groups: tuple[tuple[str, tuple[tuple[Place, int, int], ...]], ...]
    glance: Glance


@dataclass(frozen=True)
class PlacePage:
    """One place."""

    file: PlaceFile
    figures: tuple[tuple[Indicator, tuple[Observation, ...]], ...]
    """By indicator, in the order of the days they describe."""
    documents: dict[str, Source]


@router.get("/places")
def places(request: Request, held: PageDep) -> HTMLResponse:
    counts = listings.counted(held.vintage)
    groups: dict[str, list[tuple[Place, int, int]]] = {
        kind: [] for kind in ("region", "city", "historic_region", "country", "abroad", "internet")
    }
    for one in series.all_of(held.vintage, Place):
        groups[one.kind].append((one, *counts[one.code]))
    for some in groups.values():
        some.sort(key=lambda row: held.words.order(held.words.name("place", row[0].code)))
    found = tuple((kind, tuple(some)) for kind, some in groups.items() if some)
    return render(request, held, "places.html", Places(found, glance(held)))


@router.get("/places/{code}")
def place(request: Request, held: PageDep, code: KeyInPath) -> HTMLResponse:
    file = listings.place_file(held.vintage, code)
    if file is None:
        known = [one.code for one in series.all_of(held.vintage, Place)]
        raise missing("place", code, known)
    indicators = {row.code: row for row in series.all_of(held.vintage, Indicator)}
    # Of the whole country there is everything: its page leads to the dashboard.
    asked = series.Question(place=(code,)) if file.place.kind != "country" else series.Question()
    groups: dict[str, list[Observation]] = {}
    for one in file.observations if file.place.kind != "country" else ():
        groups.setdefault(one.indicator, []).append(one)
    named = {one.source for one in file.observations}
    documents = {row.id: row for row in series.all_of(held.vintage, Source, named)}
    figures = tuple((indicators[name], tuple(some)) for name, some in groups.items())
    return render(request, held, "place.html", PlacePage(file, figures, documents), asked)
