"""The dataset's door: files are read, checked as a whole, named by their digest and loaded as one release.

A bad dataset is refused whole. Every fault is reported at once, each where it stands and with what would be
right: `observations.csv:118:period_end: ...`. The row is the one a spreadsheet shows, the header being row 1.
Where two cells contradict each other the fault stands at both, since either may be the wrong one.
"""

import csv
import difflib
import hashlib
import io
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from sqlmodel import Session, col, insert, select

from app import models
from app.database import Database
from app.models import (
    LAYOUT,
    TABLES,
    Body,
    Classification,
    Current,
    Incident,
    IncidentSource,
    Indicator,
    Observation,
    Origin,
    Place,
    Release,
    Row,
    Source,
    Text,
    last_day,
)

AnyRow = TypeVar("AnyRow", bound=Row)
DESCRIPTOR = "datapackage.json"
CLOSED_LISTS: dict[str, Any] = {
    "qualifier": models.Qualifier,
    "extent": models.Extent,
    "period_kind": models.PeriodKind,
    "as_of_basis": models.AsOfBasis,
    "observation_status": models.ObservationStatus,
    "confidence": models.Confidence,
    "source_kind": models.SourceKind,
    "source_read": models.SourceRead,
    "outcome": models.Outcome,
    "date_precision": models.DatePrecision,
    "method": models.Method,
    "label": models.Label,
    "place_kind": models.PlaceKind,
    "indicator_kind": models.IndicatorKind,
}
"""Lists whose codes the program knows; texts.csv must have a text for each."""
OPEN_LISTS = ("scope", "population", "unit", "legal_stage", "body_kind")
"""Lists that texts.csv itself defines: a code is known when it has a text there."""
TEXTS: dict[str, tuple[Any, ...]] = {
    "indicator": (Indicator, "name", "definition", "beware", "leading_why"),
    "place": (Place, "name"),
    "body": (Body, "name"),
    "incident": (Incident, "title", "summary"),
}
"""Lists whose codes are the rows of another file, and the texts that each needs."""
FORMS = {"en": ("one", "other"), "ru": ("one", "few", "many", "other"), "kk": ("one", "other")}
"""The plural forms a language has by CLDR; a unit needs a text for each."""
PLURALS = FORMS["ru"]
LONGEST = {"paraphrase": 25, "note": 90, "stated_as": 20, "period_words": 20}
"""Most words in a cell: the record paraphrases and never retells at length."""


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at one place of the package, and what would be right."""

    file: str
    row: int
    columns: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}:{'+'.join(self.columns)}: {self.reason}"


class Refused(Exception):
    """The package has faults; nothing of it was taken."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True)
class Package:
    """A dataset that has been read and found sound."""

    version: str
    dated: date
    tables: dict[type[Row], tuple[Row, ...]]

    @property
    def digest(self) -> str:
        return digest(self.version, self.dated, self.tables)


@dataclass(frozen=True)
class Loaded:
    """What a load did: took a release in, made a former one current again, or nothing, since it is current."""

    release: str
    version: str
    did: str


# --- Reading ------------------------------------------------------------------------------------------------


def read(folder: Path) -> Package:
    """The package in a folder. Raises `Refused` with every fault there is."""
    faults: list[Fault] = []
    version, dated = _descriptor(folder, faults)
    sheets = {table: _sheet(folder, table, faults) for table in TABLES}
    check = Check(sheets, dated, faults)
    for rule in RULES:
        rule(check)
    if faults:
        raise Refused(faults)
    return Package(version, dated, {table: tuple(sheet.sound.values()) for table, sheet in sheets.items()})


def _descriptor(folder: Path, faults: list[Fault]) -> tuple[str, date]:
    """The version and the date of the package."""

    def fault(column: str, reason: str) -> None:
        faults.append(Fault(DESCRIPTOR, 1, (column,), reason))

    try:
        content = json.loads(
            (folder / DESCRIPTOR).read_bytes().decode("utf-8-sig"), object_pairs_hook=_each_name_once
        )
        if not isinstance(content, dict):
            raise TypeError
    except OSError:
        fault("file", f"cannot be read; a package is a folder with a {DESCRIPTOR} in it")
    except (ValueError, TypeError, RecursionError):
        fault("file", "is not a JSON object in UTF-8 in which each name stands once")
    else:
        version, created = content.get("version"), content.get("created")
        if not isinstance(version, str) or not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,40}", version):
            fault("version", "is missing or odd; write a name such as 2026.11.1")
        try:
            return str(version), datetime.fromisoformat(created).date()
        except (TypeError, ValueError):
            fault(
                "created",
                "is not a date and time; write the package's own date, such as 2026-11-22T00:00:00Z",
            )
    return "", date.max


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values with one name Python would silently take the last."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError
    return content


@dataclass
class Sheet:
    """One file as read: `cells` holds every row of the right width by its number, `sound` the well-formed ones."""

    table: type[Row]
    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    sound: dict[int, Row] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"{self.table.__tablename__}.csv"


def _sheet(folder: Path, table: type[Row], faults: list[Fault]) -> Sheet:
    sheet = Sheet(table)

    def fault(row: int, columns: str | tuple[str, ...], reason: str) -> None:
        faults.append(Fault(sheet.file, row, (columns,) if isinstance(columns, str) else columns, reason))

    try:
        raw = (folder / sheet.file).read_bytes()
    except OSError:
        fault(1, "file", "cannot be read; every package has this file")
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
                if not _header_fits(table, header, fault):
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


def _header_fits(table: type[Row], header: list[str], fault: Callable[..., None]) -> bool:
    known = table.columns()
    for name, times in Counter(header).items():
        shown = _printable(name) or "(empty)"
        if name not in known:
            fault(1, shown, f"is no column of this file{_meant(name, known)}")
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
        row = sheet.table.model_validate({column: cell for column, cell in cells.items() if cell != ""})
    except ValidationError as error:
        for detail in error.errors():
            column = str(detail["loc"][0])
            if column not in flaws:
                fault(number, column, _in_our_words(detail, cells[column]))
        return
    if not flaws:
        sheet.sound[number] = row


def _flaw(cell: str) -> str | None:
    """What no cell may hold. A no-break space or a sign that turns the writing direction would be invisible in a review."""
    if not cell.isprintable():
        if any("\udc80" <= character <= "\udcff" for character in cell):
            return "is not UTF-8; save the file as UTF-8"
        return f"'{_printable(cell)}' has a line break or an invisible character where {REPLACED} stands; remove it"
    if cell != cell.strip():
        return f"'{_printable(cell)}' begins or ends with a space; remove it"
    if not unicodedata.is_normalized("NFC", cell):
        return f"'{_printable(cell)}' has letters in pieces; save it in Unicode form NFC"
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
    reason = f"'{_printable(cell)}' "
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        reason += f"is no code of this column{_meant(cell, choices)}; right are {', '.join(choices)}"
    elif kind == "string_pattern_mismatch":
        reason += f"does not fit; right is {SHAPES.get(context['pattern'], context['pattern'])}"
    elif kind == "string_too_long":
        reason = f"is longer than {context['max_length']} characters; shorten it"
    else:
        reason = _printable(str(context.get("error", detail["msg"])))
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


def _printable(cell: str) -> str:
    text = "".join(character if character.isprintable() else REPLACED for character in cell)
    return text if len(text) <= 60 else text[:59] + "…"


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


# --- Rules --------------------------------------------------------------------------------------------------


@dataclass
class Check:
    """The sheets under examination, and where faults are put down."""

    sheets: dict[type[Row], Sheet]
    dated: date
    faults: list[Fault]

    def rows(self, table: type[AnyRow]) -> list[tuple[int, AnyRow]]:
        return list(self.sheets[table].sound.items())  # type: ignore[arg-type]

    def codes(self, table: type[Row]) -> dict[str, int]:
        """Every key in a file and its first row, of flawed rows too: a reference to one is not dangling."""
        name = table.key[0]
        return {cells[name]: number for number, cells in reversed(self.sheets[table].cells.items())}

    def list(self, name: str) -> set[str]:
        """The codes of a list that texts.csv defines."""
        return {cells["code"] for cells in self.sheets[Text].cells.values() if cells["list"] == name}

    def fault(self, table: type[Row], row: int, columns: str, reason: str) -> None:
        """A fault at one row; `columns` are separated by spaces."""
        self.faults.append(Fault(self.sheets[table].file, row, tuple(columns.split()), reason))

    def between(self, reason: str, *places: tuple[type[Row], int, str]) -> None:
        """A contradiction between rows: either may be the wrong one, so the fault stands at each."""
        for place in places:
            others = [
                f"{self.sheets[t].file}:{n}:{'+'.join(c.split())}" for t, n, c in places if (t, n, c) != place
            ]
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            self.fault(*place, f"{reason} (see {' and '.join(others[:3])}{more})")


RULES: list[Callable[[Check], None]] = []


def rule(check: Callable[[Check], None]) -> Callable[[Check], None]:
    RULES.append(check)
    return check


@rule
def keys_are_unique(check: Check) -> None:
    for table, sheet in check.sheets.items():
        groups = defaultdict(list)
        for number, cells in sheet.cells.items():
            groups[tuple(cells[name] for name in table.key)].append(number)
        for key, numbers in groups.items():
            if len(numbers) > 1:
                places = [(table, number, " ".join(table.key)) for number in numbers]
                reason = f"'{_printable(' '.join(key))}' stands in {len(numbers)} rows; a key is used once"
                check.between(reason, *places)


REFERENCES: tuple[tuple[type[Row], str, type[Row]], ...] = (
    (Body, "parent", Body),
    (Indicator, "leading_body", Body),
    (Origin, "stated_by", Body),
    (Incident, "place", Place),
    (Incident, "region_then", Place),
    (Incident, "region_now", Place),
    (IncidentSource, "incident", Incident),
    (IncidentSource, "source", Source),
    (Classification, "incident", Incident),
    (Classification, "source", Source),
    (Observation, "indicator", Indicator),
    (Observation, "place", Place),
    (Observation, "stated_by", Body),
    (Observation, "source", Source),
    (Observation, "origin", Origin),
    (Observation, "incident", Incident),
    (Observation, "part_of", Observation),
)
LISTED = (
    (Body, "kind", "body_kind"),
    (Indicator, "unit", "unit"),
    (Indicator, "legal_stage", "legal_stage"),
    (Observation, "scope", "scope"),
    (Observation, "population", "population"),
)


@rule
def references_lead_somewhere(check: Check) -> None:
    """Where one dangles, a row that nothing refers to may be the one that was meant: the fault stands there too."""
    for target in TABLES:
        known = check.codes(target)
        named: set[str] = set()
        dangling: list[dict[str, str]] = []
        for table, column, aim in REFERENCES:
            for number, cells in check.sheets[table].cells.items() if aim is target else ():
                code = cells[column]
                named.add(code)
                if code and code not in known:
                    dangling.append(cells)
                    reason = (
                        f"'{_printable(code)}' is not in {check.sheets[target].file}{_meant(code, known)}"
                    )
                    check.fault(table, number, column, reason)
        documents = {cells["source"] for cells in dangling} if target is Observation else set()
        for code, number in known.items() if dangling else ():
            # A whole stands in the document of its part; most figures are no whole, and nothing refers to them.
            if code not in named and (
                not documents or check.sheets[target].cells[number]["source"] in documents
            ):
                check.fault(
                    target, number, target.key[0], f"nothing refers to '{_printable(code)}'; was it renamed?"
                )
    known = check.codes(Place)
    for number, place in check.rows(Place):
        for code in filter(None, place.successor_codes.split(";")):
            if code not in known:
                check.fault(
                    Place, number, "successor_codes", f"'{code}' is not in places.csv{_meant(code, known)}"
                )


@rule
def texts_are_whole(check: Check) -> None:
    """Every code has its texts in three languages, and no text is left over from a code that went."""
    wanted: dict[tuple[str, str, str], tuple[type[Row], int, str]] = {}
    missing = False
    for name, literal in CLOSED_LISTS.items():
        wanted.update({(name, code, "name"): (Text, 1, "list code field") for code in get_args(literal)})
    for name, (table, *fields) in TEXTS.items():
        for code, number in check.codes(table).items():
            wanted.update({(name, code, text): (table, number, table.key[0]) for text in fields})
    for table, column, name in LISTED:
        known = check.list(name)
        for number, cells in check.sheets[table].cells.items():
            code = cells[column]
            for text in ("name", *(PLURALS if name == "unit" else ())) if code in known else ():
                wanted.setdefault((name, code, text), (table, number, column))
            if code and code not in known:
                check.fault(
                    table,
                    number,
                    column,
                    f"'{_printable(code)}' is no {name} of texts.csv{_meant(code, known)}",
                )
                missing = True
    present = {tuple(cells[column] for column in Text.key) for cells in check.sheets[Text].cells.values()}
    for key, place in wanted.items():
        if key not in present:
            check.fault(
                *place,
                f"'{_printable(key[1])}' has no text '{_printable(' '.join(key))}' in texts.csv; add it",
            )
            missing = True
    for number, text in check.rows(Text):
        key = (text.list, text.code, text.field)
        name_too = (text.list, text.code, "name")
        defines = text.field == "definition" and text.list in {*CLOSED_LISTS, *OPEN_LISTS} - {"unit"}
        if key not in wanted and not (defines and name_too in wanted and name_too in present):
            # A code of an open list may wait for its first use; unless a text is missing, and this may be the one.
            in_list = text.list in OPEN_LISTS and (defines or text.field == "name" or text.list == "unit")
            if missing or not in_list:
                check.fault(
                    Text, number, "list code field", f"nothing in the dataset needs '{' '.join(key)}'"
                )
                continue
        for language, forms in FORMS.items():
            in_use = text.field not in PLURALS or text.field in forms
            if bool(getattr(text, language)) != in_use:
                reason = "is empty; write the text" if in_use else "has no such plural form; leave it empty"
                check.fault(Text, number, language, reason)


@rule
def nothing_is_later_than_the_package(check: Check) -> None:
    """Future means after the package's own date: the machine's clock has no say."""
    last = check.dated.isoformat()
    for table, sheet in check.sheets.items():
        for column in DATES.intersection(table.columns()):
            for number, row in sheet.sound.items():
                written = str(getattr(row, column) or "")
                if written > last:
                    reason = f"{written} is after the package's own date {last} ({DESCRIPTOR})"
                    check.fault(table, number, column, reason)


DATES = {
    "published",
    "stated_on",
    "date_start",
    "date_end",
    "disclosed",
    "as_of",
    "period_start",
    "period_end",
    "recorded",
    "searched_on",
    "valid_from",
    "valid_to",
}


@rule
def the_figure_fits_its_qualifier(check: Check) -> None:
    units = {row.code: (number, row.unit) for number, row in check.rows(Indicator)}
    for number, row in check.rows(Observation):
        figures = [name for name in ("value", "low", "high") if getattr(row, name) is not None]
        if row.qualifier == "unspecified":
            if figures:
                columns = " ".join(["qualifier", *figures])
                check.fault(
                    Observation,
                    number,
                    columns,
                    "unspecified means that no number is stated; empty the figure",
                )
        elif row.qualifier == "range":
            if figures != ["low", "high"]:
                check.fault(
                    Observation, number, "qualifier value low high", "a range has low and high, and no value"
                )
            elif row.low > row.high:  # type: ignore[operator]
                check.fault(
                    Observation, number, "low high", f"low {row.low} is above high {row.high}; swap them"
                )
        elif figures != ["value"]:
            check.fault(
                Observation,
                number,
                "qualifier value low high",
                f"{row.qualifier} has a value and neither low nor high; for no number write unspecified",
            )
        for name in figures:
            figure = getattr(row, name)
            if figure < 0:
                check.fault(Observation, number, name, f"{figure} is below zero; nothing here is")
            indicator, unit = units.get(row.indicator, (0, "score"))
            if figure != int(figure) and unit not in ("percent", "score", "years"):
                check.between(
                    f"{figure} {unit} is not a whole number",
                    (Observation, number, f"{name} indicator"),
                    (Indicator, indicator, "unit"),
                )


@rule
def the_period_fits_its_kind(check: Check) -> None:
    for number, row in check.rows(Observation):
        start, end, kind = row.period_start, row.period_end, row.period_kind

        def fault(reason: str, number: int = number) -> None:
            check.fault(Observation, number, "period_start period_end period_kind", reason)

        if start and end and start > end:
            fault(f"period_end {end} is before period_start {start}; swap or correct them")
            continue
        whole_year = bool(
            start and end and start == date(start.year, 1, 1) and end == date(start.year, 12, 31)
        )
        if (kind == "calendar_year") != whole_year:
            fault("calendar_year means 1 January to 31 December of one year, and such a period has that kind")
        elif kind == "part_year" and start is None:
            fault("part_year needs a period_start; where none is stated the kind is undefined")
        elif kind == "part_year" and start and end and start.year != end.year:
            fault("part_year lies within one year; over two years the kind is multi_year")
        elif kind == "multi_year" and (start is None or (end is not None and start.year == end.year)):
            fault("multi_year needs a period_start, and an end in a later year where one is stated")
        elif kind == "point" and start != end:
            fault("a point is one day: period_start and period_end are the same")
        elif kind == "undefined" and start is not None:
            fault("undefined has no period_start; with one the kind is another")


@rule
def a_figure_is_stated_after_its_period(check: Check) -> None:
    for number, row in check.rows(Observation):
        if (row.as_of is None) != (row.as_of_basis == "unknown"):
            reason = "as_of is empty where its basis is unknown, and only there"
            check.fault(Observation, number, "as_of as_of_basis", reason)
            continue
        if not row.as_of:
            continue
        if row.recorded.isoformat() < row.as_of:
            reason = f"recorded on {row.recorded}, before the figure was stated on {row.as_of}"
            check.fault(Observation, number, "recorded as_of", reason)
        reached = row.period_end or row.period_start
        if reached and row.period_kind == "calendar_year" and row.as_of[:4] <= str(reached.year):
            reason = f"a full year cannot be stated on {row.as_of}, before it was over; the kind is part_year"
        elif reached and reached > last_day(row.as_of):
            reason = f"the period reaches {reached}, after the figure was stated on {row.as_of}"
        else:
            continue
        check.fault(Observation, number, "as_of period_end period_kind period_start", reason)


@rule
def the_extent_is_true(check: Check) -> None:
    indicators = {row.code: (number, row) for number, row in check.rows(Indicator)}
    for number, row in check.rows(Observation):
        found = indicators.get(row.indicator)
        if not found:
            continue
        at, indicator = found
        shapeless = indicator.unit in ("percent", "score", "rank")
        if indicator.unit != "years" and shapeless != (row.extent == "not_applicable"):
            check.between(
                f"extent {row.extent} with the unit {indicator.unit}: shares, scores and ranks are not_applicable",
                (Observation, number, "extent indicator"),
                (Indicator, at, "unit"),
            )
        if row.extent == "national" and (row.incident or row.place not in ("KZ", "ABROAD", "INTERNET")):
            reason = "national means the whole country: no incident, and the place KZ, ABROAD or INTERNET"
            check.fault(Observation, number, "extent place incident", reason)
        if row.extent == "national" and indicator.code in GUARDED and row.population != "all":
            check.fault(
                Observation,
                number,
                "extent population indicator",
                "national means everyone: population is all",
            )
        if row.incident and row.extent not in ("case", "not_applicable"):
            check.fault(Observation, number, "extent incident", "a figure of an incident has the extent case")
        if row.extent == "case" and row.period_kind == "calendar_year":
            reason = "the figure of one case is no figure of a year; its kind is event"
            check.fault(Observation, number, "extent period_kind period_start period_end", reason)
        if indicator.kind in ("stock", "index") and row.period_kind not in ("point", "event", "undefined"):
            check.between(
                f"a {indicator.kind} is counted on a day: its period is a point, an event or undefined",
                (Observation, number, "period_kind indicator"),
                (Indicator, at, "kind"),
            )
        if indicator.code == "prosecuted" and not row.stated_as:
            reason = "prosecuted covers several terms; write the source's own in stated_as"
            check.fault(Observation, number, "stated_as indicator", reason)


GUARDED = (
    "detained",
    "arrested",
    "prosecuted",
    "convicted",
    "sentenced",
    "foiled_plots",
    "attacks",
    "crimes_registered",
)
"""Indicators whose extent was decided row by row: a national figure of theirs counts everyone."""


@rule
def a_part_fits_its_whole(check: Check) -> None:
    wholes = {row.id: (number, row) for number, row in check.rows(Observation)}
    for number, part in check.rows(Observation):
        seen = {part.id}
        above = part.part_of
        while above in wholes and above not in seen:
            seen.add(above)
            above = wholes[above][1].part_of
        if above in seen:
            check.fault(
                Observation,
                number,
                "part_of id",
                "a figure cannot be a part of itself, not even by way of others",
            )
        found = wholes.get(part.part_of or "")
        if not found:
            continue
        at, whole = found
        if whole.source != part.source:
            check.between(
                f"'{part.id}' and its whole '{whole.id}' stand in different documents",
                (Observation, number, "part_of source"),
                (Observation, at, "source id"),
            )
        if part.value is not None and whole.value is not None and part.value > whole.value:
            check.between(
                f"the part {part.value} is larger than the whole {whole.value}",
                (Observation, number, "part_of value"),
                (Observation, at, "value id"),
            )


@rule
def one_document_states_a_figure_once(check: Check) -> None:
    same = "source indicator value low high population place place_stated incident period_start period_end"
    columns = [*same.split(), "period_words", "scope", "stated_as", "note"]
    groups = defaultdict(list)
    for number, row in check.rows(Observation):
        groups[tuple(getattr(row, column) for column in columns)].append(number)
    for numbers in groups.values():
        if len(numbers) > 1:
            places = [(Observation, number, " ".join(columns)) for number in numbers]
            check.between("the same figure of the same document stands twice", *places)


@rule
def the_locator_fits_what_was_read(check: Check) -> None:
    sources = {row.id: (number, row) for number, row in check.rows(Source)}
    for number, row in check.rows(Observation):
        found = sources.get(row.source)
        if not found:
            continue
        full = found[1].read == "full"
        shape = (
            r"paragraph \d+"
            if full
            else r"opening(, paragraph \d+)?|chart title|paragraph on Kazakhstan|section '.+'"
        )
        if not re.fullmatch(shape, row.locator):
            right = "paragraph 3" if full else "opening, or opening, paragraph 3"
            check.between(
                f"'{row.locator}' for a document read in {'full' if full else 'its opening'}; right is {right}",
                (Observation, number, "locator source"),
                (Source, found[0], "read id"),
            )


@rule
def places_are_named_by_the_borders_of_the_day(check: Check) -> None:
    places = {row.code: (number, row) for number, row in check.rows(Place)}

    def judge(table: type[Row], number: int, columns: str, code: str | None, first: Any, last: Any) -> None:
        at, place = places.get(code or "", (0, None))
        if place is None:
            return
        for limit, broken in (
            ("valid_to", place.valid_to and last and last > place.valid_to),
            ("valid_from", place.valid_from and first and first < place.valid_from),
        ):
            if broken:
                check.between(
                    f"'{code}' has its {limit} on {getattr(place, limit)}, and this lies outside",
                    (table, number, columns),
                    (Place, at, f"{limit} code"),
                )

    for number, incident in check.rows(Incident):
        columns = "region_then date_start date_end"
        judge(Incident, number, columns, incident.region_then, incident.date_start, incident.date_start)
    for number, row in check.rows(Observation):
        when = row.period_end or row.period_start
        judge(Observation, number, "place period_start period_end", row.place, when, when)


@rule
def the_tile_map_is_whole(check: Check) -> None:
    today = [(number, row) for number, row in check.rows(Place) if row.kind in ("region", "city")]
    for number, row in check.rows(Place):
        if (row.tile_row is not None and row.tile_col is not None) != (row.kind in ("region", "city")):
            check.fault(
                Place, number, "kind tile_row tile_col", "a region or city of today has a tile, and only they"
            )
    groups = defaultdict(list)
    for number, row in today:
        groups[row.tile_row, row.tile_col].append(number)
    for tile, numbers in groups.items():
        if len(numbers) > 1:
            check.between(
                f"the tile {tile} is taken twice", *[(Place, n, "tile_row tile_col") for n in numbers]
            )


@rule
def incidents_hold_together(check: Check) -> None:
    places = {row.code: (number, row) for number, row in check.rows(Place)}
    for number, row in check.rows(Incident):
        if row.date_start and row.date_end and row.date_start > row.date_end:
            check.fault(
                Incident,
                number,
                "date_start date_end",
                f"{row.date_end} is before {row.date_start}; swap them",
            )
        if row.date_precision != "unknown" and not (row.date_start and row.date_end):
            reason = "a date known to the day, month or year has a first and a last day"
            check.fault(Incident, number, "date_precision date_start date_end", reason)
        if (row.lat is None) != (row.lon is None):
            check.fault(Incident, number, "lat lon", "a point has both latitude and longitude")
        if row.lat is not None and row.lon is not None and not (40 < row.lat < 56 and 46 < row.lon < 88):
            check.fault(Incident, number, "lat lon", f"{row.lat}, {row.lon} lies outside the country")
        at, place = places.get(row.region_now or "", (0, None))
        if place is not None and place.kind == "historic_region":
            check.between(
                f"region_now is '{place.code}', a region of the past",
                (Incident, number, "region_now"),
                (Place, at, "kind code"),
            )


@rule
def an_incident_names_its_documents(check: Check) -> None:
    listed = check.sheets[IncidentSource].cells
    pairs = {(cells["incident"], cells["source"]) for cells in listed.values()}
    stated = {(row.incident, row.source) for _, row in check.rows(Observation)}
    for incident, source in sorted(pair for pair in stated - pairs if pair[0]):
        reason = f"the pair '{incident}', '{source}' is not in incident_sources.csv; add it"
        for number, row in check.rows(Observation):
            if (row.incident, row.source) == (incident, source):
                check.fault(Observation, number, "incident source", reason)
        for number, cells in listed.items():
            # A pair that no figure needs, and that shares one half with the missing one, may be meant for it.
            alike = (cells["incident"] == incident) + 2 * (cells["source"] == source)
            if alike and (cells["incident"], cells["source"]) not in stated:
                check.fault(IncidentSource, number, "source" if alike == 1 else "incident", reason)


@rule
def departments_stand_under_the_body_that_leads(check: Check) -> None:
    bodies = {row.code: (number, row) for number, row in check.rows(Body)}
    for number, body in check.rows(Body):
        at, parent = bodies.get(body.parent or "", (0, None))
        if parent is not None and (parent.parent or parent.code == body.code):
            check.between(
                f"'{parent.code}' is itself under another body; name the one at the top",
                (Body, number, "parent code"),
                (Body, at, "parent code"),
            )
    for number, indicator in check.rows(Indicator):
        at, leader = bodies.get(indicator.leading_body, (0, None))
        if leader is not None and leader.parent:
            check.between(
                f"'{leader.code}' stands under '{leader.parent}', whose series leads",
                (Indicator, number, "leading_body"),
                (Body, at, "parent code"),
            )


@rule
def a_search_has_its_days(check: Check) -> None:
    for number, row in check.rows(Indicator):
        if not 1991 <= row.searched_from <= row.searched_on.year:
            reason = f"{row.searched_from} is no year from 1991 to that of searched_on, {row.searched_on}"
            check.fault(Indicator, number, "searched_from searched_on", reason)
        if row.review_on <= row.searched_on:
            reason = f"review_on {row.review_on} is not after searched_on {row.searched_on}; name a later day"
            check.fault(Indicator, number, "review_on searched_on", reason)


@rule
def documents_can_be_found(check: Check) -> None:
    groups = defaultdict(list)
    for number, row in check.rows(Source):
        if row.url:
            groups[row.url].append(number)
        elif "withheld" not in row.note and "not known" not in row.note:
            check.fault(
                Source, number, "url note", "is empty; the note then says that it is withheld or not known"
            )
    for url, numbers in groups.items():
        if len(numbers) > 1:
            check.between(f"{url} is the address of two sources", *[(Source, n, "url") for n in numbers])


@rule
def texts_are_short(check: Check) -> None:
    for number, row in check.rows(Observation):
        for column, most in LONGEST.items():
            words = len(getattr(row, column).split())
            if words > most:
                check.fault(Observation, number, column, f"has {words} words; {most} are the most")


# --- Digest, load, difference ----------------------------------------------------------------------------------


def canonical(row: Row) -> tuple[str, ...]:
    """A row as text: the same on every machine and in every database."""
    return tuple(_canonical(getattr(row, column)) for column in row.columns())


def _canonical(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    # A figure written 48.0 comes back from a database as 48: both are the same figure.
    return repr(models.number(cell)) if isinstance(cell, int | float) else str(cell)


def digest(version: str, dated: date, tables: dict[type[Row], tuple[Row, ...]]) -> str:
    """SHA-256 over the canonical rows: a line of JSON for the package, one for each table and one for each row.

    Tables come in the order of `models.TABLES`, rows sorted by their text, so that neither the order of a file
    nor that of a database plays a part. Anyone can compute it again from the files.
    """
    total = hashlib.sha256()

    def add(*cells: Any) -> None:
        total.update(json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    add("derek", version, dated.isoformat())
    for table in TABLES:
        add(table.__tablename__, *table.columns())
        for cells in sorted(map(canonical, tables[table])):
            add(*cells)
    return total.hexdigest()


def load(package: Package, database: Database) -> Loaded:
    """Take a package in as a release and make it current, in one step. Raises `database.Busy`."""
    with database.writing() as session:
        wanted = package.digest
        current = session.get(Current, 1)
        known = session.exec(select(Release).where(Release.digest == wanted)).one_or_none()
        if known and current and current.release == known.number:
            return Loaded(wanted, package.version, "nothing: this release is current already")
        if not known:
            known = _take_in(package, wanted, session)
        assert known.number is not None  # noqa: S101  # it has been flushed
        if current is None:
            session.add(Current(release=known.number, layout=LAYOUT))
            return Loaded(wanted, package.version, "took in the first release")
        former, current.release = current.release, known.number
        session.add(current)
        again = "made a former release current again" if known.number < former else "took in a new release"
        return Loaded(wanted, package.version, again)


def _take_in(package: Package, name: str, session: Session) -> Release:
    last = session.exec(select(Release.number).order_by(col(Release.number).desc()).limit(1)).one_or_none()
    release = Release(
        number=(last or 0) + 1,
        digest=name,
        version=package.version,
        dated=package.dated,
        loaded=datetime.now(UTC).replace(microsecond=0),
    )
    session.add(release)
    session.flush()
    for table in TABLES:
        rows = [{**row.model_dump(), "release": release.number} for row in package.tables[table]]
        for row in rows if table is Observation else ():
            row["public_on"] = last_day(row["as_of"]) if row["as_of"] else None
        for start in range(0, len(rows), 5000):
            session.execute(insert(table), rows[start : start + 5000])
    return release


def stored(session: Session, release: Release) -> dict[type[Row], tuple[Row, ...]]:
    """The rows of a release as the database holds them."""
    return {
        table: tuple(session.exec(select(table).where(table.release == release.number)).all())
        for table in TABLES
    }


def difference(old: dict[type[Row], tuple[Row, ...]], new: dict[type[Row], tuple[Row, ...]]) -> Iterator[str]:
    """What a load would change, one line a row: + added, - gone, ~ a cell that is another."""
    for table in TABLES:
        before = {tuple(getattr(row, name) for name in table.key): row for row in old.get(table, ())}
        after = {tuple(getattr(row, name) for name in table.key): row for row in new[table]}
        name = table.__tablename__
        for key in sorted(before.keys() | after.keys(), key=str):
            label = f"{name} {' '.join(map(str, key))}"
            if key not in before:
                yield f"+ {label}"
            elif key not in after:
                yield f"- {label}"
            else:
                for column, was, now in zip(
                    table.columns(), canonical(before[key]), canonical(after[key]), strict=True
                ):
                    if was != now:
                        yield f"~ {label} {column}: '{was}' -> '{now}'"


# --- Describing ------------------------------------------------------------------------------------------------


def described(folder: Path) -> str:
    """The text of `datapackage.json` with its resources written anew from the models; the rest is kept."""
    kept = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    kept["resources"] = [_resource(table) for table in TABLES]
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def _resource(table: type[Row]) -> dict[str, Any]:
    name = table.__tablename__
    schema: dict[str, Any] = {
        "fields": [_field(table, column) for column in table.columns()],
        "missingValues": [""],
        "primaryKey": list(table.key),
        "foreignKeys": [
            {
                "fields": [column],
                "reference": {
                    "resource": "" if target is table else target.__tablename__,
                    "fields": [target.key[0]],
                },
            }
            for owner, column, target in REFERENCES
            if owner is table
        ],
    }
    if not schema["foreignKeys"]:
        del schema["foreignKeys"]
    return {
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        "description": (table.__doc__ or "").strip(),
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(table: type[Row], column: str) -> dict[str, Any]:
    info = table.model_fields[column]
    schema = table.model_json_schema()["properties"][column]
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    types = {option.get("type") for option in options}
    described: dict[str, Any] = {"name": column}
    constraints: dict[str, Any] = {}
    if options[0].get("format") == "date":
        described["type"] = "date"
    elif types == {"boolean"}:
        described |= {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]}
    else:
        described["type"] = "number" if "number" in types else "integer" if types == {"integer"} else "string"
    if info.is_required():
        constraints["required"] = True
    for wanted in ("enum", "pattern"):
        if wanted in options[0]:
            constraints[wanted] = options[0][wanted]
    described["description"] = info.description
    if constraints:
        described["constraints"] = constraints
    return described
