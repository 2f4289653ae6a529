"""Where figures apply and incidents took place: each place with what is on record for it."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session

from app import series
from app.listings.incidents import IncidentQuestion, incidents
from app.models import Incident, Observation, Place, Release


@dataclass(frozen=True)
class PlaceFile:
    """A place with everything that points to it."""

    place: Place
    before: tuple[Place, ...]
    """Former places on whose ground it lies."""
    after: tuple[Place, ...]
    """Today's places on its ground."""
    incidents: tuple[Incident, ...]
    observations: tuple[Observation, ...]


def place_file(session: Session, release: Release, code: str) -> PlaceFile | None:
    known = {one.code: one for one in series.all_of(session, release, Place)}
    if code not in known:
        return None
    asked = series.Question(place=(code,))
    return PlaceFile(
        known[code],
        tuple(one for one in known.values() if code in one.successor_codes.split(";")),
        tuple(known[one] for one in known[code].successor_codes.split(";") if one in known),
        tuple(incidents(session, release, IncidentQuestion(place=(code,)))),
        tuple(sorted(series.observations(session, release, asked), key=series.by_date)),
    )


def counted(session: Session, release: Release) -> dict[str, tuple[int, int]]:
    """For each place how many figures apply to it and how many incidents took place in it, then or by today's borders."""
    figures = Counter(one.place for one in series.observations(session, release, series.Question()))
    events = Counter(
        code
        for one in incidents(session, release, IncidentQuestion())
        for code in {one.place, one.region_then, one.region_now} - {None}
    )
    return {one.code: (figures[one.code], events[one.code]) for one in series.all_of(session, release, Place)}
