"""Incidents: which fit a question, how many each further filter would leave, and one with all that points to it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, extract, func, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from app import series
from app.listings.folding import folded, translated
from app.models import Classification, Incident, IncidentSource, Observation, Source, Text, last_day
from app.series import Vintage

Column = ColumnElement[Any] | Mapped[Any]
FACETS = ("year", "outcome", "region", "classification", "target")
"""By what incidents can be narrowed, each with its counts."""
UNDATED = "none"
"""The value of `year` and `region` for an incident without one."""


@dataclass(frozen=True)
class IncidentQuestion:
    """Which incidents. Values of one name are alternatives; different names all have to fit."""

    place: tuple[str, ...] = ()
    """Region or city, of the day or of today."""
    outcome: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    year: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    """Region or city of today; `none` for those that have no single one."""
    classification: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    words: str = ""
    """Every word has to stand in title, summary, place or target, in any language."""


@dataclass(frozen=True)
class Facet:
    """One value by which the list can be narrowed, and how many incidents it would leave."""

    value: str
    count: int
    chosen: bool


def incidents(vintage: Vintage, asked: IncidentQuestion) -> Sequence[Incident]:
    """Incidents that fit and had been made public, by id, which begins with their month."""
    wanted = select(Incident).where(*_conditions(vintage, asked)).order_by(col(Incident.id))
    return vintage.session.exec(wanted).all()


def count(vintage: Vintage, asked: IncidentQuestion) -> int:
    """How many incidents fit."""
    wanted = select(func.count()).select_from(Incident).where(*_conditions(vintage, asked))
    return vintage.session.exec(wanted).one()


def _conditions(vintage: Vintage, asked: IncidentQuestion) -> Iterable[ColumnElement[bool] | bool]:
    """What a row has to fulfil, each filter by itself."""
    yield col(Incident.release) == vintage.release.number
    if vintage.as_of:
        everyone = series.all_of(vintage, Incident)
        yield col(Incident.id).in_([one.id for one in everyone if vintage.knows(one.disclosed)])
    if asked.place:
        columns = Incident.place, Incident.region_then, Incident.region_now
        yield or_(*(col(column).in_(asked.place) for column in columns))
    if asked.outcome:
        yield col(Incident.outcome).in_(asked.outcome)
    if asked.since:
        yield col(Incident.date_end) >= asked.since
    if asked.until:
        yield col(Incident.date_start) <= asked.until
    if asked.year:
        years = [int(year) for year in asked.year if year != UNDATED]
        yield _among(extract("year", col(Incident.date_start)), years, UNDATED in asked.year)
    if asked.region:
        yield _among(col(Incident.region_now), asked.region, UNDATED in asked.region)
    if asked.target:
        yield col(Incident.target_type).in_(asked.target)
    if asked.classification:
        called = (one for one in _called(vintage) if one.label in asked.classification)
        yield col(Incident.id).in_({one.incident for one in called})
    if asked.words.strip():
        yield col(Incident.id).in_(_matching(vintage, asked.words))


def _among(column: Column, values: Collection[Any], unknown: bool) -> ColumnElement[bool]:
    """One of the values, or none where that is asked for too."""
    return or_(column.in_(values), column.is_(None)) if unknown else column.in_(values)


def year_of(incident: Incident) -> str:
    """The year in which an incident began."""
    return str(incident.date_start.year) if incident.date_start else UNDATED


def lag(one: Incident) -> tuple[int, int] | None:
    """The fewest and the most days between the first day of an incident and its disclosure that their dates leave room
    for; None where an incident has no date."""
    if one.date_start is None or one.disclosed is None:
        return None
    # Where the day is known, it is the first; where it is not, any day of the month or year may be.
    latest = one.date_start if one.date_precision == "day" else one.date_end or one.date_start
    first = date.fromisoformat((one.disclosed + "-01-01")[:10])
    return max(0, (first - latest).days), max(0, (last_day(one.disclosed) - one.date_start).days)


def facets(vintage: Vintage, asked: IncidentQuestion) -> dict[str, tuple[Facet, ...]]:
    """For each filter its values, with how many incidents each would leave, the other filters staying as they are."""
    counted = {}
    for name in FACETS:
        apart: dict[str, Any] = {name: ()}
        counts = _counts(vintage, name, replace(asked, **apart))
        chosen = getattr(asked, name)
        values = {**counts, **{value: counts.get(value, 0) for value in chosen}}
        counted[name] = tuple(Facet(value, values[value], value in chosen) for value in sorted(values))
    return counted


def _counts(vintage: Vintage, name: str, asked: IncidentQuestion) -> dict[str, int]:
    """Incidents that fit, counted in the database by one of their values. One with two labels counts for each."""
    if name == "classification":
        fitting = {one.id for one in incidents(vintage, asked)}
        return Counter(
            label for label, id in {(one.label, one.incident) for one in _called(vintage)} if id in fitting
        )
    columns: Mapping[str, Column] = {
        "year": extract("year", col(Incident.date_start)),
        "outcome": col(Incident.outcome),
        "region": col(Incident.region_now),
        "target": col(Incident.target_type),
    }
    value, number = columns[name], func.count(col(Incident.id).distinct())
    wanted = select(value, number).where(*_conditions(vintage, asked)).group_by(value)
    return {UNDATED if found is None else str(found): many for found, many in vintage.session.exec(wanted)}


def dropped(vintage: Vintage, asked: IncidentQuestion) -> dict[str, int]:
    """For a question that nothing fits: which single filter could be left out, and how many would fit then."""
    nothing = IncidentQuestion()
    given = (name for name in (*FACETS, "place", "words", "since", "until") if getattr(asked, name))
    found = {}
    for name in given:
        without: dict[str, Any] = {name: getattr(nothing, name)}
        if many := count(vintage, replace(asked, **without)):
            found[name] = many
    return found


def classifications(vintage: Vintage, ids: Collection[str]) -> Sequence[Classification]:
    """Who had called these incidents what."""
    return [one for one in _called(vintage) if one.incident in ids]


def _called(vintage: Vintage) -> Sequence[Classification]:
    return [one for one in series.all_of(vintage, Classification) if vintage.knows(one.as_of)]


def figures_and_sources(vintage: Vintage, ids: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
    """How many figures point to each of these incidents, and how many documents had spoken of it."""
    figures = series.observations(vintage, series.Question(incident=tuple(ids))) if ids else ()
    told = vintage.session.exec(
        select(IncidentSource.incident, Source.published)
        .where(IncidentSource.release == vintage.release.number, Source.release == vintage.release.number)
        .where(IncidentSource.source == Source.id, col(IncidentSource.incident).in_(ids))
    ).all()
    return (
        Counter(str(one.incident) for one in figures),
        Counter(incident for incident, published in told if vintage.knows(published)),
    )


def _matching(vintage: Vintage, words: str) -> set[str]:
    """The incidents in whose texts, in any language, every word stands."""
    texts: dict[str, list[str]] = {}
    named = select(Text).where(
        Text.release == vintage.release.number, col(Text.list).in_(("incident", "place", "target_type"))
    )
    names: dict[tuple[str, str], str] = {}
    for text in vintage.session.exec(named).all():
        said = f"{text.en} {text.ru} {text.kk}"
        if text.list == "incident":
            texts.setdefault(text.code, []).append(said)
        elif text.field == "name":
            names[text.list, text.code] = said
    everything = series.all_of(vintage, Incident)
    ours = translated(vintage, (text for one in everything for text in (one.place_stated, one.target_stated)))
    for one in everything:
        where = (
            names.get(("place", code or ""), "") for code in (one.place, one.region_then, one.region_now)
        )
        target = names.get(("target_type", one.target_type), "")
        own = (f"{text} {ours.get(text, '')}" for text in (one.place_stated, one.target_stated))
        texts.setdefault(one.id, []).extend((one.id, target, *own, *where))
    asked = folded(words).split()
    if not asked:
        return set()  # signs alone are no words, and nothing is found by them
    stored = {id: folded(" ".join(some)) for id, some in texts.items()}
    return {id for id, text in stored.items() if all(word in text for word in asked)}


@dataclass(frozen=True)
class IncidentFile:
    """An incident with everything that points to it."""

    incident: Incident
    classifications: tuple[Classification, ...]
    sources: tuple[Source, ...]
    observations: tuple[Observation, ...]


def incident_file(vintage: Vintage, key: str) -> IncidentFile | None:
    incident = series.one_of(vintage, Incident, key)
    if incident is None:
        return None
    named = select(IncidentSource.source).where(
        IncidentSource.release == vintage.release.number, IncidentSource.incident == key
    )
    return IncidentFile(
        incident,
        tuple(classifications(vintage, [key])),
        tuple(
            one
            for one in series.all_of(vintage, Source, vintage.session.exec(named).all())
            if vintage.knows(one.published)
        ),
        tuple(sorted(series.observations(vintage, series.Question(incident=(key,))), key=series.by_date)),
    )
