"""One file of a package: CSV becomes rows of the models, and what cannot becomes faults with their places."""

import csv
import difflib
import functools
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.models import Row

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at one place of the package, and what would be right."""

    file: str
    row: int
    columns: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}:{'+'.join(self.columns)}: {self.reason}"


@dataclass
class Sheet:
    """One file as read. `cells` holds every row of the right width by its number, `sound` the well-formed ones."""

    table: type[Row]
    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    sound: dict[int, Row] = field(default_factory=dict)
    whole: bool = True
    """Whether it has the columns that are right, so that others can refer to it."""

    @property
    def file(self) -> str:
        return f"{self.table.__tablename__}.csv"


def sheet_of(folder: Path, table: type[Row], faults: list[Fault]) -> Sheet:
    sheet = Sheet(table)

    def fault(row: int, columns: str | tuple[str, ...], reason: str) -> None:
        faults.append(Fault(sheet.file, row, (columns,) if isinstance(columns, str) else columns, reason))

    try:
        raw = (folder / sheet.file).read_bytes()
    except OSError:
        fault(1, "file", "cannot be read; every package has this file")
        return sheet
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        fault(1, "file", "is UTF-16 by its first bytes; save the file as UTF-8")
        return sheet
    # Bytes that are no UTF-8 are carried along as lone surrogates, so that the fault can name row and column.
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    lines = io.StringIO(text, newline="").readlines()
    rows = csv.reader(lines, strict=True)
    header: list[str] | None = None
    width = number = read = 0
    try:
        for number, cells in enumerate(rows, start=1):
            read = rows.line_num
            if header is None:
                header = cells
                width = len(cells)
                sheet.whole = _header_fits(table, header, fault)
                if not sheet.whole:
                    return sheet
            elif len(cells) != width:
                open_quote = " (a quote seems to be left open)" if "\n" in "".join(cells) else ""
                reason = f"has {len(cells)} cells; {width} are right{open_quote}"
                fault(number, _columns_at_fault(header, len(cells)), reason)
            else:
                _cells(sheet, number, dict(zip(header, cells, strict=True)), fault)
    except csv.Error as error:
        column = _column_of_a_broken_cell(header, "".join(lines[read:])) if header else "file"
        fault(number + 1, column, f"is not CSV from here on: {error}; a quoted cell ends with a quote")
    if header is None:
        fault(1, "file", "is empty; its first row names the columns")
    return sheet


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What spreadsheets put between cells where they are set up for other countries."""


def _header_fits(table: type[Row], header: list[str], fault: Callable[..., None]) -> bool:
    known = table.columns()
    for separator, named in SEPARATORS.items() if len(header) == 1 else ():
        if len(set(header[0].split(separator)).intersection(known)) > 1:
            fault(1, "file", f"has {named} between its cells; save the file with commas")
            return False
    for name, times in Counter(header).items():
        shown = printable(name) or "(empty)"
        if name not in known:
            fault(1, shown, f"is no column of this file{meant(name, known)}")
        elif times > 1:
            fault(1, shown, f"stands {times} times; once is right")
    for name in known:
        if name not in header:
            fault(1, name, "is missing; every row of this file has it")
    return sorted(header) == sorted(known)


def _columns_at_fault(header: list[str], cells: int) -> tuple[str, ...]:
    """A row that is too short lacks its last columns; one that is too long spills over from any."""
    return tuple(header[cells:]) if cells < len(header) else tuple(header)


def _column_of_a_broken_cell(header: list[str], rest: str) -> str:
    """The column of the first cell in `rest` that does not end as a cell does."""
    position = index = 0
    while found := re.compile(r'(?:"(?:[^"]|"")*"|(?:[^",\r\n][^,\r\n]*)?),').match(rest, position):
        position, index = found.end(), index + 1
    return header[min(index, len(header) - 1)]


def _cells(sheet: Sheet, number: int, cells: dict[str, str], fault: Callable[..., None]) -> None:
    sheet.cells[number] = cells
    flaws = {column: flaw for column, cell in cells.items() if (flaw := _flaw(cell))}
    for column, flaw in flaws.items():
        fault(number, column, flaw)
    try:
        row = sheet.table.model_validate(
            {column: cell for column, cell in cells.items() if cell != "" and column not in flaws}
        )
    except ValidationError as error:
        for detail in error.errors():
            column = str(detail["loc"][0])
            if column not in flaws:
                fault(number, column, _in_our_words(detail, cells[column]))
    else:
        if not flaws:
            sheet.sound[number] = row


def _flaw(cell: str) -> str | None:
    """What no cell may hold: a no-break space, say, or a sign that turns the writing direction, would not be seen."""
    if not cell.isprintable():
        if any("\udc80" <= character <= "\udcff" for character in cell):
            return "is not UTF-8; save the file as UTF-8"
        reason = f"has a line break or an invisible character where {REPLACED} stands; remove it"
        return f"'{printable(cell)}' {reason}"
    if cell != cell.strip():
        return f"'{printable(cell)}' begins or ends with a space; remove it"
    if not unicodedata.is_normalized("NFC", cell):
        return f"'{printable(cell)}' has letters in pieces; save it in Unicode form NFC"
    return None


SPREADSHEET_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}[- .][A-Za-z]{3,9}([- .]\d{2,4})?|[A-Za-z]{3,9}[- .]\d{2,4}"
    r"|\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}.*|[2345]\d{4}(\.0)?"
)


def _in_our_words(detail: Any, cell: str) -> str:
    """Pydantic's finding as what is wrong and what would be right."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is empty; every row needs it"
    reason = f"'{printable(cell)}' "
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        reason += f"is no code of this column{meant(cell, choices)}; right are {', '.join(choices)}"
    elif kind == "string_pattern_mismatch":
        reason += f"does not fit; right is {SHAPES.get(context['pattern'], context['pattern'])}"
    elif kind == "string_too_long":
        reason = f"is longer than {context['max_length']} characters; shorten it"
    else:
        reason = str(context.get("error", detail["msg"])).replace(cell, printable(cell))
    if SPREADSHEET_DATE.fullmatch(cell):
        reason += (
            " (a spreadsheet seems to have turned it into a date: set the column to text and enter it again)"
        )
    return reason


SHAPES = {
    r"^[a-z0-9][a-z0-9_.\-]*$": "a short name of small letters, digits, dots and hyphens",
    r"^[A-Z]+(-[A-Z0-9]{2,3})?$": "a place code such as KZ or KZ-75",
    r"^https?://[^\s<>\"]+$": "an address that begins with https:// or http://",
    r"^[a-z]{2}$": "a language code of two letters, such as en",
}


REPLACED = "\N{REPLACEMENT CHARACTER}"


def printable(cell: str) -> str:
    text = "".join(character if character.isprintable() else REPLACED for character in cell)
    return text if len(text) <= 60 else text[:59] + "…"


def meant(word: str, known: Iterable[str]) -> str:
    close = _closest(word, tuple(sorted(known)))
    return f"; did you mean {printable(close)}?" if close else ""


@functools.lru_cache(maxsize=1000)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    """Kept, since a row that is missing is missed by many others, and finding this takes milliseconds."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), None)
