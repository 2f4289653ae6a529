"""Rows as a table, for spreadsheets and for programs that read tables: CSV, its description, and a workbook."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Union, get_args, get_origin

import xlsxwriter
from pydantic import BaseModel

from app.exports.rows import LICENSE_ADDRESS, Period

FORMULA = re.compile(r"[\t\r\n]|[\s'\"]*[=+\-@＝＋－＠]")
"""How a text begins that a spreadsheet may run as a formula, also where it strips what stands in front."""
BOM = "\ufeff"
"""Tells a spreadsheet that a CSV file is in UTF-8; without it, it would show Cyrillic letters as others."""


def columns(shape: type[BaseModel]) -> list[str]:
    """The table's columns: the JSON's fields in its order, nested ones joined by an underscore; no links."""
    return [name for name, _, _ in _described(shape)]


def as_csv(rows: Sequence[BaseModel], shape: type[BaseModel]) -> str:
    """Rows as CSV, by RFC 4180. Null is an empty cell, yes and no are 1 and 0, lists are separated by spaces.

    A text that a spreadsheet may run as a formula gets an apostrophe in front; numbers are never touched.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns(shape))
    writer.writerows(map(csv_cell, cells(row)) for row in rows)
    return out.getvalue()


def cells(row: BaseModel) -> Iterator[Any]:
    """The cells of a row, in the order of the columns: lists as one text, yes and no as 1 and 0."""
    for cell in row.model_dump(exclude={"links"}).values():
        for inner in cell.values() if isinstance(cell, dict) else (cell,):
            yield (
                int(inner)
                if isinstance(inner, bool)
                else " ".join(inner)
                if isinstance(inner, list)
                else inner
            )


def csv_cell(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _described(shape: type[BaseModel]) -> Iterator[tuple[str, Any, str]]:
    """Each column with the type of its cells and what it holds."""
    told = shape.model_json_schema()["properties"]
    for name, info in shape.model_fields.items():
        if info.annotation is Period:
            for inner, own in Period.model_fields.items():
                yield f"{name}_{inner}", own.annotation, str(own.description)
        elif name != "links":
            yield name, info.annotation, told[name].get("description", "")


# --- CSV on the Web -------------------------------------------------------------------------------------------


def csvw(shape: type[BaseModel], address: str, about: Mapping[str, str], language: str) -> dict[str, Any]:
    """What a CSV file holds, as the W3C's Metadata Vocabulary for Tabular Data has it.

    `address` is that of the file; `about` are sentences on the answer by what they are about, which go along as notes.
    """
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language}],
        "url": address,
        "dc:license": {"@id": LICENSE_ADDRESS},
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"]},
        "notes": [{"about": name, "said": said} for name, said in about.items()],
        "tableSchema": {
            "columns": [_column(name, kind, said) for name, kind, said in _described(shape)],
        },
    }


def _column(name: str, annotation: Any, said: str) -> dict[str, Any]:
    kinds = set(get_args(annotation)) if get_origin(annotation) in (Union, type(int | str)) else {annotation}
    column: dict[str, Any] = {"name": name, "titles": [name], "dc:description": said, "null": [""]}
    if any(get_origin(kind) is list for kind in kinds):
        return column | {"datatype": "string", "separator": " "}
    if bool in kinds:
        return column | {"datatype": {"base": "boolean", "format": "1|0"}}
    if float in kinds:
        return column | {"datatype": "number"}
    return column | {"datatype": "integer" if int in kinds else "string"}


# --- Workbook -------------------------------------------------------------------------------------------------


def workbook(
    rows: Sequence[BaseModel], shape: type[BaseModel], about: Mapping[str, str], dated: datetime
) -> bytes:
    """Rows as XLSX: a sheet with the rows, one with what to know of them, and one that says what the columns hold.

    No cell is a formula or a link. The same rows give the same bytes: the file is dated as its release is.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": "Derek", "comments": about.get("release", ""), "created": dated})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("data")
    sheet.freeze_panes(1, 0)
    named = columns(shape)
    for place, name in enumerate(named):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(cells(row)):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell)
            elif cell is not None:
                sheet.write_number(number, place, cell)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(named) - 1)
    _two_columns(book.add_worksheet("notes"), list(about.items()), bold, wrapped)
    _two_columns(
        book.add_worksheet("columns"), [(name, said) for name, _, said in _described(shape)], bold, wrapped
    )
    book.close()
    return out.getvalue()


def _two_columns(sheet: Any, lines: Sequence[tuple[str, str]], bold: Any, wrapped: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for number, (name, said) in enumerate(lines):
        sheet.write_string(number, 0, name, bold)
        sheet.write_string(number, 1, said, wrapped)
