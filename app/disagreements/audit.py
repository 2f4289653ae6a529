"""What arithmetic can say of figures that belong together, without making a number.

Bounds are checked and nothing else: a part may not exceed its whole, nor a part of a year the whole year, nor the years
of a total the total. A result is a sentence about statements, never a corrected figure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from app.disagreements.relations import Ground, pair
from app.models import Incident, Observation

Audited = Literal["part", "part_year", "years", "described"]
Result = Literal["impossible", "cannot_tell", "consistent"]
RESULTS = get_args(Result)


@dataclass(frozen=True)
class Check:
    """One bound that was checked, with the figures it was checked on."""

    kind: Audited
    result: Result
    whole: Observation
    parts: tuple[Observation, ...]
    """What was held against the whole; of several years each year's figure."""
    missing: tuple[int, ...] = ()
    """Years of a total for which no figure was found."""
    incidents: tuple[Incident, ...] = ()
    """Incidents on record that the whole may count."""


def checks(
    figures: Iterable[Observation], ground: Ground, incidents: Iterable[Incident]
) -> tuple[Check, ...]:
    """Every bound that can be checked: what is impossible first, then what cannot be told, then what holds."""
    standing = [one for one in figures if one.status == "current" and one.bounds]
    found = [
        *_parts(standing, ground),
        *_parts_of_years(standing, ground),
        *_years(standing, ground),
        *_described(standing, incidents),
    ]
    return tuple(
        sorted(
            found, key=lambda one: (RESULTS.index(one.result), one.kind, one.whole.indicator, one.whole.id)
        )
    )


def _bounded(part: Observation, whole: Observation) -> Result:
    """Whether something may be a part of a whole: surely, if the numbers fit as they are printed, whatever else their words
    leave room for; surely not, if nothing leaves room for it."""
    if part.limits[0] > whole.limits[1]:
        return "impossible"
    printed = part.bounds and whole.bounds and part.bounds[1] <= whole.bounds[0]
    return "consistent" if printed else "cannot_tell"


def _parts(figures: Sequence[Observation], ground: Ground) -> Iterator[Check]:
    """Parts against the whole that their own document names."""
    for one in _distinct(one for one in figures if one.part_of):
        whole = ground.figures.get(one.part_of or "")
        # People under a whole of plots, or months under a whole of people, are told together and counted apart.
        if whole and whole.bounds and _unit(whole, ground) == _unit(one, ground):
            yield Check("part", _bounded(one, whole), whole, (one,))


def _parts_of_years(figures: Sequence[Observation], ground: Ground) -> Iterator[Check]:
    """Parts of a year against the whole year, alike in everything else."""
    years: dict[tuple[Any, ...], list[Observation]] = defaultdict(list)
    for one in figures:
        if one.year and one.extent == "national":
            years[_series(one, ground), one.year].append(one)
    for some in years.values():
        wholes = _distinct(one for one in some if one.period_kind == "calendar_year")
        for whole in wholes:
            for one in _distinct(one for one in some if one.period_kind == "part_year"):
                if one.origin != whole.origin and pair(one, whole, ground).relation not in ("same", "part"):
                    found = _bounded(one, whole)
                    # A figure that may be misread makes nothing impossible.
                    unsure = "low" in (one.confidence, whole.confidence)
                    yield Check("part_year", "cannot_tell" if unsure else found, whole, (one,))


def _years(figures: Sequence[Observation], ground: Ground) -> Iterator[Check]:
    """The years of a total against the total: each body's years, also against another body's total."""
    years: dict[tuple[str, ...], dict[str, dict[int, Observation]]] = defaultdict(lambda: defaultdict(dict))
    for one in figures:
        if (
            one.period_kind == "calendar_year"
            and one.extent == "national"
            and one.year
            and one.confidence != "low"
        ):
            years[_counted(one)][ground.leaders[one.stated_by]].setdefault(one.year, one)
    for whole in _distinct(
        one for one in figures if one.period_kind == "multi_year" and one.extent == "national"
    ):
        for known in years[_counted(whole)].values():
            if check := _of_years(whole, known):
                yield check


def _of_years(whole: Observation, known: Mapping[int, Observation]) -> Check | None:
    start, end = whole.period_start, whole.period_end
    if start is None or end is None or (start.month, start.day) != (1, 1):
        return None
    full = end == date(end.year, 12, 31)
    inside = [year for year in range(start.year, end.year + 1) if year < end.year or full]
    parts = tuple(known[year] for year in inside if year in known)
    if not parts:
        return None
    missing = tuple(year for year in inside if year not in known)
    return Check("years", _together(whole, parts, complete=full and not missing), whole, parts, missing)


def _together(whole: Observation, parts: Sequence[Observation], *, complete: bool) -> Result:
    low, high = sum(one.limits[0] for one in parts), sum(one.limits[1] for one in parts)
    if low > whole.limits[1] or (complete and high < whole.limits[0]):
        return "impossible"
    return "consistent" if complete else "cannot_tell"


def _described(figures: Sequence[Observation], incidents: Iterable[Incident]) -> Iterator[Check]:
    """Plots announced for a year against the incidents on record that were reported foiled in it.

    More incidents than announced plots prove nothing, since a body need not count what others report.
    """
    told: dict[int, list[Incident]] = defaultdict(list)
    for one in incidents:
        dated = one.date_start and one.date_end and one.date_start.year == one.date_end.year
        if dated and one.date_start and one.outcome == "foiled" and one.in_scope:
            told[one.date_start.year].append(one)
    announced = (
        one
        for one in figures
        if one.indicator == "foiled_plots" and one.period_kind == "calendar_year" and one.extent == "national"
    )
    for whole in _distinct(announced):
        some = tuple(told.get(whole.year or 0, ()))
        result: Result = "consistent" if len(some) <= whole.limits[1] else "cannot_tell"
        yield Check("described", result, whole, (), incidents=some)


def _series(one: Observation, ground: Ground) -> tuple[str, ...]:
    """What has to be alike before a part of a year and the year are one count."""
    return ground.leaders[one.stated_by], *_counted(one)


def _counted(one: Observation) -> tuple[str, ...]:
    return one.indicator, one.scope, one.population, one.place


def _unit(one: Observation, ground: Ground) -> str:
    return ground.indicators[one.indicator].unit


def _distinct(figures: Iterable[Observation]) -> tuple[Observation, ...]:
    """One figure of each act of stating and number: what several documents tell is checked once."""
    found: dict[tuple[Any, ...], Observation] = {}
    for one in sorted(figures, key=lambda one: one.id):
        told = one.indicator, one.population, one.place
        found.setdefault((one.origin, *told, one.bounds, one.period_start, one.period_end), one)
    return tuple(found.values())
