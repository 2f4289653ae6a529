"""Measures Derek beside a server that sends constant bytes of the same size, in one run: `make bench` prints the table.

What decides is the processor's time that a server takes for an answer, not how many answers a second arrive: it hardly
changes with what else the machine does. Each figure is the median of rounds in which the servers take turns; the yardstick
runs twice under two names, and how far these two are apart is the noise. docs/performance.md says more.

    python bench/run.py [--rounds 3] [--incidents 210000] [--only kept,start]
"""

import argparse
import csv
import json
import os
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from bench import synthetic
from bench.load import Load

ROOT = Path(__file__).parent.parent
LINES = 16


@dataclass
class Server:
    """A process that serves on a port of this machine."""

    process: "subprocess.Popen[bytes]"
    port: int

    def cpu(self) -> float:
        """Seconds of the processor that it has taken so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """MB it holds that nobody else does."""
        return float(psutil.Process(self.process.pid).memory_full_info().uss) / 2**20

    def ask(self, path: str) -> tuple[bytes, str]:
        """A body and its entity tag."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=120) as answer:
            return bytes(answer.read()), str(answer.headers["etag"])

    def body(self, path: str) -> bytes:
        return self.ask(path)[0]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str], port: int, first: str, **settings: str
) -> Iterator[tuple[Server, float, float]]:
    """A server, with the seconds until its first answer, and those of the processor."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(process, port)
    try:
        while True:
            try:
                server.body(first)
                break
            except OSError:
                if process.poll() is not None:
                    raise
                time.sleep(0.005)
        yield server, time.perf_counter() - began, server.cpu()
    finally:
        process.terminate()
        process.wait(30)


ServerOf = AbstractContextManager[tuple[Server, float, float]]


def limit(body: bytes, kind: str, home: Path) -> ServerOf:
    file = home / f"{abs(hash((body, kind)))}"
    file.write_bytes(body)
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "bench.limit:app", "--port", str(port), "--no-access-log"),
        *("--loop", "uvloop", "--http", "httptools", "--log-level", "critical"),
    ]
    return running(command, port, "/", BODY=str(file), KIND=kind)


def derek(database: Path) -> ServerOf:
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    return running(command, port, "/api/health/live", DATABASE_URL=f"sqlite:///{database}")


def per_answer(server: Server, work: Callable[[], int]) -> float:
    """Microseconds of the processor for each answer of some work that tells how many there were."""
    before = server.cpu()
    answers = work()
    return (server.cpu() - before) / answers * 1e6


def repeated(server: Server, path: str, *headers: str, seconds: int = 4) -> int:
    """One address on 16 lines, as fast as answers come."""
    asked = [part for header in headers for part in ("-H", header)]
    said = subprocess.run(
        ["wrk", "-t1", f"-c{LINES}", f"-d{seconds}s", *asked, f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]


def one_by_one(server: Server, paths: list[str]) -> int:
    """Each address once, on one line."""
    load = Load(server.port, tuple(paths), lines=1).closed(len(paths))
    assert not load.failed, load.failed[0]
    return load.answers


@dataclass
class Table:
    """What was measured, and what must be reached."""

    rounds: int
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    noise: list[float] = field(default_factory=list)

    def beside(
        self,
        what: str,
        bar: float | None,
        rivals: dict[str, Callable[[], float]],
    ) -> dict[str, float]:
        """Takes turns: the yardstick, ours, the yardstick again. Adds a row with the ratio of the medians."""
        found: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(self.rounds):
            for name, measure in rivals.items():
                found[name].append(measure())
        middle = {name: statistics.median(all_of) for name, all_of in found.items()}
        yardstick = statistics.mean((middle["limit"], middle["again"]))
        ours = middle["derek"]
        spread = (max(found["derek"]) - min(found["derek"])) / ours if ours else 0
        self.noise.append(abs(middle["limit"] / middle["again"] - 1))
        self.add(what, f"{yardstick:,.1f}", f"{ours:,.1f} ±{spread / 2:.0%}", ours / yardstick, bar)
        return middle

    def add(
        self, what: str, yardstick: str, ours: str, ratio: float, bar: float | None, unit: str = "x"
    ) -> None:
        said = f"{ratio:,.2f}{unit}" if ratio < 100 else f"{ratio:,.0f}{unit}"
        met = "" if bar is None else ("met" if ratio <= bar else "NOT MET")
        self.rows.append((what, yardstick, ours, said, f"{bar:g}{unit} {met}" if bar is not None else ""))
        print(f"  {what}: {said} {met}", file=sys.stderr, flush=True)

    def told(self) -> str:
        head = ("what", "limit", "derek", "ratio", "at most")
        rows = [head, *self.rows]
        wide = [max(len(row[at]) for row in rows) for at in range(len(head))]
        lines = ["  ".join(cell.ljust(wide[at]) for at, cell in enumerate(row)).rstrip() for row in rows]
        noise = (
            f"noise: the yardstick differs from itself by {statistics.mean(self.noise):.1%} (mean)"
            if self.noise
            else ""
        )
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], noise])


# --- What is measured -----------------------------------------------------------------------------------------


def kept(table: Table, database: Path, home: Path) -> None:
    """Answers that were made before, over and over."""
    for path, kind in (
        ("/en/", "text/html; charset=utf-8"),
        ("/api/stats?indicator=convicted", "application/json"),
    ):
        with ExitStack() as stack:
            ours, *_ = stack.enter_context(derek(database))
            body, tag = ours.ask(path)
            one, *_ = stack.enter_context(limit(body, kind, home))
            two, *_ = stack.enter_context(limit(body, kind, home))
            full = table.beside(
                f"kept {path}, {len(body) // 1000} kB, µs",
                1.5,
                {
                    "limit": partial(per_answer, one, partial(repeated, one, "/")),
                    "derek": partial(per_answer, ours, partial(repeated, ours, path)),
                    "again": partial(per_answer, two, partial(repeated, two, "/")),
                },
            )["derek"]
            unchanged = per_answer(ours, partial(repeated, ours, path, f"If-None-Match: {tag}"))
            table.add(
                f"304 of {path} against the whole", f"{full:,.1f}", f"{unchanged:,.1f}", unchanged / full, 1
            )


DAYS = [
    f"{year}-{month:02}-{day:02}"
    for year in range(1990, 2012)
    for month in range(1, 13)
    for day in (3, 9, 17, 26)
]


def anew(server: Server, path: str, days: Iterator[str], count: int) -> int:
    """Questions that nobody asked before."""
    return one_by_one(server, [path.format(next(days)) for _ in range(count)])


def first(table: Table, database: Path, home: Path, size: str) -> None:
    """Answers that nobody asked before: each has a question of its own."""
    asked = {
        f"first page of 50 incidents, {size}, µs": ("/api/incidents?limit=50&from={}", 15.0, 60),
        f"first page of incidents as HTML, {size}, µs": ("/en/incidents?from={}", None, 30),
        f"first answer by year, {size}, µs": ("/api/stats?indicator=convicted&from={}", 15.0, 60),
        f"first full-text search, {size}, µs": ("/api/incidents?limit=50&q=market&from={}", 40.0, 30),
    }
    with ExitStack() as stack:
        ours, *_ = stack.enter_context(derek(database))
        for what, (path, bar, count) in asked.items():
            body = ours.body(path.format("1989-12-31"))
            one, *_ = stack.enter_context(limit(body, "application/json", home))
            two, *_ = stack.enter_context(limit(body, "application/json", home))
            days = iter(DAYS)

            table.beside(
                what,
                bar,
                {
                    "limit": partial(per_answer, one, partial(one_by_one, one, ["/"] * 20 * count)),
                    "derek": partial(per_answer, ours, partial(anew, ours, path, days, count)),
                    "again": partial(per_answer, two, partial(one_by_one, two, ["/"] * 20 * count)),
                },
            )


def cursors(table: Table, database: Path, home: Path, size: str) -> None:
    """Pages deep in a list against its first ones, in a process that was asked for none of them before."""
    with derek(database) as (ours, *_):
        pages: list[str] = []
        path = "/api/incidents?limit=50"
        while path and len(pages) < 120:
            pages.append(path)
            path = json.loads(ours.body(path))["links"]["next"] or ""
    if len(pages) < 42:
        raise SystemExit(
            f"{len(pages)} pages are too few to tell deep ones from the first; ask for 2,100 incidents or more"
        )
    with derek(database) as (ours, *_):
        ours.body("/api/places")
        early = per_answer(ours, lambda: one_by_one(ours, pages[1:21]))
        late = per_answer(ours, lambda: one_by_one(ours, pages[-20:]))
    table.add(
        f"pages {len(pages) - 19} to {len(pages)} of 50 against 2 to 21, {size}, µs",
        f"{early:,.0f}",
        f"{late:,.0f}",
        late / early,
        1.2,
    )


def start(table: Table, database: Path, home: Path, size: str) -> None:
    """From the start of the process to its first answer, in seconds of the processor."""

    def seconds(begin: Callable[[], ServerOf]) -> float:
        with begin() as (_, _, cpu):
            return cpu * 1000

    table.beside(
        f"start to first answer, {size}, ms of the processor",
        6,
        {
            "limit": lambda: seconds(lambda: limit(b"x", "text/plain", home)),
            "derek": lambda: seconds(lambda: derek(database)),
            "again": lambda: seconds(lambda: limit(b"x", "text/plain", home)),
        },
    )


def memory(table: Table, database: Path, size: str, questions: int) -> None:
    with derek(database) as (ours, *_):
        for path in ("/en/", "/ru/", "/kk/", "/en/incidents", "/api/incidents"):
            ours.body(path)
        after_load = ours.memory()
        table.add(
            f"memory after the first pages, {size}, MB", "", f"{after_load:,.0f}", after_load, 110, " MB"
        )
        paths = [
            f"/api/observations?limit={1 + at % 40}&from=20{10 + at % 15}-01-{1 + at // 600 % 28:02}"
            for at in range(questions)
        ]
        load = Load(ours.port, tuple(paths), lines=8).closed(questions)
        assert not load.failed, load.failed[0]
        later = ours.memory()
        table.add(
            f"memory after {questions:,} different questions, {size}, MB",
            "",
            f"{later:,.0f}",
            later,
            110,
            " MB",
        )


def loading(table: Table, package: Path, home: Path, size: str) -> Path:
    """A package taken in with all checks, against SQLite's own import of the same rows."""
    database = home / f"{size}.db"
    plain = home / f"{size}-plain.db"
    files = sorted(package.glob("*.csv"))
    said = "\n".join([".mode csv", *(f'.import "{file}" {file.stem}' for file in files)])
    yardstick = (
        _cpu(["sqlite3", str(plain)], said.encode()) if shutil.which("sqlite3") else _import(files, plain)
    )
    log = home / "load.log"
    most = [0.0]
    ours = _cpu(
        [sys.executable, "-m", "app", "load", str(package)],
        b"",
        most,
        log,
        DATABASE_URL=f"sqlite:///{database}",
    )
    table.add(
        f"loading, {size}, s of the processor", f"{yardstick:,.1f}", f"{ours:,.1f}", ours / yardstick, 10
    )
    table.add(f"memory at its most while loading, {size}, MB", "", f"{most[0]:,.0f}", most[0], 400, " MB")
    return database


def _cpu(
    command: list[str], said: bytes, most: list[float] | None = None, log: Path | None = None, **settings: str
) -> float:
    """Seconds of the processor that a program takes to its end."""
    with (log or Path(os.devnull)).open("wb") as out:
        process = psutil.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=out, stderr=out
        )
        process.stdin.write(said)
        process.stdin.close()
        taken = 0.0
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            times = process.cpu_times()
            taken = times.user + times.system
            if most is not None:
                most[0] = max(most[0], process.memory_info().rss / 2**20)
            time.sleep(0.02)
        if process.wait():
            raise SystemExit(f"{command} failed: {log and log.read_text()[-2000:]}")
    return float(taken)


def _import(files: list[Path], plain: Path) -> float:
    """What the shell of SQLite does, where it is not installed: each line a row of texts, no check at all."""
    before = time.process_time()
    connection = sqlite3.connect(plain)
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            names = next(rows)
            connection.execute(f"CREATE TABLE {file.stem} ({', '.join(names)})")
            connection.executemany(f"INSERT INTO {file.stem} VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608
    connection.commit()
    connection.close()
    return time.process_time() - before


def main() -> None:
    wants = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wants.add_argument("--rounds", type=int, default=3)
    wants.add_argument("--incidents", type=int, default=210_000)
    wants.add_argument("--questions", type=int, default=100_000)
    wants.add_argument("--only", default="kept,start,first,cursors,memory,load")
    asked = wants.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing; on Debian: apt install wrk")
    only = asked.only.split(",")
    table = Table(asked.rounds)
    with tempfile.TemporaryDirectory(prefix="derek-bench-") as place:
        home = Path(place)
        own = home / "own.db"
        _cpu([sys.executable, "-m", "app", "load"], b"", DATABASE_URL=f"sqlite:///{own}")
        sizes = {"published": own}
        if "load" in only:
            synthetic.write(asked.incidents, home / "package")
            sizes[f"{asked.incidents:,}"] = loading(table, home / "package", home, f"{asked.incidents:,}")
        if "kept" in only:
            kept(table, own, home)
        for size, database in sizes.items():
            if "start" in only:
                start(table, database, home, size)
            if "first" in only:
                first(table, database, home, size)
            if "cursors" in only and size != "published":
                cursors(table, database, home, size)
            if "memory" in only:
                memory(table, database, size, asked.questions)
    print(table.told())


if __name__ == "__main__":
    main()
