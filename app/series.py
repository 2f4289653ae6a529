"""Every question that is asked of the record, and the rule that picks the figure to show.

Nothing is added up, averaged, carried forward or filled in here. What comes back is what somebody stated,
arranged. Every question is about one release; rows of a release never change, so an answer cannot mix two.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models import (
    Body,
    Cell,
    Classification,
    Incident,
    IncidentSource,
    Indicator,
    Observation,
    Origin,
    Panel,
    Place,
    Release,
    Row,
    Source,
    Text,
)

OFFICIAL_LATEST = "official_latest"
LATEST_ALIKE = "latest_alike"
RULES = (OFFICIAL_LATEST, LATEST_ALIKE)

AnyRow = TypeVar("AnyRow", bound=Row)


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
    as_of: date | None = None
    gaps: bool = True

    @property
    def of_a_part(self) -> bool:
        """Whether the question names a group of people or a place: then figures of parts are what it wants."""
        return bool(set(self.population) - {"all"} or set(self.place) - {"KZ"})


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
    begins = one.period_start and (one.period_start.month, one.period_start.day) == (1, 1)
    return bool(
        one.extent == "national"
        and one.status == "current"
        and one.confidence != "low"
        and one.period_kind in ("calendar_year", "part_year")
        and begins
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


# --- Panels ---------------------------------------------------------------------------------------------------


def panels(session: Session, release: Release, question: Question) -> list[Panel]:
    """What the record holds on each indicator asked for, arranged by the rule: one panel an indicator."""
    indicators = all_of(session, release, Indicator, question.indicator or None)
    codes = [indicator.code for indicator in indicators]
    asked = replace(question, indicator=tuple(codes))
    extents = (
        ("national", "partial", "case", "not_applicable") if asked.of_a_part else ("national", "partial")
    )
    unseen = _observations(release, replace(asked, as_of=None), _leaders(session, release)).where(
        col(Observation.extent).in_([*extents, "not_applicable"])
    )
    found = session.exec(unseen).all()
    said = [one for one in found if _public(one, asked.as_of)]
    retold = _retold(session, release, indicators, said, asked.as_of)
    everything = [*said, *(one for some in retold.values() for one in some)]
    documents = {row.id: row for row in all_of(session, release, Source, {one.source for one in everything})}
    leaders = _leaders(session, release)
    return [
        Panel(
            indicator,
            release,
            asked.as_of,
            arrange(
                indicator,
                [o for o in said if o.indicator == indicator.code],
                documents,
                leaders,
                release,
                asked,
                retold,
            ),
            documents,
            hidden=sum(o.indicator == indicator.code for o in found)
            - sum(o.indicator == indicator.code for o in said),
        )
        for indicator in indicators
    ]


def arrange(
    indicator: Indicator,
    said: Sequence[Observation],
    documents: Mapping[str, Source],
    leaders: Mapping[str, str],
    release: Release,
    question: Question,
    retold: Mapping[str, Sequence[Observation]],
) -> tuple[Cell, ...]:
    """The cells of a panel: those on the axis of years, the leading body first, then those no year can hold."""
    years: dict[tuple[int, str], list[Observation]] = defaultdict(list)
    alike: dict[tuple[Any, ...], list[Observation]] = defaultdict(list)
    parts: dict[int, list[Observation]] = defaultdict(list)
    for one in said:
        body = leaders[one.stated_by]
        if one.extent == "national" and one.year is not None:
            years[one.year, body].append(one)
        elif one.extent in ("national", "not_applicable") or question.of_a_part:
            alike[_likeness(one, body)].append(one)
        elif one.period_start and one.period_kind in ("part_year", "calendar_year", "event"):
            parts[one.period_start.year].append(one)

    def cell(
        year: int | None, body: str, stated: list[Observation], shown: Observation | None, rule: str
    ) -> Cell:
        backing = [one for one in stated if shown and one is not shown and _says_the_same(one, shown)]
        others = [one for one in stated if one is not shown and one not in backing]
        return Cell(
            indicator.code,
            year,
            body,
            "no_headline" if shown is None else "unquantified" if shown.bounds is None else "value",
            rule,
            shown,
            ((shown,) if shown else ()) + tuple(sorted(backing, key=_by_date)),
            tuple(sorted(others, key=_by_date)),
            tuple(retold.get(shown.id, ())) if shown else (),
        )

    on_axis = [
        cell(year, body, stated, official_latest(stated, documents), OFFICIAL_LATEST)
        for (year, body), stated in years.items()
    ]
    if indicator.kind == "flow" and question.gaps and not question.of_a_part:
        known = {year for year, _ in years}
        for year in _axis(indicator, known, release, question):
            if (year, indicator.leading_body) not in years:
                status: Literal["no_headline", "none_found"] = (
                    "no_headline" if year in known else "none_found"
                )
                others = tuple(sorted(parts[year], key=_by_date))
                on_axis.append(
                    Cell(indicator.code, year, indicator.leading_body, status, OFFICIAL_LATEST, others=others)
                )
    beside = []
    for stated in alike.values():
        shown = latest_alike(stated, documents)
        beside.append(cell(shown.year, leaders[shown.stated_by], stated, shown, LATEST_ALIKE))
    return tuple(
        sorted(
            on_axis + beside,
            key=lambda one: (
                one.year is None,
                one.year,
                one.stated_by != indicator.leading_body,
                one.stated_by,
                _by_date(one.shown) if one.shown else (),
            ),
        )
    )


def _axis(indicator: Indicator, known: set[int], release: Release, question: Question) -> range:
    """The years that were searched, as far as the question reaches; never a year after the package's date."""
    last = min(release.dated, question.as_of or release.dated, question.until or release.dated).year
    first = min({indicator.searched_from, *known})
    if question.since:
        first = max(first, question.since.year)
    return range(first, last + 1)


def _likeness(one: Observation, body: str) -> tuple[Any, ...]:
    """What makes two statements the same question: only their as-of, wording and document may differ.

    Where no dates are stated, only retellings of one origin are surely about the same days.
    """
    key = (
        body,
        one.scope,
        one.population,
        one.place,
        one.extent,
        one.period_kind,
        one.incident,
        one.part_of is None,
    )
    if one.period_start is None and one.period_end is None:
        return *key, one.origin, one.bounds
    return (
        *key,
        one.period_start,
        one.period_end,
        one.place_stated,
        one.bounds if one.period_end is None else None,
    )


def _says_the_same(one: Observation, shown: Observation) -> bool:
    """Whether a statement backs the number shown: a retelling of it, or the same number for the same days.

    An equal number that another act of stating gives for days that are not known to be the same backs nothing.
    """
    if one.bounds != shown.bounds:
        return False
    days = one.qualifier, one.period_start, one.period_end, one.period_kind
    same_days = days == (shown.qualifier, shown.period_start, shown.period_end, shown.period_kind)
    return one.origin == shown.origin or (same_days and one.period_end is not None)


def _by_date(one: Observation) -> tuple[str, str, str]:
    return str(one.period_start or one.period_end or "~"), one.as_of or "~", one.id


def _public(one: Observation, as_of: date | None) -> bool:
    """Whether a reader could have known the figure on that day. A statement without a date never counts."""
    return as_of is None or (one.public_on is not None and one.public_on <= as_of)


def _retold(
    session: Session,
    release: Release,
    indicators: Sequence[Indicator],
    said: Sequence[Observation],
    as_of: date | None,
) -> dict[str, list[Observation]]:
    """For each figure the same number from the same origin at another legal stage, by the figure's id."""
    stages = {row.code: row.legal_stage for row in all_of(session, release, Indicator)}
    mine = [
        o for o in said if stages[o.indicator] != "none" and o.extent == "national" and o.bounds is not None
    ]
    if not mine:
        return {}
    staged = [code for code, stage in stages.items() if stage != "none"]
    rows = session.exec(
        select(Observation)
        .where(Observation.release == release.number)
        .where(
            col(Observation.origin).in_({one.origin for one in mine}), col(Observation.indicator).in_(staged)
        )
        .order_by(col(Observation.id))
    ).all()
    return {
        one.id: [
            other
            for other in rows
            if other.origin == one.origin
            and stages[other.indicator] != stages[one.indicator]
            and other.bounds == one.bounds
            and other.extent == one.extent
            and other.population == one.population
            and _public(other, as_of)
        ]
        for one in mine
    }


# --- Coverage -------------------------------------------------------------------------------------------------

CoverageState = Literal[
    "known", "part", "conflict", "other_body", "no_headline", "parts_only", "none_found", "not_applicable"
]


def coverage(panel: Panel, year: int) -> CoverageState:
    """How well one year of one indicator is known.

    known          the leading body has a figure for the calendar year
    part           it has one for a part of the year only
    conflict       two current figures for the same days, body, scope and people differ
    other_body     another body has a figure that may lead, the leading body has none
    no_headline    figures for the whole country exist, but none may lead
    parts_only     only figures for parts of the country, operations or groups were found
    none_found     nothing was found; the indicator says when it was last searched
    not_applicable the indicator is not counted by the year
    """
    if panel.indicator.kind != "flow":
        return "not_applicable"
    cells = [cell for cell in panel.on_axis if cell.year == year and cell.rule == OFFICIAL_LATEST]
    leading = next((cell for cell in cells if cell.stated_by == panel.indicator.leading_body), None)
    if any(_conflicting(cell) for cell in cells):
        return "conflict"
    if leading is not None and leading.shown is not None:
        return "known" if leading.shown.period_kind == "calendar_year" else "part"
    if any(cell.shown for cell in cells):
        return "other_body"
    if any(cell.status == "no_headline" for cell in cells):
        return "no_headline"
    return "parts_only" if leading is not None and leading.others else "none_found"


def _conflicting(cell: Cell) -> bool:
    figures = defaultdict(set)
    for one in (*cell.backing, *cell.others):
        if one.status == "current" and one.bounds is not None and one.extent == "national":
            figures[one.scope, one.population, one.period_start, one.period_end].add(one.bounds)
    return any(len(different) > 1 for different in figures.values())


# --- Rows -----------------------------------------------------------------------------------------------------


def all_of(
    session: Session, release: Release, table: type[AnyRow], keys: Collection[str] | None = None
) -> Sequence[AnyRow]:
    """Rows of one file in the order of their keys: those named, or all where no names are given."""
    key = getattr(table, table.key[0])
    wanted = (
        select(table).where(table.release == release.number).order_by(*(getattr(table, k) for k in table.key))
    )
    return session.exec(wanted if keys is None else wanted.where(key.in_(keys))).all()


def observations(
    session: Session, release: Release, question: Question, after: str | None = None, limit: int | None = None
) -> Sequence[Observation]:
    """Every observation that fits, by id; after an id and up to a limit where they are given."""
    wanted = _observations(release, question, _leaders(session, release)).order_by(col(Observation.id))
    if after is not None:
        wanted = wanted.where(col(Observation.id) > after)
    return session.exec(wanted.limit(limit) if limit else wanted).all()


def count(session: Session, release: Release, question: Question) -> int:
    """How many observations fit."""
    wanted = _observations(release, question, _leaders(session, release))
    return session.exec(select(func.count()).select_from(wanted.subquery())).one()


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
    """Incidents by id, which begins with their month."""
    wanted = select(Incident).where(Incident.release == release.number).order_by(col(Incident.id))
    if place:
        wanted = wanted.where(or_(col(Incident.place).in_(place), col(Incident.region_now).in_(place)))
    if outcome:
        wanted = wanted.where(col(Incident.outcome).in_(outcome))
    if since:
        wanted = wanted.where(col(Incident.date_end) >= since)
    if until:
        wanted = wanted.where(col(Incident.date_start) <= until)
    if after is not None:
        wanted = wanted.where(col(Incident.id) > after)
    return session.exec(wanted.limit(limit) if limit else wanted).all()


def one_of(session: Session, release: Release, table: type[AnyRow], key: str) -> AnyRow | None:
    return next(iter(all_of(session, release, table, [key])), None)


def releases(session: Session) -> Sequence[Release]:
    """Every release this database holds, newest first."""
    return session.exec(select(Release).order_by(col(Release.number).desc())).all()


def _leaders(session: Session, release: Release) -> dict[str, str]:
    """For each body the one in whose series its figures stand."""
    return {body.code: body.parent or body.code for body in all_of(session, release, Body)}


def _observations(
    release: Release, question: Question, leaders: Mapping[str, str]
) -> SelectOfScalar[Observation]:
    wanted = select(Observation).where(Observation.release == release.number)
    bodies = {code for code, leader in leaders.items() if {code, leader} & set(question.stated_by)}
    choices = {
        "indicator": question.indicator,
        "scope": question.scope,
        "population": question.population,
        "place": question.place,
        "source": question.source,
        "incident": question.incident,
        "period_kind": question.period_kind,
        "stated_by": tuple(sorted(bodies)) if question.stated_by else (),
    }
    for name, codes in choices.items():
        if codes:
            wanted = wanted.where(col(getattr(Observation, name)).in_(codes))
    if question.as_of:
        wanted = wanted.where(col(Observation.public_on) <= question.as_of)
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


@dataclass(frozen=True)
class IncidentFile:
    """An incident with everything that points to it."""

    incident: Incident
    classifications: tuple[Classification, ...]
    sources: tuple[Source, ...]
    observations: tuple[Observation, ...]


def incident_file(session: Session, release: Release, key: str) -> IncidentFile | None:
    incident = one_of(session, release, Incident, key)
    if incident is None:
        return None
    named = select(IncidentSource.source).where(
        IncidentSource.release == release.number, IncidentSource.incident == key
    )
    return IncidentFile(
        incident,
        tuple(all_of(session, release, Classification, [key])),
        tuple(all_of(session, release, Source, session.exec(named).all())),
        tuple(sorted(observations(session, release, Question(incident=(key,))), key=_by_date)),
    )


@dataclass(frozen=True)
class SourceFile:
    """A document with every figure taken from it."""

    source: Source
    observations: tuple[Observation, ...]
    origins: Mapping[str, Origin]
    retellings: Mapping[str, tuple[Observation, ...]]
    """For each figure by its id, what other documents made of it: the same indicator, or the same number, of its origin."""
    incidents: tuple[Incident, ...]


def source_file(session: Session, release: Release, key: str) -> SourceFile | None:
    source = one_of(session, release, Source, key)
    if source is None:
        return None
    taken = observations(session, release, Question(source=(key,)))
    names = {one.origin for one in taken}
    elsewhere = session.exec(
        select(Observation)
        .where(
            Observation.release == release.number,
            col(Observation.origin).in_(names),
            Observation.source != key,
        )
        .order_by(col(Observation.id))
    ).all()
    named = session.exec(
        select(IncidentSource.incident).where(
            IncidentSource.release == release.number, IncidentSource.source == key
        )
    ).all()
    origins = all_of(session, release, Origin, names)
    return SourceFile(
        source,
        tuple(sorted(taken, key=lambda one: (_paragraph(one.locator), one.id))),
        {origin.id: origin for origin in origins},
        {one.id: tuple(other for other in elsewhere if _retells(other, one)) for one in taken},
        tuple(all_of(session, release, Incident, named)),
    )


def _retells(other: Observation, one: Observation) -> bool:
    if other.origin != one.origin or other.extent != one.extent or other.population != one.population:
        return False
    return other.indicator == one.indicator or (other.bounds is not None and other.bounds == one.bounds)


def _paragraph(locator: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, locator))
    return (int(digits) if digits else 0), locator
