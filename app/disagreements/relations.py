"""Two figures side by side: in which fields they differ, and what that makes of them.

Everything is computed from what was stated. Nothing here decides which figure is right, and no number is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.models import Indicator, Observation, Origin, Source, last_day

Field = Literal[
    "retelling",
    "stage",
    "number",
    "year",
    "period",
    "scope",
    "population",
    "extent",
    "place",
    "stated_by",
    "terms",
    "qualifier",
    "as_of",
    "status",
    "confidence",
]
Relation = Literal[
    "conflict",
    "doubtful",
    "retold",
    "revised",
    "later",
    "cannot_tell",
    "compatible",
    "stages",
    "unlike",
    "progress",
    "part",
    "same",
]
"""What two figures are to each other, the most telling first; `relation` says when each holds."""


@dataclass(frozen=True)
class Ground:
    """What two figures are compared against: whose they are, what they count, where they stand."""

    indicators: Mapping[str, Indicator]
    leaders: Mapping[str, str]
    """For each body the one in whose series its figures stand."""
    origins: Mapping[str, Origin]
    documents: Mapping[str, Source]
    figures: Mapping[str, Observation]
    """By id, to follow a part to its whole."""


@dataclass(frozen=True)
class Pair:
    """Two figures, in which fields they differ, and what they are to each other."""

    one: Observation
    other: Observation
    relation: Relation
    fields: tuple[Field, ...]


def pair(one: Observation, other: Observation, ground: Ground) -> Pair:
    """Two figures compared. They are told in the order in which they are given."""
    return Pair(one, other, relation(one, other, ground), tuple(_fields(one, other, ground)))


def _fields(one: Observation, other: Observation, ground: Ground) -> Iterator[Field]:
    """In which fields two figures differ, the most telling first."""
    if retold(one, other):
        yield "retelling"
    if one.indicator != other.indicator:
        yield "stage"
    if one.bounds != other.bounds:
        yield "number"
    if one.year != other.year and one.year and other.year:
        yield "year"
    elif _days(one) != _days(other):
        yield "period"
    for name in ("scope", "population", "extent"):
        if getattr(one, name) != getattr(other, name):
            yield name
    if one.place != other.place or _bounded_elsewhere(one, other):
        yield "place"
    if ground.leaders[one.stated_by] != ground.leaders[other.stated_by]:
        yield "stated_by"
    if one.indicator == other.indicator and one.stated_as.casefold() != other.stated_as.casefold():
        yield "terms"
    if one.qualifier != other.qualifier:
        yield "qualifier"
    if _apart(one, other):
        yield "as_of"
    if one.status != other.status:
        yield "status"
    if "low" in (one.confidence, other.confidence) and one.confidence != other.confidence:
        yield "confidence"


def _days(one: Observation) -> tuple[date | None, date | None, str]:
    return one.period_start, one.period_end, one.period_kind


def retold(one: Observation, other: Observation) -> bool:
    """Whether two documents tell one act of stating."""
    return one.origin == other.origin and one.source != other.source


def said(one: Observation) -> tuple[date, date] | None:
    """Between which days a figure was stated; None where that is not known."""
    if one.as_of is None:
        return None
    return date.fromisoformat((one.as_of + "-01-01")[:10]), last_day(one.as_of)


def _apart(one: Observation, other: Observation) -> bool:
    """Whether two figures were surely stated on different days."""
    first, second = said(one), said(other)
    return bool(first and second and (first[1] < second[0] or second[1] < first[0]))


# --- What two figures are to each other -----------------------------------------------------------------------


def relation(one: Observation, other: Observation, ground: Ground) -> Relation:
    """What two figures are to each other: the first of these that holds.

    part         one is, by its own document, a part of the other
    retold       documents tell one act of stating in two ways: another stage, year, number, scope, people or firmness
    stages       the same number of the same people or the same incident, at another legal stage
    unlike       they count different things: stage, scope, people, place, a part and a whole, other days
    cannot_tell  the days of one of them were not stated
    progress     days of the same count that began on the same day and went on: the later one includes the earlier
    same         the same number for the same question
    revised      the same body gave another number for the same question on a later day
    later        another number about the same incident from another body, or at another hour of its first days
    compatible   other numbers, but their wording leaves room for both
    doubtful     nothing that is stated leaves room for both, and one of them is of low confidence
    conflict     nothing that is stated leaves room for both

        one                     other                     what they are
        140 convicted           140 detained and jailed   retold: one briefing in two documents
        6 dead, 18 July         7 dead, 20 July           revised: one body, two days
        56 convicted            124 sent to court         unlike: stage
        12 in recent years      12 in 2016                cannot_tell: no days
        26 to 12 June           84 in 2024                progress
        more than 800           824                       compatible, or retold if one statement
    """
    if _within(one, other, ground) or _within(other, one, ground):
        return "part"
    if one.origin == other.origin:
        return _of_one_statement(one, other, ground)
    if one.indicator != other.indicator:
        return "stages" if _same_people(one, other, ground) else "unlike"
    if _question(one) != _question(other):
        return "unlike"
    return _of_one_question(one, other, ground)


def _of_one_statement(one: Observation, other: Observation, ground: Ground) -> Relation:
    """Two figures of one act of stating: one figure told twice, or two figures."""
    kept = one.indicator == other.indicator and _question(one) == _question(other)
    if one.source == other.source:
        anew = kept and one.incident and one.bounds != other.bounds and not _in_other_terms(one, other)
        return "later" if anew else "unlike"
    if one.bounds == other.bounds:
        return _retelling(one, other, ground)
    days = _period(one, other) in ("equal", "open")
    numbers = one.bounds and other.bounds and not _in_other_terms(one, other)
    return "retold" if kept and days and numbers else "unlike"


def _retelling(one: Observation, other: Observation, ground: Ground) -> Relation:
    """One number in two documents that tell one statement: one figure, if it may be of the same people."""
    if one.bounds is None or (one.extent, one.incident) != (other.extent, other.incident):
        return "unlike"
    if every_year(one) != every_year(other):
        return "unlike"
    if one.indicator != other.indicator:
        # One number may well stand in one statement for two things; a case's people are one group.
        staged = _staged(one, ground) and _staged(other, ground)
        if one.population != other.population or not (staged or (one.incident and one.bounds[0] >= FEW)):
            return "unlike"
    years = one.year and other.year and one.year != other.year
    changed = one.indicator != other.indicator or years or one.qualifier != other.qualifier
    # A scope that one document leaves out is no other scope.
    scopes = {one.scope, other.scope} - {"not_stated"}
    return "retold" if changed or len(scopes) > 1 or _question(one)[1:] != _question(other)[1:] else "same"


def _of_one_question(one: Observation, other: Observation, ground: Ground) -> Relation:
    """Two acts of stating about the same thing, but for their days."""
    period = _period(one, other)
    partial = one.extent == "partial" and one.place_stated and other.place_stated
    if period == "apart" or (partial and _bounded_elsewhere(one, other)):
        return "unlike"
    if period == "unknown":
        return "cannot_tell"
    if one.bounds is None or other.bounds is None:
        return "compatible"
    if period == "grows":
        shorter, longer = sorted((one, other), key=_extends)
        if _extends(shorter) == _extends(longer):
            return "same" if one.bounds == other.bounds else "cannot_tell"
        return "progress" if shorter.limits[0] <= longer.limits[1] else _excluding(one, other)
    if one.bounds == other.bounds and one.qualifier == other.qualifier:
        return "same"
    if period == "open":
        return "same" if one.bounds == other.bounds else "cannot_tell"
    return _of_the_same_days(one, other, ground)


def _of_the_same_days(one: Observation, other: Observation, ground: Ground) -> Relation:
    one_body = ground.leaders[one.stated_by] == ground.leaders[other.stated_by]
    if one_body and one.stated_by in NOBODY and _in_other_terms(one, other):
        return "unlike"
    if one.incident and _bounded_elsewhere(one, other):
        return "unlike"
    if max(one.limits[0], other.limits[0]) <= min(one.limits[1], other.limits[1]):
        return "compatible"
    if one.incident:
        return "revised" if one_body and _apart(one, other) and one.stated_by not in NOBODY else "later"
    # "Media" and "authorities" are nobody in particular: two of them need not be one.
    if one_body and _apart(one, other) and one.stated_by not in NOBODY:
        return "revised"
    return _excluding(one, other)


def _excluding(one: Observation, other: Observation) -> Relation:
    """Numbers that leave no room for each other, unless the place is bounded in other words, which may be why."""
    if _bounded_elsewhere(one, other):
        return "unlike"
    return "doubtful" if "low" in (one.confidence, other.confidence) else "conflict"


def _in_other_terms(one: Observation, other: Observation) -> bool:
    """Whether both documents say whom they count, each in other words."""
    return bool(one.stated_as and other.stated_as) and one.stated_as.casefold() != other.stated_as.casefold()


def every_year(one: Observation) -> bool:
    """Whether a figure is how many there are every year: a rate, which is no count of any days. The editors say so in its
    words for the period, since no kind of period does."""
    return "annual rate" in one.period_words


FEW = 5
"""From this number on, two equal numbers of one incident are hardly two."""


NOBODY = ("media", "authorities", "anonymous", "research")
"""Bodies that stand for whoever it was."""


def _staged(one: Observation, ground: Ground) -> bool:
    return ground.indicators[one.indicator].legal_stage != "none"


def _same_people(one: Observation, other: Observation, ground: Ground) -> bool:
    """Whether two figures at different legal stages may be of the same people: a named group or case, in one number."""
    staged = _staged(one, ground) and _staged(other, ground)
    people = ground.indicators[one.indicator].unit == ground.indicators[other.indicator].unit == "people"
    sure = "low" not in (one.confidence, other.confidence)
    named = one.extent != "national" and (one.incident or one.population != "all" or one.place != "KZ")
    alike = (one.bounds, one.extent, one.incident, one.population, one.place)
    return bool(
        staged
        and people
        and sure
        and named
        and one.bounds
        and alike == (other.bounds, other.extent, other.incident, other.population, other.place)
    )


def _question(one: Observation) -> tuple[str | None, ...]:
    """What a figure is about, but for its days, its legal stage and the words for its place."""
    return one.scope, one.population, one.extent, one.place, one.incident


def _elsewhere(one: Observation, other: Observation) -> bool:
    """Whether both documents bound the place, each in other words."""
    return bool(one.place_stated and other.place_stated) and one.place_stated != other.place_stated


def _bounded_elsewhere(one: Observation, other: Observation) -> bool:
    """Whether the place is bounded in other words. An incident has one place, however it is called, unless it was all over the
    country: then other words are other places."""
    if one.incident is not None and one.incident == other.incident:
        return one.place == "KZ" == other.place and _elsewhere(one, other)
    return one.place_stated.casefold() != other.place_stated.casefold()


Period = Literal["equal", "open", "grows", "unknown", "apart"]


def _period(one: Observation, other: Observation) -> Period:
    """How the days of two figures lie to each other.

    equal    the same days; those of one incident are
    open     the same first day, and an end not stated of figures given at one time: they may be the same days
    grows    the same first day, another last day; an end that was not stated lies at the day of the statement
    unknown  one of them has no first day
    apart    other days
    """
    if one.incident and one.incident == other.incident and one.period_kind == other.period_kind == "event":
        return "equal"
    if one.period_start is None or other.period_start is None:
        known = one.period_start or other.period_start
        same_end = one.period_end and one.period_end == other.period_end and known is None
        return "equal" if same_end else "unknown"
    if one.period_start != other.period_start or "point" in (one.period_kind, other.period_kind):
        return "equal" if _days(one) == _days(other) else "apart"
    if one.period_end and one.period_end == other.period_end:
        return "equal"
    if one.period_end is None and other.period_end is None:
        return "grows" if _apart(one, other) else "open"
    return "open" if one.origin == other.origin or not (_reaches(one) and _reaches(other)) else "grows"


def _reaches(one: Observation) -> date:
    """The last day of a figure; where it was not stated the day of the statement, or the end of its year before it."""
    if one.period_end or not one.as_of:
        return one.period_end or date.min
    stated = last_day(one.as_of)
    return min(stated, date(one.year, 12, 31)) if one.year else stated


def _extends(one: Observation) -> tuple[date, bool]:
    """How far a figure reaches; a day that was stated lies beyond one that was not."""
    return _reaches(one), one.period_end is not None


def _within(one: Observation, other: Observation, ground: Ground) -> bool:
    """Whether a figure is a part of another, or a part of its part."""
    whole = one.part_of
    while whole and whole in ground.figures:
        if whole == other.id:
            return True
        whole = ground.figures[whole].part_of
    return False
