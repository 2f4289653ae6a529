"""Every question that is asked of the record, and the rule that picks the figure to show.

Nothing is added up, averaged, carried forward or filled in here. What comes back is what somebody stated,
arranged. Every question is about one release; rows of a release never change, so an answer cannot mix two.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models import (
    Body,
    Cell,
    CoverageState,
    Incident,
    Indicator,
    Observation,
    Panel,
    Release,
    Row,
    Source,
    Status,
    last_day,
)

OFFICIAL_LATEST = "official_latest"
LATEST_ALIKE = "latest_alike"
RULES = (OFFICIAL_LATEST, LATEST_ALIKE)

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Vintage:
    """The record by its two clocks: what one release holds, and of that what the public had been told by a day."""

    session: Session
    release: Release
    as_of: date | None = None
    """The end of this day; None: everything, whenever it was stated."""

    @property
    def whenever(self) -> "Vintage":
        """The same release without the day."""
        return replace(self, as_of=None)

    @property
    def last(self) -> date:
        """The last day there is to know of: the release's own, or the as-of day where that is before it."""
        return min(self.release.dated, self.as_of or date.max)

    def knows(self, day: date | str | None) -> bool:
        """Whether a reader could have known by then what was made public on a day.

        A month or a year counts from its last day; what has no day never counts.
        """
        if self.as_of is None or not day:
            return self.as_of is None
        return (last_day(day) if isinstance(day, str) else day) <= self.as_of


@dataclass(frozen=True)
class Question:
    """What is asked. An empty tuple asks for everything; dates are inclusive."""

    indicator: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    population: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    stated_by: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    incident: tuple[str, ...] = ()
    period_kind: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    gaps: bool = True

    @property
    def of_a_part(self) -> bool:
        """Whether it names a group of people, a place, an incident or a document: then figures of parts and of
        single cases are what it wants, and no year is missing anything."""
        named = set(self.population) - {"all"} or set(self.place) - {"KZ"}
        return bool(named or self.incident or self.source)


# --- The rule -------------------------------------------------------------------------------------------------


def official_latest(stated: Iterable[Observation], documents: Mapping[str, Source]) -> Observation | None:
    """The figure to show for one indicator, one year and one body; None where no figure may lead.

    A figure may lead when all of this holds:

        extent       national: the whole country and everyone the indicator counts, decided by an editor
        status       current: neither retracted nor an old figure printed again
        confidence   not low
        period       the calendar year, or a part of it that begins on 1 January

    Of those that may, the first by this order leads:

        1  a calendar year                before  a part of one
        2  of parts, the one that reaches furthest (an end not stated: the day it was stated)
        3  the latest as-of
        4  an official document           before  a retelling
        5  the lowest id

    An example, the convictions of 2024 as the KNB stated them:

        id                    value  period                   as of        place in the order
        s000-convicted-2024   84     the calendar year        2025-10-28   1st: leads
        knb-convicted-2024    84     from 1 January, no end   2024-12      2nd
        atc-convicted-2024-06 26     to 12 June               2024-06-12   5th
        financekz-convicted   97     from 1 January, no end   2025-11      may not lead: low confidence

    Dates that are known to the month are compared as text, so a month comes before its days.
    """
    may_lead = [one for one in stated if _may_lead(one)]

    def order(one: Observation) -> tuple[Any, ...]:
        full = one.period_kind == "calendar_year"
        reaches = "" if full else str(one.period_end or one.as_of or "")
        official = documents[one.source].kind == "official_statement"
        return full, _Text(reaches), _Text(one.as_of or ""), official, _Text(one.id, reverse=True)

    return max(may_lead, key=order, default=None)


def _may_lead(one: Observation) -> bool:
    begins = one.period_start
    return bool(
        one.extent == "national"
        and one.status == "current"
        and one.confidence != "low"
        and one.period_kind in ("calendar_year", "part_year")
        and begins
        and (begins.month, begins.day) == (1, 1)
    )


@dataclass(frozen=True)
class _Text:
    """Text in an order that can be turned round, so that one `max` can say every step of a rule."""

    text: str
    reverse: bool = False

    def __lt__(self, other: "_Text") -> bool:
        return self.text > other.text if self.reverse else self.text < other.text


def latest_alike(stated: Iterable[Observation], documents: Mapping[str, Source]) -> Observation:
    """Among statements alike in everything but their as-of: current, then sure, then latest, official, lowest id."""

    def order(one: Observation) -> tuple[Any, ...]:
        official = documents[one.source].kind == "official_statement"
        current = one.status == "current", one.confidence != "low"
        return *current, _Text(one.as_of or ""), official, _Text(one.id, reverse=True)

    return max(stated, key=order)


def leading_first(stated: Iterable[Observation], documents: Mapping[str, Source]) -> list[Observation]:
    """Statements of one figure, the one to show before the others: by the rule where one may lead, else the latest."""
    some = sorted(stated, key=by_date)
    first = official_latest(some, documents) or latest_alike(some, documents)
    return [first, *(one for one in some if one is not first)]


# --- Panels ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Background:
    """What the figures of a question are arranged against."""

    dated: date
    """The last day there is to know of: the package's own, or the as-of day. No year after it is missing anything."""
    leaders: Mapping[str, str]
    """For each body the one in whose series its figures stand."""
    documents: Mapping[str, Source]
    question: Question = Question()
    retold: Mapping[str, Sequence[Observation]] = field(default_factory=dict)
    known: Mapping[str, Collection[int]] = field(default_factory=dict)
    """For each indicator the years for which anybody has a figure for the whole country, asked for or not."""
    later: Mapping[str, Collection[int]] = field(default_factory=dict)
    """The years for which somebody had one only after the day asked for, or on a day that is not known."""


def panels(vintage: Vintage, question: Question) -> list[Panel]:
    """What the record holds on each indicator asked for, arranged by the rule: one panel an indicator."""
    indicators = all_of(vintage, Indicator, question.indicator or None)
    if not indicators:
        return []
    asked = replace(question, indicator=tuple(indicator.code for indicator in indicators))
    leaders = _leaders(vintage)
    found = _standing(vintage, _observations(vintage.whenever, asked, leaders), asked)
    said = [one for one in found if vintage.knows(one.public_on)]
    retold = retellings(vintage, said)
    named = {one.source for one in said} | {one.source for some in retold.values() for one in some}
    documents = {row.id: row for row in all_of(vintage, Source, named)}
    known = _years_known(vintage, asked)
    later = _years_known(vintage.whenever, asked) if vintage.as_of else {}
    # Single cases are named beside a year at most, so they are not among the figures that were left out.
    counted = [one for one in found if one.extent != "case" or asked.of_a_part]
    background = Background(vintage.last, leaders, documents, asked, retold, known, later)
    return [
        Panel(
            indicator,
            vintage.release,
            vintage.as_of,
            arrange(indicator, [one for one in said if one.indicator == indicator.code], background),
            documents,
            hidden=sum(
                one.indicator == indicator.code and not vintage.knows(one.public_on) for one in counted
            ),
        )
        for indicator in indicators
    ]


def _standing(vintage: Vintage, wanted: SelectOfScalar[Observation], question: Question) -> list[Observation]:
    """Figures that may stand in a panel: what this dataset withdrew may not, nor may, unless they are asked for,
    figures of incidents that are out of scope."""
    found = vintage.session.exec(wanted.where(col(Observation.status) != "withdrawn")).all()
    if question.of_a_part:
        return list(found)
    beyond = select(Incident.id).where(
        Incident.release == vintage.release.number, col(Incident.in_scope).is_(False)
    )
    out_of_scope = set(vintage.session.exec(beyond).all())
    return [one for one in found if one.incident not in out_of_scope or one.extent != "case"]


def arrange(indicator: Indicator, said: Sequence[Observation], background: Background) -> tuple[Cell, ...]:
    """The cells of a panel: those on the axis of years, the leading body first, then those no year can hold."""
    leader = indicator.leading_body
    years, alike, parts = _sorted_out(said, background)
    cells = [_cell_of_a_year(indicator, *key, stated, parts, background) for key, stated in years.items()]
    for year in _axis(indicator, background):
        if (year, leader) not in years:
            cells.append(_cell_of_a_gap(indicator, year, parts, background))
    for stated in alike.values():
        cells.append(_cell_of_statements_alike(indicator, stated, background))

    def place(cell: Cell) -> tuple[Any, ...]:
        dated = by_date(cell.shown) if cell.shown else ()
        return cell.year is None, cell.year, cell.stated_by != leader, cell.stated_by, dated

    return tuple(sorted(cells, key=place))


Years = dict[tuple[int, str], list[Observation]]
Alike = dict[tuple[Any, ...], list[Observation]]
Parts = dict[int, list[Observation]]


def _sorted_out(said: Sequence[Observation], background: Background) -> tuple[Years, Alike, Parts]:
    """Figures for the whole country by year and body; statements alike; figures for parts by year.

    Figures for parts and for single cases stand beside a year that has no headline. Those that no year can hold are
    left to the list of observations, and so are those of years, unless the question is of a part: then they are what
    it wants.
    """
    years: Years = defaultdict(list)
    alike: Alike = defaultdict(list)
    parts: Parts = defaultdict(list)
    wholes = {one.id: one for one in said}
    for one in said:
        body = background.leaders[one.stated_by]
        if one.extent == "national" and one.year is not None:
            years[one.year, body].append(one)
        elif one.extent in ("national", "not_applicable") or background.question.of_a_part:
            alike[_likeness(one, body, wholes)].append(one)
        elif one.period_start and one.period_kind in ("calendar_year", "part_year", "event"):
            parts[one.period_start.year].append(one)
    return years, alike, parts


def _cell_of_a_year(
    indicator: Indicator,
    year: int,
    body: str,
    stated: list[Observation],
    parts: Parts,
    background: Background,
) -> Cell:
    shown = official_latest(stated, background.documents)
    if shown is not None:
        return _cell(indicator, year, body, shown, OFFICIAL_LATEST, stated, background)
    instead = parts.get(year, []) if body == indicator.leading_body else []
    others = tuple(sorted([*stated, *instead], key=by_date))
    return Cell(indicator.code, year, body, "no_headline", OFFICIAL_LATEST, others=others)


def _cell_of_a_gap(indicator: Indicator, year: int, parts: Parts, background: Background) -> Cell:
    """A year for which the leading body has no figure, or none that was asked for."""
    known = year in background.known.get(indicator.code, ())
    others = tuple(sorted(parts.get(year, []), key=by_date))
    later = year in background.later.get(indicator.code, ())
    status: Status = "no_headline" if known else "not_yet" if later else "none_found"
    return Cell(indicator.code, year, indicator.leading_body, status, OFFICIAL_LATEST, others=others)


def _cell_of_statements_alike(
    indicator: Indicator, stated: list[Observation], background: Background
) -> Cell:
    shown = latest_alike(stated, background.documents)
    body = background.leaders[shown.stated_by]
    return _cell(indicator, shown.year, body, shown, LATEST_ALIKE, stated, background)


def _cell(
    indicator: Indicator,
    year: int | None,
    body: str,
    shown: Observation,
    rule: str,
    stated: list[Observation],
    background: Background,
) -> Cell:
    """A figure, what backs it, and what else was stated."""
    rest = sorted((one for one in stated if one is not shown), key=by_date)
    return Cell(
        indicator.code,
        year,
        body,
        "unquantified" if shown.bounds is None else "value",
        rule,
        shown,
        backing=(shown, *(one for one in rest if _says_the_same(one, shown))),
        others=tuple(one for one in rest if not _says_the_same(one, shown)),
        retold=tuple(background.retold.get(shown.id, ())),
    )


def _axis(indicator: Indicator, background: Background) -> list[int]:
    """The years that have to say something: those that were searched, and those for which anybody has a figure.

    A year after the search, after the package or after the as-of day was not searched, so it does not say that
    nothing was found. A question of a part, or of other bodies than the leading one, misses no year.
    """
    question, leader = background.question, indicator.leading_body
    of_others = question.stated_by and leader not in question.stated_by
    if indicator.kind != "flow" or not question.gaps or question.of_a_part or of_others:
        return []
    last = min(background.dated, indicator.searched_on).year
    years = {*range(indicator.searched_from, last + 1), *background.known.get(indicator.code, ())}
    since = question.since.year if question.since else date.min.year
    until = question.until.year if question.until else date.max.year
    return sorted(year for year in years if since <= year <= until)


def _likeness(one: Observation, body: str, wholes: Mapping[str, Observation]) -> tuple[Any, ...]:
    """What makes two statements the same question: only their as-of, wording and document may differ.

    Where no dates are stated, only retellings of one origin are surely about the same days. A part is never alike
    its whole, nor a part of that part.
    """
    key = body, one.scope, one.population, one.place, one.extent, one.period_kind, one.incident
    depth = _depth(one, wholes)
    if one.period_start is None and one.period_end is None:
        return *key, depth, one.origin, one.bounds
    days = one.period_start, one.period_end, one.bounds if one.period_end is None else None
    return *key, depth, one.place_stated, *days


def _depth(one: Observation, wholes: Mapping[str, Observation]) -> int:
    """0 for a whole, 1 for a part, 2 for a part of a part."""
    if one.part_of is None:
        return 0
    whole = wholes.get(one.part_of)
    return 1 + (_depth(whole, wholes) if whole else 0)


def _says_the_same(one: Observation, shown: Observation) -> bool:
    """Whether a statement backs the number shown.

    a retelling     the same origin, number, people and first day, in another document. Its last day, qualifier
                    and scope may have been lost or changed on the way.
    another origin  the same number for the same days, people and scope, as firmly stated and as surely read. An
                    equal number for days that are not known to be the same backs nothing.
    """
    if _counted(one) != _counted(shown) or one.status != shown.status:
        return False
    if one.origin == shown.origin:
        return one.source != shown.source
    sure = one.confidence != "low" and one.period_end is not None
    return sure and _stated_for(one) == _stated_for(shown)


def told(one: Observation) -> tuple[Any, ...]:
    """What is alike in documents that tell one number of one act of stating. A part is never its whole."""
    return one.indicator, one.origin, one.status, one.part_of is None, *_counted(one)


def _counted(one: Observation) -> tuple[Any, ...]:
    return one.bounds, one.population, one.place, one.extent, one.incident, one.period_start


def _stated_for(one: Observation) -> tuple[Any, ...]:
    return one.qualifier, one.scope, one.period_end, one.period_kind


def by_date(one: Observation) -> tuple[str, str, str]:
    """By the days a figure describes, then by the last day on which it may have been stated."""
    said = last_day(one.as_of).isoformat() if one.as_of else "~"
    return str(one.period_start or one.period_end or "~"), said, one.id


def _years_known(vintage: Vintage, asked: Question) -> dict[str, set[int]]:
    """For each indicator the years for which anybody had stated a figure for the whole country.

    Whatever else a question narrows: `none found` is said only where nobody has one.
    """
    unnarrowed = Question(indicator=asked.indicator)
    known: dict[str, set[int]] = defaultdict(set)
    standing = col(Observation.status) != "withdrawn", col(Observation.extent) == "national"
    national = _observations(vintage, unnarrowed, {}).where(*standing)
    for one in vintage.session.exec(national).all():
        if one.year is not None:
            known[one.indicator].add(one.year)
    return known


def retellings(vintage: Vintage, said: Sequence[Observation]) -> dict[str, list[Observation]]:
    """For each figure what became of it at another legal stage, in documents that retell its origin."""
    stages = {row.code: row.legal_stage for row in all_of(vintage, Indicator)}
    staged = [code for code, stage in stages.items() if stage != "none"]
    mine = [one for one in said if one.indicator in staged]
    if not mine:
        return {}
    wanted = select(Observation).where(
        Observation.release == vintage.release.number,
        col(Observation.origin).in_({one.origin for one in mine}),
        col(Observation.indicator).in_(staged),
    )
    by_origin: dict[str, list[Observation]] = defaultdict(list)
    for other in sorted(vintage.session.exec(wanted).all(), key=lambda other: other.id):
        if vintage.knows(other.public_on) and other.status != "withdrawn":
            by_origin[other.origin].append(other)
    return {
        one.id: [
            other
            for other in by_origin[one.origin]
            if stages[other.indicator] != stages[one.indicator] and _changed_stage(other, one)
        ]
        for one in mine
    }


def _changed_stage(other: Observation, one: Observation) -> bool:
    """Whether two figures of one origin are one number that was told as two stages.

    One document that gives both stages follows people from one to the next; it retells nothing. So does, as a rule,
    the news of one case.
    """
    told_twice = other.source != one.source and one.incident is None and one.extent != "case"
    number = one.bounds is not None and one.bounds == other.bounds
    people = (one.extent, one.population, one.place) == (other.extent, other.population, other.place)
    return told_twice and number and people and _may_be_the_same_days(one, other)


def _may_be_the_same_days(one: Observation, other: Observation) -> bool:
    """Whether nothing that is stated of two periods tells them apart."""
    starts = {day for day in (one.period_start, other.period_start) if day}
    ends = {day for day in (one.period_end, other.period_end) if day}
    apart = starts and ends and max(starts) > min(ends)
    return len(starts) < 2 and not apart


# --- What had been said when ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """How much of what fits a question the public had been told by the day of a vintage."""

    days: tuple[date, ...]
    """Every day on which something of it was stated, whenever; what is known only to the month or year is of no day."""
    known: int
    perhaps: int
    """Figures of a month or year that had begun by then and was not over: they may have been stated."""
    later: int
    """Figures that were stated after the day."""
    undated: int
    """Figures of which no day of statement is known."""


def said(vintage: Vintage, question: Question) -> Said:
    """What had been said by then, and what had not yet. What this dataset withdrew does not count."""
    standing = (
        _observations(vintage.whenever, question, _leaders(vintage))
        .where(col(Observation.status) != "withdrawn")
        .subquery()
    )
    counted = select(standing.c.as_of, func.count()).group_by(standing.c.as_of)
    counts: Counter[str] = Counter()
    days = set()
    for told, many in vintage.session.exec(counted).all():
        if not told:
            counts["undated"] += many
            continue
        first = date.fromisoformat(f"{told}-01-01"[:10])
        if len(told) == len("2016-07-18") and first <= vintage.release.dated:
            days.add(first)
        began = first <= (vintage.as_of or first)
        counts["known" if vintage.knows(told) else "perhaps" if began else "later"] += many
    return Said(tuple(sorted(days)), *(counts[name] for name in ("known", "perhaps", "later", "undated")))


def last_said(vintage: Vintage) -> date | None:
    """The last day up to the as-of day on which something became public: days after it know the same. None without one."""
    if vintage.as_of is None:
        return None
    known = select(func.max(Observation.public_on)).where(
        Observation.release == vintage.release.number, col(Observation.public_on) <= vintage.as_of
    )
    return vintage.session.exec(known).one() or date.min


# --- Coverage -------------------------------------------------------------------------------------------------


def coverage(panel: Panel, year: int) -> CoverageState:
    """How well one year of one indicator is known: the first of these that holds.

    conflict       two figures of one body for the same days, scope and people cannot both be right
    known          the leading body has a figure for the calendar year
    part           it has one for a part of the year only
    other_body     another body has a figure that may lead, the leading body has none
    unquantified   what leads was stated without a number
    no_headline    figures for the whole country exist, but none may lead
    parts_only     only figures for parts of the country, operations or groups were found
    cases_only     only figures for single incidents or trials were found
    not_yet        nothing had been stated by the day asked for; the record holds a figure that was stated later
    none_found     nothing was found; the indicator says when it was last searched
    not_applicable the indicator is not counted by the year, or the year was not searched
    """
    cells = [cell for cell in panel.on_axis if cell.year == year and cell.rule == OFFICIAL_LATEST]
    if panel.indicator.kind != "flow" or not cells:
        return "not_applicable"
    if any(_conflicting(cell) for cell in cells):
        return "conflict"
    leading = next((cell for cell in cells if cell.stated_by == panel.indicator.leading_body), None)
    if leading and leading.shown and leading.status == "value":
        return "known" if leading.shown.period_kind == "calendar_year" else "part"
    found = {cell.status for cell in cells}
    if "value" in found:
        return "other_body"
    if "unquantified" in found:
        return "unquantified"
    if "no_headline" in found:
        return "no_headline"
    extents = {one.extent for cell in cells for one in cell.others}
    if extents:
        return "parts_only" if extents - {"case"} else "cases_only"
    return "not_yet" if "not_yet" in found else "none_found"


def _conflicting(cell: Cell) -> bool:
    """Whether two figures that were surely read, for days that are surely the same, exclude each other."""
    limits: dict[tuple[Any, ...], list[tuple[float, float]]] = defaultdict(list)
    for one in (*cell.backing, *cell.others):
        sure = one.status == "current" and one.confidence != "low" and one.extent == "national"
        if sure and one.bounds is not None and one.period_end is not None:
            key = one.scope, one.population, one.place, one.period_start, one.period_end
            limits[key].append(one.limits)
    return any(max(low for low, _ in some) > min(high for _, high in some) for some in limits.values())


# --- Rows -----------------------------------------------------------------------------------------------------


def all_of(vintage: Vintage, table: type[AnyRow], keys: Collection[str] | None = None) -> Sequence[AnyRow]:
    """Rows of one file in the order of their keys: those named, or all where no names are given."""
    key = getattr(table, table.key[0])
    wanted = (
        select(table)
        .where(table.release == vintage.release.number)
        .order_by(*(getattr(table, k) for k in table.key))
    )
    return vintage.session.exec(wanted if keys is None else wanted.where(key.in_(keys))).all()


def observations(
    vintage: Vintage, question: Question, after: str | None = None, limit: int | None = None
) -> Sequence[Observation]:
    """Every observation that fits, by id; after an id and up to a limit where they are given."""
    wanted = _observations(vintage, question, _leaders(vintage)).order_by(col(Observation.id))
    if after is not None:
        wanted = wanted.where(col(Observation.id) > after)
    return vintage.session.exec(wanted.limit(limit)).all()


def count(vintage: Vintage, question: Question) -> int:
    """How many observations fit."""
    wanted = _observations(vintage, question, _leaders(vintage))
    return vintage.session.exec(select(func.count()).select_from(wanted.subquery())).one()


def span(vintage: Vintage) -> tuple[date, date] | None:
    """The first and the last day that any figure of the release is about; None where none says its days."""
    days = select(func.min(Observation.period_start), func.max(Observation.period_end)).where(
        Observation.release == vintage.release.number
    )
    first, last = vintage.session.exec(days).one()
    return (first, last) if first and last else None


def one_of(vintage: Vintage, table: type[AnyRow], key: str) -> AnyRow | None:
    return next(iter(all_of(vintage, table, [key])), None)


def releases(session: Session) -> Sequence[Release]:
    """Every release this database holds, newest first."""
    return session.exec(select(Release).order_by(col(Release.number).desc())).all()


def _leaders(vintage: Vintage) -> dict[str, str]:
    """For each body the one in whose series its figures stand."""
    return {body.code: body.parent or body.code for body in all_of(vintage, Body)}


def _observations(
    vintage: Vintage, question: Question, leaders: Mapping[str, str]
) -> SelectOfScalar[Observation]:
    """The question in SQL. A body's departments count as the body; a department alone is the department alone."""
    wanted = select(Observation).where(Observation.release == vintage.release.number)
    for name in ("indicator", "scope", "population", "place", "source", "incident", "period_kind"):
        if codes := getattr(question, name):
            wanted = wanted.where(col(getattr(Observation, name)).in_(codes))
    if question.stated_by:
        named = set(question.stated_by)
        bodies = sorted(code for code, leader in leaders.items() if named & {code, leader})
        wanted = wanted.where(col(Observation.stated_by).in_(bodies))
    if vintage.as_of:
        wanted = wanted.where(col(Observation.public_on) <= vintage.as_of)
    return wanted.where(*_overlaps(question))


def _overlaps(question: Question) -> list[ColumnElement[bool]]:
    """Whether a period touches the days asked for. One without any date never does.

    An end that is not stated lies at the latest on the day of the statement.
    """
    start, end, said = col(Observation.period_start), col(Observation.period_end), col(Observation.public_on)
    conditions: list[ColumnElement[bool]] = []
    if question.since or question.until:
        conditions.append(or_(start.is_not(None), end.is_not(None)))
    if question.since:
        conditions.append(func.coalesce(end, said, start) >= question.since)
    if question.until:
        conditions.append(func.coalesce(start, end) <= question.until)
    return conditions
