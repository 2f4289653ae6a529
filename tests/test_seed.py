"""The dataset's door: what it lets in, what it refuses and in which words."""

import csv
import hashlib
import io
import json
import random
import re
import shutil
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import frictionless
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app import cli, models, seed
from app.database import Database
from app.folders import folder
from app.models import (
    TABLES,
    Body,
    Change,
    Classification,
    Incident,
    IncidentSource,
    Indicator,
    Observation,
    Place,
    Source,
    Text,
)
from app.seed import rules

WORLD = Path(__file__).parent / "seed"

# --- Reading ------------------------------------------------------------------------------------------------


def test_the_miniature_and_the_published_dataset_are_sound(world, published):
    assert world.version == "2026.11.0"
    assert (world.dated, published.dated) == (date(2026, 11, 22), date(2026, 11, 26))
    assert {table.__tablename__: len(rows) for table, rows in world.tables.items()} == {
        "texts": 174,
        "translations": 2,
        "places": 7,
        "bodies": 6,
        "indicators": 9,
        "sources": 18,
        "origins": 14,
        "incidents": 2,
        "incident_sources": 3,
        "classifications": 3,
        "observations": 24,
        "published": 1,
        "changes": 1,
    }
    assert all(rows for table, rows in published.tables.items() if table is not Change)


def test_a_row_is_typed(world):
    figure = next(row for row in world.tables[Observation] if row.id == "index-2023")
    assert (figure.value, figure.low, figure.period_end, figure.incident) == (
        2.5,
        None,
        date(2023, 12, 31),
        None,
    )
    whole = next(row for row in world.tables[Observation] if row.id == "attacks-2020")
    assert (whole.value, type(whole.value)) == (0, int)
    plot = next(row for row in world.tables[Incident] if row.id == "2017-04-shymkent")
    assert (plot.borderline, plot.in_scope, plot.lat) == (True, True, None)


def test_byte_order_mark_and_line_ends_of_windows_change_nothing(world, world_folder):
    for path in world_folder.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    descriptor = world_folder / "datapackage.json"
    descriptor.write_bytes(b"\xef\xbb\xbf" + descriptor.read_bytes().replace(b"\n", b"\r\n"))
    assert seed.read(world_folder).digest == world.digest


def test_the_order_of_rows_and_columns_changes_nothing(world, world_folder):
    for path in world_folder.glob("*.csv"):
        header, *rows = (row[::-1] for row in _rows(path))
        _write(path, [header, *rows[::-1]])
    assert seed.read(world_folder).digest == world.digest


def test_a_quoted_cell_is_what_it_is_without_quotes(world, world_folder):
    for path in world_folder.glob("*.csv"):
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(_rows(path))
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert seed.read(world_folder).digest == world.digest


# --- Digest -------------------------------------------------------------------------------------------------


def test_the_digest_can_be_computed_from_the_files_alone(world):
    """By hand, with nothing of the program: a line for the package, for each table and for each row in order."""
    descriptor = json.loads((WORLD / "datapackage.json").read_text(encoding="utf-8"))
    lines: list[list[str]] = [["derek", descriptor["version"], descriptor["created"][:10]]]
    for resource in descriptor["resources"]:
        header, *rows = _rows(WORLD / resource["path"])
        figures = [field["name"] for field in resource["schema"]["fields"] if field["type"] == "number"]
        for row in rows:
            for column in (header.index(name) for name in figures):
                # Trailing zeros after the point are no part of a figure.
                row[column] = re.sub(r"\.0+$|(\.\d*[1-9])0+$", r"\1", row[column])
        lines += [[resource["name"], *header], *sorted(rows)]
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    assert world.digest == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_of_nothing_is_the_same_for_ever():
    """The tables and columns are a part of it, so it changes with the layout, and with nothing else."""
    name = seed.digest("1", date(2026, 11, 22), dict.fromkeys(TABLES, ()))
    lines = [["derek", "1", "2026-11-22"], *([table.__tablename__, *table.columns()] for table in TABLES)]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    assert name == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("cell", "same"), [("2.50", True), ("2.500000", True), ("2.51", False), ("2", False), ("3.0", False)]
)
def test_a_figure_is_the_same_however_its_zeros_are_written(world, world_folder, cell, same):
    _edit(world_folder, {"observations.csv:index-2023:value": cell})
    assert (seed.read(world_folder).digest == world.digest) is same


@pytest.mark.parametrize(
    "edits",
    [
        {"observations.csv:convicted-2024:value": "85"},
        {"observations.csv:convicted-2024:note": "A word more."},
        {"texts.csv:body knb name:kk": "Басқа"},
        {"datapackage.json:version": "2026.11.1"},
        {"datapackage.json:created": "2026-11-23T00:00:00Z"},
    ],
    ids=lambda edits: next(iter(edits)),
)
def test_any_change_is_another_release(world, world_folder, edits):
    _edit(world_folder, edits)
    assert seed.read(world_folder).digest != world.digest


# --- Refusing -----------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A way to be refused: the rule that refuses it, the cells that make it so, and all that is said of it.

    Cells and lines name a row by its key, so that a new row of the miniature changes nothing here.
    """

    rule: str
    edits: dict[str, str]
    said: list[str]


CELL = ""  # no rule: the cell itself is malformed
CASES: dict[str, Case] = {
    # Cells
    "a required cell is empty": Case(
        CELL,
        {"observations.csv:convicted-2024:period_words": ""},
        ["observations.csv:{convicted-2024}:period_words: is empty; every row needs it"],
    ),
    "a code that is none": Case(
        CELL,
        {"observations.csv:convicted-2024:qualifier": "exat"},
        [
            "observations.csv:{convicted-2024}:qualifier: 'exat' is no code of this column; did you mean exact?; "
            "right are exact, about, over, at_least, under, range, unspecified"
        ],
    ),
    "a short name with a space in it": Case(
        CELL,
        {"origins.csv:or-pgo-2016:id": "or pgo 2016"},
        [
            "observations.csv:{killed-third-day}:origin: 'or-pgo-2016' is not in origins.csv; "
            "did you mean or-pgo-2021?",
            "origins.csv:{or-pgo-2016}:id: 'or pgo 2016' does not fit; "
            "right is a short name of small letters, digits, dots and hyphens",
            "origins.csv:{or-pgo-2016}:id: nothing refers to 'or pgo 2016'; was it renamed?",
        ],
    ),
    "a place that is no code": Case(
        CELL,
        {"observations.csv:detained-2020-operation:place": "Aktobe"},
        [
            "observations.csv:{detained-2020-operation}:place: 'Aktobe' does not fit; "
            "right is a place code such as KZ or KZ-75",
            "observations.csv:{detained-2020-operation}:place: 'Aktobe' is not in places.csv",
        ],
    ),
    "an address that is none": Case(
        CELL,
        {"sources.csv:law:url": "example.org/law"},
        [
            "sources.csv:{law}:url: 'example.org/law' does not fit; "
            "right is an address that begins with https:// or http://"
        ],
    ),
    "a language that is spelt out": Case(
        CELL,
        {"sources.csv:law:language": "English"},
        [
            "sources.csv:{law}:language: 'English' does not fit; right is a language code of two letters, such as en"
        ],
    ),
    "a name that is too long": Case(
        CELL,
        {"sources.csv:law:url": "https://example.org/" + "x" * 1000},
        ["sources.csv:{law}:url: is longer than 1000 characters; shorten it"],
    ),
    "a figure with a thousands separator": Case(
        CELL,
        {"observations.csv:links-2016:value": "9,000"},
        [
            "observations.csv:{links-2016}:value: '9,000' is not a number; "
            "write digits, with a point before decimals, such as 91.7"
        ],
    ),
    "a figure in scientific notation": Case(
        CELL,
        {"observations.csv:links-2016:value": "9E+03"},
        [
            "observations.csv:{links-2016}:value: '9E+03' is not a number; "
            "write digits, with a point before decimals, such as 91.7"
        ],
    ),
    "a whole number that is none": Case(
        CELL,
        {"places.csv:KZ-15:tile_row": "0.5"},
        ["places.csv:{KZ-15}:tile_row: '0.5' is not a whole number; write digits only"],
    ),
    "a yes that is spelt out": Case(
        CELL,
        {"incidents.csv:2016-06-aktobe:in_scope": "yes"},
        ["incidents.csv:{2016-06-aktobe}:in_scope: 'yes' is neither 0 (no) nor 1 (yes)"],
    ),
    "a day that is not in the calendar": Case(
        CELL,
        {"observations.csv:convicted-2024:recorded": "2026-02-30"},
        [
            "observations.csv:{convicted-2024}:recorded: '2026-02-30' is not in the calendar; "
            "write a day that exists"
        ],
    ),
    "a month that is not in the calendar": Case(
        CELL,
        {"sources.csv:index-2024:published": "2024-13"},
        ["sources.csv:{index-2024}:published: '2024-13' is not in the calendar; write a date that exists"],
    ),
    "a date in digits of another script": Case(
        CELL,
        {"sources.csv:index-2024:published": "२०२४"},
        [
            "sources.csv:{index-2024}:published: '२०२४' is no date; "
            "write 2019-12-12, or 2019-12 or 2019 where no more is known"
        ],
    ),
    "a figure in digits of another script": Case(
        CELL,
        {"observations.csv:links-2016:value": "९०००"},
        [
            "observations.csv:{links-2016}:value: '९०००' is not a number; "
            "write digits, with a point before decimals, such as 91.7"
        ],
    ),
    "a day that a spreadsheet has rewritten": Case(
        CELL,
        {"observations.csv:convicted-2024:period_end": "12/31/2024"},
        [
            "observations.csv:{convicted-2024}:period_end: '12/31/2024' is not a day; "
            "write year-month-day, such as 2019-12-12 "
            "(a spreadsheet seems to have turned it into a date: set the column to text and enter it again)"
        ],
    ),
    "a day that a spreadsheet has made a serial number": Case(
        CELL,
        {"observations.csv:convicted-2024:as_of": "45687"},
        [
            "observations.csv:{convicted-2024}:as_of: '45687' is no date; "
            "write 2019-12-12, or 2019-12 or 2019 where no more is known "
            "(a spreadsheet seems to have turned it into a date: set the column to text and enter it again)"
        ],
    ),
    "a figure that a spreadsheet has made a date": Case(
        CELL,
        {"observations.csv:index-2023:value": "02.May"},
        [
            "observations.csv:{index-2023}:value: '02.May' is not a number; "
            "write digits, with a point before decimals, such as 91.7 "
            "(a spreadsheet seems to have turned it into a date: set the column to text and enter it again)"
        ],
    ),
    "a space at the end": Case(
        CELL,
        {"sources.csv:law:title": "Law "},
        ["sources.csv:{law}:title: 'Law ' begins or ends with a space; remove it"],
    ),
    "a line break": Case(
        CELL,
        {"sources.csv:law:title": "Law\non"},
        [
            "sources.csv:{law}:title: 'Law\N{REPLACEMENT CHARACTER}on' has a line break or an invisible character "
            "where \N{REPLACEMENT CHARACTER} stands; remove it"
        ],
    ),
    "a sign that turns the writing direction": Case(
        CELL,
        {"sources.csv:law:title": "Law \N{RIGHT-TO-LEFT OVERRIDE}"},
        [
            "sources.csv:{law}:title: 'Law \N{REPLACEMENT CHARACTER}' has a line break or an invisible character "
            "where \N{REPLACEMENT CHARACTER} stands; remove it"
        ],
    ),
    "a NUL": Case(
        CELL,
        {"sources.csv:law:url": "https://example.org/\0"},
        [
            "sources.csv:{law}:url: 'https://example.org/\N{REPLACEMENT CHARACTER}' has a line break or an invisible "
            "character where \N{REPLACEMENT CHARACTER} stands; remove it"
        ],
    ),
    "a letter in pieces": Case(
        CELL,
        {"sources.csv:law:title": "Закон и\N{COMBINING BREVE}"},
        [
            "sources.csv:{law}:title: 'Закон и\N{COMBINING BREVE}' has letters in pieces; save it in Unicode form NFC"
        ],
    ),
    # Keys, references, codes
    "a duplicate id": Case(
        "keys_are_unique",
        {"origins.csv:or-pgo-2021:id": "or-pgo-2025"},
        [
            "observations.csv:{attacks-2020}:origin: 'or-pgo-2021' is not in origins.csv; did you mean or-pgo-2025?",
            "observations.csv:{detained-2020-operation}:origin: 'or-pgo-2021' is not in origins.csv; "
            "did you mean or-pgo-2025?",
            "origins.csv:{or-pgo-2021}:id: 'or-pgo-2025' stands in 2 rows; a key is used once "
            "(see origins.csv:{or-pgo-2025}:id)",
            "origins.csv:{or-pgo-2025}:id: 'or-pgo-2025' stands in 2 rows; a key is used once "
            "(see origins.csv:{or-pgo-2021}:id)",
        ],
    ),
    "a duplicate pair": Case(
        "keys_are_unique",
        {"texts.csv:unit people few:field": "many"},
        [
            "indicators.csv:{convicted}:unit: 'people' has no text 'unit people few' in texts.csv; add it",
            "texts.csv:{unit people few}:list+code+field: 'unit people many' stands in 2 rows; a key is used once "
            "(see texts.csv:{unit people many}:list+code+field)",
            "texts.csv:{unit people many}:list+code+field: 'unit people many' stands in 2 rows; a key is used once "
            "(see texts.csv:{unit people few}:list+code+field)",
        ],
    ),
    "a dangling reference": Case(
        "references_lead_somewhere",
        {"observations.csv:convicted-2014-court:source": "cuort-2015"},
        [
            "observations.csv:{convicted-2014-court}:source: 'cuort-2015' is not in sources.csv; "
            "did you mean court-2015?",
            "sources.csv:{court-2015}:id: nothing refers to 'court-2015'; was it renamed?",
            "sources.csv:{law}:id: nothing refers to 'law'; was it renamed?",
        ],
    ),
    "a renamed row": Case(
        "a_row_that_is_missed_may_have_been_renamed",
        {"bodies.csv:iep:code": "gti"},
        [
            "bodies.csv:{iep}:code: 'gti' has no text 'body gti name' in texts.csv; add it",
            "bodies.csv:{iep}:code: nothing refers to 'gti'; was it renamed?",
            "indicators.csv:{gti_score}:leading_body: 'iep' is not in bodies.csv",
            "observations.csv:{index-2023}:stated_by: 'iep' is not in bodies.csv",
            "origins.csv:{or-index-2024}:stated_by: 'iep' is not in bodies.csv",
            "texts.csv:{body iep name}:list+code+field: nothing in the dataset needs 'body iep name'",
        ],
    ),
    "a part whose whole is not there": Case(
        "references_lead_somewhere",
        {"observations.csv:foiled-2024-abroad:part_of": "foiled-2042"},
        [
            "observations.csv:{foiled-2024-abroad}:part_of: 'foiled-2042' is not in observations.csv; "
            "did you mean foiled-2024?",
            "observations.csv:{convicted-2024-foreigners}:id: nothing refers to 'convicted-2024-foreigners'; "
            "was it renamed?",
            "observations.csv:{foiled-2024-abroad}:id: nothing refers to 'foiled-2024-abroad'; was it renamed?",
            "observations.csv:{foiled-2024}:id: nothing refers to 'foiled-2024'; was it renamed?",
        ],
    ),
    "a successor that is not there": Case(
        "successors_are_places",
        {"places.csv:KZ-YUZ:successor_codes": "KZ-61;KZ-97"},
        ["places.csv:{KZ-YUZ}:successor_codes: 'KZ-97' is not in places.csv; did you mean KZ-79?"],
    ),
    "a code of an open list that is none": Case(
        "texts_are_whole",
        {"observations.csv:convicted-2024:scope": "terorism"},
        [
            "observations.csv:{convicted-2024}:scope: 'terorism' is no scope of texts.csv; did you mean terrorism?"
        ],
    ),
    "an indicator without its warning": Case(
        "texts_are_whole",
        {"texts.csv:indicator convicted beware:code": "sentenced"},
        [
            "indicators.csv:{convicted}:code: 'convicted' has no text 'indicator convicted beware' "
            "in texts.csv; add it",
            "texts.csv:{indicator convicted beware}:list+code+field: nothing in the dataset needs "
            "'indicator sentenced beware'",
        ],
    ),
    "a definition under another list": Case(
        "texts_are_whole",
        {"texts.csv:indicator prosecuted definition:list": "legal_stage"},
        [
            "indicators.csv:{prosecuted}:code: 'prosecuted' has no text 'indicator prosecuted definition' "
            "in texts.csv; add it",
            "texts.csv:{indicator prosecuted definition}:list+code+field: nothing in the dataset needs "
            "'legal_stage prosecuted definition'",
        ],
    ),
    "a closed code without a name": Case(
        "texts_are_whole",
        {"texts.csv:outcome failed name:field": "definition"},
        [
            "texts.csv:1:list+code+field: 'failed' has no text 'outcome failed name' in texts.csv; add it",
            "texts.csv:{outcome failed name}:list+code+field: nothing in the dataset needs "
            "'outcome failed definition'",
        ],
    ),
    "a text that is missing in one language": Case(
        "texts_are_whole",
        {"texts.csv:body knb name:kk": ""},
        ["texts.csv:{body knb name}:kk: is empty; write the text"],
    ),
    "a plural form that a language does not have": Case(
        "texts_are_whole",
        {"texts.csv:unit people few:en": "people"},
        ["texts.csv:{unit people few}:en: has no such plural form; leave it empty"],
    ),
    "a text that belongs to nothing": Case(
        "texts_are_whole",
        {"texts.csv:qualifier about definition:code": "roughly"},
        [
            "texts.csv:{qualifier about definition}:list+code+field: nothing in the dataset needs "
            "'qualifier roughly definition'"
        ],
    ),
    # Days
    "a date after the package's own": Case(
        "nothing_is_later_than_the_package",
        {"sources.csv:pgo-2025:published": "2026-12"},
        [
            "sources.csv:{pgo-2025}:published: 2026-12 is after the package's own date 2026-11-22 (datapackage.json)"
        ],
    ),
    "a package older than what it holds": Case(
        "nothing_is_later_than_the_package",
        {"datapackage.json:created": "2026-11-21T00:00:00Z"},
        [
            *(
                f"indicators.csv:{{{code}}}:searched_on: 2026-11-22 is after the package's own date 2026-11-21 "
                "(datapackage.json)"
                for code in (
                    "attacks",
                    "convicted",
                    "detained",
                    "foiled_plots",
                    "gti_score",
                    "killed_total",
                    "links_blocked",
                    "prisoners_held",
                    "prosecuted",
                )
            ),
            *(
                f"observations.csv:{row}:recorded: 2026-11-22 is after the package's own date 2026-11-21 "
                "(datapackage.json)"
                for row in range(2, 26)
            ),
        ],
    ),
    "an inverted period": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-2024-ytd:period_end": "2023-12-20"},
        [
            "observations.csv:{convicted-2024-ytd}:period_start+period_end+period_kind: "
            "period_end 2023-12-20 is before period_start 2024-01-01; swap or correct them"
        ],
    ),
    "a part of a year called a full year": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-2023:period_end": "2023-12-30"},
        [
            "observations.csv:{convicted-2023}:period_start+period_end+period_kind: calendar_year means "
            "1 January to 31 December of one year, and such a period has that kind"
        ],
    ),
    "a full year called a part of it": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-2023:period_kind": "part_year"},
        [
            "observations.csv:{convicted-2023}:period_start+period_end+period_kind: calendar_year means "
            "1 January to 31 December of one year, and such a period has that kind"
        ],
    ),
    "a part of a year without a start": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-2024-ytd:period_start": ""},
        [
            "observations.csv:{convicted-2024-ytd}:period_start+period_end+period_kind: "
            "part_year needs a period_start; where none is stated the kind is undefined"
        ],
    ),
    "a part of a year over two years": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-2024-ytd:period_start": "2023-06-01"},
        [
            "observations.csv:{convicted-2024-ytd}:period_start+period_end+period_kind: "
            "part_year lies within one year; over two years the kind is multi_year"
        ],
    ),
    "several years within one": Case(
        "the_period_fits_its_kind",
        {"observations.csv:foiled-2013-2017:period_end": "2013-12-30"},
        [
            "observations.csv:{foiled-2013-2017}:period_start+period_end+period_kind: "
            "multi_year needs a period_start, and an end in a later year where one is stated"
        ],
    ),
    "a point of two days": Case(
        "the_period_fits_its_kind",
        {"observations.csv:prisoners-2025:period_end": "2025-06-02"},
        [
            "observations.csv:{prisoners-2025}:period_start+period_end+period_kind: "
            "a point is one day: period_start and period_end are the same"
        ],
    ),
    "an undefined period with a start": Case(
        "the_period_fits_its_kind",
        {"observations.csv:convicted-past-years:period_start": "2020-01-01"},
        [
            "observations.csv:{convicted-past-years}:period_start+period_end+period_kind: "
            "undefined has no period_start; with one the kind is another"
        ],
    ),
    "a full year stated before it was over": Case(
        "a_figure_is_stated_after_its_period",
        {"observations.csv:convicted-2024:as_of": "2024-12-20"},
        [
            "observations.csv:{convicted-2024}:as_of+period_end+period_kind+period_start: a full year cannot be "
            "stated on 2024-12-20, before it was over; the kind is part_year"
        ],
    ),
    "a part of a year stated before its end": Case(
        "a_figure_is_stated_after_its_period",
        {"observations.csv:convicted-2019-ytd:as_of": "2019-12-11"},
        [
            "observations.csv:{convicted-2019-ytd}:as_of+period_end+period_kind+period_start: "
            "the period reaches 2019-12-12, after the figure was stated on 2019-12-11"
        ],
    ),
    "a period without an end stated before its start": Case(
        "a_figure_is_stated_after_its_period",
        {"observations.csv:links-2016:as_of": "2015-12"},
        [
            "observations.csv:{links-2016}:as_of+period_end+period_kind+period_start: "
            "the period reaches 2016-01-01, after the figure was stated on 2015-12"
        ],
    ),
    "a translation with another number than its text": Case(
        "translations_have_the_numbers_of_their_text",
        {"translations.csv:Address not known.:kk": "9 мекенжай белгісіз."},
        [
            "translations.csv:{Address not known.}:en+kk: has the numbers 9, and its text (none); write the same"
        ],
    ),
    "a translation with a number in the English form": Case(
        "translations_have_the_numbers_of_their_text",
        {
            "translations.csv:Address not known.:en": "Of 3,200, 32.1 percent.",
            "translations.csv:Address not known.:ru": "Из 3,200 — 32,1 процента.",
            "translations.csv:Address not known.:kk": "3 200 санының 32.1 пайызы.",
        },
        [
            "translations.csv:{Address not known.}:en+kk: has the numbers 1 32 3200, and its text 32.1 3200; "
            "write the same, in the form 3 200 or 32,1",
            "translations.csv:{Address not known.}:en+ru: has the numbers 3.200 32.1, and its text 32.1 3200; "
            "write the same, in the form 3 200 or 32,1",
        ],
    ),
    "a translation with another long number than its text": Case(
        "translations_have_the_numbers_of_their_text",
        {
            "translations.csv:Address not known.:en": "Of 1,134,000 in 2016, 2017.",
            "translations.csv:Address not known.:ru": "Из 1 134 000 в 2016, 2017 годах.",
            "translations.csv:Address not known.:kk": "2016, 2017 жылдары 1 143 000 ішінен.",
        },
        [
            "translations.csv:{Address not known.}:en+kk: has the numbers 1143000 2016 2017, and its text "
            "1134000 2016 2017; write the same, in the form 3 200 or 32,1"
        ],
    ),
    "a translation into one language only": Case(
        CELL,
        {"translations.csv:Address not known.:kk": ""},
        ["translations.csv:{Address not known.}:kk: is empty; every row needs it"],
    ),
    "a figure recorded before it was stated": Case(
        "a_figure_is_stated_after_its_period",
        {"observations.csv:convicted-2024:recorded": "2025-01-29"},
        [
            "observations.csv:{convicted-2024}:recorded+as_of: "
            "recorded on 2025-01-29, before the figure was stated on 2025-01-30"
        ],
    ),
    "a day of stating of which it is said that it is not known": Case(
        "a_figure_is_stated_after_its_period",
        {"observations.csv:convicted-past-years:as_of": "2020"},
        [
            "observations.csv:{convicted-past-years}:as_of+as_of_basis: "
            "as_of is empty where its basis is unknown, and only there"
        ],
    ),
    # Figures
    "a value beside unspecified": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:detained-2023:value": "0"},
        [
            "observations.csv:{detained-2023}:qualifier+value: "
            "unspecified means that no number is stated; empty the figure"
        ],
    ),
    "low above high": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:convicted-past-years:low": "31"},
        ["observations.csv:{convicted-past-years}:low+high: low 31 is above high 30; swap them"],
    ),
    "a range with one limit": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:convicted-past-years:low": ""},
        [
            "observations.csv:{convicted-past-years}:qualifier+value+low+high: "
            "a range has low and high, and no value"
        ],
    ),
    "a limit beside a value": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:convicted-2024:high": "90"},
        [
            "observations.csv:{convicted-2024}:qualifier+value+low+high: "
            "exact has a value and neither low nor high; for no number write unspecified"
        ],
    ),
    "a figure below zero": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:convicted-2024-ytd:value": "-71"},
        ["observations.csv:{convicted-2024-ytd}:value: -71 is below zero; nothing here is"],
    ),
    "half a person": Case(
        "the_figure_fits_its_qualifier",
        {"observations.csv:convicted-2024-ytd:value": "71.5"},
        [
            "indicators.csv:{convicted}:unit: 71.5 people is not a whole number "
            "(see observations.csv:{convicted-2024-ytd}:value+indicator)",
            "observations.csv:{convicted-2024-ytd}:value+indicator: 71.5 people is not a whole number "
            "(see indicators.csv:{convicted}:unit)",
        ],
    ),
    "a score with an extent": Case(
        "the_extent_is_true",
        {"observations.csv:index-2023:extent": "national"},
        [
            "indicators.csv:{gti_score}:unit: extent national with the unit score: shares, scores and ranks are "
            "not_applicable (see observations.csv:{index-2023}:extent+indicator)",
            "observations.csv:{index-2023}:extent+indicator: extent national with the unit score: shares, scores "
            "and ranks are not_applicable (see indicators.csv:{gti_score}:unit)",
        ],
    ),
    "a region called the whole country": Case(
        "the_extent_is_true",
        {"observations.csv:detained-2020-operation:extent": "national"},
        [
            "observations.csv:{detained-2020-operation}:extent+place+incident: "
            "national means the whole country: no incident, and the place KZ, ABROAD or INTERNET"
        ],
    ),
    "a group called everyone": Case(
        "the_extent_is_true",
        {"observations.csv:convicted-2024-foreigners:extent": "national"},
        [
            "observations.csv:{convicted-2024-foreigners}:extent+population+indicator: "
            "national means everyone: population is all"
        ],
    ),
    "a figure of an incident that is no case": Case(
        "the_extent_is_true",
        {"observations.csv:killed-first-day:extent": "partial"},
        ["observations.csv:{killed-first-day}:extent+incident: a figure of an incident has the extent case"],
    ),
    "the figure of one case called that of a year": Case(
        "the_extent_is_true",
        {"observations.csv:convicted-2024-foreigners:extent": "case"},
        [
            "observations.csv:{convicted-2024-foreigners}:extent+period_kind+period_start+period_end: "
            "the figure of one case is no figure of a year; its kind is event"
        ],
    ),
    "a stock counted over a year": Case(
        "the_extent_is_true",
        {
            "observations.csv:prisoners-2025:period_kind": "part_year",
            "observations.csv:prisoners-2025:period_start": "2025-01-01",
        },
        [
            "indicators.csv:{prisoners_held}:kind: a stock is counted on a day: its period is a point, an event "
            "or undefined (see observations.csv:{prisoners-2025}:period_kind+indicator)",
            "observations.csv:{prisoners-2025}:period_kind+indicator: a stock is counted on a day: its period is "
            "a point, an event or undefined (see indicators.csv:{prisoners_held}:kind)",
        ],
    ),
    "a prosecution without the source's own term": Case(
        "the_extent_is_true",
        {"observations.csv:prosecuted-2016:stated_as": ""},
        [
            "observations.csv:{prosecuted-2016}:stated_as+indicator: "
            "prosecuted covers several terms; write the source's own in stated_as"
        ],
    ),
    "a part larger than its whole": Case(
        "a_part_fits_its_whole",
        {"observations.csv:foiled-2024-abroad:value": "5"},
        [
            "observations.csv:{foiled-2024-abroad}:part_of+value: the part 5 is larger than the whole 4 "
            "(see observations.csv:{foiled-2024}:value+id)",
            "observations.csv:{foiled-2024}:value+id: the part 5 is larger than the whole 4 "
            "(see observations.csv:{foiled-2024-abroad}:part_of+value)",
        ],
    ),
    "a part of a whole in another document": Case(
        "a_part_fits_its_whole",
        {"observations.csv:convicted-2024-foreigners:part_of": "convicted-2024-ytd"},
        [
            "observations.csv:{convicted-2024-foreigners}:part_of+source: 'convicted-2024-foreigners' and its whole "
            "'convicted-2024-ytd' stand in different documents (see observations.csv:{convicted-2024-ytd}:source+id)",
            "observations.csv:{convicted-2024-ytd}:source+id: 'convicted-2024-foreigners' and its whole "
            "'convicted-2024-ytd' stand in different documents "
            "(see observations.csv:{convicted-2024-foreigners}:part_of+source)",
        ],
    ),
    "a part of itself by way of another": Case(
        "a_part_fits_its_whole",
        {
            "observations.csv:foiled-2024:part_of": "foiled-2024-abroad",
            "observations.csv:foiled-2024:value": "1",
        },
        [
            "observations.csv:{foiled-2024-abroad}:part_of+id: "
            "a figure cannot be a part of itself, not even by way of others",
            "observations.csv:{foiled-2024}:part_of+id: "
            "a figure cannot be a part of itself, not even by way of others",
        ],
    ),
    "one figure of one document twice": Case(
        "one_document_states_a_figure_once",
        {
            "observations.csv:convicted-2024-foreigners:value": "84",
            "observations.csv:convicted-2024-foreigners:population": "all",
        },
        [
            f"observations.csv:{{{one}}}:source+indicator+value+low+high+population+place+place_stated+incident+"
            "period_start+period_end+period_words+scope+stated_as+note: the same figure of the same document stands "
            f"twice (see observations.csv:{{{other}}}:source+indicator+value+low+high+population+place+place_stated+"
            "incident+period_start+period_end+period_words+scope+stated_as+note)"
            for one, other in (
                ("convicted-2024", "convicted-2024-foreigners"),
                ("convicted-2024-foreigners", "convicted-2024"),
            )
        ],
    ),
    "a paragraph of a document of which only the opening was read": Case(
        "the_locator_fits_what_was_read",
        {"sources.csv:outlet-2025:read": "opening"},
        [
            "observations.csv:{convicted-2023-again}:locator+source: 'paragraph 2' for a document read in its "
            "opening; right is opening, or opening, paragraph 3 (see sources.csv:{outlet-2025}:read+id)",
            "sources.csv:{outlet-2025}:read+id: 'paragraph 2' for a document read in its opening; right is opening, "
            "or opening, paragraph 3 (see observations.csv:{convicted-2023-again}:locator+source)",
        ],
    ),
    # Places, incidents, bodies, documents
    "a region of the past in a figure of today": Case(
        "places_are_named_by_the_borders_of_the_day",
        {"observations.csv:detained-2020-operation:place": "KZ-YUZ"},
        [
            "observations.csv:{detained-2020-operation}:place+period_start+period_end: 'KZ-YUZ' has its valid_to on "
            "2018-06-18, and this lies outside (see places.csv:{KZ-YUZ}:valid_to+code)",
            "places.csv:{KZ-YUZ}:valid_to+code: 'KZ-YUZ' has its valid_to on 2018-06-18, and this lies outside "
            "(see observations.csv:{detained-2020-operation}:place+period_start+period_end)",
        ],
    ),
    "a region of today in an incident of the past": Case(
        "places_are_named_by_the_borders_of_the_day",
        {"incidents.csv:2017-04-shymkent:region_then": "KZ-79"},
        [
            "incidents.csv:{2017-04-shymkent}:region_then+date_start+date_end: 'KZ-79' has its valid_from on "
            "2018-06-19, and this lies outside (see places.csv:{KZ-79}:valid_from+code)",
            "places.csv:{KZ-79}:valid_from+code: 'KZ-79' has its valid_from on 2018-06-19, and this lies outside "
            "(see incidents.csv:{2017-04-shymkent}:region_then+date_start+date_end)",
        ],
    ),
    "a tile taken twice": Case(
        "the_tile_map_is_whole",
        {"places.csv:KZ-79:tile_col": "0"},
        [
            "places.csv:{KZ-61}:tile_row+tile_col: the tile (1, 0) is taken twice "
            "(see places.csv:{KZ-79}:tile_row+tile_col)",
            "places.csv:{KZ-79}:tile_row+tile_col: the tile (1, 0) is taken twice "
            "(see places.csv:{KZ-61}:tile_row+tile_col)",
        ],
    ),
    "a region without a tile": Case(
        "the_tile_map_is_whole",
        {"places.csv:KZ-79:tile_col": ""},
        ["places.csv:{KZ-79}:kind+tile_row+tile_col: a region or city of today has a tile, and only they"],
    ),
    "an incident that ends before it begins": Case(
        "incidents_hold_together",
        {"incidents.csv:2016-06-aktobe:date_end": "2016-06-04"},
        ["incidents.csv:{2016-06-aktobe}:date_start+date_end: 2016-06-04 is before 2016-06-05; swap them"],
    ),
    "a known date without its days": Case(
        "incidents_hold_together",
        {"incidents.csv:2017-04-shymkent:date_end": ""},
        [
            "incidents.csv:{2017-04-shymkent}:date_precision+date_start+date_end: "
            "a date known to the day, month or year has a first and a last day"
        ],
    ),
    "half a point": Case(
        "incidents_hold_together",
        {"incidents.csv:2016-06-aktobe:lon": ""},
        ["incidents.csv:{2016-06-aktobe}:lat+lon: a point has both latitude and longitude"],
    ),
    "latitude and longitude swapped": Case(
        "incidents_hold_together",
        {"incidents.csv:2016-06-aktobe:lat": "57.17", "incidents.csv:2016-06-aktobe:lon": "50.28"},
        ["incidents.csv:{2016-06-aktobe}:lat+lon: 57.17, 50.28 lies outside the country"],
    ),
    "a region of the past as today's": Case(
        "incidents_hold_together",
        {"incidents.csv:2017-04-shymkent:region_now": "KZ-YUZ"},
        [
            "incidents.csv:{2017-04-shymkent}:region_now: region_now is 'KZ-YUZ', a region of the past "
            "(see places.csv:{KZ-YUZ}:kind+code)",
            "places.csv:{KZ-YUZ}:kind+code: region_now is 'KZ-YUZ', a region of the past "
            "(see incidents.csv:{2017-04-shymkent}:region_now)",
        ],
    ),
    "a figure of an incident in a document that is not one of its documents": Case(
        "an_incident_names_its_documents",
        {"incident_sources.csv:2016-06-aktobe pgo-2016:source": "pgo-2017"},
        [
            "incident_sources.csv:{2016-06-aktobe pgo-2016}:source: the pair '2016-06-aktobe', 'pgo-2016' is not in "
            "incident_sources.csv; add it",
            "observations.csv:{killed-third-day}:incident+source: the pair '2016-06-aktobe', 'pgo-2016' is not in "
            "incident_sources.csv; add it",
        ],
    ),
    "a department of a department": Case(
        "departments_stand_under_the_body_that_leads",
        {"bodies.csv:media:parent": "knb_atc"},
        [
            "bodies.csv:{knb_atc}:parent+code: 'knb_atc' is itself under another body; name the one at the top "
            "(see bodies.csv:{media}:parent+code)",
            "bodies.csv:{media}:parent+code: 'knb_atc' is itself under another body; name the one at the top "
            "(see bodies.csv:{knb_atc}:parent+code)",
        ],
    ),
    "a body under itself": Case(
        "departments_stand_under_the_body_that_leads",
        {"bodies.csv:media:parent": "media"},
        ["bodies.csv:{media}:parent+code: 'media' is itself under another body; name the one at the top"],
    ),
    "a department whose series is said to lead": Case(
        "departments_stand_under_the_body_that_leads",
        {"indicators.csv:detained:leading_body": "knb_atc"},
        [
            "bodies.csv:{knb_atc}:parent+code: 'knb_atc' stands under 'knb', whose series leads "
            "(see indicators.csv:{detained}:leading_body)",
            "indicators.csv:{detained}:leading_body: 'knb_atc' stands under 'knb', whose series leads "
            "(see bodies.csv:{knb_atc}:parent+code)",
        ],
    ),
    "a search from a year that is none": Case(
        "a_search_has_its_days",
        {"indicators.csv:detained:searched_from": "20"},
        [
            "indicators.csv:{detained}:searched_from+searched_on: "
            "20 is no year from 1991 to that of searched_on, 2026-11-22"
        ],
    ),
    "a review before the search": Case(
        "a_search_has_its_days",
        {"indicators.csv:detained:review_on": "2026-02-01"},
        [
            "indicators.csv:{detained}:review_on+searched_on: "
            "review_on 2026-02-01 is not after searched_on 2026-11-22; name a later day"
        ],
    ),
    "a document that cannot be found": Case(
        "documents_can_be_found",
        {"sources.csv:law:url": ""},
        ["sources.csv:{law}:url+note: is empty; the note then says that it is withheld or not known"],
    ),
    "one address of two documents": Case(
        "documents_can_be_found",
        {"sources.csv:law:url": "https://example.org/programme"},
        [
            "sources.csv:{law}:url: https://example.org/programme is the address of two sources "
            "(see sources.csv:{programme}:url)",
            "sources.csv:{programme}:url: https://example.org/programme is the address of two sources "
            "(see sources.csv:{law}:url)",
        ],
    ),
    "a retelling at length": Case(
        "texts_are_short",
        {"observations.csv:convicted-2024:paraphrase": "word " * 25 + "word"},
        ["observations.csv:{convicted-2024}:paraphrase: has 26 words; 25 are the most"],
    ),
    # What was published
    "a published figure edited in silence": Case(
        "what_was_published_stays",
        {"observations.csv:prosecuted-2016:value": "176"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:now+field+observation+changed_on: '176' stands where "
            "2026.10.1 and its changes give '175'; put that back, or enter the change in changes.csv "
            "(see observations.csv:{prosecuted-2016}:value and published.csv:{prosecuted-2016}:observation+value)",
            "observations.csv:{prosecuted-2016}:value: '176' stands where 2026.10.1 and its changes give '175'; "
            "put that back, or enter the change in changes.csv (see published.csv:{prosecuted-2016}:observation+value "
            "and changes.csv:{prosecuted-2016 value 2026-11-20}:now+field+observation+changed_on)",
            "published.csv:{prosecuted-2016}:observation+value: '176' stands where 2026.10.1 and its changes give "
            "'175'; put that back, or enter the change in changes.csv (see observations.csv:{prosecuted-2016}:value "
            "and changes.csv:{prosecuted-2016 value 2026-11-20}:now+field+observation+changed_on)",
        ],
    ),
    "a published figure under another name": Case(
        "what_was_published_stays",
        {"observations.csv:prosecuted-2016:id": "prosecutions"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:observation: 'prosecuted-2016' is not in observations.csv",
            "observations.csv:{links-2016}:id: nothing refers to 'links-2016'; was it renamed?",
            "observations.csv:{prosecuted-2016}:id: nothing refers to 'prosecutions'; was it renamed?",
            "published.csv:{prosecuted-2016}:observation: 'prosecuted-2016' is not in observations.csv",
            "published.csv:{prosecuted-2016}:observation: 'prosecuted-2016' was published in 2026.10.1 and is not in "
            "observations.csv; nothing is deleted: put it back, and withdraw it if it is wrong",
        ],
    ),
    "a change of what had never been there": Case(
        "what_was_published_stays",
        {"changes.csv:prosecuted-2016 value 2026-11-20:was": "166"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:was+field+observation+changed_on: changed from '166', and "
            "'165' stood there before (see published.csv:{prosecuted-2016}:observation+value)",
            "published.csv:{prosecuted-2016}:observation+value: changed from '166', and '165' stood there before "
            "(see changes.csv:{prosecuted-2016 value 2026-11-20}:was+field+observation+changed_on)",
        ],
    ),
    "a withdrawal that is called a correction": Case(
        "a_change_is_of_a_published_figure_and_has_a_reason",
        {"changes.csv:prosecuted-2016 value 2026-11-20:kind": "withdrawal"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:kind+field+now: withdrawal means that status becomes "
            "withdrawn, and such a change has that kind"
        ],
    ),
    "a change of a figure that has not been published": Case(
        "a_change_is_of_a_published_figure_and_has_a_reason",
        {"changes.csv:prosecuted-2016 value 2026-11-20:observation": "links-2016"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:observation: 'links-2016' is not in published.csv, "
            "so it is simply edited; remove this row",
            "observations.csv:{prosecuted-2016}:value: '175' stands where 2026.10.1 and its changes give '165'; "
            "put that back, or enter the change in changes.csv (see published.csv:{prosecuted-2016}:observation+value)",
            "published.csv:{prosecuted-2016}:observation+value: '175' stands where 2026.10.1 and its changes give "
            "'165'; put that back, or enter the change in changes.csv (see observations.csv:{prosecuted-2016}:value)",
        ],
    ),
    "a change of a cell that needs no entry": Case(
        "a_change_is_of_a_published_figure_and_has_a_reason",
        {
            "changes.csv:prosecuted-2016 value 2026-11-20:field": "note",
            "observations.csv:prosecuted-2016:value": "165",
        },
        ["changes.csv:{prosecuted-2016 value 2026-11-20}:field: 'note' is no cell that needs an entry"],
    ),
    "a change from before the figure was published": Case(
        "changes_follow_each_other",
        {"changes.csv:prosecuted-2016 value 2026-11-20:changed_on": "2026-09-30"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:changed_on+observation: 2026-09-30 is before the figure "
            "was published in 2026.10.1; name the day of the change, 2026-10-01 or later "
            "(see published.csv:{prosecuted-2016}:version+observation)",
            "published.csv:{prosecuted-2016}:version+observation: 2026-09-30 is before the figure "
            "was published in 2026.10.1; name the day of the change, 2026-10-01 or later "
            "(see changes.csv:{prosecuted-2016 value 2026-11-20}:changed_on+observation)",
        ],
    ),
    "a change that changes nothing": Case(
        "a_change_is_of_a_published_figure_and_has_a_reason",
        {
            "changes.csv:prosecuted-2016 value 2026-11-20:now": "165",
            "observations.csv:prosecuted-2016:value": "165",
        },
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:was+now: are the same; a change changes something",
        ],
    ),
    "a change with a long reason": Case(
        "a_change_is_of_a_published_figure_and_has_a_reason",
        {"changes.csv:prosecuted-2016 value 2026-11-20:reason": "word " * 60 + "word"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:reason: is longer than 60 words; shorten it",
        ],
    ),
    "a change after the package's own date": Case(
        "nothing_is_later_than_the_package",
        {"changes.csv:prosecuted-2016 value 2026-11-20:changed_on": "2026-11-23"},
        [
            "changes.csv:{prosecuted-2016 value 2026-11-20}:changed_on: 2026-11-23 is after the package's own date "
            "2026-11-22 (datapackage.json)"
        ],
    ),
    "a target that is no code": Case(
        "texts_are_whole",
        {"incidents.csv:2016-06-aktobe:target_type": "public_place"},
        [
            "incidents.csv:{2016-06-aktobe}:target_type: 'public_place' is no target_type of texts.csv; "
            "did you mean public_places?",
            "texts.csv:{target_type public_places name}:list+code+field: nothing in the dataset needs "
            "'target_type public_places name'",
        ],
    ),
    # The descriptor
    "a package without a version": Case(
        CELL,
        {"datapackage.json:version": ""},
        ["datapackage.json:1:version: is missing or odd; write a name such as 2026.11.1"],
    ),
    "a package without a date": Case(
        CELL,
        {"datapackage.json:created": "November"},
        [
            "datapackage.json:1:created: is not a date and time; "
            "write the package's own date, such as 2026-11-22T00:00:00Z"
        ],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bad_dataset_is_refused_with_every_fault_in_its_place(world_folder, case):
    assert _refusal(world_folder, case) == _expected(case)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_each_rule_is_needed(world_folder, monkeypatch, rule):
    """Without it, what only it refuses is let in or called something else."""
    monkeypatch.setattr(rules, "RULES", [other for other in rules.RULES if other is not rule])
    cases = [case for case in CASES.values() if case.rule == rule.__name__]
    assert cases, "no case above shows what this rule is for"
    for case in cases:
        assert _refusal(world_folder, case) != _expected(case)
        shutil.copytree(WORLD, world_folder, dirs_exist_ok=True)


def test_all_faults_are_told_at_once(world_folder):
    edits = {cell: value for case in CASES.values() for cell, value in case.edits.items() if not case.rule}
    _edit(world_folder, {cell: value for cell, value in edits.items() if "duplicate" not in cell})
    with pytest.raises(seed.Refused) as refused:
        seed.read(world_folder)
    told = {(fault.file, column) for fault in refused.value.faults for column in fault.columns}
    assert {
        (cell.split(":")[0], cell.split(":")[2]) for cell in edits if not cell.startswith("datapackage")
    } <= told
    assert {("datapackage.json", "version"), ("datapackage.json", "created")} <= told


def test_a_fault_is_one_line_and_stands_in_the_order_of_the_files(world_folder):
    _edit(
        world_folder,
        {
            "sources.csv:law:title": "Law\x1b[31m\non\u2028",
            "observations.csv:links-2016:value": "\x00\n",
            "bodies.csv:knb:code": "k\r\nnb",
        },
    )
    with pytest.raises(seed.Refused) as refused:
        seed.read(world_folder)
    lines = str(refused.value).splitlines()
    assert len(lines) == len(refused.value.faults)
    assert all(
        line.isprintable() and re.match(r"[a-z_]+\.(csv|json):\d+:[a-z_+]+: .", line) for line in lines
    )
    assert all(one <= other for one, other in pairwise(refused.value.faults))


def test_hundreds_of_faults_alike_stay_readable(world_folder):
    header, first, *_ = _rows(world_folder / "sources.csv")
    _write(world_folder / "sources.csv", [header, *[first] * 300])
    with pytest.raises(seed.Refused) as refused:
        seed.read(world_folder)
    assert max(len(str(fault)) for fault in refused.value.faults) < 250


# --- The shape of the files ---------------------------------------------------------------------------------


def _bytes(change: Callable[[bytes], bytes], file: str = "origins.csv") -> Callable[[Path], object]:
    return lambda package: (package / file).write_bytes(change((package / file).read_bytes()))


SHAPES: dict[str, tuple[Callable[[Path], Any], list[str]]] = {
    "an empty file": (
        _bytes(lambda _: b""),
        ["origins.csv:1:file: is empty; its first row names the columns"],
    ),
    "a row too short": (
        _bytes(
            lambda raw: raw.replace(
                b"or-pgo-2016,pgo,2016-06-08,Press conference,", b"or-pgo-2016,pgo,2016-06-08"
            )
        ),
        ["origins.csv:{or-pgo-2016}:event+note: has 3 cells; 5 are right"],
    ),
    "a row too long": (
        _bytes(lambda raw: raw.replace(b"Press conference,", b"Press, conference,")),
        ["origins.csv:{or-pgo-2016}:id+stated_by+stated_on+event+note: has 6 cells; 5 are right"],
    ),
    "an empty line": (
        _bytes(lambda raw: raw.replace(b"or-pgo-2016,", b"\nor-pgo-2016,")),
        ["origins.csv:{or-pgo-2016}:id+stated_by+stated_on+event+note: has 0 cells; 5 are right"],
    ),
    "a quote that is never closed": (
        _bytes(lambda raw: raw.replace(b"Press conference", b'"Press conference')),
        [
            "origins.csv:{or-pgo-2016}:event: is not CSV from here on: unexpected end of data; "
            "a quoted cell ends with a quote"
        ],
    ),
    "a quote that is closed rows later": (
        _bytes(
            lambda raw: raw.replace(b"Press conference", b'"Press conference').replace(b"Answer", b'"Answer')
        ),
        [
            "origins.csv:{or-pgo-2016}:event: is not CSV from here on: ',' expected after '\"'; "
            "a quoted cell ends with a quote"
        ],
    ),
    "a quote that swallows rows": (
        _bytes(
            lambda raw: raw.replace(b"Press conference", b'"Press conference').replace(b"to a request", b'"')
        ),
        [
            "origins.csv:{or-pgo-2016}:event: 'Press conference,\N{REPLACEMENT CHARACTER}or-pgo-2017,pgo,2017-02,"
            "Yearly review,\N{REPLACEMENT CHARACTER}or…' has a line break or an invisible character where "
            "\N{REPLACEMENT CHARACTER} stands; remove it"
        ],
    ),
    "semicolons for commas": (
        _bytes(lambda raw: raw.replace(b",", b";")),
        ["origins.csv:1:file: has semicolons between its cells; save the file with commas"],
    ),
    "UTF-16": (
        _bytes(lambda raw: raw.decode().encode("utf-16")),
        ["origins.csv:1:file: is UTF-16 by its first bytes; save the file as UTF-8"],
    ),
    "a column misspelt": (
        _bytes(lambda raw: raw.replace(b"stated_on", b"stated on")),
        [
            "origins.csv:1:stated on: is no column of this file; did you mean stated_on?",
            "origins.csv:1:stated_on: is missing; every row of this file has it",
        ],
    ),
    "a column twice": (
        _bytes(lambda raw: raw.replace(b"event,note", b"event,event")),
        [
            "origins.csv:1:event: stands 2 times; once is right",
            "origins.csv:1:note: is missing; every row of this file has it",
        ],
    ),
    "a column without a name": (
        _bytes(lambda raw: re.sub(rb"\n", b",\n", raw)),
        ["origins.csv:1:(empty): is no column of this file"],
    ),
    "a byte that is no UTF-8": (
        _bytes(lambda raw: raw.replace(b"Press conference", b"Press conf\xe9rence")),
        ["origins.csv:{or-pgo-2016}:event: is not UTF-8; save the file as UTF-8"],
    ),
    "a half of a pair, written as UTF-8": (
        _bytes(lambda raw: raw.replace(b"Press conference", b"Press \xed\xa0\x80")),
        ["origins.csv:{or-pgo-2016}:event: is not UTF-8; save the file as UTF-8"],
    ),
    "a descriptor that is no JSON": (
        _bytes(lambda raw: raw[:-3], "datapackage.json"),
        ["datapackage.json:1:file: is not a JSON object in UTF-8 in which each name stands once"],
    ),
    "a descriptor that is a list": (
        _bytes(lambda _: b"[]", "datapackage.json"),
        ["datapackage.json:1:file: is not a JSON object in UTF-8 in which each name stands once"],
    ),
    "a descriptor with two versions": (
        _bytes(lambda raw: raw.replace(b'"version"', b'"version": "1", "version"'), "datapackage.json"),
        ["datapackage.json:1:file: is not a JSON object in UTF-8 in which each name stands once"],
    ),
    "a descriptor in UTF-16": (
        _bytes(lambda raw: raw.decode().encode("utf-16"), "datapackage.json"),
        ["datapackage.json:1:file: is not a JSON object in UTF-8 in which each name stands once"],
    ),
    "a descriptor without a floor": (
        _bytes(lambda _: b"[" * 100_000, "datapackage.json"),
        ["datapackage.json:1:file: is not a JSON object in UTF-8 in which each name stands once"],
    ),
    "a version that is a number": (
        _bytes(lambda raw: raw.replace(b'"2026.11.0"', b"2026.11"), "datapackage.json"),
        ["datapackage.json:1:version: is missing or odd; write a name such as 2026.11.1"],
    ),
}
REFERRING = "observations.csv:{killed-third-day}:origin: 'or-pgo-2016' is not in origins.csv"


@pytest.mark.parametrize(("change", "said"), SHAPES.values(), ids=SHAPES)
def test_a_file_of_the_wrong_shape_is_refused(world_folder, change, said):
    """What is said of rows that could not be read, by those that refer to them, is left aside here."""
    change(world_folder)
    with pytest.raises(seed.Refused) as refused:
        seed.read(world_folder)
    lines = [str(fault) for fault in refused.value.faults]
    about = [
        line
        for line in lines
        if not re.search(r"is not in|has no text|nothing|refers|is no \w+ of texts|add it", line)
    ]
    assert about == sorted(_numbered(line) for line in said)


@pytest.mark.parametrize("shape", ["semicolons for commas", "UTF-16", "a column misspelt", "an empty file"])
def test_a_file_that_cannot_be_read_buries_its_cause_under_nothing(world_folder, shape):
    """Every row that refers to it would look wrong, a thousand times."""
    change, said = SHAPES[shape]
    change(world_folder)
    with pytest.raises(seed.Refused) as refused:
        seed.read(world_folder)
    assert sorted(map(str, refused.value.faults)) == sorted(said)


def test_where_there_is_no_package_one_sentence_says_so(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for name, said in (
        ("none", "there is no folder"),
        ("file", "is a file"),
        ("empty", "there is no package in"),
    ):
        with pytest.raises(OSError, match=said):
            seed.read(tmp_path / name)


# --- Any change of one cell ---------------------------------------------------------------------------------

FILES = {
    path.name: tuple(map(tuple, csv.reader(io.StringIO(path.read_text(encoding="utf-8")))))
    for path in WORLD.glob("*.csv")
}
EVERY_CELL = [
    (file, row, column)
    for file, rows in sorted(FILES.items())
    for row in range(1, len(rows))
    for column in range(len(rows[0]))
]
WRITABLE = st.characters(exclude_categories=["Cs"])  # a lone surrogate cannot be written as UTF-8
SPREADSHEET_DATES = (
    "{0.day}.{0.month}.{0.year}",
    "{0.month}/{0.day}/{0.year}",
    "{0:%d-%b}",
    "{0:%b-%y}",
    "{0} 00:00:00",
)


@pytest.fixture(scope="session")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples: each spoils a file and puts it right again."""
    return Path(shutil.copytree(WORLD, tmp_path_factory.mktemp("spoiled") / "world"))


@st.composite
def one_other_cell(draw: st.DrawFn) -> tuple[str, int, int, str]:
    """A cell of the miniature, and something else to stand there."""
    file, row, column = draw(st.sampled_from(EVERY_CELL))
    rows = FILES[file]
    old = rows[row][column]
    other = draw(
        st.one_of(
            st.just(""),
            st.sampled_from(sorted({cells[column] for cells in rows[1:]})),
            st.sampled_from(sorted(rows[row])),
            st.text(WRITABLE, max_size=20),
            st.text(
                max_size=60,
                alphabet=st.sampled_from("ab -_.;:'\",/\\\n\r\t\0\u00a0\u200b\u202eé\u0301әЖ0129"),
            ),
            st.integers(-(10**20), 10**20).map(str),
            st.floats().map(str),
            st.dates().map(str),
            st.builds(str.format, st.sampled_from(SPREADSHEET_DATES), st.dates()),
            st.integers(20_000, 60_000).map(str),
            _typing_errors(old),
        )
    )
    assume(other != old)
    return file, row, column, other


def _typing_errors(word: str) -> st.SearchStrategy[str]:
    """One letter left out, doubled or mistaken, or two swapped."""
    if len(word) < 2:
        return st.just(word + "x")
    at = st.integers(0, len(word) - 2)
    return st.one_of(
        at.map(lambda i: word[:i] + word[i + 1 :]),
        at.map(lambda i: word[:i] + word[i] + word[i:]),
        at.map(lambda i: word[:i] + "q" + word[i + 1 :]),
        at.map(lambda i: word[:i] + word[i + 1] + word[i] + word[i + 2 :]),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(one_other_cell())
def test_any_other_cell_is_sound_or_reported_where_it_stands(spoiled, change):
    file, row, column, other = change
    _write(
        spoiled / file, [*FILES[file][:row], _with(FILES[file][row], column, other), *FILES[file][row + 1 :]]
    )
    try:
        faults = _faults(spoiled)
    finally:
        _write(spoiled / file, FILES[file])
    name = FILES[file][0][column]
    there = [fault for fault in faults if (fault.file, fault.row) == (file, row + 1)]
    assert not faults or any(name in fault.columns for fault in there), "\n".join(map(str, faults))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(EVERY_CELL),
    st.sampled_from([b"\xe9", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b"\x1b", b"\xc2\xa0"]),
)
def test_a_byte_that_does_not_belong_is_reported_where_it_stands(spoiled, cell, byte):
    file, row, column = cell
    mark = "QQQQ"
    marked = _with(FILES[file][row], column, FILES[file][row][column] + mark)
    _write(spoiled / file, [*FILES[file][:row], marked, *FILES[file][row + 1 :]])
    raw = (spoiled / file).read_bytes()
    (spoiled / file).write_bytes(raw.replace(mark.encode(), byte))
    try:
        with pytest.raises(seed.Refused) as refused:
            seed.read(spoiled)
    finally:
        _write(spoiled / file, FILES[file])
    name = FILES[file][0][column]
    faults = [
        fault
        for fault in refused.value.faults
        if (fault.file, fault.row, fault.columns) == (file, row + 1, (name,))
    ]
    assert any(re.search("is not UTF-8|invisible character", fault.reason) for fault in faults)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(EVERY_CELL), st.sampled_from(["left out", "doubled", "a quote opened"]))
def test_a_row_of_the_wrong_shape_is_reported_where_it_stands(spoiled, cell, how):
    file, row, column = cell
    cells = FILES[file][row]
    if how == "left out":
        cells = cells[:column] + cells[column + 1 :]
    elif how == "doubled":
        cells = cells[: column + 1] + cells[column:]
    _write(spoiled / file, [*FILES[file][:row], cells, *FILES[file][row + 1 :]])
    if how == "a quote opened":
        lines = (spoiled / file).read_text(encoding="utf-8").split("\n")
        before = _line(cells[:column])
        assume(lines[row].startswith(before + cells[column]))
        lines[row] = before + '"' + lines[row][len(before) :]
        (spoiled / file).write_text("\n".join(lines), encoding="utf-8")
    try:
        with pytest.raises(seed.Refused) as refused:
            seed.read(spoiled)
    finally:
        _write(spoiled / file, FILES[file])
    there = [fault for fault in refused.value.faults if (fault.file, fault.row) == (file, row + 1)]
    assert there, f"{file}:{row + 1} is not in\n{refused.value}"
    if how == "a quote opened":
        assert FILES[file][0][column] in there[0].columns


LOOK_ALIKE = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
OTHERS: dict[str, Callable[[str, list[str], random.Random], str]] = {
    "emptied": lambda cell, column, chance: "",
    "of another row": lambda cell, column, chance: chance.choice(column),
    "mistyped": lambda cell, column, chance: cell[:-1] + "q",
    "with two letters swapped": lambda cell, column, chance: cell[1:2] + cell[:1] + cell[2:],
    "with a letter of another alphabet": lambda cell, column, chance: cell.translate(LOOK_ALIKE),
    "with a space before it": lambda cell, column, chance: " " + cell,
    "with an invisible letter": lambda cell, column, chance: cell + "\u200b",
    "a number": lambda cell, column, chance: str(chance.randint(-9, 3000)),
    "a number in words": lambda cell, column, chance: "about 1,000",
    "a day": lambda cell, column, chance: f"20{chance.randint(10, 40)}-{chance.randint(1, 14):02}-28",
    "a day as a spreadsheet writes it": lambda cell, column, chance: "12/31/2024",
    "far too long": lambda cell, column, chance: cell + " and so on" * 500,
}
"""What may stand in place of a cell by mistake."""


@pytest.mark.bar(suite="reject", least=110, full=1300)
def test_every_mistake_in_every_column_is_refused_where_it_stands_or_is_sound(
    tmp_path, world, world_folder, bar
):
    """Of what is refused nothing reaches the database; of what is sound exactly that cell is another."""
    chance = random.Random(20261127)
    file = tmp_path / "derek.db"
    seed.load(world, Database(f"sqlite:///{file}"))
    before = file.read_bytes()
    columns = [(name, at) for name, rows in sorted(FILES.items()) for at in range(len(rows[0]))]
    cases = [(*place, other) for other in OTHERS.values() for place in columns]
    for number, (name, at, other) in enumerate(cases[:: bar.of(12, 1)]):
        header, *rows = FILES[name]
        row = chance.randrange(len(rows))
        cell = other(rows[row][at], [one[at] for one in rows], chance)
        if cell == rows[row][at]:
            continue
        _write(world_folder / name, [header, *rows[:row], _with(rows[row], at, cell), *rows[row + 1 :]])
        where = f"{name}:{row + 2}: {header[at]} {cell[:60]!r}"
        if faults := _faults(world_folder):
            here = [one for one in faults if (one.file, one.row) == (name, row + 2)]
            assert any(header[at] in one.columns for one in here), f"{where} is not in {faults}"
            if number % 10 == 0:
                address = {"DATABASE_URL": f"sqlite:///{file}"}
                answer = CliRunner().invoke(cli.app, ["load", str(world_folder)], env=address)
                assert (answer.exit_code, answer.stdout) == (cli.REFUSED, "")
                assert f"{name}:{row + 2}:" in answer.stderr
            bar.case(file.read_bytes() == before)
        else:
            changed = list(seed.difference(world.tables, seed.read(world_folder).tables))
            key = next(table.key for table in TABLES if name == f"{table.__tablename__}.csv")
            signs = sorted(line[0] for line in changed)
            bar.case(signs == ["+", "-"] if header[at] in key else signs in (["~"], []))
            assert not bar.lost, f"{where} is sound, and changed {changed}"
        _write(world_folder / name, FILES[name])


@pytest.mark.bar(suite="reject", least=30, full=500)
def test_no_sound_package_is_refused(world_folder, bar):
    """Other numbers, words, documents and orders of rows and columns, and files as other programs write them."""
    chance = random.Random(20261127)
    words = ["a", "number", "of", "people,", "сот", "үкім", "как", "сообщалось", "2016,", "—", "1.5%", "«so»"]
    for number in range(bar.of(30, 500)):
        for name, (header, *rows) in FILES.items():
            cells = [dict(zip(header, row, strict=True)) for row in rows]
            for one in cells:
                if name == "observations.csv":
                    if one["id"] in ("links-2016", "attacks-2020", "killed-first-day", "index-2023"):
                        one["value"] = str(chance.choice([0, 7, 10**6]))
                    one["note"] = one["paraphrase"] = " ".join(chance.choices(words, k=chance.randint(1, 20)))
                if name == "sources.csv":
                    one["title"] = " ".join(chance.choices(words, k=5))
            if name == "sources.csv":
                extra = dict(cells[0], id=f"document-{number}", url=f"https://example.org/{number}")
                cells.append(extra)
            chance.shuffle(cells)
            order = chance.sample(header, len(header))
            text = io.StringIO(newline="")
            lines = csv.DictWriter(
                text,
                order,
                quoting=chance.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
                lineterminator=chance.choice(["\n", "\r\n"]),
            )
            lines.writeheader()
            lines.writerows(cells)
            mark = chance.choice(["", "\ufeff"])
            (world_folder / name).write_text(mark + text.getvalue(), encoding="utf-8", newline="")
        assert _faults(world_folder) == ()
        bar.case()


# --- What the published dataset keeps to beyond the rules ---------------------------------------------------


def test_its_descriptor_says_what_the_models_say():
    for package in (folder("seed"), WORLD):
        assert (package / "datapackage.json").read_text(encoding="utf-8") == seed.described(package)


@pytest.mark.parametrize("package", [folder("seed"), WORLD], ids=["published", "miniature"])
def test_any_tool_for_data_packages_opens_it(package):
    """Frictionless reads the same files by their descriptor alone, and checks types, patterns and references."""
    report = frictionless.Package(str(package / "datapackage.json")).validate()
    assert report.flatten(["type", "fieldName", "rowNumber", "note"]) == []
    assert report.stats["tasks"] == len(TABLES)


def test_each_of_its_rows_is_used(published):
    """A document no figure, incident or label refers to is background, and says so."""
    rows = published.tables
    used: dict[Any, set[Any]] = {table: set() for table in TABLES}
    for table, column, target in seed.REFERENCES:
        used[target] |= {getattr(row, column) for row in rows[table]}
    assert [row.code for row in rows[Indicator] if row.code not in used[Indicator]] == []
    assert [row.code for row in rows[Body] if row.code not in used[Body]] == []
    assert [row.id for row in rows[models.Origin] if row.id not in used[models.Origin]] == []
    unused = [row for row in rows[Source] if row.id not in used[Source]]
    assert [row.id for row in unused if not row.note.startswith("Background")] == []
    places = used[Place] | {code for row in rows[Place] for code in row.successor_codes.split(";")}
    assert [row.code for row in rows[Place] if row.code not in places and row.tile_row is None] == []


def test_each_of_its_incidents_has_a_document_and_somebody_who_named_it(published):
    incidents = {row.id for row in published.tables[Incident]}
    assert incidents == {row.incident for row in published.tables[IncidentSource]}
    assert incidents == {row.incident for row in published.tables[Classification]}


def test_the_leading_body_of_each_of_its_indicators_states_figures_of_it(published):
    above = {row.code: row.parent or row.code for row in published.tables[Body]}
    stated = {(row.indicator, above[row.stated_by]) for row in published.tables[Observation]}
    assert [
        row.code for row in published.tables[Indicator] if (row.code, row.leading_body) not in stated
    ] == []


def test_its_tile_map_shows_all_seventeen_regions_and_three_cities(published):
    kinds = [row.kind for row in published.tables[Place] if row.tile_row is not None]
    assert (kinds.count("region"), kinds.count("city")) == (17, 3)


# --- Differences --------------------------------------------------------------------------------------------


def test_a_difference_names_each_row_and_cell(world, world_folder):
    _edit(
        world_folder,
        {
            "observations.csv:convicted-2024:value": "85",
            "observations.csv:attacks-2020:id": "attacks-in-2020",
            "texts.csv:body knb name:en": "KNB of Kazakhstan",
        },
    )
    changed = seed.read(world_folder)
    was = next(text.en for text in world.tables[Text] if (text.list, text.code) == ("body", "knb"))
    assert list(seed.difference(world.tables, changed.tables)) == [
        f"~ texts body knb name en: '{was}' -> 'KNB of Kazakhstan'",
        "- observations attacks-2020",
        "+ observations attacks-in-2020",
        "~ observations convicted-2024 value: '84' -> '85'",
    ]
    assert list(seed.difference(world.tables, world.tables)) == []
    assert len(list(seed.difference({}, world.tables))) == sum(map(len, world.tables.values()))


# --- Hands --------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _line(cells: Any) -> str:
    """Cells that more follow after."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([*cells, "x"])
    return text.getvalue()[:-1]


def _write(path: Path, rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _with(cells: tuple[str, ...], column: int, other: str) -> tuple[str, ...]:
    return cells[:column] + (other,) + cells[column + 1 :]


def _row_numbers(file: str) -> dict[str, int]:
    """Where the rows of a file of the miniature stand, by their key."""
    table = next(table for table in TABLES if file == f"{table.__tablename__}.csv")
    header, *rows = FILES[file]
    columns = [header.index(name) for name in table.key]
    return {
        " ".join(cells[column] for column in columns): number for number, cells in enumerate(rows, start=2)
    }


def _numbered(line: str) -> str:
    """A line with the number of a row in place of its key."""
    return re.sub(
        r"(\w+\.csv):\{([^}]+)\}", lambda found: f"{found[1]}:{_row_numbers(found[1])[found[2]]}", line
    )


def _edit(package: Path, edits: dict[str, str]) -> None:
    """Put other cells in. Each is named by file, key of the row, and column."""
    for cell, value in edits.items():
        file, key, column = cell.rsplit(":", 2) if cell.count(":") > 1 else (*cell.split(":"), "")
        if file == "datapackage.json":
            content = json.loads((package / file).read_text(encoding="utf-8"))
            content[key] = value
            (package / file).write_text(json.dumps(content), encoding="utf-8")
        else:
            rows = _rows(package / file)
            rows[_row_numbers(file)[key] - 1][rows[0].index(column)] = value
            _write(package / file, rows)


def _faults(package: Path) -> tuple[seed.Fault, ...]:
    try:
        seed.read(package)
    except seed.Refused as refused:
        return refused.faults
    return ()


def _refusal(package: Path, case: Case) -> list[str]:
    _edit(package, case.edits)
    return sorted(map(str, _faults(package)))


def _expected(case: Case) -> list[str]:
    return sorted(map(_numbered, case.said))
