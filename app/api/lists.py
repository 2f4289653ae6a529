"""Each list, by a function that finds its rows. How they are answered is in `answers`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from app import database as databases
from app import disagreements as differ
from app import exports, listings, series
from app.api.answers import Found, listed
from app.deps import (
    AskedChangesList,
    AskedDisagreementsList,
    AskedIncidents,
    AskedList,
    AskedObservations,
    AskedSources,
    AskedStats,
    Reading,
)
from app.disagreements import Disagreement
from app.listings import Compared
from app.models import DAY, Indicator, Observation, Place, Row


@listed(
    "/stats",
    "figures",
    AskedStats,
    exports.StatsRow,
    exports.ObservationOut,
    exports.CoverageRow,
    example="?indicator=convicted&from=2019&to=2019",
)
def stats(held: Reading[AskedStats], most: int) -> Found:
    """Figures by year, each picked by a published rule.

    A row is one cell, with everything else that was stated for it named beside it. `year` is null for totals
    of several years, figures for a day and periods that were not stated. Figures of a group of people or a
    region come when `population` or `place` names it. With `view=observations` the rows are those of
    `/api/observations`, with `view=coverage` they say how well each year of each indicator is known.
    """
    if held.asked.view == "observations":
        return observations(held, most)
    question = held.asked.question()
    panels = series.panels(held.vintage, question)
    hidden = sum(panel.hidden for panel in panels) if held.vintage.as_of else None
    if held.asked.view == "series":
        cells = [exports.stats_row(cell, panel, held.words) for panel in panels for cell in panel.cells]
        return _page(held, exports.StatsRow, cells, most, hidden)
    years = [
        exports.coverage_row(panel, year, series.coverage(panel, year), held.words)
        for panel in panels
        for year in panel.years
    ]
    return _page(held, exports.CoverageRow, years, most, hidden)


@listed(
    "/observations",
    "figures",
    AskedObservations,
    exports.ObservationOut,
    example="?source=ctc-2020-02-18-almaty",
)
def observations(held: Reading[Any], most: int) -> Found:
    """Every figure as one document states it, by id.

    `low` and `high` are the limits of a range and null otherwise. A figure that was taken back stays, and its
    `status` says so.
    """
    question = held.asked.question()
    found = series.observations(held.vintage, question, held.after, most + 1)
    total = series.count(held.vintage, question)
    hidden = None
    if held.vintage.as_of:
        hidden = series.count(held.vintage.whenever, question) - total
    following = found[most - 1].id if len(found) > most else None
    return Found(exports.ObservationOut, figure_rows(held, found[:most]), total, following, hidden)


@listed("/indicators", "lists", AskedList, exports.IndicatorOut, example="?limit=1")
def indicators(held: Reading[AskedList], most: int) -> Found:
    """What is counted.

    With definition, unit, legal stage, what to beware of, and whose series leads and why.
    """
    rows = [exports.indicator_row(row, held.words) for row in series.all_of(held.vintage, Indicator)]
    return _page(held, exports.IndicatorOut, rows, most)


@listed("/sources", "lists", AskedSources, exports.SourceOut, example="?limit=1")
def sources(held: Reading[AskedSources], most: int) -> Found:
    """Every document.

    With publisher, date and address, and whether it was read to its end.
    """
    found = listings.sources(held.vintage, listings.SourceQuestion())
    rows = [exports.source_row(row, held.words) for row in found]
    hidden = _left_out(held, listings.sources, listings.SourceQuestion(), rows)
    return _page(held, exports.SourceOut, rows, most, hidden)


@listed("/incidents", "incidents", AskedIncidents, exports.IncidentOut, example="?outcome=foiled&limit=1")
def incidents(held: Reading[AskedIncidents], most: int) -> Found:
    """Events and plots of which sources speak as terrorism, by id.

    That one is here says that somebody called it so, not that it was. An id begins with the month. What has
    no date fits neither `from` nor `to`.
    """
    question = held.asked.question()
    rows = [exports.incident_row(row, held.words) for row in listings.incidents(held.vintage, question)]
    hidden = _left_out(held, listings.incidents, question, rows)
    return _page(held, exports.IncidentOut, rows, most, hidden)


@listed(
    "/disagreements",
    "figures",
    AskedDisagreementsList,
    exports.DisagreementOut,
    example="?indicator=convicted&limit=1",
)
def disagreements(held: Reading[AskedDisagreementsList], most: int) -> Found:
    """Where statements give more than one number, the most telling first.

    Each is about what looks like one thing. One figure told by many documents, a part beside its whole and a count that went on through the year are none. What
    two figures are to each other is computed from their fields; which is right is not decided.
    """
    compared = listings.compared(held.vintage)
    wanted = [
        one
        for one in compared.found
        if (not held.asked.incident or one.incident in held.asked.incident)
        and (
            not held.asked.indicator
            or {each.indicator for each in one.observations} & {*held.asked.indicator}
        )
    ]
    rows = [disagreement_row(one, compared, held) for one in wanted]
    return _page(held, exports.DisagreementOut, rows, most, compared.hidden if held.vintage.as_of else None)


def disagreement_row(one: Disagreement, compared: Compared, held: Reading[Any]) -> exports.DisagreementOut:
    ground, words = compared.ground, held.words
    verdicts = dict.fromkeys(differ.verdict(each, ground, words) for each in one.pairs)
    return exports.DisagreementOut(
        id=one.key,
        kind=one.kind,
        relation=one.relation,
        indicator=one.indicator,
        year=one.year,
        incident=one.incident,
        label=differ.title(one, words),
        summary=" ".join(verdicts),
        observations=[each.id for each in one.observations],
        n_origins=one.n_origins,
        links={
            "disagreement": f"/api/disagreements/{one.key}",
            "indicator": f"/api/indicators/{one.indicator}",
            "page": f"/{words.language}/disagreements/{one.key}",
        },
    )


@listed("/changes", "lists", AskedChangesList, exports.ChangeOut, example="?since=2026-11-21&limit=1")
def changes(held: Reading[AskedChangesList], most: int) -> Found:
    """What happened to the published figures, the newest first.

    With `since`, all that whoever holds that version, or looked on that day, has to add, mend or stop to use. A figure
    that was withdrawn has a `tombstone`; it is still in the record, marked so.
    """
    asked, rows = held.asked, []
    since = asked.newer
    if since and not DAY.fullmatch(since) and (named := databases.release(held.vintage.session, since)):
        since = named.version
    for step in listings.steps(held.vintage):
        rows += [exports.change_row(change, one, step.version) for change, one in step.changed]
        rows += [exports.change_row(None, one, step.version) for one in step.added]
    fitting = [
        row
        for row in rows
        if (not asked.kind or row.kind in asked.kind)
        and (not asked.indicator or row.indicator in asked.indicator)
        and (since is None or _came_after(row, since))
    ]
    return _page(held, exports.ChangeOut, fitting, most)


def _came_after(row: exports.ChangeOut, since: str) -> bool:
    return row.changed_on > since if DAY.fullmatch(since) else listings.later(row.version, since)


@listed("/places", "lists", AskedList, exports.PlaceOut, example="?limit=1")
def places(held: Reading[AskedList], most: int) -> Found:
    """Where figures apply.

    The country, today's 17 regions and 3 cities, regions of the past with their successors, and abroad.
    """
    rows = [exports.place_row(row, held.words) for row in series.all_of(held.vintage, Place)]
    return _page(held, exports.PlaceOut, rows, most)


@listed("/releases", "lists", AskedList, exports.ReleaseOut, example="?limit=1")
def releases(held: Reading[AskedList], most: int) -> Found:
    """Every state of the dataset that this server holds, newest first.

    Each can be asked for with `release=` at every address.
    """
    found = series.releases(held.vintage.session)
    # New ones come in front, so a place in this list is counted from its end.
    start = 0 if held.after is None else max(0, len(found) - held.after)
    current = databases.release(held.vintage.session)
    rows = [exports.release_row(row, row is current) for row in found[start : start + most]]
    return Found(exports.ReleaseOut, rows, len(found), len(found) - start - len(rows) or None)


def _page(
    held: Reading[Any],
    shape: type[BaseModel],
    rows: Sequence[BaseModel],
    most: int,
    hidden: int | None = None,
) -> Found:
    """A page of a list that is arranged anew for each answer; its release is pinned, so places in it stay."""
    start = held.after or 0
    end = start + most
    return Found(shape, rows[start:end], len(rows), end if end < len(rows) else None, hidden)


def _left_out(
    held: Reading[Any],
    find: Callable[[series.Vintage, Any], Sequence[Row]],
    question: object,
    rows: Sequence[BaseModel],
) -> int | None:
    """How many more would fit if no day were asked for; None where none is."""
    return len(find(held.vintage.whenever, question)) - len(rows) if held.vintage.as_of else None


def figure_rows(held: Reading[Any], found: Iterable[Observation]) -> list[exports.ObservationOut]:
    units = held.units
    return [exports.observation_row(one, units[one.indicator], held.words) for one in found]
