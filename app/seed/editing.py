"""How a maintainer changes the files: each edit is checked as a whole package before any file is touched.

Only what an edit is about is written anew. Every other row stays as it was to the byte, however it is quoted and
whatever its line ends with, so that a diff shows the edit and nothing else.
"""

import csv
import io
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TypeVar

from app.models import TABLES, Change, Observation, Published, Row, Source
from app.seed.package import Package, canonical, read
from app.seed.rules import LONGEST_REASON
from app.seed.sheets import DESCRIPTOR, meant

AnyRow = TypeVar("AnyRow", bound=Row)
FILES = (*(f"{table.__tablename__}.csv" for table in TABLES), DESCRIPTOR)


def publish(folder: Path) -> int:
    """Enter every figure that is new into the list of what has been published; how many there were.

    Where the ledger has entries of the present version, that has been given out, and these are of the next one.
    """
    package = read(folder)
    known = {row.observation for row in _of(package, Published)}
    new = [row for row in _of(package, Observation) if row.id not in known]

    given_out = package.version in {row.version for row in _of(package, Published)}
    version = _next(package.version, package.dated) if given_out else package.version

    def edit(copy: Path) -> None:
        if given_out:
            _dated(copy / DESCRIPTOR, version, None)
        for row in new:
            figure = dict(zip(row.columns(), canonical(row), strict=True))
            cells = {name: figure[name] for name in Published.cells()}
            _append(copy, Published, {"observation": row.id, "version": version, **cells})

    if new:
        _edited(folder, edit)
    return len(new)


def withdraw(folder: Path, id: str, reason: str, on: date) -> Package:
    """Mark a figure as withdrawn by this dataset, and enter why. It stays in the record.

    The change is of the next version, unless the present one is plainly in the making: it has entries in the list of
    changes and none in the ledger, as after an earlier withdrawal. So a version that entered figures, or changed
    none, never gets other rows by a withdrawal. That a version of changes alone has been given out, the files cannot
    tell: then raise it by hand, else the load into a database that has it refuses. Raises `ValueError` where there is no
    such figure or no reason fit to print, `Refused` where the package is not sound or would not be.
    """
    package = read(folder)
    figures = {row.id: row for row in _of(package, Observation)}
    ledger = _of(package, Published)
    if id not in figures:
        raise ValueError(f"'{id}' is no observation{meant(id, figures)}")
    was = figures[id].status
    if was == "withdrawn":
        raise ValueError(f"'{id}' has been withdrawn already")
    if id not in {row.observation for row in ledger}:
        raise ValueError(f"'{id}' has not been published yet, so it can simply be corrected or removed")
    begun = package.version in {row.version for row in _of(package, Change)}
    in_the_making = begun and package.version not in {row.version for row in ledger}
    entry = Change(
        observation=id,
        field="status",
        changed_on=on,
        version=package.version if in_the_making else _next(package.version, on),
        kind="withdrawal",
        was=was,
        now="withdrawn",
        reason=_fit_to_print(reason),
    )

    def edit(copy: Path) -> None:
        _set(copy, Observation, id, "status", entry.now)
        _append(copy, Change, dict(zip(entry.columns(), canonical(entry), strict=True)))
        _dated(copy / DESCRIPTOR, entry.version, on if on > package.dated else None)

    return _edited(folder, edit)


def add_source(folder: Path, cells: Mapping[str, str]) -> Package:
    """Add a document. Raises `ValueError` for a column that there is not, `Refused` where it is not sound."""
    for name in cells:
        if name not in Source.columns():
            raise ValueError(f"'{name}' is no column of sources.csv{meant(name, Source.columns())}")
    read(folder)
    return _edited(folder, lambda copy: _append(copy, Source, cells))


def _of(package: Package, table: type[AnyRow]) -> tuple[AnyRow, ...]:
    return package.tables[table]  # type: ignore[return-value]


def _fit_to_print(reason: str) -> str:
    """A reason as one line. What the rules would refuse is told here, in words about the reason."""
    told = unicodedata.normalize("NFC", " ".join(reason.split()))
    if not told:
        raise ValueError("a withdrawal needs a reason: say in a sentence what was wrong")
    if not told.isprintable():
        raise ValueError("the reason has an invisible character in it; type it anew")
    if (words := len(told.split())) > LONGEST_REASON:
        raise ValueError(f"the reason has {words} words; {LONGEST_REASON} are the most")
    return told


def _next(version: str, on: date) -> str:
    """The version after one: 2026.11.2 after 2026.11.1, and 2026.12.1 in the next month."""
    found = re.fullmatch(r"(\d{4})\.(\d{1,2})\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) >= (on.year, on.month):
        return f"{found[1]}.{found[2]}.{int(found[3]) + 1}"
    return f"{on.year}.{on.month}.1"


# --- Files ----------------------------------------------------------------------------------------------------


def _edited(folder: Path, edit: Callable[[Path], None]) -> Package:
    """What an edit makes of a package. Files are replaced when all of it was found sound, else none is touched."""
    before = {name: (folder / name).read_bytes() for name in FILES}
    with tempfile.TemporaryDirectory(prefix="derek-") as place:
        copy = Path(place)
        for name, content in before.items():
            (copy / name).write_bytes(content)
        edit(copy)
        package = read(copy)
        after = {name: (copy / name).read_bytes() for name in FILES}
    for name, content in before.items():
        if (folder / name).read_bytes() != content:
            raise ValueError(
                f"{name} has been saved by somebody else meanwhile; nothing was changed, try again"
            )
    # A name may be a link: what it leads to is replaced.
    _replace({(folder / name).resolve(): after[name] for name in FILES if after[name] != before[name]})
    return package


def _replace(files: Mapping[Path, bytes]) -> None:
    """Put each content in its place only when all of them are on the disk: no file is ever half written."""
    with ExitStack() as leftovers:
        written = []
        for target, content in files.items():
            try:
                number, name = tempfile.mkstemp(prefix=".derek-", dir=target.parent)
            except OSError as error:
                # Its own message would name a file that nobody knows.
                reason = f"the folder {target.parent} cannot be written: {error.strerror}"
                raise type(error)(reason) from None
            leftovers.callback(Path(name).unlink, missing_ok=True)
            with open(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(target, name)
            written.append((name, target))
        for name, target in written:
            os.replace(name, target)


def _lines(file: Path) -> list[str]:
    """The rows of a file as they stand. In a sound package no cell holds a line break, so a line is a row."""
    return io.StringIO(file.read_bytes().decode("utf-8"), newline="").readlines()


def _cells(line: str) -> list[str]:
    return next(csv.reader([line.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")]))


def _line(cells: list[str], end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerow(cells)
    return text.getvalue()


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _append(folder: Path, table: type[Row], cells: Mapping[str, str]) -> None:
    """A row at the end of a file; a cell that is not given is empty."""
    file = folder / f"{table.__tablename__}.csv"
    lines = _lines(file)
    end = _end(lines[0]) or "\n"
    if not _end(lines[-1]):
        lines[-1] += end
    lines.append(_line([cells.get(name, "") for name in _cells(lines[0])], end))
    file.write_bytes("".join(lines).encode())


def _set(folder: Path, table: type[Row], key: str, column: str, now: str) -> None:
    """Another cell in the row with that key."""
    file = folder / f"{table.__tablename__}.csv"
    header, *lines = _lines(file)
    names = _cells(header)
    at, aim = names.index(table.key[0]), names.index(column)
    for index, line in enumerate(lines):
        cells = _cells(line)
        if cells[at] == key:
            cells[aim] = now
            lines[index] = _line(cells, _end(line))
    file.write_bytes("".join([header, *lines]).encode())


def _dated(descriptor: Path, version: str, dated: date | None) -> None:
    """The descriptor with its version, and its date where that is another."""
    content = json.loads(descriptor.read_text(encoding="utf-8-sig"))
    content["version"] = version
    if dated:
        content["created"] = f"{dated.isoformat()}T00:00:00Z"
    descriptor.write_text(
        json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline=""
    )
