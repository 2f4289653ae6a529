"""Where the record holds more than one figure for what a reader would take for one thing.

A cell gathers the figures that answer one question; `found` keeps the cells in which two of them differ in a way that
a reader has to know of. One figure told by several documents, a part beside its whole, and a count that went on
through the year are no disagreements.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any, Literal, get_args

from app.disagreements.relations import NOBODY, Field, Ground, Pair, Relation, pair, said
from app.models import Observation

Kind = Literal["year", "incident", "days", "statement", "people", "number"]
"""What the figures of a cell have in common: the year of an indicator, an incident, the same days, one statement, a named
group of people at several legal stages, or the number itself, where the days of one of them were not stated."""

TELLING: Mapping[Kind, frozenset[Relation]] = {
    "year": frozenset({"conflict", "doubtful", "retold", "revised", "cannot_tell", "compatible", "unlike"}),
    "incident": frozenset({"conflict", "retold", "revised", "later", "compatible"}),
    "days": frozenset({"conflict", "doubtful", "retold", "revised", "compatible"}),
    "statement": frozenset({"retold"}),
    "people": frozenset({"stages"}),
    "number": frozenset({"cannot_tell"}),
}
"""What two figures of a cell have to be to each other, to be worth a reader's while."""
SURELY_MORE_THAN_CHANCE = 10
"""From this number on, an equal number is hardly chance."""
ORDER = get_args(Relation)
FIELDS = get_args(Field)


@dataclass(frozen=True)
class Claim:
    """What one or more documents say alike."""

    figures: tuple[Observation, ...]
    """The one that stands for all first."""

    @property
    def lead(self) -> Observation:
        return self.figures[0]

    @property
    def n_origins(self) -> int:
        """How many acts of stating are behind it."""
        return len({one.origin for one in self.figures})


@dataclass(frozen=True)
class Disagreement:
    """A cell with claims that differ, and how each differs from the first."""

    key: str
    """Its address: `convicted.2019`, `killed_total.2016-07-almaty`."""
    kind: Kind
    indicator: str
    year: int | None
    incident: str | None
    claims: tuple[Claim, ...]
    """The one the record shows first, then the others in the order in which they were stated."""
    pairs: tuple[Pair, ...]
    """The claim shown with each of the others, the most telling first, and others that tell more. Counts of an incident
    are compared each with the one before, in the order in which they were stated."""

    @property
    def relation(self) -> Relation:
        """The most telling of what its figures are to each other."""
        return min((one.relation for one in self.pairs), key=ORDER.index)

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(one for claim in self.claims for one in claim.figures)

    @property
    def n_origins(self) -> int:
        return len({one.origin for one in self.observations})


def found(
    figures: Iterable[Observation], ground: Ground, shown: Collection[str] = ()
) -> tuple[Disagreement, ...]:
    """Every cell whose figures disagree, the most telling first. `shown` are the figures that lead a year."""
    standing = [one for one in figures if one.status != "withdrawn"]
    cells = {}
    for key, (kind, members) in _cells(standing, ground).items():
        one = _disagreement(key, kind, members, ground, shown)
        if one:
            cells[key] = one
    return tuple(sorted(_once(cells.values()), key=lambda one: _place(one, shown)))


def _place(one: Disagreement, shown: Collection[str]) -> tuple[Any, ...]:
    """The most telling first; of those alike the years that readers ask for, then what was stated last."""
    leads = any(each.id in shown for each in one.observations)
    telling = next(each for each in one.pairs if each.relation == one.relation)
    fields = min((FIELDS.index(field) for field in telling.fields if field != "retelling"), default=0)
    last = max((day[1].toordinal() for each in one.observations if (day := said(each))), default=0)
    return ORDER.index(one.relation), fields, not leads, -last, one.key


def _once(cells: Iterable[Disagreement]) -> list[Disagreement]:
    """Cells without those whose figures all stand in a larger one: a number told at two stages is in both stages."""
    kept: list[Disagreement] = []
    for one in sorted(cells, key=lambda one: (-len(one.observations), one.kind != "year", one.key)):
        ids = {each.id for each in one.observations}
        if not any(ids <= {each.id for each in other.observations} for other in kept):
            kept.append(one)
    # What one statement says of a group is told where the group is told of at every stage.
    groups = {each.id for one in kept if one.kind == "people" for each in one.observations}
    return [
        one for one in kept if one.kind != "statement" or not {each.id for each in one.observations} <= groups
    ]


# --- What belongs together ------------------------------------------------------------------------------------

Cells = dict[str, tuple[Kind, list[Observation]]]


def _cells(figures: Sequence[Observation], ground: Ground) -> Cells:
    cells: Cells = {}
    for one in figures:
        for key, kind in _keys(one):
            cells.setdefault(key, (kind, []))[1].append(one)
    for kind, members in cells.values():
        if kind not in ("number", "people"):
            members += _retellings(members, figures, ground)
    return cells


def _keys(one: Observation) -> list[tuple[str, Kind]]:
    """The questions that a figure answers."""
    keys: list[tuple[str, Kind]] = []
    if one.incident:
        return [(f"{one.indicator}.{one.incident}", "incident")]
    whole = one.extent in ("national", "not_applicable")
    if whole and one.year and one.period_start and (one.period_start.month, one.period_start.day) == (1, 1):
        keys.append((f"{one.indicator}.{one.year}", "year"))
    elif one.period_start or one.period_end:
        days = f"{one.period_start or ''}--{one.period_end or ''}".strip("-")
        where = "" if whole else f".{one.population}.{one.place}".lower()
        keys.append((f"{one.indicator}.{days}{where}", "days"))
    if not whole:
        keys.append((f"{one.indicator}.{one.origin}", "statement"))
        if one.value is not None and one.confidence != "low":
            group = one.population if one.population != "all" else one.place
            keys.append((f"people.{group}.{one.value:g}".lower(), "people"))
    undated = one.extent == "national" and one.period_kind in ("undefined", "calendar_year", "part_year")
    if undated and one.value is not None and one.value >= SURELY_MORE_THAN_CHANCE:
        keys.append((f"{one.indicator}.no-{one.value:g}", "number"))
    return keys


def _retellings(
    members: Sequence[Observation], figures: Iterable[Observation], ground: Ground
) -> list[Observation]:
    """The same number of the same act of stating in other documents, at another stage or in another year."""
    known = {one.id for one in members}
    told: dict[tuple[Any, ...], list[Observation]] = {}
    for one in members:
        if one.bounds and one.bounds[1] > 1:
            told.setdefault((one.origin, one.bounds), []).append(one)
    return [
        one
        for one in figures
        if one.id not in known
        and any(
            pair(mine, one, ground).relation == "retold" for mine in told.get((one.origin, one.bounds), ())
        )
    ]


# --- What they are to each other ------------------------------------------------------------------------------


def _disagreement(
    key: str, kind: Kind, members: Sequence[Observation], ground: Ground, shown: Collection[str]
) -> Disagreement | None:
    pairs = {frozenset((a.id, b.id)): pair(a, b, ground) for a, b in combinations(members, 2)}
    own = [one for one in members if any(each == key for each, _ in _keys(one))]
    telling = {
        frozenset((one.one.id, one.other.id))
        for one in pairs.values()
        if one.relation in TELLING[kind] and (one.one in own or one.other in own) and _telling(one)
    }
    if not telling:
        return None
    ids = {id for each in telling for id in each}
    claims = _claims([one for one in members if one.id in ids or one in own], pairs, shown, ids, ground)
    compared = [
        _in_order(pairs[frozenset((a.lead.id, b.lead.id))], a.lead) for a, b in combinations(claims, 2)
    ]
    first = _first_compared(kind, claims, compared)
    others = [
        one for one in compared if one not in first and one.relation in ("conflict", "doubtful", "retold")
    ]
    if not any(one.relation in TELLING[kind] and _telling(one) for one in (*first, *others)):
        others += [one for one in compared if one.relation in TELLING[kind] and _telling(one)]
    ordered = [*first, *others]
    if kind != "incident":
        ordered.sort(key=lambda one: ORDER.index(one.relation))
    if not any(one.relation in TELLING[kind] for one in ordered):
        return None
    leading = claims[0].lead
    years = {one.year for one in own}
    return Disagreement(
        key,
        kind,
        own[0].indicator,
        years.pop() if kind == "year" and len(years) == 1 else None,
        leading.incident,
        claims,
        tuple(ordered),
    )


def _first_compared(kind: Kind, claims: Sequence[Claim], compared: Iterable[Pair]) -> list[Pair]:
    """What to compare first: counts of an incident each with the one before, else the figure shown with each other."""
    leads = [claim.lead.id for claim in claims]
    wanted = pairwise(leads) if kind == "incident" else ((leads[0], other) for other in leads[1:])
    named = {frozenset(two) for two in wanted}
    return [
        one for one in compared if frozenset((one.one.id, one.other.id)) in named and one.relation != "same"
    ]


def _telling(one: Pair) -> bool:
    """Whether two figures differ in more than words and days: in number, stage, year, scope or firmness."""
    if one.relation == "unlike":
        return (
            bool({"scope", "population", "place", "stated_by"} & set(one.fields)) and "number" in one.fields
        )
    return one.relation in ("cannot_tell", "stages") or bool(
        {"stage", "number", "year", "scope", "qualifier"} & set(one.fields)
    )


def _in_order(one: Pair, first: Observation) -> Pair:
    return one if one.one is first else Pair(one.other, one.one, one.relation, one.fields)


def _claims(
    members: Sequence[Observation],
    pairs: Mapping[frozenset[str], Pair],
    shown: Collection[str],
    telling: Collection[str],
    ground: Ground,
) -> tuple[Claim, ...]:
    """Figures of one body or one act of stating that say the same, together; those that differ in nothing telling from the rest stay out."""
    groups: list[list[Observation]] = []
    for one in members:
        home = next(
            (
                group
                for group in groups
                if pairs[frozenset((group[0].id, one.id))].relation == "same"
                and _alike(group[0], one, ground)
            ),
            None,
        )
        if home is None:
            groups.append([one])
        else:
            home.append(one)

    def stands_for(one: Observation) -> tuple[Any, ...]:
        return (
            one.id not in shown,
            one.status != "current",
            one.confidence == "low",
            str(one.as_of or "~"),
            one.id,
        )

    claims = [Claim(tuple(sorted(group, key=stands_for))) for group in groups]
    if any(one.incident for one in members):
        # Numbers of an event that count other places or people stand beside the others, as what they are.
        told = {one.lead.bounds for one in claims if any(each.id in telling for each in one.figures)}
        telling = {
            *telling,
            *(one.lead.id for one in claims if one.lead.bounds and one.lead.bounds not in told),
        }
    # What the record shows for the year stands beside what differs, even where it only went on from there.
    kept = [one for one in claims if any(each.id in telling or each.id in shown for each in one.figures)]

    def place(claim: Claim) -> tuple[Any, ...]:
        days = [said(one) for one in claim.figures]
        first = min((day[1].isoformat() for day in days if day), default="~")
        return not any(one.id in shown for one in claim.figures), first, claim.lead.id

    return tuple(sorted(kept, key=place))


def _alike(one: Observation, other: Observation, ground: Ground) -> bool:
    mine, others = ground.leaders[one.stated_by], ground.leaders[other.stated_by]
    by_one = one.origin == other.origin or (mine == others and mine not in NOBODY)
    return by_one and (one.indicator, one.bounds, one.qualifier, one.status) == (
        other.indicator,
        other.bounds,
        other.qualifier,
        other.status,
    )
