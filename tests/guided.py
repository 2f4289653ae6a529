"""Texts that are chosen by which lines of a parser the ones before have reached: `python -m tests.guided cursor 20000 SEEDS`.

atheris changes a text, looks whether that led to a line not seen before, and goes on from the texts that did. Each parser
has an oracle here: it understands a text or refuses it in its own way, and what it understands is of one meaning. The
program ends with 0 where none of so many texts was an exception to that.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app"]):
    from app import deps, keeping, models
    from app.api import answers
    from app.seed import package, sheets

from pydantic import TypeAdapter, ValidationError

HOME = Path(tempfile.mkdtemp(prefix="derek-guided-"))
SEEDS: dict[str, tuple[str, ...]] = {
    "day": ("2019-12-12", "12.12.2019", "2019-02-30", "२०१९-१२-१२"),
    "edtf": ("2019-12-12", "2016-10", "2017", "2017-13", "2017~"),
    "number": ("48", "-5", "91.70", "1e400", "1 000", "0" * 40),
    "whole": ("2020", "-1", "²"),
    "flag": ("0", "1", "yes"),
    "cursor": ("WyIwYTEzNWI5MzYzNTFhMjIyIiwgImEiLCAxMF0", "e30", "W10", "W1tbW10"),
    "accept": ("text/csv;q=0.5, application/json", "*/*;q=0", "text/csv;q=1e9"),
    "coding": ("gzip, br;q=0.5", "identity;q=0, *;q=0.1", "gzip;q=nan"),
    "tag": ('"abc", W/"def"', "*", '"', 'W/"abc'),
    "descriptor": ('{"version": "2026.11.1", "created": "2026-11-22T00:00:00Z"}', "[[[[", '{"version": NaN}'),
    "sheet": ("code,kind,lat\nKZ,country,1\n", '"code"\n"KZ', "\ufeffcode;kind\r\n"),
}
CELLS: dict[str, TypeAdapter[object]] = {
    "day": TypeAdapter(models.Day),
    "edtf": TypeAdapter(models.Edtf),
    "number": TypeAdapter(models.Number),
    "whole": TypeAdapter(models.Whole),
    "flag": TypeAdapter(models.Flag),
}


def cell(kind: str, text: str) -> None:
    """What is understood is understood again as it is stored."""
    try:
        understood = CELLS[kind].validate_python(text)
    except ValidationError:
        return
    assert text.isascii()
    assert CELLS[kind].validate_python(package.canonical_cell(understood)) == understood


def cursor(text: str) -> None:
    mark = deps._decoded(text)
    if mark is not None:
        assert isinstance(mark.release, str)
        assert isinstance(mark.question, str)
        assert type(mark.position) is int or re.fullmatch(deps.IN_PATH, str(mark.position))


def accept(text: str) -> None:
    form = answers._wanted(text, answers.FORMS)
    assert form is None or form.kind in text.lower()


def coding(text: str) -> None:
    assert keeping.coding(text) in ("", "gzip", "br")


def tag(text: str) -> None:
    if keeping.has(text, '"abc"'):
        assert '"abc"' in text or "*" in text


def descriptor(text: str) -> None:
    faults: list[sheets.Fault] = []
    (HOME / sheets.DESCRIPTOR).write_text(text, encoding="utf-8", errors="surrogateescape")
    version, _ = package._descriptor(HOME, faults)
    assert all(fault.reason for fault in faults)
    assert faults or re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,40}", version)
    assert faults or isinstance(json.loads(text.removeprefix("\ufeff")), dict)


def sheet(text: str) -> None:
    faults: list[sheets.Fault] = []
    (HOME / "places.csv").write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    read = sheets.sheet_of(HOME, models.Place, faults)
    assert all(fault.reason and fault.columns for fault in faults)
    for row in read.sound.values():
        assert all(package.canonical(row)[at] != "\0" for at in range(2))


ORACLES: dict[str, Callable[[str], None]] = {
    **{kind: lambda text, kind=kind: cell(kind, text) for kind in CELLS},  # type: ignore[misc]
    **{one.__name__: one for one in (cursor, accept, coding, tag, descriptor, sheet)},
}


def main(name: str, runs: str, corpus: str) -> None:
    place = Path(corpus)
    place.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SEEDS[name]):
        (place / f"seed-{number}").write_bytes(text.encode())

    def one(data: bytes) -> None:
        ORACLES[name](
            data.decode("utf-8", "surrogateescape" if name in ("sheet", "descriptor") else "replace")
        )

    options = [
        f"-runs={runs}",
        "-max_len=400",
        "-seed=1",
        "-timeout=10",
        f"-artifact_prefix={place}/found-",
        str(place),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
