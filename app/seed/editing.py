"""How a maintainer changes the files: each edit is checked as a whole package before any file is touched."""

import csv
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from app.models import Change, Published, Source
from app.seed.package import Package, read
from app.seed.sheets import DESCRIPTOR, meant

Rows = list[list[str]]


def publish(folder: Path) -> int:
    """Enter every figure that is new into the list of what has been published; how many there were."""
    package = read(folder)
    known = {row.observation for row in package.tables[Published] if isinstance(row, Published)}
    new = [cells for cells in _cells(folder, "observations.csv") if cells["id"] not in known]

    def edit(copy: Path) -> None:
        rows = _rows(copy / "published.csv")
        for cells in new:
            figure = {name: cells[name] for name in Published.cells()}
            rows.append(_row(rows[0], {"observation": cells["id"], "version": package.version, **figure}))
        _write(copy / "published.csv", rows)

    if new:
        _edited(folder, edit)
    return len(new)


def withdraw(folder: Path, id: str, reason: str, on: date) -> Package:
    """Mark a figure as withdrawn by this dataset, and enter why. It stays in the record.

    Raises `ValueError` where there is no such figure or no reason, `Refused` where the package would not be sound.
    """
    package = read(folder)
    figures = {cells["id"]: cells for cells in _cells(folder, "observations.csv")}
    if id not in figures:
        raise ValueError(f"'{id}' is no observation{meant(id, figures)}")
    was = figures[id]["status"]
    if was == "withdrawn":
        raise ValueError(f"'{id}' has been withdrawn already")
    if not reason.strip():
        raise ValueError("a withdrawal needs a reason: say in a sentence what was wrong")
    published = [row for row in package.tables[Published] if isinstance(row, Published)]
    if id not in {row.observation for row in published}:
        raise ValueError(f"'{id}' has not been published yet, so it can simply be corrected or removed")
    version = _next(package.version, on) if _is_out(package, published) else package.version

    def edit(copy: Path) -> None:
        rows = _rows(copy / "observations.csv")
        name, status = rows[0].index("id"), rows[0].index("status")
        for row in rows[1:]:
            if row[name] == id:
                row[status] = "withdrawn"
        _write(copy / "observations.csv", rows)
        changes = _rows(copy / "changes.csv")
        entry = {
            "observation": id,
            "field": "status",
            "changed_on": on.isoformat(),
            "version": version,
            "kind": "withdrawal",
            "was": was,
            "now": "withdrawn",
            "reason": " ".join(reason.split()),
        }
        _write(copy / "changes.csv", [*changes, _row(changes[0], entry)])
        _dated(copy / DESCRIPTOR, version, max(on, package.dated))

    return _edited(folder, edit)


def add_source(folder: Path, cells: Mapping[str, str]) -> Package:
    """Add a document. Raises `ValueError` for a column that there is not, `Refused` where it is not sound."""
    for name in cells:
        if name not in Source.columns():
            raise ValueError(f"'{name}' is no column of sources.csv{meant(name, Source.columns())}")

    def edit(copy: Path) -> None:
        rows = _rows(copy / "sources.csv")
        _write(copy / "sources.csv", [*rows, _row(rows[0], cells)])

    return _edited(folder, edit)


def _is_out(package: Package, published: list[Published]) -> bool:
    """Whether the present version has been given out: then what changes now is of the next."""
    changes = [row for row in package.tables[Change] if isinstance(row, Change)]
    return package.version in {row.version for row in published} and package.version not in {
        row.version for row in changes
    }


def _next(version: str, on: date) -> str:
    """The version after one: 2026.11.2 after 2026.11.1, and 2026.12.1 in the next month."""
    found = re.fullmatch(r"(\d{4})\.(\d{1,2})\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) >= (on.year, on.month):
        return f"{found[1]}.{found[2]}.{int(found[3]) + 1}"
    return f"{on.year}.{on.month}.1"


def _edited(folder: Path, edit: Callable[[Path], None]) -> Package:
    """What an edit makes of a package. The files are replaced when all of it was found sound, else none is touched."""
    with tempfile.TemporaryDirectory(prefix=".derek-", dir=folder.parent) as beside:
        copy = Path(beside) / folder.name
        shutil.copytree(folder, copy)
        edit(copy)
        package = read(copy)
        for file in sorted(copy.iterdir()):
            target = folder / file.name
            if file.is_file() and file.read_bytes() != target.read_bytes():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
                os.replace(file, target)
    return package


def _rows(file: Path) -> Rows:
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))


def _cells(folder: Path, name: str) -> list[dict[str, str]]:
    header, *rows = _rows(folder / name)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _row(header: list[str], cells: Mapping[str, str]) -> list[str]:
    return [cells.get(name, "") for name in header]


def _write(file: Path, rows: Rows) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8", newline="")


def _dated(descriptor: Path, version: str, dated: date) -> None:
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content |= {"version": version, "created": f"{dated.isoformat()}T00:00:00Z"}
    descriptor.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
