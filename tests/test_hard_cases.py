"""Figures of the published dataset on which a careless reading goes wrong, each by name."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import cli, exports, listings, seed, series
from app.database import Database, release
from app.models import Cell, Indicator, Observation, Panel, Source
from app.series import Question, Vintage, coverage, official_latest

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"


@dataclass(frozen=True)
class Record:
    """The published dataset in a database, open for reading."""

    vintage: Vintage

    def __getitem__(self, name: str) -> Observation:
        found = series.one_of(self.vintage, Observation, name)
        assert found is not None, name
        return found

    def panel(self, indicator: str, as_of: date | None = None, **narrowed: Any) -> Panel:
        question = Question(indicator=(indicator,), **narrowed)
        (panel,) = series.panels(replace(self.vintage, as_of=as_of), question)
        return panel

    def cell(self, indicator: str, year: int | None, body: str = "knb", **narrowed: Any) -> Cell:
        cells = self.panel(indicator, **narrowed).cells
        (found,) = [cell for cell in cells if (cell.year, cell.stated_by) == (year, body)]
        return found

    def cell_of(self, name: str, **narrowed: Any) -> Cell:
        """The cell in which a figure is shown, backs the number shown, or stands among the others."""
        cells = self.panel(self[name].indicator, **narrowed).cells
        (found,) = [cell for cell in cells if any(one.id == name for one in (*cell.backing, *cell.others))]
        return found


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, published: seed.Package) -> Iterator[Record]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('published')}/derek.db")
    seed.load(published, database)
    with database.reading() as session:
        current = release(session)
        assert current is not None
        yield Record(Vintage(session, current))
    database.close()


def ids(figures: tuple[Observation, ...]) -> list[str]:
    return [one.id for one in figures]


def figure(one: Observation) -> str:
    """A figure as firmly as it was stated: 84, over 280, 6 to 18, several."""
    if one.qualifier == "unspecified":
        assert one.bounds is None
        return "several"
    if one.qualifier == "range":
        assert one.value is None
        return f"{one.low} to {one.high}"
    return str(one.value) if one.qualifier == "exact" else f"{one.qualifier} {one.value}"


def days(one: Observation) -> str:
    return f"{one.period_start or ''}/{one.period_end or ''}"


def told(record: Record, *names: str) -> list[tuple[str, str, str]]:
    """Stage, figure and days of some figures."""
    figures = [record[name] for name in names]
    return [(one.indicator, figure(one), days(one)) for one in figures]


def origins(record: Record, *names: str) -> set[str]:
    return {record[name].origin for name in names}


def numbers(record: Record, *names: str) -> list[float | None]:
    return [record[name].value for name in names]


def every_number(panel: Panel) -> set[float]:
    return {bound for cell in panel.cells for one in cell.observations for bound in one.bounds or ()}


# --- The hard cases of the editors, in their order ------------------------------------------------------------


def test_one_briefing_of_2019_told_twice_with_two_legal_stages(record):
    ytd = "2019-01-01/2019-12-12"
    assert told(record, "s001-convicted", "vrk-convicted-2019", "s003-jailed") == [
        ("convicted", "140", ytd),
        ("convicted", "140", ytd),
        ("detained_and_jailed", "140", ytd),
    ]
    assert origins(record, "s001-convicted", "vrk-convicted-2019", "s003-jailed") == {"or-atc-2019-12-12"}
    convicted, jailed = record.cell("convicted", 2019), record.cell("detained_and_jailed", 2019)
    assert (ids(convicted.backing), convicted.n_origins) == (["s001-convicted", "vrk-convicted-2019"], 1)
    assert (ids(jailed.backing), jailed.n_origins) == (["s003-jailed"], 1)
    assert ids(convicted.retold) == ["s003-jailed"]
    assert ids(jailed.retold) == ["s001-convicted", "vrk-convicted-2019"]
    # A number given for two stages at once is no evidence for either.
    assert record.cell("detained", 2019).status == "none_found"
    assert 140 not in every_number(record.panel("detained")) | every_number(record.panel("sentenced"))
    assert coverage(record.panel("convicted"), 2019) == "part"


def test_12_plots_in_recent_years_have_no_dates_and_are_not_the_12_of_2016(record):
    assert told(record, "s004-foiled", "kapital-foiled", "prog-foiled-2016-12") == [
        ("foiled_plots", "12", "/"),
        ("foiled_plots", "12", "/"),
        ("foiled_plots", "12", "2016-01-01/2016-12-31"),
    ]
    undated, year = record.cell_of("s004-foiled"), record.cell("foiled_plots", 2016)
    assert (undated.year, undated.shown.period_kind, undated.n_origins) == (None, "undefined", 1)
    assert ids(undated.backing) == ["kapital-foiled", "s004-foiled"]
    assert (ids(year.backing), ids(year.others)) == (["prog-foiled-2016-12"], ["knb-foiled-2016-ytd"])
    assert record.cell_of("prog-foiled-27").year is None
    assert figure(record.cell("foiled_plots", 2017).shown) == "11"


def test_97_convicted_and_83_detained_that_one_outlet_dates_a_year_earlier_than_the_others(record):
    for stage, number, of_2024, misdated in (
        ("convicted", 97, "s000-convicted-2024", "financekz-convicted"),
        ("detained", 83, "s000-detained-2024", "financekz-detained"),
    ):
        assert (record[misdated].value, record[misdated].confidence) == (number, "low")
        assert record[misdated].period_start == date(2024, 1, 1)
        cell_2024, cell_2025 = record.cell(stage, 2024), record.cell(stage, 2025)
        assert cell_2024.shown.id == of_2024
        assert misdated in ids(cell_2024.others)
        assert (cell_2025.shown.value, cell_2025.n_origins) == (number, 1)
        assert days(cell_2025.shown) == "2025-01-01/2025-11-24"
        assert len(cell_2025.backing) == 3
        assert {one.origin for one in cell_2025.backing} == {record[misdated].origin}
        # A copy that the editors doubt contradicts nobody.
        assert coverage(record.panel(stage), 2024) == "known"
    assert figure(record["s000-convicted-2024"]) == "84"
    assert figure(record["s000-detained-2024"]) == "44"


def test_not_a_single_citizen_is_a_true_zero_and_never_one_departure_prevented(record):
    names = ("s004-departures-zero", "kapital-departed-2017", "knb-departed-2017")
    assert [(record[name].indicator, record[name].value) for name in names] == [("citizens_departed", 0)] * 3
    assert record["s004-departures-zero"].confidence == "low"
    cell = record.cell("citizens_departed", 2017)
    assert (cell.status, cell.shown.id, cell.shown.value) == ("value", "knb-departed-2017", 0)
    assert sorted(ids(cell.others)) == ["kapital-departed-2017", "s004-departures-zero"]
    assert 1 not in every_number(record.panel("departures_prevented"))


def test_a_death_toll_that_rises_from_statement_to_statement(record):
    file = listings.incident_file(record.vintage, "2016-07-almaty")
    toll = [one for one in file.observations if one.indicator == "killed_victims"]
    assert [
        (one.as_of, figure(one)) for one in toll if one.stated_by == "media" and one.status == "current"
    ] == [
        ("2016-07-18", "2"),
        ("2016-07-19", "6"),
        ("2016-07", "6"),  # known to the month: public at the latest on its last day
        ("2016-08", "8"),
        ("2016-08", "9"),
        ("2016-10", "9"),
    ]
    old = {one.id: one.value for one in toll if one.status == "stale_repeat"}
    assert old == {"s002-almaty-killed-prev": 5, "2016-07-almaty.15": 5, "afp2016-almaty-6": 6}
    assert figure(record["2016-07-almaty.04"]) == "at_least 5"
    latest = {
        cell.stated_by: cell.shown
        for cell in record.panel("killed_victims", incident=("2016-07-almaty",)).cells
    }
    assert latest["court"].value == 10
    assert {body: one.value for body, one in latest.items()} == {
        "court": 10,
        "media": 9,
        "mia": 6,
        "moh": 4,
        "anonymous": 3,
    }
    assert not {one.id for one in latest.values()} & set(old)
    # Until the verdict, nobody had spoken of ten.
    asked = {"incident": ("2016-07-almaty",), "as_of": date(2016, 11, 1)}
    assert max(every_number(record.panel("killed_victims", **asked))) == 9
    # A toll of one event stands on no axis of years, and in no panel that did not ask for it.
    assert record.panel("killed_victims").cells == ()


def test_more_than_20_dead_in_aktobe_mix_victims_and_attackers(record):
    mixed = ("s002-aktobe-killed", "2016-06-aktobe.48", "2016-06-aktobe.22", "2016-06-aktobe.04")
    assert [(one[0], one[1]) for one in told(record, *mixed)] == [
        ("killed_total", "over 20"),
        ("killed_total", "25"),
        ("killed_total", "19"),
        ("killed_total", "6"),
    ]
    victims = ("2016-06-aktobe.26", "2016-06-aktobe.29", "2016-06-aktobe.31")
    assert [(one[0], one[1]) for one in told(record, *victims)] == [
        ("killed_victims", "7"),
        ("killed_victims", "7"),
        ("killed_victims", "8"),
    ]
    shown = [cell.shown.id for cell in record.panel("killed_total", incident=("2016-06-aktobe",)).cells]
    assert "2016-06-aktobe.48" in shown
    assert not set(shown) & set(victims)


def test_totals_of_2024_that_were_stated_before_the_year_was_over(record):
    december = ("knb-convicted-2024", "rupulse2024-conv-84", "rbc-convicted-2024")
    assert {(one[1], one[2]) for one in told(record, *december)} == {("84", "2024-01-01/")}
    assert {record[name].period_kind for name in december} == {"part_year"}
    assert record["s000-convicted-2024"].period_kind == "calendar_year"
    cell = record.cell("convicted", 2024)
    assert ids(cell.backing) == ["s000-convicted-2024", *sorted(december)]
    assert cell.n_origins == 1
    at_the_time = record.cell("convicted", 2024, as_of=date(2024, 12, 31))
    assert (at_the_time.shown.id, at_the_time.shown.period_kind) == ("knb-convicted-2024", "part_year")
    # A page dated by its month counts from the last day of the month.
    assert figure(record.cell("convicted", 2024, as_of=date(2024, 12, 30)).shown) == "26"


def test_one_outlet_says_about_where_the_other_does_not(record):
    assert [
        one[1] for one in told(record, "s001-fighters", "s003-fighters", "s001-family", "s003-family")
    ] == [
        "about 40",
        "40",
        "65",
        "about 65",
    ]
    for name, other in (("s001-fighters", "s003-fighters"), ("s001-family", "s003-family")):
        cell = record.cell_of(name)
        assert {name, other} <= set(ids(cell.backing))
        assert (cell.year, cell.shown.period_kind, cell.n_origins) == (None, "point", 1)


def test_convicted_and_sent_to_court_are_two_series_of_two_bodies(record):
    for year, convicted, sent in ((2022, 56, 124), (2023, 43, 122)):
        assert record.cell("convicted", year).shown.value == convicted
        cell = record.cell("prosecuted", year, "pgo")
        assert (cell.shown.value, cell.shown.stated_by) == (sent, "legal_stats")
        assert cell.shown.stated_as == "identified and sent to court"
        assert sent not in {one.value for one in record.cell("convicted", year).observations}
    misread = record.cell_of("mkkz-convicted-122")
    assert (misread.year, misread.stated_by, misread.shown.confidence) == (None, "media", "low")
    assert ids(misread.retold) == ["kps-sent-2023"]
    assert ids(record.cell("prosecuted", 2023, "pgo").retold) == ["mkkz-convicted-122"]
    # The page of the prosecutors' figures is dated by its year, so in April 2024 there was nothing to retell yet.
    assert record.cell_of("mkkz-convicted-122", as_of=date(2024, 4, 1)).retold == ()


def test_a_part_of_a_whole_six_foreigners_of_89(record):
    cell = record.cell("prosecuted", 2025)
    assert (figure(cell.shown), cell.shown.id, days(cell.shown)) == (
        "89",
        "knb2025-pros-89",
        "2025-01-01/2025-10-28",
    )
    assert ids(cell.backing[1:]) == [
        "kabar-prosecuted",
        "oneuz-liable",
        "s000-prosecuted-ytd",
        "z25-prosecuted",
    ]
    assert (cell.n_origins, cell.others) == (1, ())
    assert (record["kabar-prosecuted"].scope, record["kabar-prosecuted"].confidence) == ("terrorism", "low")
    parts = {"s000-prosecuted-foreign": "s000-prosecuted-ytd", "z25-prosecuted-foreign": "z25-prosecuted"}
    parts |= {"knb2025-pros-6f": "knb2025-pros-89"}
    for name, whole in parts.items():
        one = record[name]
        assert (one.value, one.population, one.extent, one.part_of) == (6, "foreigners", "partial", whole)
    # The leading body has no figure of its own; what there is of parts stands in its place, and leads nothing.
    leader = record.cell("prosecuted", 2025, "pgo")
    assert (leader.status, set(ids(leader.others))) == ("no_headline", set(parts))
    (foreigners,) = [
        cell for cell in record.panel("prosecuted", population=("foreigners",)).on_axis if cell.year == 2025
    ]
    assert (set(ids(foreigners.backing)), foreigners.n_origins, foreigners.rule) == (
        set(parts),
        1,
        "latest_alike",
    )
    assert not {83, 95} & every_number(record.panel("prosecuted"))


def test_six_sentenced_or_convicted_and_eight_detained_or_in_custody_in_two_months(record):
    autumn = "2025-09-01/2025-10-28"
    assert told(record, "s000-convicted-sepoct", "z25-convicted", "knb2025-conv-6") == [
        ("sentenced", "6", autumn),
        ("convicted", "6", autumn),
        ("convicted", "6", autumn),
    ]
    assert told(record, "s000-detained-promo", "z25-custody", "knb2025-arr-8") == [
        ("detained", "8", autumn),
        ("arrested", "8", autumn),
        ("arrested", "8", autumn),
    ]
    sentenced = record.cell("sentenced", 2025)
    assert (sentenced.status, sentenced.shown) == ("no_headline", None)
    assert ids(sentenced.others) == ["s000-convicted-sepoct"]
    convicted = record.cell("convicted", 2025)
    assert (convicted.shown.value, ids(convicted.others)) == (97, ["knb2025-conv-6", "z25-convicted"])
    eight = record.cell_of("s000-detained-promo", population=("citizens",))
    assert ids(eight.retold) == ["knb2025-arr-8", "z25-custody"]


def test_57_of_125_returnees_at_three_stages_and_57_of_another_group(record):
    stages = ("prog-returned-liable", "knb-returned-convicted-2018-03", "knb-returned-sentenced-qt")
    assert told(record, *stages) == [
        ("prosecuted", "57", "/"),
        ("convicted", "57", "/2018-03-06"),
        ("sentenced", "57", "/2018-03-06"),
    ]
    wholes = [record[record[name].part_of] for name in stages]
    assert [(one.indicator, one.value) for one in wholes] == [("citizens_returned", 125)] * 3
    # A period that is known by its end alone is surely in its last day, and in no other.
    for since, until, found in (
        ("03-06", "03-06", True),
        ("03-07", "12-31", False),
        ("01-01", "03-05", False),
    ):
        limits: Any = {
            "since": date.fromisoformat(f"2018-{since}"),
            "until": date.fromisoformat(f"2018-{until}"),
        }
        listed = series.observations(record.vintage, Question(indicator=("convicted",), **limits))
        assert ("knb-returned-convicted-2018-03" in ids(tuple(listed))) == found
    other = record["zhusan-aikyn-pros57"]
    assert (other.value, other.confidence, record[other.part_of].value) == (57, "low", 595)
    for stage in ("prosecuted", "convicted", "sentenced"):
        assert all(
            one.value != 57 or one.year == 2016 for one in (c.shown for c in record.panel(stage).cells) if one
        )


def test_returns_from_syria_are_never_added(record):
    names = (
        "zhusan-2019-total",
        "zhusan-total-2020-02",
        "ambassador2025-607",
        "zhusan-rferl-824",
        "caspian-754",
    )
    assert numbers(record, *names, "ohchr2020-516") == [595, 524, 607, 824, 754, 516]
    panel = record.panel("citizens_returned")
    stated = {bound for one in _everything(record, "citizens_returned") for bound in one.bounds or ()}
    assert every_number(panel) <= stated
    assert [(c.year, c.stated_by, c.shown.value) for c in panel.on_axis if c.shown] == [
        (2019, "mfa", 595),
        (2019, "knb", 595),
        (2019, "media", 600),
        (2019, "us_state", 600),
    ]
    women, children = record["zhusan-2019-women"], record["zhusan-may-children"]
    assert (women.value, women.population) == (156, "women")
    assert (children.value, children.population) == (156, "children")


def test_january_2022_is_out_of_scope_its_label_contested_and_its_first_toll_withdrawn(record):
    toll = [f"2022-01-january-unrest.{number}" for number in ("02", "03", "06", "07", "08", "12")]
    assert numbers(record, *toll) == [164, 225, 227, 230, 238, 238]
    assert [record[name].status for name in toll] == ["retracted", *["current"] * 5]
    assert {(record[name].scope, record[name].extent) for name in toll} == {("january_2022", "case")}
    file = listings.incident_file(record.vintage, "2022-01-january-unrest")
    assert (file.incident.in_scope, file.incident.outcome) == (False, "disputed_event")
    assert {one.label for one in file.classifications} == {"terrorism", "other"}
    shown = {
        cell.stated_by: cell.shown
        for cell in record.panel("killed_total", incident=(file.incident.id,)).cells
    }
    assert {body: one.value for body, one in shown.items()} == {
        "pgo": 238,
        "authorities": 227,
        "ombudsman": 238,
        "us_state": 238,
    }
    # Nothing of it reaches a panel that did not ask for it.
    for panel in series.panels(record.vintage, Question()):
        assert all(one.scope != "january_2022" for cell in panel.cells for one in cell.observations)
    assert record.cell("attacks", 2022, "us_state").status == "none_found"


def test_a_true_zero_is_a_value_and_a_year_without_figures_is_none(record):
    panel = record.panel("attacks")
    ours = {cell.year: cell for cell in panel.headlines}
    zeros = {
        year: cell.shown.id for year, cell in ours.items() if cell.status == "value" and cell.shown.value == 0
    }
    assert zeros == {year: f"usdos{year}-attacks-0" for year in (2010, 2018, 2020, 2021, 2023)}
    assert {coverage(panel, year) for year in zeros} == {"known"}
    for year in (2011, 2017, 2019, 2022, 2024, 2025):
        assert (ours[year].status, ours[year].shown) == ("none_found", None)
    for name in ("zakon2025-attacks0", "s004-attacks-zero"):
        cell = record.cell_of(name)
        assert (cell.year, cell.shown.value, cell.shown.period_start) == (None, 0, None)
    # The same article states two attacks in 2016: the zero, read with low confidence, takes nothing from it.
    assert record["s004-attacks-zero"].source == record["s004-attacks-2016"].source
    assert record["s004-attacks-zero"].confidence == "low"
    assert record.cell("attacks", 2016).shown.id == "s004-attacks-2016"


def test_an_annual_rate_is_no_count_of_a_year(record):
    for name, written in (
        ("s001-trainings", "over 400"),
        ("s003-trainings", "over 400"),
        ("knb-foiled-annual", "at_least 2"),
        ("knb2023-min2", "at_least 2"),
    ):
        assert (figure(record[name]), days(record[name])) == (written, "/")
        assert record.cell_of(name).year is None
    assert record.cell("trainings", 2019).status == "none_found"


def test_13_detained_in_2018_are_the_suspects_of_three_plots(record):
    for name in ("knb-detained-2018", "mgorod-detained-2018"):
        assert (record[name].value, record[name].extent) == (13, "partial")
    six = record["knb-convicted-2018-of13"]
    assert (six.value, six.extent, six.part_of) == (6, "partial", "knb-detained-2018")
    detained, convicted = record.cell("detained", 2018), record.cell("convicted", 2018)
    assert (detained.status, detained.shown) == ("none_found", None)
    assert {"knb-detained-2018", "mgorod-detained-2018"} <= set(ids(detained.others))
    assert (convicted.status, ids(convicted.others)) == ("none_found", ["knb-convicted-2018-of13"])
    assert coverage(record.panel("detained"), 2018) == "parts_only"


def test_12_detained_at_the_border_in_2019_are_one_operation(record):
    assert (record["s001-mercenary"].value, record["s001-mercenary"].extent) == (12, "partial")
    cell = record.cell("detained", 2019)
    assert (cell.status, cell.shown) == ("none_found", None)
    assert "s001-mercenary" in ids(cell.others)


def test_21_arrested_in_august_2016_and_the_groups_of_11_and_10_are_one_announcement(record):
    whole = ("knb-arrested-2016-08", "afp2016-arr21", "zamaneh-detained-2016-08", "interia-detained-2016-08")
    assert numbers(record, *whole) == [21, 21, 21, 21]
    assert [record[name].indicator for name in whole] == ["arrested", "arrested", "detained", "detained"]
    groups = ("2016-08-aktobe-group.00", "2016-08-zhangala-group.00")
    assert numbers(record, *groups) == [11, 10]
    assert origins(record, *whole[:3], *groups) == {"or-knb-2016-08-31"}
    assert {record[name].extent for name in (*whole, *groups)} == {"partial", "case"}
    for stage in ("arrested", "detained"):
        cell = record.cell(stage, 2016)
        assert (cell.status, cell.shown) == ("none_found", None)
        assert not {31, 32, 42, 63, 84} & {one.value for one in cell.others}


def test_16_then_33_then_7_in_december_2016_are_one_operation_that_grew(record):
    names = ("knb-det-2016-12-16", "knb-det-2016-12-33", "knb-arr-2016-12-7")
    assert [(one[0], one[1]) for one in told(record, *names)] == [
        ("detained", "16"),
        ("detained", "33"),
        ("arrested", "7"),
    ]
    assert [record[name].as_of for name in names] == ["2016-12-21", "2016-12-23", "2016-12-23"]
    assert record["knb-arr-2016-12-7"].part_of == "knb-det-2016-12-33"
    assert {(record[name].extent, record[name].scope) for name in names} == {
        ("partial", "religious_extremism")
    }
    assert {"knb-det-2016-12-16", "knb-det-2016-12-33"} <= set(ids(record.cell("detained", 2016).others))
    assert ids(record.cell("arrested", 2016).others)[-1] == "knb-arr-2016-12-7"
    assert not {49, 56} & every_number(record.panel("detained"))


def test_qualifiers_that_were_lost_in_the_retelling_are_not_lost_here(record):
    names = ("knb-expelled-2024-05", "kzr-expelled-2024-05", "mailru-entry-2024", "knb-entry-2024")
    assert [one[1] for one in told(record, *names)] == ["over 280", "280", "over 800", "824"]
    assert [one[1] for one in told(record, "knb-foiled-2023-09", "knb2023-foiled-2")] == ["at_least 2", "2"]
    expelled = record.cell("foreigners_expelled", 2024)
    assert (figure(expelled.shown), ids(expelled.backing[1:])) == ("over 280", ["kzr-expelled-2024-05"])
    entry = record.cell("entry_denied", 2024)
    assert figure(entry.shown) == "over 800"
    assert {"knb-entry-2024", "rupulse2024-entry-824"} <= set(ids(entry.others))
    # Over 800 and 824 can both be right.
    assert coverage(record.panel("entry_denied"), 2024) == "known"


def test_the_plots_of_2024_as_they_were_counted_in_the_course_of_the_year(record):
    assert [
        one[1:] for one in told(record, "knb-foiled-2024-05", "atc-foiled-2024-06", "knb-foiled-2024")
    ] == [
        ("2", "2024-01-01/2024-05-29"),
        ("1", "2024-01-01/2024-06-12"),
        ("4", "2024-01-01/"),
    ]
    abroad = record["knb-foiled-2024-05-abroad"]
    assert (abroad.value, abroad.place, abroad.part_of) == (1, "ABROAD", "knb-foiled-2024-05")
    cell = record.cell("foiled_plots", 2024)
    assert (figure(cell.shown), ids(cell.others)) == ("4", ["knb-foiled-2024-05", "atc-foiled-2024-06"])
    for day, number in (("2024-05-28", None), ("2024-05-29", "2"), ("2024-06-12", "1"), ("2024-12-31", "4")):
        known = record.cell("foiled_plots", 2024, as_of=date.fromisoformat(day))
        assert (known.shown and figure(known.shown)) == number, day


def test_several_people_without_a_number_are_neither_zero_nor_a_number(record):
    unquantified = {one.id for one in _everything(record) if one.qualifier == "unspecified"}
    assert unquantified == {
        "usdos2006-arrested-jan",
        "2016-07-almaty.26",
        "2012-03-almaty-announced-plot.00",
        "2017-11-almaty-video-group.00",
        "2019-01-almaty-group.00",
        "s000-nov2024-detained",
        "2012-03-almaty-announced-plot.01",
        "kursiv-foiled-several",
        "2011-07-temir-district.09",
        "2012-09-atyrau-police-hq.08",
        "usdos2020-prosecuted-dozens",
    }
    assert {record[name].bounds for name in unquantified} == {None}
    cell = record.cell_of("kursiv-foiled-several")
    assert (cell.status, cell.shown.value, cell.year) == ("unquantified", None, None)
    assert record.cell("arrested", 2006).status == "none_found"
    beside = {one.id: one.extent for one in record.cell("arrested", 2006).others}
    assert beside.pop("usdos2006-arrested-jan") == "partial"
    assert set(beside.values()) == {"case"}


def test_the_prison_case_of_november_2024_in_four_readings(record):
    names = ("2024-11-prisons.00", "2024-11-prisons.01", "s000-nov2024-detained", "mailrub-detained-prison")
    assert [(one[0], one[1]) for one in told(record, *names)] == [
        ("persons_neutralised", "10"),
        ("detained", "1"),
        ("detained", "several"),
        ("detained", "10"),
    ]
    assert {record[name].incident for name in names} == {"2024-11-prisons"}
    assert origins(record, *names) == {"or-knb-2024-11-25"}
    shown = {cell.shown.id for cell in record.panel("detained", incident=("2024-11-prisons",)).cells}
    assert {"2024-11-prisons.01", "s000-nov2024-detained", "mailrub-detained-prison"} <= shown
    assert 11 not in every_number(record.panel("detained", incident=("2024-11-prisons",)))


def test_47_people_in_atyrau_in_2012_at_three_stages_are_the_same_people(record):
    names = ("total2012-sent-47", "ap2012-sent-47", "atyrau2012-conv-47")
    assert [(one[0], one[1]) for one in told(record, *names)] == [
        ("prosecuted", "47"),
        ("sentenced", "47"),
        ("convicted", "47"),
    ]
    assert {(record[name].extent, record[name].place) for name in names} == {("partial", "KZ-23")}
    jailed = record.cell_of("ap2012-sent-47", place=("KZ-23",))
    assert (jailed.year, ids(jailed.retold)) == (None, ["atyrau2012-conv-47"])
    # In the news of one case the stages follow each other: the same five people, and no retelling.
    five = record.cell_of("ap2012-sent-5", incident=("2011-10-atyrau-bombings",))
    assert (five.shown.value, five.retold) == (5, ())
    for stage in ("prosecuted", "sentenced", "convicted"):
        assert 47 not in {cell.shown.value for cell in record.panel(stage).cells if cell.shown}


def test_a_growing_count_of_a_rights_body_is_of_a_part_and_leads_no_year(record):
    names = ("f18-2016-02-25", "f18-2016-10-41", "f18-2017-01-47")
    assert [one[1:] for one in told(record, *names)] == [(n, "2014-12-01/") for n in ("25", "41", "47")]
    assert {(record[name].scope, record[name].extent) for name in names} == {("religious_freedom", "partial")}
    panel = record.panel("convicted")
    assert not {one.id for cell in panel.cells for one in cell.observations} & set(names)
    asked = record.panel("convicted", population=("followers",))
    shown = [cell for cell in asked.cells if cell.shown.id in names]
    # The 25 is known to be of 2016 and no more, so it stands where it was public at the latest.
    ordered = ("f18-2016-10-41", "f18-2016-02-25", "f18-2017-01-47")
    assert [(cell.year, *ids(cell.observations)) for cell in shown] == [(None, name) for name in ordered]
    parts = tuple(one for one in record.cell("convicted", 2017).others if one.extent == "partial")
    assert ids(parts) == ["aktobe2017-conv-22", "f18-2017-20"]
    assert record.cell("convicted", 2017).status == "none_found"


# --- More that has to be told apart ---------------------------------------------------------------------------


def test_over_at_least_about_up_to_and_a_range_keep_their_words_and_never_become_one_number(record):
    written = {
        "s001-links": "over 14500",
        "s002-fighters": "at_least 200",
        "s001-fighters": "about 40",
        "zakon2019-300-syria": "under 300",
        "s001-sentence": "6 to 18",
        "president2017-500-600": "500 to 600",
        "kursiv-foiled-several": "several",
    }
    for name, expected in written.items():
        assert figure(record[name]) == expected
        assert figure(record.cell_of(name).shown) == expected
    assert not {12, 550} & {record.cell_of(name).shown.value for name in written}


def test_a_year_to_date_stands_beside_the_full_year_and_never_leads_it(record):
    for indicator, body, year, full, to_date in (
        ("crimes_registered", "pgo", 2020, "kps-crimes-2020", "kps-crimes-2020-10m"),
        ("crimes_registered", "pgo", 2021, "kps-crimes-2021", "kps-crimes-2021-7m"),
        ("foiled_plots", "knb", 2016, "prog-foiled-2016-12", "knb-foiled-2016-ytd"),
        ("departures_prevented", "knb", 2016, "prog-depart-2016-91", "knb-departures-2016-ytd"),
    ):
        cell = record.cell(indicator, year, body)
        assert (cell.shown.id, cell.shown.period_kind, ids(cell.others)) == (full, "calendar_year", [to_date])
        assert record[to_date].value <= cell.shown.value
        assert cell.n_origins == 1
    assert record["kps-crimes-2020-10m"].value == 189


def test_a_total_of_several_years_has_a_place_of_its_own_and_is_divided_among_no_years(record):
    for name, number, period in (
        ("prog-foiled-27", "27", "2013-01-01/2016-12-31"),
        ("sc-foiled-2005-2012", "46", "2005-01-01/2012-06-27"),
        ("sc-convicted-2005-2012", "over 300", "2005-01-01/2012-06-27"),
        ("prog-depart-546", "546", "2013-01-01/2016-12-31"),
        ("prog-planned-2014-2017", "30", "2014-01-01/2017-12-31"),
    ):
        cell = record.cell_of(name)
        assert (figure(cell.shown), days(cell.shown)) == (number, period)
        assert (cell.year, cell.shown.period_kind, cell.rule) == (None, "multi_year", "latest_alike")
    # For these the years are known as well. They fit the total, which was not made of them.
    for total, parts in (
        (
            "prog-foiled-27",
            ("prog-foiled-2013-8", "prog-foiled-2014-3", "prog-foiled-2015-4", "prog-foiled-2016-12"),
        ),
        (
            "prog-depart-546",
            ("prog-depart-2013-168", "prog-depart-2014-136", "prog-depart-2015-151", "prog-depart-2016-91"),
        ),
    ):
        assert sum(record[name].value for name in parts) == record[total].value
        assert {record[name].part_of for name in parts} == {total}
    # For those they are not, and are not made up.
    for year in range(2005, 2013):
        assert record.cell("foiled_plots", year).status == "none_found"


def test_an_announced_total_may_be_larger_than_the_incidents_described(record):
    announced = record.cell("foiled_plots", 2024)
    assert (figure(announced.shown), announced.shown.id) == ("4", "s000-foiled-2024")
    disclosed = record.cell("plots_disclosed", 2024, "media")
    assert (disclosed.shown.value, disclosed.shown.part_of) == (2, "s000-foiled-2024")
    assert disclosed.shown.source == announced.shown.source
    asked: Any = {"outcome": ("foiled",), "since": date(2024, 1, 1), "until": date(2024, 12, 31)}
    described = listings.incidents(record.vintage, listings.IncidentQuestion(**asked))
    assert [one.id for one in described] == ["2024-04-aktau", "2024-11-prisons", "2024-abroad-joint"]
    assert [one.id for one in described if one.place != "ABROAD"] == ["2024-04-aktau", "2024-11-prisons"]
    # The difference stands. No incident is invented, and the incidents do not become the total.
    assert {2, 3} & {one.value for one in announced.backing} == set()


@pytest.mark.parametrize(
    ("incident", "outcome", "labels"),
    [
        (
            "2011-05-aktobe-security-office",
            "carried_out",
            {
                ("extremism", "police, as reported by the US State Department", "2012-07-31"),
                ("not_terrorism", "Prosecutor General’s Office, as summarised by KTK", "2016-06"),
                ("not_terrorism", "Prosecutor's office", "2011-05-17"),
                ("terrorism", "KNB", "2021"),
            },
        ),
        (
            "2016-07-almaty",
            "carried_out",
            {
                ("not_terrorism", "Interior Ministry, as reported", "2016-07-21"),
                ("other", "officials", "2016-08"),
                ("terrorism", "President", "2016-07"),
                ("terrorism", "court", "2016-11-02"),
            },
        ),
        (
            "2012-03-almaty-announced-plot",
            "disputed_event",
            {
                ("other", "Open Dialogue Foundation", "2013"),
                ("other", "the accused, as reported by Ak Zhaiyk", "2014"),
                ("terrorism", "Prosecutor General's Office", "2012-03-28"),
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_incident_whose_nature_as_terrorism_is_disputed_keeps_every_label(
    record, incident, outcome, labels
):
    file = listings.incident_file(record.vintage, incident)
    assert file.incident.outcome == outcome
    assert {(one.label, one.by, one.as_of) for one in file.classifications} == labels


def _everything(record: Record, indicator: str | None = None) -> list[Observation]:
    asked = Question(indicator=(indicator,) if indicator else ())
    return list(series.observations(record.vintage, asked))


# --- Five articles, figure by figure --------------------------------------------------------------------------

ARTICLES = (
    "fergana-2025-10-28-almaty",
    "knb-2019-12-12-atc-work-report",
    "intellinews-2016-07-death-toll",
    "inform-2019-12-12-40-abroad",
    "astanatimes-2017-04-recent-years",
)


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("expected", rows_of("articles.csv"), ids=lambda row: row["id"])
def test_a_figure_of_an_article_is_recorded_as_it_was_audited(record, expected):
    one = record[expected["id"]]
    assert {
        name: str("" if getattr(one, name) is None else getattr(one, name)) for name in expected
    } == expected


def test_the_record_holds_every_figure_of_the_five_articles_and_no_more(record):
    recorded = {one.id for one in _everything(record) if one.source in ARTICLES}
    assert recorded == {row["id"] for row in rows_of("articles.csv")}
    assert len(recorded) == 59


def test_the_audit_of_five_articles_says_what_the_record_says(record):
    text = (DOCS / "audit-five-articles.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| ([^|]*) \| [^|]* \| ([^|]*) \| `([^`]*)` \|", text, re.MULTILINE)
    assert len(lines) == 59
    for paragraph, written, name in lines:
        one = record[name]
        # A figure that the headline repeats is one figure, under its paragraph.
        assert one.locator == f"paragraph {paragraph.removeprefix('headline, ')}"
        spoken = {"at_least": "at least", "over": "over", "about": "about"}.get(one.qualifier, "")
        if one.qualifier == "unspecified":
            assert written == "no number"
        elif one.qualifier == "range":
            assert written == f"{one.low}–{one.high}"
        else:
            assert written == f"{spoken} {one.value}".strip()


# --- Headlines ------------------------------------------------------------------------------------------------


def test_the_headlines_equal_the_editors_own_table(record):
    """`headlines.csv` was made before this program, by another one, and each row was read against its page."""
    expected = rows_of("headlines.csv")
    assert len(expected) == 42
    found = []
    for code in dict.fromkeys(row["indicator"] for row in expected):
        for cell in sorted(record.panel(code).on_axis, key=lambda cell: (cell.year, cell.stated_by)):
            one = cell.shown
            if one is None:
                continue
            others = sorted((*cell.backing[1:], *cell.others), key=lambda other: other.id)
            found.append(
                {
                    "indicator": code,
                    "year": str(cell.year),
                    "body": cell.stated_by,
                    "value": str(one.value),
                    "qualifier": one.qualifier,
                    "period_start": str(one.period_start),
                    "period_end": str(one.period_end or ""),
                    "period_kind": one.period_kind,
                    "observation": one.id,
                    "others": "; ".join(f"{other.id}={other.value}" for other in others),
                }
            )
            assert cell.rule == "official_latest"
    assert found == expected


def test_the_table_of_headlines_in_docs_is_the_one_the_rule_gives(record):
    panels = series.panels(record.vintage, Question())
    written = (DOCS / "headlines.md").read_text(encoding="utf-8")
    assert exports.headlines(panels) == written, (
        "run `derek headlines > docs/headlines.md` and look at the difference"
    )
    flows = {panel.indicator.code for panel in panels if panel.indicator.kind == "flow"}
    listed = re.findall(r"^\| ([a-z_]+) \| \d{4} \|", written, re.MULTILINE)
    assert set(listed) <= flows
    assert len(listed) > 70


def test_the_command_prints_the_table_of_headlines():
    result = CliRunner().invoke(cli.app, ["headlines"])
    assert result.exit_code == 0
    assert result.output == (DOCS / "headlines.md").read_text(encoding="utf-8")


def test_the_example_in_the_docstring_of_the_rule_is_true(record):
    documents = {row.id: row for row in series.all_of(record.vintage, Source)}
    left = [
        one
        for one in _everything(record, "convicted")
        if one.year == 2024 and one.stated_by in ("knb", "knb_atc") and one.extent == "national"
    ]
    order = []
    while one := official_latest(left, documents):
        order.append(one.id)
        left.remove(one)
    example = re.findall(
        r"^ +([a-z0-9-]+) +(\d+) +.* (\d{4}[0-9-]*) {2,}(.*)$", official_latest.__doc__ or "", re.MULTILINE
    )
    assert [name for name, *_ in example] == [
        "s000-convicted-2024",
        "knb-convicted-2024",
        "atc-convicted-2024-06",
        "financekz-convicted",
    ]
    for name, number, as_of, place in example:
        assert (str(record[name].value), record[name].as_of) == (number, as_of)
        if place.startswith("may not lead"):
            assert name in ids(tuple(left))
        else:
            assert order.index(name) == int(place[0]) - 1


def test_no_partial_figure_leads_a_year_of_the_published_dataset(record):
    for panel in series.panels(record.vintage, Question()):
        for cell in panel.headlines:
            assert cell.shown is None or cell.shown.extent in ("national", "not_applicable")
            if cell.rule == "official_latest" and cell.shown:
                assert str(cell.shown.period_start) == f"{cell.year}-01-01"


def test_every_indicator_answers_for_every_year_that_was_searched(record):
    for indicator in series.all_of(record.vintage, Indicator):
        panel = record.panel(indicator.code)
        if indicator.kind == "flow":
            assert {cell.year for cell in panel.headlines} >= set(range(indicator.searched_from, 2027))
            assert {coverage(panel, year) for year in panel.years} <= {
                "known",
                "part",
                "other_body",
                "no_headline",
                "parts_only",
                "cases_only",
                "none_found",
            }


def test_a_year_of_single_cases_says_so_and_names_them(record):
    panel = record.panel("foiled_plots")
    cell = record.cell("foiled_plots", 2025)
    assert coverage(panel, 2025) == "cases_only"
    assert cell.status == "none_found"
    assert {one.extent for one in cell.others} == {"case"}
    assert len(cell.others) >= 1
