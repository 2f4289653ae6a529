"""Figures as statistical offices exchange them: a JSON-stat 2.0 cube, and SDMX-CSV 2.0."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.exports.rows import LICENSE_ADDRESS, ObservationOut, StatsRow
from app.exports.tables import csv_cell
from app.i18n import Words

# --- JSON-stat ------------------------------------------------------------------------------------------------


def jsonstat(
    rows: Sequence[StatsRow], words: Words, about: Mapping[str, str], updated: str
) -> dict[str, Any]:
    """Cells of years as a cube of indicator, year and body.

    What a cube would hide goes along with each cell: its status, firmness, scope and days, and by which observations it
    is stated. Cells of one row of the cube may differ in these, so the note forbids to compare or add what does. Totals
    of several years, figures for a day and periods without dates have no place on its axis of years; how many there are
    is said, and `/api/stats` has them.
    """
    dated = [row for row in rows if row.year is not None]
    indicators = list(dict.fromkeys(row.indicator for row in dated))
    years = sorted({row.year for row in dated if row.year is not None})
    bodies = list(dict.fromkeys(row.stated_by for row in dated))

    def place(row: StatsRow) -> str:
        across = indicators.index(row.indicator) * len(years) + years.index(row.year or 0)
        return str(across * len(bodies) + bodies.index(row.stated_by))

    cells = {place(row): row for row in dated}
    units = {row.indicator: words.name("unit", row.unit) for row in dated}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": words.gettext("Kazakhstan’s counter-terrorism figures, each as one source stated it"),
        "source": words.gettext("Derek: a record of statements, not a measurement of terrorism"),
        "updated": updated,
        "note": [
            *about.values(),
            words.gettext("Rows without a year, which are not in the cube: %(count)s.")
            % {"count": words.number(len(rows) - len(cells))},
        ],
        "link": {"license": [{"href": LICENSE_ADDRESS}]},
        "id": ["indicator", "year", "stated_by"],
        "size": [len(indicators), len(years), len(bodies)],
        "role": {"time": ["year"], "metric": ["indicator"]},
        "dimension": {
            "indicator": {
                "label": words.gettext("Indicator"),
                "category": {
                    "index": indicators,
                    "label": {code: words.name("indicator", code) for code in indicators},
                    "unit": {code: {"label": units[code]} for code in indicators},
                },
            },
            "year": {
                "label": words.gettext("Year"),
                "category": {
                    "index": list(map(str, years)),
                    "label": {str(year): str(year) for year in years},
                },
            },
            "stated_by": {
                "label": words.gettext("Who said so"),
                "category": {"index": bodies, "label": {code: words.name("body", code) for code in bodies}},
            },
        },
        "value": {at: row.value for at, row in cells.items() if row.value is not None},
        "status": {at: _status(row) for at, row in cells.items()},
        "extension": {
            "cells": {
                at: {
                    "low": row.low,
                    "high": row.high,
                    "qualifier": row.qualifier,
                    "scope": row.scope,
                    "population": row.population,
                    "place": row.place,
                    "period": row.period.model_dump(),
                    "as_of": row.as_of,
                    "observations": row.observations,
                    "n_origins": row.n_origins,
                    "caveat": row.caveat,
                }
                for at, row in cells.items()
                if row.period.kind
            }
        },
    }


def _status(row: StatsRow) -> str:
    """What a cell is, in one word: for a number, of which kind of period and how firm."""
    if row.status != "value":
        return row.status
    firm = "" if row.qualifier == "exact" else f";{row.qualifier}"
    return f"{row.period.kind}{firm}"


# --- SDMX-CSV -------------------------------------------------------------------------------------------------

SDMX = (
    "STRUCTURE",
    "STRUCTURE_ID",
    "ACTION",
    "INDICATOR",
    "REF_AREA",
    "STATED_BY",
    "SCOPE",
    "POPULATION",
    "EXTENT",
    "OBS_ID",
    "TIME_PERIOD",
    "OBS_VALUE",
    "OBS_LOW",
    "OBS_HIGH",
    "OBS_STATUS",
    "QUALIFIER",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "PERIOD_KIND",
    "AS_OF",
    "RECORD_STATUS",
    "COMMENT_OBS",
)
"""Columns by SDMX's names of concepts where it has one. OBS_STATUS has codes of CL_OBS_STATUS: A normal, U of low reliability,
O missing; RECORD_STATUS says which kind of missing, or whether a figure was taken back, in this dataset's own words."""
DATAFLOW = "DEREK:FIGURES(1.0)"


def sdmx_csv(rows: Sequence[StatsRow | ObservationOut]) -> str:
    """Figures as SDMX-CSV 2.0. A text that a spreadsheet may run as a formula has an apostrophe in front, as in our CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(SDMX)
    for row in rows:
        id, comment = (
            (row.id, row.note)
            if isinstance(row, ObservationOut)
            else (next(iter(row.observations), ""), row.caveat)
        )
        writer.writerow(
            (
                "dataflow",
                DATAFLOW,
                "I",
                row.indicator,
                row.place,
                row.stated_by,
                row.scope,
                row.population,
                row.extent,
                id,
                time_period(row),
                row.value,
                row.low,
                row.high,
                _obs_status(row),
                row.qualifier,
                row.unit,
                0,
                row.period.kind,
                row.as_of,
                row.status,
                csv_cell(comment),
            )
        )
    return out.getvalue()


def time_period(row: StatsRow | ObservationOut) -> str:
    """The days of a figure as SDMX has them: a year, a day, or a first day with how many days it is long.

    Empty where no first or no last day was stated: SDMX has no word for that, and none is made up.
    """
    start, end = row.period.start, row.period.end
    if row.period.kind == "calendar_year" and start:
        return start[:4]
    if start and end:
        days = (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
        return start if days == 1 else f"{start}/P{days}D"
    return str(row.year) if isinstance(row, StatsRow) and row.year and not row.period.kind else ""


def _obs_status(row: StatsRow | ObservationOut) -> str:
    if row.value is None and row.low is None and row.high is None:
        return "O"
    return "U" if isinstance(row, ObservationOut) and row.confidence == "low" else "A"
