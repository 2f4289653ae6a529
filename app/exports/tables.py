"""Rows as a table: the shapes of the JSON, flattened, as CSV."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from app.exports.rows import Period

FORMULA = re.compile(r"[\t\r\n]|[\s'\"]*[=+\-@＝＋－＠]")
"""How a text begins that a spreadsheet may run as a formula, also where it strips what stands in front."""


def columns(shape: type[BaseModel]) -> list[str]:
    """The CSV's columns: the JSON's fields in its order, nested ones joined by an underscore; no links."""
    return [
        f"{name}_{inner}" if inner else name
        for name, info in shape.model_fields.items()
        if name != "links"
        for inner in (Period.model_fields if info.annotation is Period else ("",))
    ]


def as_csv(rows: Sequence[BaseModel], shape: type[BaseModel]) -> str:
    """Rows as CSV, by RFC 4180. Null is an empty cell, yes and no are 1 and 0, lists are separated by spaces.

    A text that a spreadsheet may run as a formula gets an apostrophe in front; numbers are never touched.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns(shape))
    for row in rows:
        cells = row.model_dump(exclude={"links"}).values()
        flat = (inner for cell in cells for inner in (cell.values() if isinstance(cell, dict) else (cell,)))
        writer.writerow(map(_csv_cell, flat))
    return out.getvalue()


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, list):
        cell = " ".join(cell)
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
