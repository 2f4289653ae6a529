"""Which figures may be compared: the one place that decides it, for every page, chart and answer."""

from collections.abc import Hashable, Sequence

from app.disagreements.relations import NOBODY, Field, Ground, pair
from app.models import Observation

APART: tuple[Field, ...] = (
    "stage",
    "scope",
    "population",
    "extent",
    "place",
    "stated_by",
    "terms",
    "qualifier",
    "status",
    "confidence",
)
"""Fields in which figures have to be alike before a difference between them means anything."""


def forbids(one: Observation, other: Observation, ground: Ground) -> tuple[Field, ...]:
    """Why no difference may be made of two figures, the most telling reason first; empty where one may.

    Two figures may be compared when both are exact numbers for whole calendar years, current and surely read, and alike
    in stage, scope, people, place, body and terms; or when they are counts of one thing by one body that was given
    anew. Everything else is shown side by side and left at that.
    """
    told = pair(one, other, ground)
    why = [field for field in told.fields if field in APART]
    if told.relation in ("retold", "part", "cannot_tell") and not why:
        why.append("retelling" if "retelling" in told.fields else "period")
    whole = one.period_kind == other.period_kind == "calendar_year"
    # What is known of an incident grows by the day: no difference between two days says anything of it.
    revised = told.relation == "revised" and not one.incident
    if not (whole or revised) and "period" not in why:
        why.append("period")
    if one.qualifier != "exact" and "qualifier" not in why:
        why.append("qualifier")
    if "low" in (one.confidence, other.confidence) and "confidence" not in why:
        why.append("confidence")
    if (one.status, other.status) != ("current", "current") and "status" not in why:
        why.append("status")
    return tuple(why)


def tracks(figures: Sequence[Observation], ground: Ground) -> list[Hashable | None]:
    """What a line may join: figures with one track are counts of the same people in one incident that one body gave anew.

    They are alike in all that the guard asks for, in the words for the place and in the document's own terms; days of an
    incident count as one. None for what is joined with nothing: figures of nobody in particular, of a part, without a
    number, of a day that is not known, outdated, retracted, or read with low confidence; and numbers of one act of stating
    that differ.
    """
    found = [_track(one, ground) for one in figures]
    stated: dict[tuple[Hashable, str], set[object]] = {}
    for one, track in zip(figures, found, strict=True):
        stated.setdefault((track, one.origin), set()).add(one.bounds)
    return [
        None if len(stated[track, one.origin]) > 1 else track
        for one, track in zip(figures, found, strict=True)
    ]


def _track(one: Observation, ground: Ground) -> Hashable | None:
    body = ground.leaders[one.stated_by]
    standing = one.status == "current" and one.confidence != "low" and one.bounds is not None
    dated = one.as_of is not None and len(one.as_of) == len("2016-07-18")
    if body in NOBODY or one.part_of or not standing or not dated:
        return None
    alike = one.indicator, one.incident, one.scope, one.population, one.place, one.extent
    words = one.place_stated.casefold(), one.stated_as.casefold()
    days = () if one.period_kind == "event" else (one.period_start, one.period_end)
    return body, *alike, *words, one.period_kind, *days
