"""A whole package: read from its folder, named by its digest, described for other programs."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app import models
from app.models import EDITORS_WORDS, TABLES, Row, Translation, editors_words
from app.seed import rules
from app.seed.sheets import DESCRIPTOR, Fault, sheet_of


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

    def text(self) -> dict[str, list[tuple[str, ...]]]:
        """The rows of each file as the digest takes them."""
        return {str(table.__tablename__): list(map(canonical, rows)) for table, rows in self.tables.items()}

    def translations(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The editors' texts that have no translation yet, and those translated that no row holds any longer."""
        wanted = dict.fromkeys(
            text for table in EDITORS_WORDS for row in self.tables[table] for text in editors_words(row)
        )
        known = {str(getattr(row, Translation.key[0])) for row in self.tables[Translation]}
        missing = tuple(text for text in wanted if text not in known)
        return missing, tuple(sorted(known - wanted.keys()))


Told = Callable[[int, int], None]
"""Hears how many steps of how many are done."""


def read(folder: Path, told: Told = lambda done, total: None) -> Package:
    """The package in a folder. Raises `Refused` with every fault there is, `OSError` where there is no package."""
    _is_there(folder)
    faults: list[Fault] = []
    version, dated = _descriptor(folder, faults)
    steps = len(TABLES) + len(rules.RULES)
    sheets = {}
    for done, table in enumerate(TABLES, start=1):
        sheets[table] = sheet_of(folder, table, faults)
        told(done, steps)
    if any(fault.columns == ("file",) for fault in faults) or not all(one.whole for one in sheets.values()):
        # Without a file or a column every reference to it would look wrong: what matters would drown.
        raise Refused(faults)
    check = rules.Check(sheets, dated, faults)
    for done, rule in enumerate(rules.RULES, start=1 + len(TABLES)):
        rule(check)
        told(done, steps)
    if faults:
        raise Refused(faults)
    return Package(version, dated, {table: tuple(sheet.sound.values()) for table, sheet in sheets.items()})


def _is_there(folder: Path) -> None:
    """One sentence, where to say of each file that it is missing would be thirteen."""
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name the folder of a package")
    try:
        names = {file.name for file in folder.iterdir()}
    except PermissionError:
        raise PermissionError(f"the folder {folder} cannot be read by this user") from None
    if not names.intersection([DESCRIPTOR, *(f"{table.__tablename__}.csv" for table in TABLES)]):
        raise FileNotFoundError(f"there is no package in {folder}: a package has a {DESCRIPTOR}")


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
        version, created = content.get("version"), content.get("created", "")
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


# --- Digest -----------------------------------------------------------------------------------------------------


def canonical(row: Row) -> tuple[str, ...]:
    """A row as text: the same on every machine and in every database."""
    return tuple(canonical_cell(getattr(row, column)) for column in row.columns())


def canonical_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    # A figure written 48.0 comes back from a database as 48: both are the same figure.
    return repr(models.number(cell)) if isinstance(cell, int | float) else str(cell)


def digest(version: str, dated: date, tables: dict[type[Row], tuple[Row, ...]]) -> str:
    """SHA-256 over the canonical rows: the release's true name."""
    return digest_of_text(
        version,
        dated,
        ((str(table.__tablename__), table.columns(), map(canonical, tables[table])) for table in TABLES),
    )


def digest_of_text(
    version: str, dated: date, tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]
) -> str:
    """The digest of rows that are text already: a line of JSON for the package, one for each table and each row.

    Tables come in the order of `models.TABLES`, rows sorted by their text, so that neither the order of a file
    nor that of a database plays a part. Anyone can compute it again from the files.
    """
    return digest_in_order(
        version, dated, ((name, columns, sorted(map(tuple, rows))) for name, columns, rows in tables)
    )


def digest_in_order(
    version: str, dated: date, tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]
) -> str:
    """The same, of rows that are sorted already."""
    total = hashlib.sha256()

    def add(*cells: Any) -> None:
        total.update(json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    add("derek", version, dated.isoformat())
    for name, columns, rows in tables:
        add(name, *columns)
        for cells in rows:
            add(*cells)
    return total.hexdigest()


# --- Description ------------------------------------------------------------------------------------------------


def described(folder: Path) -> str:
    """The text of `datapackage.json` with its resources written anew from the models; the rest is kept."""
    kept = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8-sig"))
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
            for owner, column, target in rules.REFERENCES
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
