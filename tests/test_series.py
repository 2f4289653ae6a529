"""The rule that picks a headline, what stands beside it, and how questions become rows: on both databases."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text

from app import exports, listings, seed, series
from app.database import Database, release
from app.i18n import Terms, Words
from app.models import (
    Body,
    Cell,
    CoverageState,
    Indicator,
    Observation,
    Panel,
    Place,
    Release,
    Source,
    SourceKind,
    Text,
    Translation,
    last_day,
)
from app.series import (
    LATEST_ALIKE,
    OFFICIAL_LATEST,
    Background,
    Question,
    Vintage,
    coverage,
    latest_alike,
    official_latest,
)

# --- Figures made for one test --------------------------------------------------------------------------------


def document(name: str, kind: SourceKind) -> Source:
    return Source(id=name, publisher=name, title=name, language="en", kind=kind, read="full")


DOCUMENTS = {
    "briefing": document("briefing", "official_statement"),
    "yearbook": document("yearbook", "government_report"),
    "paper": document("paper", "news"),
}
LEADERS = {"knb": "knb", "knb_atc": "knb", "pgo": "pgo", "court": "court"}
CONVICTED = Indicator(
    code="convicted",
    unit="people",
    kind="flow",
    legal_stage="convicted",
    leading_body="knb",
    written_by="Derek editors",
    searched_from=2017,
    searched_on=date(2021, 3, 31),
    review_on=date(2021, 6, 1),
)
DATED = date(2021, 3, 31)
RELEASE = Release(number=1, digest="0" * 64, version="1", dated=DATED, loaded=datetime(2021, 4, 1))


def stated(name: str, **changes: Any) -> Observation:
    """Ten people convicted in 2019, stated by the KNB at a briefing of 5 February 2020; unless a test says otherwise."""
    cells: dict[str, Any] = {
        "indicator": "convicted",
        "value": 10,
        "qualifier": "exact",
        "extent": "national",
        "period_start": date(2019, 1, 1),
        "period_end": date(2019, 12, 31),
        "period_kind": "calendar_year",
        "period_words": "the year",
        "as_of": "2020-02-05",
        "as_of_basis": "stated",
        "scope": "terrorism",
        "population": "all",
        "place": "KZ",
        "stated_by": "knb",
        "source": "briefing",
        "locator": "paragraph 2",
        "origin": "or-briefing",
        "status": "current",
        "recorded": date(2020, 11, 22),
        "confidence": "high",
        "paraphrase": "Ten people were convicted.",
        **changes,
    }
    return Observation(id=name, **cells)


def part(end: str | None, **changes: Any) -> dict[str, Any]:
    """A part of 2019 from 1 January on."""
    last = end and date.fromisoformat(end)
    return {"period_kind": "part_year", "period_end": last, "as_of": "2019-12-20", **changes}


def period(kind: str, start: str | None, end: str | None) -> dict[str, Any]:
    first, last = start and date.fromisoformat(start), end and date.fromisoformat(end)
    return {"period_kind": kind, "period_start": first, "period_end": last}


def leads(*figures: Observation) -> str | None:
    """The id of the headline, which does not depend on the order in which the figures come."""
    found: set[str | None] = set()
    for order in itertools.permutations(figures):
        one = official_latest(order, DOCUMENTS)
        found.add(one.id if one else None)
    assert len(found) == 1
    return found.pop()


def arranged(*figures: Observation, asked: Question | None = None, **changes: Any) -> Panel:
    """The panel of figures that were made for one test."""
    indicator = CONVICTED.model_copy(update=changes)
    question = asked or Question()
    known = {one.year for one in figures if one.extent == "national" and one.year}
    background = Background(DATED, LEADERS, DOCUMENTS, question, known={"convicted": known})
    return Panel(indicator, RELEASE, None, series.arrange(indicator, figures, background), DOCUMENTS)


def the_cell(panel: Panel, year: int | None, body: str = "knb") -> Cell:
    (cell,) = [cell for cell in panel.cells if (cell.year, cell.stated_by) == (year, body)]
    return cell


def ids(figures: Sequence[Observation]) -> list[str]:
    return [one.id for one in figures]


# --- The rule, line by line -----------------------------------------------------------------------------------


@pytest.mark.parametrize("extent", ["partial", "case", "not_applicable"])
def test_only_a_figure_for_the_whole_country_leads(extent):
    assert leads(stated("part", extent=extent)) is None
    assert (
        leads(stated("part", extent=extent, value=99, as_of="2021"), stated("whole", **part("2019-03-31")))
        == "whole"
    )


@pytest.mark.parametrize("status", ["retracted", "stale_repeat"])
def test_neither_a_retracted_figure_nor_an_old_one_printed_again_leads(status):
    assert leads(stated("gone", status=status)) is None
    assert (
        leads(stated("gone", status=status, as_of="2021"), stated("current", **part("2019-03-31")))
        == "current"
    )


def test_a_figure_of_low_confidence_never_leads():
    assert leads(stated("low", confidence="low")) is None
    assert (
        leads(stated("low", confidence="low", as_of="2021"), stated("medium", confidence="medium"))
        == "medium"
    )


@pytest.mark.parametrize(
    "days",
    [
        period("multi_year", "2019-01-01", "2020-12-31"),
        period("point", "2019-01-01", "2019-01-01"),
        period("event", "2019-01-01", "2019-01-02"),
        period("undefined", None, "2019-12-31"),
        period("undefined", None, None),
    ],
    ids=lambda days: f"{days['period_kind']}-{days['period_end']}",
)
def test_no_other_kind_of_period_leads_a_year(days):
    assert leads(stated("other", **days)) is None


@pytest.mark.parametrize("start", ["2019-01-02", "2019-02-01", "2019-07-01", "2019-12-01"])
def test_a_part_of_a_year_leads_only_if_it_begins_on_1_january(start):
    later = stated("later", **period("part_year", start, "2019-12-30"), as_of="2019-12-31")
    assert leads(later) is None
    assert leads(later, stated("from-january", **part("2019-01-31"))) == "from-january"


def test_a_calendar_year_goes_before_a_part_however_late_the_part_was_stated():
    assert (
        leads(stated("part", **part("2019-12-30", as_of="2021-01-01")), stated("year", as_of="2020"))
        == "year"
    )


def test_of_two_parts_the_one_that_reaches_furthest_leads_though_another_was_stated_later():
    far = stated("far", **part("2019-12-12", as_of="2019-12-12"))
    assert leads(stated("near", **part("2019-06-30", as_of="2020-06-30")), far) == "far"


def test_a_part_whose_end_is_not_stated_reaches_to_the_day_of_the_statement():
    to_june = stated("to-june", **part("2019-06-30", as_of="2020-06-30"))
    assert leads(stated("open", **part(None, as_of="2019-07-01")), to_june) == "open"
    assert leads(stated("open", **part(None, as_of="2019-06-29")), to_june) == "to-june"
    assert leads(stated("open", **part(None, as_of=None)), to_june) == "to-june"


def test_dates_are_compared_as_text_so_a_month_comes_before_its_days():
    assert leads(stated("month", **part(None, as_of="2019-12")), stated("day", **part("2019-12-01"))) == "day"
    assert (
        leads(stated("month", **part(None, as_of="2019-12")), stated("day", **part("2019-11-30"))) == "month"
    )
    assert (
        leads(
            stated("year", as_of="2020"), stated("month", as_of="2020-01"), stated("day", as_of="2020-01-01")
        )
        == "day"
    )


def test_of_figures_for_the_same_days_the_one_stated_last_leads():
    assert leads(stated("a", as_of="2020-02-05"), stated("b", as_of="2020-02-06")) == "b"
    assert leads(stated("a", as_of=None), stated("b", as_of="2020")) == "b"


@pytest.mark.parametrize("retelling", ["paper", "yearbook"])
def test_of_figures_stated_on_one_day_the_official_document_leads(retelling):
    assert leads(stated("a", source=retelling), stated("b", source="briefing")) == "b"
    assert leads(stated("a", source=retelling, as_of="2020-02-06"), stated("b", source="briefing")) == "a"


def test_at_last_the_lowest_id_leads():
    assert leads(stated("b", value=1), stated("a", value=2), stated("c", value=3)) == "a"


def test_nothing_leads_where_nothing_may():
    assert leads() is None
    assert official_latest([], {}) is None


def test_a_statement_without_a_number_leads_as_one_with_a_number_does():
    several = stated("several", value=None, qualifier="unspecified", as_of="2020-03-01")
    assert leads(several, stated("ten")) == "several"
    cell = the_cell(arranged(several, stated("ten")), 2019)
    assert (cell.status, cell.shown, ids(cell.others)) == ("unquantified", several, ["ten"])


def test_figures_alike_are_chosen_by_status_then_confidence_then_day_then_document_then_id():
    steps = [
        stated("f", status="retracted", as_of="2021-01-05"),
        stated("e", confidence="low", as_of="2021-01-04"),
        stated("d", as_of="2021-01-02"),
        stated("c", as_of="2021-01-03", source="paper"),
        stated("b", as_of="2021-01-03"),
        stated("a", as_of="2021-01-03"),
    ]
    for count in range(1, len(steps) + 1):
        for order in itertools.permutations(steps[:count]):
            assert latest_alike(order, DOCUMENTS).id == steps[count - 1].id


# --- What stands beside the number shown ----------------------------------------------------------------------


def test_a_retelling_backs_the_number_and_is_no_second_origin():
    told = stated(
        "told", source="paper", qualifier="about", scope="extremism", **part(None), confidence="low"
    )
    cell = the_cell(arranged(stated("said"), told), 2019)
    assert (ids(cell.backing), ids(cell.others), cell.n_origins) == (["said", "told"], [], 1)


def test_a_second_statement_of_the_same_number_for_the_same_days_is_a_second_origin():
    again = stated("again", source="yearbook", origin="or-yearbook", as_of="2020-01-01")
    cell = the_cell(arranged(stated("said"), again), 2019)
    assert (ids(cell.backing), ids(cell.others), cell.n_origins) == (["said", "again"], [], 2)


@pytest.mark.parametrize(
    "difference",
    [
        {"value": 11},
        {"qualifier": "over"},
        {"scope": "extremism"},
        {"population": "citizens"},
        {"place": "ABROAD"},
        part("2019-12-30"),
        part(None),
        {"confidence": "low"},
        {"status": "retracted"},
        {"status": "stale_repeat"},
    ],
    ids=str,
)
def test_an_equal_number_backs_nothing_unless_all_that_is_stated_is_equal(difference):
    other = stated(
        "other", **{"source": "yearbook", "origin": "or-yearbook", "as_of": "2020-01-01", **difference}
    )
    cell = the_cell(arranged(stated("said"), other), 2019)
    assert (ids(cell.backing), ids(cell.others), cell.n_origins) == (["said"], ["other"], 1)


def test_an_equal_number_backs_nothing_where_neither_end_is_stated():
    """Each reaches to the day of its statement, and those are two days."""
    said = stated("said", **part(None, as_of="2019-12-20"))
    other = stated("other", source="yearbook", origin="or-yearbook", **part(None, as_of="2019-12-10"))
    cell = the_cell(arranged(said, other), 2019)
    assert (ids(cell.backing), ids(cell.others), cell.n_origins) == (["said"], ["other"], 1)


def test_two_equal_numbers_of_one_document_are_two_figures():
    half = stated("half", **part("2019-06-30"))
    cell = the_cell(arranged(stated("said"), half), 2019)
    assert (ids(cell.backing), ids(cell.others)) == (["said"], ["half"])


def test_a_retelling_of_another_figure_of_the_same_briefing_backs_nothing():
    other = stated("autumn", source="paper", **period("part_year", "2019-09-01", "2019-10-31"))
    assert ids(the_cell(arranged(stated("said"), other), 2019).others) == ["autumn"]


def test_a_department_stands_in_the_series_of_its_body_and_other_bodies_stand_beside():
    panel = arranged(
        stated("centre", stated_by="knb_atc", as_of="2020-03-01"),
        stated("committee"),
        stated("prosecutor", stated_by="pgo"),
    )
    assert ids(the_cell(panel, 2019).backing) == ["centre"]
    assert ids(the_cell(panel, 2019).others) == ["committee"]
    assert ids(the_cell(panel, 2019, "pgo").backing) == ["prosecutor"]


def test_the_leading_body_comes_first_in_its_year_and_what_no_year_holds_comes_last():
    panel = arranged(
        stated("court", stated_by="court"),
        stated("committee"),
        stated("total", **period("multi_year", "2013-01-01", "2017-12-31")),
        stated("undated", **period("undefined", None, None)),
        asked=Question(gaps=False),
    )
    assert [(cell.year, cell.stated_by) for cell in panel.cells] == [
        (2019, "knb"),
        (2019, "court"),
        (None, "knb"),
        (None, "knb"),
    ]
    assert [cell.rule for cell in panel.cells] == [OFFICIAL_LATEST] * 2 + [LATEST_ALIKE] * 2


def test_without_a_headline_a_year_says_what_there_is_instead():
    operation = stated("operation", extent="partial", **period("part_year", "2019-05-01", "2019-05-31"))
    autumn = stated("autumn", **period("part_year", "2019-09-01", "2019-10-31"))
    only_parts = the_cell(arranged(operation), 2019)
    assert (only_parts.status, only_parts.shown, ids(only_parts.others)) == (
        "none_found",
        None,
        ["operation"],
    )
    both = the_cell(arranged(operation, autumn), 2019)
    assert (both.status, both.shown, ids(both.others)) == ("no_headline", None, ["operation", "autumn"])
    elsewhere = the_cell(arranged(operation, stated("prosecutor", stated_by="pgo")), 2019)
    assert (elsewhere.status, ids(elsewhere.others)) == ("no_headline", ["operation"])
    led = the_cell(arranged(operation, stated("year")), 2019)
    assert (led.status, ids(led.others)) == ("value", [])


def test_parts_that_no_year_can_hold_are_left_to_the_list_of_observations():
    others = [
        stated("years", extent="partial", **period("multi_year", "2018-01-01", "2019-12-31")),
        stated("day", extent="partial", **period("point", "2019-05-01", "2019-05-01")),
        stated("undated", extent="partial", **period("undefined", None, None)),
    ]
    assert not any(cell.shown or cell.others for cell in arranged(*others).cells)


def test_none_found_is_said_of_years_that_were_searched_and_of_no_others():
    panel = arranged(stated("old", **period("calendar_year", "2014-01-01", "2014-12-31")))
    assert [(cell.year, cell.status) for cell in panel.cells] == [
        (2014, "value"),
        *[(year, "none_found") for year in (2017, 2018, 2019, 2020, 2021)],
    ]
    assert [cell.year for cell in arranged(searched_on=date(2019, 2, 1)).cells] == [2017, 2018, 2019]


def test_a_year_before_the_search_says_that_another_body_has_a_figure():
    old = stated("old", stated_by="pgo", **period("calendar_year", "2014-01-01", "2014-12-31"))
    first, second, *_ = arranged(old).cells
    assert (first.year, first.stated_by, first.status) == (2014, "knb", "no_headline")
    assert (second.year, second.stated_by, second.status) == (2014, "pgo", "value")


def test_a_question_can_ask_for_years_without_gaps():
    assert [cell.year for cell in arranged(stated("a"), asked=Question(gaps=False)).cells] == [2019]


@pytest.mark.parametrize(
    ("asked", "years"),
    [
        (Question(since=date(2019, 6, 1)), [2019, 2020, 2021]),
        (Question(until=date(2018, 6, 1)), [2017, 2018]),
        (Question(since=date(2018, 1, 1), until=date(2018, 12, 31)), [2018]),
        (Question(until=date(2016, 12, 31)), []),
        (Question(since=date(2022, 1, 1)), []),
        (Question(stated_by=("knb",)), [2017, 2018, 2019, 2020, 2021]),
        (Question(stated_by=("pgo",)), []),
        (Question(population=("foreigners",)), []),
        (Question(place=("KZ-75",)), []),
        (Question(incident=("2016-07-almaty",)), []),
        (Question(source=("paper",)), []),
        (Question(population=("all",), place=("KZ",)), [2017, 2018, 2019, 2020, 2021]),
    ],
    ids=str,
)
def test_the_axis_reaches_as_far_as_the_question(asked, years):
    assert [cell.year for cell in arranged(asked=asked).cells] == years


@pytest.mark.parametrize(("day", "last"), [("2019-12-31", 2019), ("2018-06-01", 2018)])
def test_no_year_after_the_as_of_day_is_missing_anything(held, day, last):
    (panel,) = held.at(date.fromisoformat(day))(series.panels, Question(indicator=("convicted",)))
    assert all(cell.year <= last for cell in panel.on_axis if cell.status == "none_found")


@pytest.mark.parametrize("kind", ["stock", "event", "rate", "index"])
def test_what_is_not_counted_by_the_year_misses_no_year(kind):
    panel = arranged(stated("day", **period("point", "2019-05-01", "2019-05-01")), kind=kind)
    assert [cell.year for cell in panel.cells] == [None]
    assert coverage(panel, 2019) == "not_applicable"


def test_statements_alike_but_for_their_day_share_a_cell_and_the_latest_is_shown():
    days = period("point", "2019-05-01", "2019-05-01")
    earlier, later = (
        stated("a", value=17, as_of="2019-05-02", **days),
        stated("b", value=25, as_of="2019-05-04", **days),
    )
    cell = the_cell(arranged(earlier, later, kind="stock"), None)
    assert (cell.shown, cell.backing, cell.others) == (later, (later,), (earlier,))


@pytest.mark.parametrize(
    "difference",
    [
        {"scope": "extremism"},
        {"population": "citizens"},
        {"place": "ABROAD"},
        {"place_stated": "Syria"},
        {"stated_by": "pgo"},
        {"incident": "2016-06-aktobe"},
        {"part_of": "a"},
        period("multi_year", "2014-01-01", "2017-12-31"),
        period("undefined", None, "2017-12-31"),
        period("undefined", None, None),
    ],
    ids=str,
)
def test_statements_that_differ_in_more_do_not_share_a_cell(difference):
    days = period("multi_year", "2013-01-01", "2017-12-31")
    panel = arranged(stated("a", **days), stated("b", **{**days, **difference}), kind="stock")
    assert [ids(cell.observations) for cell in panel.cells] in ([["a"], ["b"]], [["b"], ["a"]])


def test_a_part_of_a_part_is_not_alike_the_part():
    days = period("event", "2019-05-07", "2019-05-09")
    whole = stated("returned", value=231, **days)
    children = stated(
        "children", value=156, population="children", part_of="returned", extent="partial", **days
    )
    orphans = stated("orphans", value=18, population="children", part_of="children", extent="partial", **days)
    panel = arranged(whole, children, orphans, asked=Question(population=("children",)))
    assert sorted(ids(cell.observations) for cell in panel.cells) == [["children"], ["orphans"], ["returned"]]


def test_a_count_without_an_end_that_grows_is_another_count_each_time():
    open_ended = period("multi_year", "2014-12-01", None)
    panel = arranged(
        stated("in-february", value=25, as_of="2019-02", **open_ended),
        stated("in-october", value=41, as_of="2019-10", **open_ended),
        stated("in-october-again", value=41, as_of="2019-11", source="paper", **open_ended),
        asked=Question(gaps=False),
    )
    found = {cell.shown.id: (ids(cell.backing), ids(cell.others)) for cell in panel.cells}
    assert found == {
        "in-february": (["in-february"], []),
        "in-october-again": (["in-october-again", "in-october"], []),
    }


def test_without_dates_only_retellings_of_one_origin_are_alike():
    undated = period("undefined", None, None)
    panel = arranged(
        stated("a", **undated),
        stated("b", source="paper", **undated),
        stated("c", origin="or-yearbook", source="yearbook", **undated),
        asked=Question(gaps=False),
    )
    assert [ids(cell.backing) for cell in panel.cells] == [["a", "b"], ["c"]]


# --- How well a year is known ---------------------------------------------------------------------------------


def known(*figures: Observation) -> str:
    return coverage(arranged(*figures), 2019)


def test_coverage_says_how_well_a_year_is_known():
    operation = stated("operation", extent="partial")
    prosecutor = stated("prosecutor", stated_by="pgo")
    several = stated("several", value=None, qualifier="unspecified")
    misdated = stated("misdated", confidence="low")
    assert known() == "none_found"
    assert known(operation) == "parts_only"
    assert known(operation, misdated) == "no_headline"
    assert known(operation, misdated, several) == "unquantified"
    assert known(operation, misdated, several, prosecutor) == "other_body"
    assert known(operation, misdated, prosecutor, stated("part", **part("2019-06-30"))) == "part"
    assert known(operation, misdated, prosecutor, stated("year")) == "known"


def test_a_year_that_was_not_searched_is_not_said_to_be_without_figures():
    assert coverage(arranged(), 2016) == "not_applicable"
    assert coverage(arranged(), 2022) == "not_applicable"


def test_two_figures_of_one_body_for_the_same_days_that_exclude_each_other_are_a_conflict():
    assert known(stated("a", value=10), stated("b", value=11, origin="or-2")) == "conflict"
    half = part("2019-06-30")
    assert known(stated("year"), stated("a", **half), stated("b", **{**half, "value": 11})) == "conflict"


@pytest.mark.parametrize(
    "difference",
    [
        {"stated_by": "pgo"},
        {"scope": "extremism"},
        {"population": "citizens"},
        {"confidence": "low"},
        {"status": "retracted"},
        {"status": "stale_repeat"},
        {"value": None, "qualifier": "unspecified"},
        {"qualifier": "about"},
        {"value": 9, "qualifier": "over"},
        {"value": 10, "qualifier": "at_least"},
        {"value": 11, "qualifier": "under"},
        {"value": None, "low": 8, "high": 12, "qualifier": "range"},
        part(None),
        part("2019-12-30"),
        {"extent": "partial"},
    ],
    ids=str,
)
def test_figures_that_may_both_be_right_are_no_conflict(difference):
    assert known(stated("a", value=10), stated("b", **{"value": 11, **difference})) == "known"


def test_figures_without_a_stated_end_are_of_days_that_may_differ_and_are_no_conflict():
    assert known(stated("a", **part(None)), stated("b", **part(None), value=11, origin="or-2")) == "part"


@pytest.mark.parametrize(
    "difference",
    [
        {"value": 12, "qualifier": "over"},
        {"value": 11, "qualifier": "at_least"},
        {"value": 9, "qualifier": "under"},
        {"value": None, "low": 11, "high": 12, "qualifier": "range"},
    ],
    ids=str,
)
def test_a_bound_that_a_number_breaks_is_a_conflict(difference):
    assert known(stated("a", value=10, as_of="2021"), stated("b", **difference)) == "conflict"


# --- Properties of whatever may be stated ---------------------------------------------------------------------

FIGURES = [
    *[{"qualifier": q, "value": v} for q in ("exact", "about", "over", "at_least", "under") for v in (3, 5)],
    {"qualifier": "range", "value": None, "low": 2, "high": 7},
    {"qualifier": "unspecified", "value": None},
]
PERIODS = [
    period("calendar_year", "2018-01-01", "2018-12-31"),
    period("calendar_year", "2019-01-01", "2019-12-31"),
    period("part_year", "2019-01-01", "2019-06-30"),
    period("part_year", "2019-01-01", "2019-12-12"),
    period("part_year", "2019-01-01", None),
    period("part_year", "2019-03-01", "2019-03-31"),
    period("part_year", "2019-09-01", None),
    period("multi_year", "2018-01-01", "2019-12-31"),
    period("multi_year", "2018-01-01", None),
    period("point", "2019-06-05", "2019-06-05"),
    period("point", None, None),
    period("event", "2019-06-05", "2019-06-12"),
    period("event", None, None),
    period("undefined", None, "2019-05-03"),
    period("undefined", None, None),
]
CELLS: dict[tuple[str, ...], list[tuple[str | None, ...]]] = {
    ("extent", "population", "place"): [
        ("national", "all", "KZ"),
        ("national", "all", "ABROAD"),
        ("national", "foreigners", "KZ"),
        ("partial", "foreigners", "KZ"),
        ("partial", "all", "KZ-75"),
        ("case", "all", "KZ-75"),
        ("not_applicable", "all", "KZ"),
    ],
    ("stated_by", "scope"): [
        ("knb", "terrorism"),
        ("knb", "extremism"),
        ("knb_atc", "terrorism"),
        ("pgo", "terrorism"),
    ],
    ("source", "origin"): [(source, origin) for source in DOCUMENTS for origin in ("or-1", "or-2")],
    ("status", "confidence"): [
        ("current", "high"),
        ("current", "medium"),
        ("current", "low"),
        ("retracted", "high"),
        ("stale_repeat", "high"),
    ],
    ("as_of",): [(day,) for day in (None, "2019", "2019-12", "2019-12-05", "2020", "2020-01", "2020-01-15")],
}


CHOICES: list[list[Any]] = [FIGURES, PERIODS, *CELLS.values()]
ROWS = st.tuples(*[st.sampled_from(choices) for choices in CHOICES], st.integers(-5, 6))


@st.composite
def statements(draw: st.DrawFn) -> list[Observation]:
    """Whatever may be stated about one indicator, in any order; some of it parts of other figures."""
    made: list[Observation] = []
    for number, (figure, days, *codes, whole) in enumerate(draw(st.lists(ROWS, max_size=8))):
        cells = figure | days
        for names, chosen in zip(CELLS, codes, strict=True):
            cells |= zip(names, chosen, strict=True)
        cells["part_of"] = made[whole].id if 0 <= whole < number else None
        made.append(stated(f"o{number}", **cells))
    return draw(st.permutations(made))


QUESTIONS = st.sampled_from(
    [
        Question(),
        Question(gaps=False),
        Question(population=("foreigners",)),
    ]
)


@given(statements(), QUESTIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_plays_no_part(figures, asked, random):
    cells = arranged(*figures, asked=asked).cells
    random.shuffle(figures)
    assert arranged(*figures, asked=asked).cells == cells


@given(statements(), QUESTIONS)
def test_nothing_is_summed_and_nothing_missing_becomes_0(figures, asked):
    """Every number in a panel is one that a single row states, and the row is the one that came in, unchanged."""
    panel = arranged(*figures, asked=asked)
    before = {id(one) for one in figures}
    for cell in panel.cells:
        assert {id(one) for one in cell.observations} <= before
        assert (cell.status == "value") == bool(cell.shown and cell.shown.bounds)
        assert (cell.shown is None) == (cell.status in ("none_found", "no_headline"))
        for one in cell.observations:
            assert (one.bounds is None) == (one.qualifier == "unspecified")
            assert 0 not in (one.value, one.low, one.high, *(one.bounds or ()))


@given(statements(), QUESTIONS)
def test_no_partial_figure_ever_leads_a_year(figures, asked):
    panel = arranged(*figures, asked=asked)
    for cell in panel.cells:
        if cell.rule == OFFICIAL_LATEST and cell.shown:
            one = cell.shown
            assert (one.extent, one.status, one.year) == ("national", "current", cell.year)
            assert (one.confidence == "low", str(one.period_start)[4:]) == (False, "-01-01")
        if not asked.of_a_part:
            assert cell.shown is None or cell.shown.extent in ("national", "not_applicable")
        assert cell.shown is None or cell.shown.year == cell.year


@given(statements(), QUESTIONS)
def test_no_figure_is_lost_and_none_stands_in_two_cells(figures, asked):
    shown = [
        one.id for cell in arranged(*figures, asked=asked).cells for one in (*cell.backing, *cell.others)
    ]
    wanted = {one.id for one in figures if one.extent in ("national", "not_applicable") or asked.of_a_part}
    assert len(shown) == len(set(shown))
    assert wanted <= set(shown)


@given(statements(), QUESTIONS)
def test_what_backs_a_number_states_that_number_and_is_counted_by_origin(figures, asked):
    for cell in arranged(*figures, asked=asked).cells:
        assert cell.backing[:1] == ((cell.shown,) if cell.shown else ())
        assert {one.bounds for one in cell.backing} <= {cell.shown and cell.shown.bounds}
        assert {one.population for one in cell.backing} <= {cell.shown and cell.shown.population}
        assert cell.n_origins == len({one.origin for one in cell.backing})
        for other in cell.backing[1:]:
            same = other.origin == cell.shown.origin
            assert same or (other.qualifier, other.scope) == (cell.shown.qualifier, cell.shown.scope)


@given(statements())
def test_a_figure_that_does_not_lead_has_no_say_in_what_leads(figures):
    headline = official_latest(figures, DOCUMENTS)
    for one in figures:
        if one is not headline:
            assert official_latest([other for other in figures if other is not one], DOCUMENTS) is headline


@given(statements(), QUESTIONS, st.integers(2015, 2022))
def test_coverage_claims_no_more_than_the_figures_hold(figures, asked, year):
    panel = arranged(*figures, asked=asked)
    state = coverage(panel, year)
    national = [one for one in figures if one.extent == "national" and one.year == year]
    if state in ("none_found", "parts_only"):
        assert not national
    if state in ("known", "part", "other_body", "unquantified", "no_headline", "conflict"):
        assert national
    if state == "known":
        assert any((one.period_kind, LEADERS[one.stated_by]) == ("calendar_year", "knb") for one in national)
    assert state in get_args(CoverageState)


def by_successive_sorting(figures: Sequence[Observation], documents: Any) -> Observation | None:
    """The rule written a second time, from the editors' sentences and by other means: one stable sort a sentence."""
    may = [
        one
        for one in figures
        if one.extent == "national"
        and one.status == "current"
        and one.confidence in ("high", "medium")
        and (
            one.period_kind == "calendar_year"
            or one.period_kind == "part_year"
            and f"{one.period_start:%m-%d}" == "01-01"
        )
    ]
    may.sort(key=lambda one: one.id)
    may.sort(key=lambda one: documents[one.source].kind != "official_statement")
    may.sort(key=lambda one: one.as_of or "", reverse=True)
    may.sort(
        key=lambda one: str(one.period_end or one.as_of or "") if one.period_kind == "part_year" else "",
        reverse=True,
    )
    may.sort(key=lambda one: one.period_kind != "calendar_year")
    return may[0] if may else None


@given(statements())
def test_the_rule_written_a_second_time_gives_the_same_headline(figures):
    assert official_latest(figures, DOCUMENTS) is by_successive_sorting(figures, DOCUMENTS)


def test_the_rule_written_a_second_time_gives_the_same_headlines_of_the_published_dataset(published):
    leaders = {body.code: body.parent or body.code for body in published.tables[Body]}
    documents = {source.id: source for source in published.tables[Source]}
    years: dict[Any, list[Observation]] = {}
    for one in published.tables[Observation]:
        if one.extent == "national" and one.year:
            years.setdefault((one.indicator, one.year, leaders[one.stated_by]), []).append(one)
    expected = {key: by_successive_sorting(figures, documents) for key, figures in years.items()}
    assert sum(one is not None for one in expected.values()) > 70
    for (code, year, body), one in expected.items():
        (indicator,) = [row for row in published.tables[Indicator] if row.code == code]
        background = Background(published.dated, leaders, documents, Question(gaps=False))
        cells = series.arrange(indicator, years[code, year, body], background)
        assert [cell.shown for cell in cells] == [one]


# --- Questions to a database ----------------------------------------------------------------------------------


Rest = ParamSpec("Rest")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Held:
    """A release in a database that is open for reading; called with a query of `series` and what it asks for."""

    vintage: Vintage

    def at(self, day: date | None) -> "Held":
        """The same release as known on a day."""
        return Held(replace(self.vintage, as_of=day))

    def __call__(
        self,
        query: Callable[Concatenate[Vintage, Rest], Answer],
        *what: Rest.args,
        **named: Rest.kwargs,
    ) -> Answer:
        return query(self.vintage, *what, **named)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def held(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, world: seed.Package
) -> Iterator[Held]:
    """The miniature world, loaded once into a file and once into a server, and open for reading."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('series')}/derek.db")
    else:
        server = make_url(request.getfixturevalue("postgresql_server"))
        name = f"derek_series_{os.getpid()}"
        engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        database = Database(server.set(database=name).render_as_string(hide_password=False))
    seed.load(world, database)
    with database.reading() as session:
        current = release(session)
        assert current is not None
        yield Held(Vintage(session, current))
    database.close()


FILTERS = [
    (Question(indicator=("foiled_plots",)), "foiled-2013-2017 foiled-2024 foiled-2024-abroad"),
    (Question(indicator=("attacks", "prosecuted")), "attacks-2020 prosecuted-2016"),
    (Question(scope=("terrorism_extremism",)), "convicted-past-years"),
    (Question(population=("foreigners",)), "convicted-2024-foreigners"),
    (Question(place=("KZ-15",)), "detained-2020-operation killed-first-day killed-third-day"),
    (Question(source=("pgo-2021",)), "attacks-2020 detained-2020-operation"),
    (Question(incident=("2016-06-aktobe",)), "killed-first-day killed-third-day"),
    (Question(period_kind=("multi_year", "undefined")), "convicted-past-years foiled-2013-2017"),
    (Question(stated_by=("knb_atc",)), "convicted-past-years detained-2025-ytd"),
    (Question(stated_by=("court", "iep")), "convicted-2014-court index-2023"),
    (Question(stated_by=("nobody",)), ""),
    (Question(indicator=("convicted",), population=("all",), stated_by=("court",)), "convicted-2014-court"),
    (Question(indicator=("convicted",), place=("KZ-15",)), ""),
]


@pytest.mark.parametrize(("asked", "expected"), FILTERS, ids=lambda value: None)
def test_filters_of_one_name_widen_and_of_different_names_narrow(held, asked, expected):
    assert ids(held(series.observations, asked)) == expected.split()


def test_a_body_is_asked_for_with_its_departments_and_a_department_alone(held):
    of_knb = ids(held(series.observations, Question(stated_by=("knb",))))
    assert {"detained-2025-ytd", "convicted-past-years", "convicted-2024"} <= set(of_knb)
    assert "convicted-2024" not in ids(held(series.observations, Question(stated_by=("knb_atc",))))


PERIOD_FILTERS = [
    ("2016-12-31", "2016-12-31", "foiled-2013-2017 links-2016 prosecuted-2016"),
    ("2017-02-28", "2017-02-28", "foiled-2013-2017 links-2016"),
    ("2017-03-01", "2017-03-01", "foiled-2013-2017"),
    (None, "2014-01-01", "convicted-2014-court foiled-2013-2017"),
    (None, "2013-12-31", "foiled-2013-2017"),
    (None, "2012-12-31", ""),
    ("2025-06-11", None, "detained-2025-ytd"),
    ("2025-11-24", None, "detained-2025-ytd"),
    ("2025-11-25", None, ""),
    ("2020-04-01", "2020-04-30", "attacks-2020"),
    ("2025-06-01", "2025-06-01", "convicted-2023-again detained-2025-ytd prisoners-2025"),
]


@pytest.mark.parametrize(("since", "until", "expected"), PERIOD_FILTERS)
def test_a_period_fits_that_touches_the_days_asked_for_and_an_undated_one_never_does(
    held, since, until, expected
):
    """`links-2016` has no end: it reaches at most to the day of the statement, which is known to the month."""
    asked = Question(since=since and date.fromisoformat(since), until=until and date.fromisoformat(until))
    assert ids(held(series.observations, asked)) == expected.split()


def test_a_statement_dated_by_its_month_is_public_from_the_last_day_of_it(held):
    def public(day: str) -> bool:
        asked = Question(indicator=("convicted",), stated_by=("court",))
        return bool(held.at(date.fromisoformat(day))(series.observations, asked))

    assert [public(day) for day in ("2015-01-31", "2015-02-27", "2015-02-28", "2015-03-01")] == [
        False,
        False,
        True,
        True,
    ]


def test_an_undated_statement_is_shown_but_never_under_an_as_of(held):
    everything = Question(indicator=("convicted",))
    assert "convicted-past-years" in ids(held(series.observations, everything))
    on_the_last_day = held.at(date(2026, 11, 22))
    assert "convicted-past-years" not in ids(on_the_last_day(series.observations, everything))
    (panel,) = on_the_last_day(series.panels, everything)
    assert (panel.beside_axis, panel.hidden) == ((), 1)


def test_before_anything_was_said_every_list_is_empty_and_every_panel_too(held):
    before = held.at(date(2000, 1, 1))
    assert before(series.observations, Question()) == []
    assert before(series.count, Question()) == 0
    panels = before(series.panels, Question())
    assert all(panel.cells == () for panel in panels)
    # Single cases stand in no panel, so the death toll is not among those that were left out.
    assert sum(panel.hidden for panel in panels) == 22


def test_pages_follow_each_other_without_a_gap_or_a_repeat(held):
    in_2019 = held.at(date(2019, 12, 31))
    for known, asked in (
        (held, Question()),
        (held, Question(indicator=("convicted",))),
        (in_2019, Question()),
    ):
        whole = ids(known(series.observations, asked))
        assert whole == sorted(whole)
        assert known(series.count, asked) == len(whole)
        for size in (1, 2, 7, 100):
            pages: list[str] = []
            after = None
            while page := known(series.observations, asked, after, size):
                assert len(page) <= size
                assert len(pages) < len(whole)
                pages += ids(page)
                after = page[-1].id
            assert pages == whole
    assert held(series.observations, Question(), None, 0) == []


CODES = {
    "indicator": ("convicted", "detained", "foiled_plots", "killed_total"),
    "scope": ("terrorism", "terrorism_extremism"),
    "population": ("all", "foreigners"),
    "place": ("KZ", "KZ-15", "ABROAD"),
    "stated_by": ("knb", "knb_atc", "pgo", "media"),
    "source": ("knb-2024", "knb-2025", "pgo-2021"),
    "incident": ("2016-06-aktobe",),
    "period_kind": ("calendar_year", "part_year", "event", "undefined"),
}
LIMITS = st.none() | st.dates(date(2013, 1, 1), date(2026, 12, 31))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    # Seldom more than two filters at a time, or next to nothing would fit.
    named = draw(st.sets(st.sampled_from(sorted(CODES)), max_size=2))
    chosen: dict[str, Any] = {name: tuple(draw(st.sets(st.sampled_from(CODES[name])))) for name in named}
    return Question(**chosen, since=draw(LIMITS), until=draw(LIMITS))


def fits(one: Observation, asked: Question, as_of: date | None, leaders: dict[str, str]) -> bool:
    """The question in Python, for comparison with the one in SQL."""
    public = last_day(one.as_of) if one.as_of else None
    if as_of and not (public and public <= as_of):
        return False
    for name, codes in ((name, getattr(asked, name)) for name in CODES):
        written = {getattr(one, name)} | ({leaders[one.stated_by]} if name == "stated_by" else set())
        if codes and not written & set(codes):
            return False
    if not (asked.since or asked.until):
        return True
    first, last = one.period_start or one.period_end, one.period_end or public or one.period_start
    if one.period_start is None and one.period_end is None or first is None or last is None:
        return False
    return (asked.since is None or asked.since <= last) and (asked.until is None or first <= asked.until)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=questions(), as_of=LIMITS)
def test_a_question_finds_in_sql_what_it_finds_in_plain_python(held, world, asked, as_of):
    leaders = {body.code: body.parent or body.code for body in world.tables[Body]}
    expected = sorted(one.id for one in world.tables[Observation] if fits(one, asked, as_of, leaders))
    assert ids(held.at(as_of)(series.observations, asked)) == expected
    assert held.at(as_of)(series.count, asked) == len(expected)


def test_rows_are_listed_by_their_key_and_found_by_it(held):
    codes = [place.code for place in held(series.all_of, Place)]
    assert codes == sorted(codes)
    assert [place.code for place in held(series.all_of, Place, ["KZ-15", "KZ"])] == ["KZ", "KZ-15"]
    assert held(series.all_of, Place, []) == []
    found = held(series.one_of, Indicator, "convicted")
    assert found is not None
    assert found.leading_body == "knb"
    assert held(series.one_of, Indicator, "nothing") is None


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({}, ["2016-06-aktobe", "2017-04-shymkent"]),
        ({"place": ("KZ-15",)}, ["2016-06-aktobe"]),
        ({"place": ("KZ-YUZ",)}, ["2017-04-shymkent"]),
        ({"place": ("KZ-79",)}, ["2017-04-shymkent"]),
        ({"place": ("KZ-61",)}, []),
        ({"outcome": ("foiled", "failed")}, ["2017-04-shymkent"]),
        ({"since": date(2016, 6, 5)}, ["2016-06-aktobe", "2017-04-shymkent"]),
        ({"since": date(2016, 6, 6)}, ["2017-04-shymkent"]),
        ({"since": date(2017, 4, 30), "until": date(2017, 4, 30)}, ["2017-04-shymkent"]),
        ({"since": date(2017, 5, 1)}, []),
        ({"until": date(2017, 3, 31)}, ["2016-06-aktobe"]),
        ({"year": ("2016",)}, ["2016-06-aktobe"]),
        ({"year": ("none",)}, []),
        ({"region": ("KZ-79", "KZ-75")}, ["2017-04-shymkent"]),
        ({"words": "aktobe"}, ["2016-06-aktobe"]),
        ({"words": "nothing like it"}, []),
    ],
    ids=str,
)
def test_incidents_are_found_by_place_outcome_and_days(held, narrowed, expected):
    asked = listings.IncidentQuestion(**narrowed)
    assert [one.id for one in held(listings.incidents, asked)] == expected


def test_an_incident_comes_with_all_that_points_to_it_in_the_order_of_the_statements(held):
    file = held(listings.incident_file, "2016-06-aktobe")
    assert file is not None
    assert file.incident.id == "2016-06-aktobe"
    assert [(one.label, one.by) for one in file.classifications] == [("terrorism", "prosecutors")]
    assert [one.id for one in file.sources] == ["outlet-2016", "pgo-2016"]
    assert [(one.id, one.value) for one in file.observations] == [
        ("killed-first-day", 17),
        ("killed-third-day", 25),
    ]
    assert held(listings.incident_file, "nothing") is None


def test_a_document_comes_with_its_figures_and_with_what_others_made_of_them(held):
    file = held(listings.source_file, "knb-2024")
    assert file is not None
    assert ids(file.observations) == ["convicted-2023", "detained-2022", "detained-2023"]
    assert {name: ids(told) for name, told in file.retellings.items()} == {
        "convicted-2023": ["convicted-2022-misdated", "convicted-2023-again"],
        "detained-2022": [],
        "detained-2023": [],
    }
    assert held(listings.source_file, "nothing") is None


# --- Panels of the miniature world ----------------------------------------------------------------------------


def shape(panel: Panel) -> list[tuple[Any, ...]]:
    """Everything a panel holds, by id."""
    return [
        (
            cell.year,
            cell.stated_by,
            cell.status,
            cell.rule,
            cell.shown and cell.shown.id,
            *(" ".join(ids(some)) for some in (cell.backing, cell.others, cell.retold)),
        )
        for cell in panel.cells
    ]


def test_the_panel_of_convictions_holds_every_figure_where_it_belongs(held):
    (panel,) = held(series.panels, Question(indicator=("convicted",)))
    nothing = (None, "", "", "")
    year, alike = OFFICIAL_LATEST, LATEST_ALIKE
    assert shape(panel) == [
        (2013, "knb", "none_found", year, *nothing),
        (2014, "knb", "no_headline", year, *nothing),
        (2014, "court", "value", year, "convicted-2014-court", "convicted-2014-court", "", ""),
        *[(gap, "knb", "none_found", year, *nothing) for gap in (2015, 2016, 2017, 2018)],
        (2019, "knb", "value", year, "convicted-2019-ytd", "convicted-2019-ytd", "", "detained-2019-retold"),
        *[(gap, "knb", "none_found", year, *nothing) for gap in (2020, 2021)],
        (2022, "knb", "no_headline", year, None, "", "convicted-2022-misdated", ""),
        (2023, "knb", "value", year, "convicted-2023", "convicted-2023", "", ""),
        (2024, "knb", "value", year, "convicted-2024", "convicted-2024", "convicted-2024-ytd", ""),
        (2025, "knb", "no_headline", year, None, "", "convicted-2023-again", ""),
        (2026, "knb", "none_found", year, *nothing),
        (None, "knb", "value", alike, "convicted-past-years", "convicted-past-years", "", ""),
    ]
    assert panel.hidden == 0


def test_four_states_stay_apart(held):
    attacks, detained = held(series.panels, Question(indicator=("attacks", "detained")))
    zero, several = the_cell(attacks, 2020, "pgo"), the_cell(detained, 2023)
    none, score = the_cell(detained, 2020), held(series.panels, Question(indicator=("gti_score",)))[0]
    assert zero.shown is not None
    assert (zero.status, zero.shown.value) == ("value", 0)
    assert several.shown is not None
    assert (several.status, several.shown.value, several.shown.bounds) == ("unquantified", None, None)
    assert (none.status, none.shown, ids(none.others)) == ("none_found", None, ["detained-2020-operation"])
    assert score.years == ()
    assert coverage(score, 2023) == "not_applicable"


def test_coverage_of_the_miniature_world(held):
    states = {
        panel.indicator.code: {
            year: state for year in panel.years if (state := coverage(panel, year)) != "none_found"
        }
        for panel in held(series.panels, Question())
    }
    assert states == {
        "attacks": {2020: "known"},
        "convicted": {
            2014: "other_body",
            2019: "part",
            2022: "no_headline",
            2023: "known",
            2024: "known",
            2025: "no_headline",
        },
        "detained": {
            2019: "part",
            2020: "parts_only",
            2022: "no_headline",
            2023: "unquantified",
            2025: "part",
        },
        "foiled_plots": {2024: "known"},
        "gti_score": {},
        "killed_total": {},
        "links_blocked": {2016: "part"},
        "prisoners_held": {},
        "prosecuted": {2016: "known"},
    }


@pytest.mark.parametrize(
    "narrowed",
    [
        {"scope": ("terrorism_extremism",)},
        {"period_kind": ("multi_year",)},
        {"stated_by": ("knb",)},
        {"population": ("all",)},
        {"since": date(2014, 1, 1), "until": date(2019, 12, 11)},
    ],
    ids=str,
)
def test_none_found_is_said_only_where_nobody_has_a_figure_whatever_a_question_narrows(held, narrowed):
    (everything,) = held(series.panels, Question(indicator=("convicted",)))
    (panel,) = held(series.panels, Question(indicator=("convicted",), **narrowed))
    empty = {cell.year for cell in everything.cells if cell.status == "none_found"}
    assert {cell.year for cell in panel.cells if cell.status == "none_found"} <= empty
    assert {cell.year for cell in panel.on_axis} >= {2014, 2015, 2019}


def test_a_group_of_people_a_place_an_incident_and_a_document_are_asked_for_with_their_parts(held):
    def figures(**narrowed: Any) -> list[tuple[Any, ...]]:
        panels = held(series.panels, Question(**narrowed))
        return [
            (cell.year, cell.status, cell.rule, *ids(cell.observations))
            for panel in panels
            for cell in panel.cells
        ]

    assert figures(population=("foreigners",)) == [(2024, "value", LATEST_ALIKE, "convicted-2024-foreigners")]
    assert figures(incident=("2016-06-aktobe",)) == [
        (None, "value", LATEST_ALIKE, "killed-third-day"),
        (None, "value", LATEST_ALIKE, "killed-first-day"),
    ]
    operation = (2020, "value", LATEST_ALIKE, "detained-2020-operation")
    assert operation in figures(place=("KZ-15",))
    assert figures(source=("pgo-2021",)) == [(2020, "value", OFFICIAL_LATEST, "attacks-2020"), operation]


def test_an_unknown_indicator_has_no_panel(held):
    assert held(series.panels, Question(indicator=("nothing",))) == []


def test_a_statement_changes_the_panel_on_its_day_and_not_before(held):
    def headline(day: str) -> tuple[Any, ...]:
        (panel,) = held.at(date.fromisoformat(day))(series.panels, Question(indicator=("convicted",)))
        cell = the_cell(panel, 2024)
        return cell.status, cell.shown and cell.shown.id, ids(cell.others)

    assert headline("2024-12-19") == ("not_yet", None, [])
    assert headline("2024-12-20") == ("value", "convicted-2024-ytd", [])
    assert headline("2025-01-29") == ("value", "convicted-2024-ytd", [])
    assert headline("2025-01-30") == ("value", "convicted-2024", ["convicted-2024-ytd"])


def test_another_legal_stage_of_the_same_number_is_named_once_its_retelling_is_public(held):
    detained: dict[str, Any] = {"indicator": ("detained",), "until": date(2019, 12, 31)}
    (panel,) = held.at(date(2019, 12, 12))(series.panels, Question(**detained))
    assert ids(the_cell(panel, 2019).retold) == ["convicted-2019-ytd"]
    (before,) = held.at(date(2019, 12, 11))(series.panels, Question(**detained))
    assert the_cell(before, 2019).status == "not_yet"


@pytest.mark.parametrize(
    ("changed", "retold"),
    [
        ({}, True),
        ({"period_end": None}, True),
        ({"scope": "terrorism_extremism", "confidence": "low"}, True),
        ({"period_start": None, "period_end": None, "period_kind": "undefined"}, True),
        ({"source": "knb-2019"}, False),
        ({"origin": "or-knb-2024"}, False),
        ({"value": 139}, False),
        ({"value": None, "qualifier": "unspecified"}, False),
        ({"population": "foreigners"}, False),
        ({"place": "KZ-15"}, False),
        ({"extent": "partial"}, False),
        ({"period_start": date(2019, 2, 1)}, False),
        ({"period_start": None, "period_end": date(2018, 12, 31), "period_kind": "undefined"}, False),
    ],
    ids=str,
)
def test_a_number_changed_its_stage_only_where_nothing_tells_the_two_figures_apart(
    tmp_path, world, changed, retold
):
    """One document that gives two stages is no retelling; nor is an equal number of other people or days."""
    rows = {one.id: one for one in figures_of(world)}
    one = rows["detained-2019-retold"]
    rows[one.id] = Observation(**{**{name: getattr(one, name) for name in one.columns()}, **changed})
    package = seed.Package(world.version, world.dated, {**world.tables, Observation: tuple(rows.values())})
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    seed.load(package, database)
    with database.reading() as session:
        current = release(session)
        assert current is not None
        (panel,) = series.panels(Vintage(session, current), Question(indicator=("convicted",)))
        assert ids(the_cell(panel, 2019).retold) == (["detained-2019-retold"] if retold else [])
    database.close()


def figures_of(package: seed.Package) -> list[Observation]:
    return [row for row in package.tables[Observation] if isinstance(row, Observation)]


def told_by(day: date, package: seed.Package) -> seed.Package:
    """The package as it would have been on a day: without any statement that is later or has no date."""
    told = [one for one in figures_of(package) if one.as_of and last_day(one.as_of) <= day]
    return seed.Package(f"as-of-{day}", day, {**package.tables, Observation: tuple(told)})


def replayed(database: Database, package: seed.Package, days: Sequence[date]) -> None:
    """Ask for each day twice: the whole package as of that day, and a package that was made on that day."""
    whole = seed.load(package, database).release
    for day in days:
        then = seed.load(told_by(day, package), database).release
        with database.reading() as session:
            asked, made = release(session, whole), release(session, then)
            assert asked is not None
            assert made is not None
            answers = series.panels(Vintage(session, asked, day), Question())
            expected = series.panels(Vintage(session, made), Question())
        # That day nobody knew that a later statement would come: a package of that day says that nothing was found.
        replayed_then = [
            [(*row[:2], row[2].replace("not_yet", "none_found"), *row[3:]) for row in shape(panel)]
            for panel in answers
        ]
        assert replayed_then == list(map(shape, expected)), day


def days_of(package: seed.Package) -> list[date]:
    """Every day on which something became public, and the day before each."""
    said = {last_day(one.as_of) for one in figures_of(package) if one.as_of}
    return sorted(said | {day - timedelta(days=1) for day in said})


def test_an_as_of_answer_equals_a_replay_of_the_statements_up_to_that_day(database, world):
    days = days_of(world)
    assert len(days) > 20
    replayed(database, world, days)


def test_an_as_of_answer_equals_a_replay_in_the_published_dataset(tmp_path, published):
    days = days_of(published)
    database = Database(f"sqlite:///{tmp_path}/replay.db")
    replayed(database, published, days[:: len(days) // 6])
    database.close()


def test_every_number_that_leaves_the_house_is_one_that_a_single_row_states(held, world):
    words = Words("en", Terms.of(*(world.tables[table] for table in (Text, Translation, Body, Place))))
    figures = {one.id: (one.value, one.low, one.high) for one in world.tables[Observation]}
    for panel in held(series.panels, Question()):
        for cell in panel.cells:
            row = exports.stats_row(cell, panel, words)
            if cell.shown is None:
                assert (row.value, row.low, row.high) == (None, None, None)
            else:
                value, low, high = figures[row.observations[0]]
                assert row.value == value
                assert {row.low, row.high} <= {value, low, high, None}
                limits = {"exact": (value, value), "range": (low, high), "about": (None, None)}
                limits |= {"over": (value, None), "at_least": (value, None), "under": (None, value)}
                assert (row.low, row.high) == limits.get(row.qualifier or "", (None, None))
            assert row.rule in series.RULES
            assert set(row.observations) | set(row.others) | set(row.retold) <= set(figures)
