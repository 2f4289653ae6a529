"""Documents: which fit a question, how many each further filter would leave, and one with all taken from it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import col, select

from app import series
from app.listings.folding import folded, translated
from app.listings.incidents import UNDATED, Facet
from app.models import Incident, IncidentSource, Observation, Origin, Source, last_day
from app.series import Vintage

SOURCE_FACETS = ("kind", "year", "language", "read", "publisher")
"""By what documents can be narrowed."""


@dataclass(frozen=True)
class SourceQuestion:
    """Which documents. Values of one name are alternatives; different names all have to fit."""

    kind: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    words: str = ""
    """Every word has to begin a word of publisher, title or name."""


def sources(vintage: Vintage, asked: SourceQuestion) -> Sequence[Source]:
    """Documents that fit and had been published, by id."""
    wanted = select(Source).where(Source.release == vintage.release.number).order_by(col(Source.id))
    for name in ("kind", "language", "read", "publisher"):
        if values := getattr(asked, name):
            wanted = wanted.where(col(getattr(Source, name)).in_(values))
    found = [one for one in vintage.session.exec(wanted) if vintage.knows(one.published)]
    if asked.year:
        found = [one for one in found if published_in(one) in asked.year]
    words = folded(asked.words).split()
    if words:
        ours = translated(vintage, (one.title for one in found))
        texts = {
            one.id: " " + folded(" ".join((one.publisher, one.title, ours.get(one.title, ""), one.id)))
            for one in found
        }
        found = [one for one in found if all(f" {word}" in texts[one.id] for word in words)]
    return found


def published_in(source: Source) -> str:
    """The year of a document."""
    return source.published[:4] if source.published else UNDATED


def source_facets(vintage: Vintage, asked: SourceQuestion) -> dict[str, tuple[Facet, ...]]:
    """For each filter its values, with how many documents each would leave, the other filters staying as they are."""
    counted = {}
    for name in SOURCE_FACETS:
        apart: dict[str, Any] = {name: ()}
        others = sources(vintage, replace(asked, **apart))
        counts = Counter(published_in(one) if name == "year" else str(getattr(one, name)) for one in others)
        chosen = getattr(asked, name)
        values = {**counts, **{value: counts[value] for value in chosen}}
        counted[name] = tuple(Facet(value, values[value], value in chosen) for value in sorted(values))
    return counted


def figures_taken(vintage: Vintage) -> Counter[str]:
    """How many figures were taken from each document."""
    return Counter(one.source for one in series.observations(vintage, series.Question()))


@dataclass(frozen=True)
class SourceFile:
    """A document with every figure taken from it."""

    source: Source
    observations: tuple[Observation, ...]
    retellings: Mapping[str, tuple[Observation, ...]]
    """For each figure by its id, what other documents made of it: the same indicator, or the same number, of its origin."""
    origins: tuple[Origin, ...]
    """The acts of stating that it tells."""
    tellers: Mapping[str, tuple[Source, ...]]
    """For each of these acts the documents that tell it, this one among them, as they were published; of one day the official first."""
    incidents: tuple[Incident, ...]
    """The incidents of which it speaks."""


def source_file(vintage: Vintage, key: str) -> SourceFile | None:
    source = series.one_of(vintage, Source, key)
    if source is None:
        return None
    taken = series.observations(vintage, series.Question(source=(key,)))
    names = {one.origin for one in taken}
    told = vintage.session.exec(
        select(IncidentSource.incident).where(
            IncidentSource.release == vintage.release.number, IncidentSource.source == key
        )
    ).all()
    elsewhere = vintage.session.exec(
        select(Observation)
        .where(
            Observation.release == vintage.release.number,
            col(Observation.origin).in_(names),
            Observation.source != key,
        )
        .order_by(col(Observation.id))
    ).all()
    return SourceFile(
        source,
        tuple(sorted(taken, key=lambda one: (_paragraph(one.locator), one.id))),
        {
            one.id: tuple(
                other for other in elsewhere if vintage.knows(other.public_on) and _retells(other, one)
            )
            for one in taken
        },
        tuple(series.all_of(vintage, Origin, names)),
        _tellers(vintage, names),
        tuple(one for one in series.all_of(vintage, Incident, told) if vintage.knows(one.disclosed)),
    )


def _tellers(vintage: Vintage, origins: Collection[str]) -> dict[str, tuple[Source, ...]]:
    """Who had told each act of stating. A document dated only by month or year, or not at all, counts as late."""
    everything = vintage.session.exec(
        select(Observation.origin, Observation.source, col(Observation.public_on))
        .where(Observation.release == vintage.release.number, col(Observation.origin).in_(origins))
        .distinct()
    ).all()
    told = {(origin, source) for origin, source, public_on in everything if vintage.knows(public_on)}
    known = {one.id: one for one in series.all_of(vintage, Source, {source for _, source in told})}
    found: dict[str, list[Source]] = {}
    for origin, source in told:
        found.setdefault(origin, []).append(known[source])
    return {origin: tuple(sorted(some, key=_when_published)) for origin, some in found.items()}


def _when_published(one: Source) -> tuple[date, bool, str]:
    return (last_day(one.published) if one.published else date.max), one.kind != "official_statement", one.id


def _retells(other: Observation, one: Observation) -> bool:
    if other.origin != one.origin or other.extent != one.extent or other.population != one.population:
        return False
    return other.indicator == one.indicator or (other.bounds is not None and other.bounds == one.bounds)


def _paragraph(locator: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, locator))
    return (int(digits) if digits else 0), locator
