"""Incidents: which fit a question, and one with everything that points to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app import series
from app.models import Classification, Incident, IncidentSource, Observation, Release, Source


def incidents(
    session: Session,
    release: Release,
    place: tuple[str, ...] = (),
    outcome: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[Incident]:
    """Incidents by id, which begins with their month. A place may be that of the day or today's."""
    wanted = select(Incident).where(Incident.release == release.number).order_by(col(Incident.id))
    if place:
        columns = Incident.place, Incident.region_then, Incident.region_now
        wanted = wanted.where(or_(*(col(column).in_(place) for column in columns)))
    if outcome:
        wanted = wanted.where(col(Incident.outcome).in_(outcome))
    if since:
        wanted = wanted.where(col(Incident.date_end) >= since)
    if until:
        wanted = wanted.where(col(Incident.date_start) <= until)
    if after is not None:
        wanted = wanted.where(col(Incident.id) > after)
    return session.exec(wanted.limit(limit)).all()


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
