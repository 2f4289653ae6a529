"""A process that serves: it ends without taking an answer away, is replaced when it dies, is not held up by those who only
hold the line, counts, and says nothing of who read what."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from starlette.testclient import TestClient

from app import serving
from app.counting import CELLS, Counts, cell

LIVE = b"GET /api/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
PAGE = b"GET /ru/indicators/convicted HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def whole(said: bytes) -> bool:
    """Whether an answer is one, to its last byte."""
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    return head.startswith(b"HTTP/1.1 200") and length is not None and len(body) == int(length[1])


def status(said: bytes) -> bytes:
    return said.split(b" ", 2)[1] if said else b""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


# --- The end ----------------------------------------------------------------------------------------------------


@pytest.mark.bar(suite="drain", least=100, full=100)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_asked_is_answered_before_the_process_ends(start, workers, bar):
    """A hundred questions that nobody asked before, each on a line of its own, are being answered when it is told to."""
    program = start("--workers", workers)
    program.ask(PAGE, 60)
    lines = []
    for number in range(100):
        line = socket.create_connection(("127.0.0.1", program.port), 60)
        line.sendall(f"GET /api/observations?limit={number + 1} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        lines.append(line)
    idle = socket.create_connection(("127.0.0.1", program.port), 60)
    said = [lines[0].recv(65536)]
    began = time.monotonic()
    program.process.terminate()
    said += [b""] * 99
    for number, line in enumerate(lines):
        with line, suppress(ConnectionError):
            while read := line.recv(65536):
                said[number] += read
    assert program.process.wait(60) == 0
    assert time.monotonic() - began < serving.GRACE + 10
    assert Counter(map(status, said)) == {b"200": 100}
    for one in said:
        bar.case(whole(one))
    assert all(map(whole, said))
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", program.port))
    assert "Traceback" not in program.log.read_text()


def test_who_asks_in_the_moment_of_the_end_is_answered_or_refused(start):
    """On a line that was kept, a question may be under way when the process is told to end."""
    program = start()
    with socket.create_connection(("127.0.0.1", program.port), 30) as line:
        line.sendall(LIVE)
        said = b""
        while not whole(said):  # head and body may arrive apart
            said += line.recv(65536)
        program.process.terminate()
        program.says("Shutting down")
        line.sendall(LIVE)
        said = b""
        while read := line.recv(65536):
            said += read
        assert whole(said)
        assert b"\r\nconnection: close\r\n" in said
    assert program.process.wait(30) == 0


def test_an_interruption_ends_it_as_it_ends_other_commands(start):
    program = start()
    program.process.send_signal(signal.SIGINT)
    assert program.process.wait(30) == 130
    assert "Traceback" not in program.log.read_text()


# --- Several processes ------------------------------------------------------------------------------------------


def children(program: Any) -> list[int]:
    """The processes that serve. The interpreter starts one more, which looks after what they share."""
    parent = program.process.pid
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [
        int(one)
        for one in listed
        if alive(int(one)) and b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]


def until(attempt: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not attempt():
        assert time.monotonic() < end
        time.sleep(0.1)


class Readers:
    """Somebody who goes on asking, each time anew, and keeps what was not a whole answer."""

    def __init__(self, program: Any) -> None:
        self.program, self.asked, self.failed = program, 0, []  # type: ignore[var-annotated]
        self.ended = False
        self.pool = ThreadPoolExecutor(2)

    def __enter__(self) -> Self:
        self.works = [self.pool.submit(self.read) for _ in range(2)]
        return self

    def read(self) -> None:
        while not self.ended:
            try:
                said = self.program.ask(PAGE, 60, more=True)
            except OSError as error:
                said = repr(error).encode()
            self.asked += 1
            if not whole(said):
                self.failed.append(said[:200])
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self.ended = True
        for work in self.works:
            work.result()
        self.pool.shutdown()


@pytest.mark.bar(suite="drain", least=20, full=20)
def test_processes_are_replaced_one_by_one_without_losing_a_question(start, bar):
    program = start("--workers", "2")
    program.ask(PAGE, 60)
    until(lambda: len(children(program)) == 2)
    before = children(program)
    with Readers(program) as readers:
        program.process.send_signal(signal.SIGHUP)
        until(lambda: not set(children(program)) & set(before) and len(children(program)) == 2, 120)
        seen = readers.asked
        until(lambda: readers.asked > seen + 20)
    bar.case(times=readers.asked - len(readers.failed))
    bar.case(whole=False, times=len(readers.failed))
    assert readers.failed == []
    assert program.stop() == 0


def test_a_process_that_dies_is_replaced_and_takes_only_its_own_answers_along(start):
    metrics = free_port()
    program = start("--workers", "2", METRICS=f"127.0.0.1:{metrics}", DATABASE_URL="")
    program.ask(PAGE, 60)
    until(lambda: len(children(program)) == 2)
    before = children(program)
    with Readers(program) as readers:
        until(lambda: readers.asked > 20)
        counted = told(metrics)['derek_answers_total{status="2xx"}']
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(children(program)) == 2 and before[0] not in children(program), 120)
        seen = readers.asked
        until(lambda: readers.asked > seen + 20)
    assert len(readers.failed) <= 2  # as many as ask at once
    assert told(metrics)['derek_answers_total{status="2xx"}'] > counted
    program.process.kill()
    until(lambda: not alive(before[1]))  # nobody is left behind, on the port


def alive(process: int) -> bool:
    with suppress(OSError):
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2][:3]
    return False


# --- What was kept -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def program(start: Any) -> Any:
    return start()


@pytest.mark.parametrize(
    "path", ["/ru/coverage", "/api/places", "/kk/indicators/convicted.svg", "/embed/en/coverage"]
)
@pytest.mark.parametrize(
    "head", ["", "Accept-Encoding: gzip", "Accept-Encoding: br;q=0.5, gzip;q=0.1", "Accept: text/csv"]
)
def test_a_kept_answer_is_byte_for_byte_the_one_that_was_made(program, path, head):
    """It takes a shorter way. Neither does the reader's way of asking matter: on a line of its own, after others, by HTTP/1.0."""

    def asked(*more: str, version: str = "1.1", method: str = "GET") -> bytes:
        lines = [f"{method} {path} HTTP/{version}", "Host: x", *filter(None, [head]), *more]
        return "\r\n".join([*lines, "", ""]).encode()

    def said(request: bytes) -> bytes:
        return re.sub(rb"date: [^\r]*\r\n|connection: close\r\n", b"", program.ask(request))

    made = said(asked("Connection: close"))  # never kept: such a line goes the usual way
    assert made.startswith(b"HTTP/1.1 200 ")
    assert said(asked()) == made
    assert said(asked() * 3) == made * 3
    assert said(asked() + asked("Connection: close") + asked()) == made * 2
    assert said(asked(version="1.0")).split(b"\r\n\r\n", 1)[1] == made.split(b"\r\n\r\n", 1)[1]
    assert said(asked(method="HEAD")) == made.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
    tag = re.search(rb'etag: ("[^"]+")', made)[1].decode()
    assert said(asked(f"If-None-Match: {tag}")) == said(asked(f"If-None-Match: {tag}", "Connection: close"))
    assert said(asked(f"If-None-Match: {tag}")).startswith(b"HTTP/1.1 304 ")
    assert said(asked().replace(path.encode(), b"http://elsewhere.example" + path.encode())) == made


# --- Those who hold the line ------------------------------------------------------------------------------------


@pytest.mark.bar(suite="slow", least=30, full=300)
def test_who_holds_the_line_keeps_nobody_from_reading(start, apart, bar):
    trickling, silent, seconds = bar.of(30, 300), bar.of(150, 1_000), bar.of(4, 60)
    program = start()
    program.ask(PAGE, 60)
    held, times, failed = apart(lambda: asyncio.run(flood(program.port, trickling, silent, seconds)))
    assert failed == []
    assert len(times) > seconds
    assert sorted(times)[len(times) * 99 // 100] < 5
    bar.case(times=len(held))
    assert max(held) < serving.HEAD + serving.PAUSE + 5  # in an idle machine, 1 and not 5
    assert program.process.poll() is None


async def flood(
    port: int, trickling: int, silent: int, seconds: int
) -> tuple[list[float], list[float], list[bytes]]:
    """How long each that trickled was held, how long each reader waited, and what was no whole answer."""
    end = time.monotonic() + seconds
    held: list[float] = []
    times: list[float] = []
    failed: list[bytes] = []

    @asynccontextmanager
    async def line() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def hold(words: bytes) -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            with suppress(OSError):
                async with line() as (reader, writer):
                    closed = asyncio.create_task(reader.read())
                    for at in range(len(words)):
                        writer.write(words[at : at + 1])
                        await asyncio.wait([closed], timeout=0.5)
                        if closed.done():
                            break
                    await closed
            if words:
                held.append(time.monotonic() - began)

    async def read() -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                async with line() as (reader, writer):
                    writer.write(PAGE)
                    said = await reader.read()
            except OSError as error:
                said = repr(error).encode()
            times.append(time.monotonic() - began)
            if not whole(said):
                failed.append(said[:200])
            await asyncio.sleep(0.05)

    await asyncio.gather(
        *(hold(PAGE[:-2] + b"X: " + b"a" * 500) for _ in range(trickling)),
        *(hold(b"") for _ in range(silent)),
        *(read() for _ in range(5)),
    )
    return held, times, failed


def test_where_there_are_more_lines_than_are_held_the_most_silent_makes_room(start, tmp_path):
    few = tmp_path / "few.py"
    few.write_text(
        "from app import serving; serving.MOST_LINES = 20\nfrom app.__main__ import main; main()\n"
    )
    program = start(program=(str(few),))
    lines = [socket.create_connection(("127.0.0.1", program.port), 30) for _ in range(60)]
    for _ in range(30):
        assert whole(program.ask(PAGE, 30))
    shut = 0
    for line in lines:
        line.settimeout(0.01)
        with suppress(TimeoutError), line:
            shut += line.recv(10) == b""
    assert shut >= 40


def test_who_does_not_take_an_answer_is_given_up(start, tmp_path):
    """So many answers are asked for that no buffer of the system holds them, and none is read."""
    soon = tmp_path / "soon.py"
    soon.write_text(
        "from app import serving\nserving.KEEP = serving.WORK = serving.HEAD = 2\nserving.SLOWEST = 2**20\n"
        "from app.__main__ import main; main()\n"
    )
    metrics = free_port()
    program = start(program=(str(soon),), METRICS=f"127.0.0.1:{metrics}")
    with socket.create_connection(("127.0.0.1", program.port), 30) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(b"GET /static/plotly.min.js HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
        until(lambda: told(metrics)['derek_lines_total{what="closed"}'] > 0, 90)


# --- What is counted and what is not said -----------------------------------------------------------------------


def told(port: int) -> dict[str, int]:
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        said = b""
        while read := line.recv(65536):
            said += read
    assert status(said) == b"200", said
    lines = said.partition(b"\r\n\r\n")[2].decode().splitlines()
    return {
        name: int(value)
        for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


def test_what_is_counted_is_told_where_it_was_asked_for_and_nowhere_else(start):
    metrics = free_port()
    program = start(METRICS=f"127.0.0.1:{metrics}")
    for request, times in (
        (PAGE, 3),
        (b"GET /en/nowhere HTTP/1.0\r\n\r\n", 2),
        (b"GET / HTTP/1.0\r\n\r\n", 1),
        (b"nonsense\r\n\r\n", 4),
        (b"GET / HTTP/3.0\r\n\r\n", 1),
        (b"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n" % metrics, 1),
    ):
        for _ in range(times):
            said = program.ask(request)
    assert status(said) == b"404"
    counted = told(metrics)
    assert counted['derek_answers_total{status="2xx"}'] == 3
    assert counted['derek_answers_total{status="3xx"}'] == 1
    assert counted['derek_answers_total{status="4xx"}'] == 3
    assert counted['derek_answers_total{status="5xx"}'] == 0
    assert counted['derek_kept_total{kept="yes"}'] == 2
    assert counted['derek_refused_total{why="malformed"}'] >= 4
    assert counted["derek_kept_bytes"] > 1000
    assert counted["derek_stale_seconds"] == counted["derek_loads"] == 0
    assert any(re.fullmatch(r'derek_info\{release="[0-9a-f]{64}"\}', name) for name in counted)
    assert len(counted) == len(CELLS) + 1


def test_several_processes_count_together_and_who_follows_goes_on(tmp_path):
    """Each takes a place; the place of one that ended is taken by the next, with its numbers."""
    file = tmp_path / "counts"
    Counts.share(file)
    count = (
        "import sys; from pathlib import Path; from app.counting import Counts, cell\n"
        "counts = Counts(Path(sys.argv[1]))\n"
        "for _ in range(1000): counts.add(cell('derek_answers_total', '2xx'))\n"
        "counts.put(cell('derek_kept_bytes'), 10); counts.put(cell('derek_loads'), 2); print(flush=True); input()"
    )

    def begin() -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-c", count, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        one.stdout.readline()
        return one

    both = [begin(), begin()]
    both[0].communicate("\n")
    both += [begin()]
    said = Counts(file).told(release="x")
    for one in both[1:]:
        one.communicate("\n")
    assert 'derek_answers_total{status="2xx"} 3000\n' in said
    assert "derek_kept_bytes 20\n" in said
    assert "derek_loads 2\n" in said


def test_a_count_of_what_is_not_kept_is_up_to_date_when_it_is_asked(client: TestClient) -> None:
    app: Any = client.app
    app.shell.counts.put(cell("derek_kept_bytes"), 1)
    client.get("/en/")
    assert f"derek_kept_bytes {app.shell.kept.size}\n".encode() in app.metrics().body


@pytest.mark.bar(suite="privacy", least=1000, full=1000)
def test_nothing_of_a_reader_stands_in_a_log_or_a_file(start, tmp_path, bar):
    """A thousand questions, good and bad, each with marks of its reader."""
    program = start(TMPDIR=str(tmp_path))
    marks = ("markquery", "markpath", "markagent", "markheader", "markcookie", "markbody")

    def asked(number: int) -> bytes:
        target = (
            "/en/search?q=markquery",
            "/en/markpath",
            "/api/stats?markquery=1",
            "/api/observations?as_of=markquery",
            "/static/markpath",
            "/api/stats?indicator=markquery",
            "/en/markpath%00",
            "/markpath" + "a" * 5000,
            "http://markpath.example:80:80/",
            "/en/figures/markpath",
        )[number % 10]
        method, body = ("POST", "markbody") if number % 7 == 0 else ("GET", "")
        head = [
            f"{method} {target} HTTP/1.1",
            "Host: markheader",
            "User-Agent: markagent",
            "Cookie: a=markcookie",
            "X-Forwarded-For: 203.0.113.77",
            "Referer: https://markheader.example/",
        ]
        if body:
            head.append(f"Content-Length: {len(body)}")
        if number % 11 == 0:
            head.append("markheader markheader")
        return ("\r\n".join([*head, "", ""]) + body).encode()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(program.ask, map(asked, range(1000))))
    assert {b"200", b"400", b"404", b"405", b"414", b"422"} <= set(map(status, said))
    assert not any(b"set-cookie" in one.lower() for one in said)
    bar.case(times=len(said))
    assert program.stop() == 0
    files = [program.log, *(file for file in tmp_path.rglob("*") if file.is_file())]
    for file in files:
        content = file.read_bytes()
        for mark in (*marks, "203.0.113.77"):
            assert mark.encode() not in content, file
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", program.log.read_text().replace("http://127.0.0.1", ""))


def test_a_fault_of_our_own_is_logged_without_what_the_reader_asked(client, monkeypatch, caplog):
    def fails(question: Any, *_: Any) -> None:
        raise ValueError(f"this stood there: {question}")

    monkeypatch.setattr("app.listings.search", fails)
    monkeypatch.setattr("app.pages.search.search", fails, raising=False)
    answer = client.get("/en/search?q=markquery")
    assert answer.status_code == 500
    assert "ValueError" in caplog.text
    assert "markquery" not in caplog.text
    assert client.app.state.database._engine.hide_parameters  # nor does a database's complaint repeat it
