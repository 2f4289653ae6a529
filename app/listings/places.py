"""Where figures apply and incidents took place: each place with what is on record for it."""

from collections import Counter
from dataclasses import dataclass

from app import series
from app.listings.incidents import IncidentQuestion, incidents
from app.models import Incident, Observation, Place
from app.series import Vintage


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


def place_file(vintage: Vintage, code: str) -> PlaceFile | None:
    known = {one.code: one for one in series.all_of(vintage, Place)}
    if code not in known:
        return None
    asked = series.Question(place=(code,))
    return PlaceFile(
        known[code],
        tuple(one for one in known.values() if code in one.successor_codes.split(";")),
        tuple(known[one] for one in known[code].successor_codes.split(";") if one in known),
        tuple(incidents(vintage, IncidentQuestion(place=(code,)))),
        tuple(sorted(series.observations(vintage, asked), key=series.by_date)),
    )


def counted(vintage: Vintage) -> dict[str, tuple[int, int]]:
    """For each place how many figures apply to it and how many incidents took place in it, then or by today's borders."""
    figures = Counter(one.place for one in series.observations(vintage, series.Question()))
    events = Counter(
        code
        for one in incidents(vintage, IncidentQuestion())
        for code in {one.place, one.region_then, one.region_now} - {None}
    )
    return {one.code: (figures[one.code], events[one.code]) for one in series.all_of(vintage, Place)}
