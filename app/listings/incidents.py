"""Incidents: which fit a question, how many each further filter would leave, and one with all that points to it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app import series
from app.models import Classification, Incident, IncidentSource, Observation, Release, Source, Text

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


def incidents(session: Session, release: Release, asked: IncidentQuestion) -> Sequence[Incident]:
    """Incidents that fit, by id, which begins with their month."""
    wanted = select(Incident).where(Incident.release == release.number).order_by(col(Incident.id))
    if asked.place:
        columns = Incident.place, Incident.region_then, Incident.region_now
        wanted = wanted.where(or_(*(col(column).in_(asked.place) for column in columns)))
    if asked.outcome:
        wanted = wanted.where(col(Incident.outcome).in_(asked.outcome))
    if asked.since:
        wanted = wanted.where(col(Incident.date_end) >= asked.since)
    if asked.until:
        wanted = wanted.where(col(Incident.date_start) <= asked.until)
    if asked.region:
        here = col(Incident.region_now)
        nowhere = [here.is_(None)] if UNDATED in asked.region else []
        wanted = wanted.where(or_(here.in_(asked.region), *nowhere))
    if asked.target:
        wanted = wanted.where(col(Incident.target_type).in_(asked.target))
    if asked.classification:
        called = select(Classification.incident).where(
            Classification.release == release.number, col(Classification.label).in_(asked.classification)
        )
        wanted = wanted.where(col(Incident.id).in_(called))
    found = session.exec(wanted).all()
    if asked.year:
        found = [one for one in found if year_of(one) in asked.year]
    if asked.words.strip():
        matching = _matching(session, release, asked.words)
        found = [one for one in found if one.id in matching]
    return found


def year_of(incident: Incident) -> str:
    """The year in which an incident began."""
    return str(incident.date_start.year) if incident.date_start else UNDATED


def facets(session: Session, release: Release, asked: IncidentQuestion) -> dict[str, tuple[Facet, ...]]:
    """For each filter its values, with how many incidents each would leave, the other filters staying as they are."""
    labels = _labels(session, release)
    counted = {}
    for name in FACETS:
        apart: dict[str, Any] = {name: ()}
        others = incidents(session, release, replace(asked, **apart))
        counts = Counter(value for one in others for value in _values(name, one, labels))
        chosen = getattr(asked, name)
        values = {**counts, **{value: counts[value] for value in chosen}}
        counted[name] = tuple(Facet(value, values[value], value in chosen) for value in sorted(values))
    return counted


def dropped(session: Session, release: Release, asked: IncidentQuestion) -> dict[str, int]:
    """For a question that nothing fits: which single filter could be left out, and how many would fit then."""
    found = {}
    for name in (*FACETS, "words", "since", "until"):
        if getattr(asked, name):
            without: dict[str, Any] = {
                name: None if name in ("since", "until") else "" if name == "words" else ()
            }
            if count := len(incidents(session, release, replace(asked, **without))):
                found[name] = count
    return found


def classifications(session: Session, release: Release, ids: Collection[str]) -> Sequence[Classification]:
    """Who called these incidents what."""
    return series.all_of(session, release, Classification, ids)


def _values(name: str, incident: Incident, labels: Mapping[str, Collection[str]]) -> Collection[str]:
    return {
        "year": (year_of(incident),),
        "outcome": (incident.outcome,),
        "region": (incident.region_now or UNDATED,),
        "classification": labels.get(incident.id, ()),
        "target": (incident.target_type,),
    }[name]


def _labels(session: Session, release: Release) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in series.all_of(session, release, Classification):
        found.setdefault(row.incident, set()).add(row.label)
    return found


def _matching(session: Session, release: Release, words: str) -> set[str]:
    """The incidents in whose texts, in any language, every word stands."""
    texts: dict[str, list[str]] = {}
    named = select(Text).where(
        Text.release == release.number, col(Text.list).in_(("incident", "place", "target_type"))
    )
    names: dict[tuple[str, str], str] = {}
    for text in session.exec(named).all():
        said = f"{text.en} {text.ru} {text.kk}"
        if text.list == "incident":
            texts.setdefault(text.code, []).append(said)
        elif text.field == "name":
            names[text.list, text.code] = said
    for one in series.all_of(session, release, Incident):
        where = (
            names.get(("place", code or ""), "") for code in (one.place, one.region_then, one.region_now)
        )
        target = names.get(("target_type", one.target_type), "")
        texts.setdefault(one.id, []).extend((one.id, one.place_stated, one.target_stated, target, *where))
    asked = _folded(words).split()
    folded = {id: _folded(" ".join(some)) for id, some in texts.items()}
    return {id for id, text in folded.items() if all(word in text for word in asked)}


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


@dataclass(frozen=True)
class IncidentFile:
    """An incident with everything that points to it."""

    incident: Incident
    classifications: tuple[Classification, ...]
    sources: tuple[Source, ...]
    observations: tuple[Observation, ...]


def incident_file(session: Session, release: Release, key: str) -> IncidentFile | None:
    incident = series.one_of(session, release, Incident, key)
    if incident is None:
        return None
    named = select(IncidentSource.source).where(
        IncidentSource.release == release.number, IncidentSource.incident == key
    )
    return IncidentFile(
        incident,
        tuple(series.all_of(session, release, Classification, [key])),
        tuple(series.all_of(session, release, Source, session.exec(named).all())),
        tuple(
            sorted(
                series.observations(session, release, series.Question(incident=(key,))), key=series.by_date
            )
        ),
    )
