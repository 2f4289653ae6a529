"""Whether a release is whole: every file's digest and the digest of its rows, taken again.

A release lies in a folder or at an address. What it says of itself is believed in nothing: names that lead elsewhere,
files without an end and answers that never come are refused.
"""

import csv
import io
import json
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app import models
from app.exports import sqlite
from app.exports.release import NAME, RELEASE, SUMS, ReleaseFile, sha256, sums

MOST = 200_000_000
"""Bytes of the largest file that is read."""
PATIENCE = 20
"""Seconds without a byte after which an address does not answer."""
LONGEST = 300
"""Seconds that one file may take."""
TOLD = 20
"""Most rows of one table that are told."""

Fetch = Callable[[str, int], bytes]
"""Gives a file of a release by its name, unless it is longer than so many bytes. `FileNotFoundError`: there is none."""
Digest = Callable[[str, date, Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]], str]
"""The digest of a version, its day and its tables; each a name, its columns and its rows as text."""


@dataclass(frozen=True)
class Verified:
    """What was found: the release as it describes itself, and a sentence for each thing that is not as it says."""

    told: ReleaseFile | None
    faults: tuple[str, ...]


def verified(fetch: Fetch, digest: Digest, there: Iterable[str] | None = None) -> Verified:
    """Take every digest of a release again. Raises `FileNotFoundError` where there is no release.

    `there` are the names of all files that lie beside each other, where they can be known; one that the release does not
    list was added to it.
    """
    faults: list[str] = []
    described = fetch(RELEASE, MOST)
    told = _described(described, faults)
    listed = _listed(fetch, faults)
    if RELEASE in listed and listed[RELEASE] != sha256(described):
        faults.append(f"{RELEASE}: {SUMS} gives another digest")
    stated = {name: one.sha256 for name, one in told.files.items()} if told else {}
    if told:
        for name in sorted(stated.keys() | listed.keys() - {RELEASE}):
            if listed and stated.get(name) != listed.get(name):
                faults.append(f"{name}: {RELEASE} and {SUMS} do not give it the same digest")
    files: dict[str, bytes] = {}
    sound = set()
    for name in sorted({**listed, **stated}.keys() - {RELEASE}):
        most = min(told.files[name].bytes, MOST) if told and name in told.files else MOST
        try:
            files[name] = fetch(name, most)
        except FileNotFoundError:
            faults.append(f"{name}: is missing")
        except TooLong:
            faults.append(f"{name}: is longer than the {most} bytes that it should have")
        else:
            if {sha256(files[name])} == {
                stated.get(name, listed.get(name)),
                listed.get(name, stated.get(name)),
            }:
                sound.add(name)
            else:
                faults.append(f"{name}: is not the file of this release; its digest is {sha256(files[name])}")
    if told:
        faults += _of_rows(told, files, sound, digest)
    if listed or stated:
        added = set(there or ()) - {RELEASE, SUMS} - listed.keys() - stated.keys()
        faults += [f"{_printable(name)}: is no file of this release" for name in sorted(added)]
    return Verified(told, tuple(dict.fromkeys(faults)))


def _described(content: bytes, faults: list[str]) -> ReleaseFile | None:
    try:
        told = ReleaseFile.model_validate_json(content)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(map(str, detail["loc"]))
        faults.append(f"{RELEASE}: cannot be understood{f' at {where}' if where else ''}")
        return None
    if odd := [name for name in (*told.files, *told.tables) if not NAME.fullmatch(name)]:
        faults.append(f"{RELEASE}: {json.dumps(odd[0])} is no name of a file of a release")
        return None
    return told


def _listed(fetch: Fetch, faults: list[str]) -> dict[str, str]:
    """What SHA256SUMS says. It is taken whole or not at all, to the byte."""
    try:
        content = fetch(SUMS, MOST)
    except FileNotFoundError:
        faults.append(f"{SUMS}: is missing")
        return {}
    except TooLong:
        faults.append(f"{SUMS}: is longer than any release's")
        return {}
    listed = {}
    for line in content.decode("utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        if NAME.fullmatch(name):
            listed[name] = digest
    if sums(listed) != content or RELEASE not in listed:
        faults.append(f"{SUMS}: is not the list of a release")
        return {}
    return listed


def _of_rows(told: ReleaseFile, files: Mapping[str, bytes], sound: set[str], digest: Digest) -> Iterator[str]:
    """The digest of the rows, and where a table is another, which of its rows."""
    tables = []
    for name, count in told.tables.items():
        file = f"data/{name}.csv"
        if file not in files:
            if file not in told.files:
                yield f"{RELEASE}: names the table {name}, and no file {file}"
            continue
        try:
            columns, *rows = csv.reader(io.StringIO(files[file].decode(), newline=""), strict=True)
        except (ValueError, csv.Error):
            yield f"{file}: is not CSV in UTF-8 with a header"
            continue
        if len(rows) != count:
            yield f"{file}: has {len(rows)} rows, and {RELEASE} says {count}"
        tables.append((name, columns, rows))
        if file not in sound and "derek.db" in sound:
            yield from _rows_that_differ(file, name, columns, rows, files["derek.db"])
    if len(tables) == len(told.tables):
        taken = digest(told.version, told.dated, tables)
        if taken != told.digest:
            yield f"rows: their digest is {taken}, and {RELEASE} says {told.digest}"


def _rows_that_differ(
    file: str, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], database: bytes
) -> Iterator[str]:
    """Rows of a file that are not those of derek.db, which was found sound."""
    try:
        names, cells = sqlite.cells_of(database, name)
    except sqlite3.Error:
        return
    if list(names) != list(columns):
        yield f"{file}: has not the columns of derek.db"
        return
    right = {tuple(map(_text, row)) for row in cells}
    found = {tuple(row) for row in rows}
    lines = [f"{file}: not a row of this release: {_start(row)}" for row in sorted(found - right)]
    lines += [f"{file}: a row is missing: {_start(row)}" for row in sorted(right - found)]
    yield from lines[:TOLD]
    if len(lines) > TOLD:
        yield f"{file}: and {len(lines) - TOLD} more rows"


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return repr(models.number(cell)) if isinstance(cell, int | float) else str(cell)


def _start(row: Sequence[str]) -> str:
    text = _printable(",".join(row))
    return text if len(text) <= 100 else text[:99] + "…"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


# --- Where a release lies -------------------------------------------------------------------------------------


class TooLong(Exception):
    """A file is longer than it may be."""


def in_folder(folder: Path) -> Fetch:
    """The files of a folder."""
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name the folder of a release")
    if not (folder / RELEASE).is_file():
        raise FileNotFoundError(f"there is no release in {folder}: a release has a {RELEASE}")

    def fetch(name: str, most: int) -> bytes:
        file = folder / name
        if not file.is_file():
            raise FileNotFoundError(file)
        with file.open("rb") as opened:
            content = opened.read(most + 1)
        if len(content) > most:
            raise TooLong
        return content

    return fetch


def all_in(folder: Path) -> Iterator[str]:
    """The names of all that lies in a folder, at any depth, but for folders."""
    for file in folder.rglob("*"):
        if file.is_symlink() or not file.is_dir():
            yield file.relative_to(folder).as_posix()


def at_address(address: str) -> Fetch:
    """The files at an address of the web: that of the folder, or of a file right in it such as release.json."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{address} is no address that begins with https:// or http://")
    path = parts.path.removesuffix(RELEASE).removesuffix("/") + "/"
    root = urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    try:
        content, at = _got(root + RELEASE, MOST)
    except FileNotFoundError:
        if _is_a_site(root):
            raise ValueError(
                f"{address} is a running site of Derek, which gives no release as files; name the address of a folder "
                f"that `derek export release` wrote. {root}api/releases says which release the site shows"
            ) from None
        raise FileNotFoundError(f"there is no release at {address}: a release has a {RELEASE}") from None
    except TooLong:
        raise ValueError(f"{root}{RELEASE} is longer than {MOST} bytes") from None
    base = at[: at.rindex("/") + 1]  # where the address led on to

    def fetch(name: str, most: int) -> bytes:
        return content if name == RELEASE else _got(base + urllib.parse.quote(name), most)[0]

    return fetch


class _OnTheWeb(urllib.request.HTTPRedirectHandler):
    """An address leads on to others of the web only, and never from a safe one to one that is not."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            raise ConnectionError(f"{req.full_url} leads on to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _got(address: str, most: int) -> tuple[bytes, str]:
    """What is at an address, and where that was in the end. Every failure is an `OSError` with a sentence."""
    opener = urllib.request.build_opener(_OnTheWeb)
    asked = urllib.request.Request(  # noqa: S310  # its scheme has been looked at
        address, headers={"User-Agent": "derek verify", "Accept-Encoding": "identity"}
    )
    end = time.monotonic() + LONGEST
    content = bytearray()
    try:
        with opener.open(asked, timeout=PATIENCE) as answer:
            while part := answer.read1(65536):
                content += part
                if len(content) > most:
                    raise TooLong
                if time.monotonic() > end:
                    raise TimeoutError
            cut = answer.length not in (None, 0)
            at = answer.url
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise FileNotFoundError(address) from None
        raise ConnectionError(f"{address} answers {error.code} {error.reason}") from None
    except TimeoutError:
        raise ConnectionError(f"{address} does not answer in time") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise ConnectionError(f"{address} does not answer in time") from None
        raise ConnectionError(f"{address} cannot be reached: {error.reason}") from None
    except (HTTPException, ValueError) as error:
        raise ConnectionError(f"{address} gives no answer that can be read: {error}") from None
    except ConnectionError as error:
        reason = str(error) if error.errno is None else f"{address} cannot be read: {error.strerror}"
        raise ConnectionError(reason) from None
    if cut:
        raise ConnectionError(f"{address} ends before its time")
    return bytes(content), at


def _is_a_site(root: str) -> bool:
    """Whether a site of Derek answers there."""
    try:
        content, _ = _got(root + "api/health/ready", 100_000)
        return "release" in json.loads(content)
    except (OSError, ValueError, TypeError, TooLong):
        return False
