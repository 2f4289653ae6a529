"""Every answer is made from exactly one release, also while loads are under way. On both databases, over
HTTP."""

import itertools
import threading
import time
from collections import defaultdict

import httpx
import pytest

from app import seed
from app.database import Database
from app.main import create_app
from app.settings import Settings

PATHS = (
    "/api/stats?indicator=convicted,detained",
    "/api/stats.csv",
    "/api/stats?view=coverage",
    "/api/observations?limit=100&lang=ru",
    "/api/sources/knb-2025",
    "/api/incidents/2016-06-aktobe",
    "/kk/sources/knb-2025",
)
PATIENCE = 60


class Reader(threading.Thread):
    """Reads one address after another until told to stop, and remembers what came."""

    def __init__(self, base: str, first: int) -> None:
        super().__init__()
        self.base, self.first = base, first
        self.stop = threading.Event()
        self.bodies: dict[tuple[str, str], set[bytes]] = defaultdict(set)
        self.failed: list[str] = []
        self.answers = 0

    def run(self) -> None:
        with httpx.Client(base_url=self.base, timeout=PATIENCE) as client:
            while not self.stop.wait(0.01):
                path = PATHS[(self.first + self.answers) % len(PATHS)]
                answer = client.get(path)
                self.answers += 1
                if answer.status_code != 200:
                    self.failed.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                    continue
                self.bodies[path, answer.headers["derek-release"]].add(answer.content)


@pytest.mark.bar(suite="mix", least=30, full=10_000)
def test_every_answer_during_loads_is_made_from_the_release_it_names(address, world, revised, on_a_port, bar):
    """Every figure differs between any two releases, so an answer made from two would be a body nobody
    expects."""
    loads, readers_at_once = bar.of(15, 100), bar.of(4, 20)
    loading = Database(address)
    seed.load(world, loading)
    packages = [revised(world, f"2026.12.{number}", 1000 * number) for number in range(1, loads)]
    packages = [packages[number] if number % 3 else world for number in range(loads - 1)]
    golden: dict[tuple[str, str], bytes] = {}
    with (
        on_a_port(create_app(Settings(), Database(address))) as base,
        httpx.Client(base_url=base, timeout=PATIENCE) as client,
    ):

        def arrived(package: seed.Package) -> None:
            """A load is seen by every process that serves: in two seconds; ten leave a busy machine its time."""
            until = time.monotonic() + 10
            while client.get(PATHS[0]).headers["derek-release"] != package.digest:
                assert time.monotonic() < until
                time.sleep(0.01)

        def remember() -> None:
            """What the release that is current now gives, while no load is under way."""
            for path in PATHS:
                answer = client.get(path)
                assert answer.status_code == 200
                golden[path, answer.headers["derek-release"]] = answer.content

        remember()
        readers = [Reader(base, number) for number in range(readers_at_once)]
        for reader in readers:
            reader.start()
        try:
            for package in packages:
                seed.load(package, loading)
                arrived(package)
                remember()
                assert {release for _, release in golden} >= {package.digest}
            again = itertools.cycle(packages)
            while sum(reader.answers for reader in readers) < bar.least and all(
                map(Reader.is_alive, readers)
            ):
                seed.load(next(again), loading)
        finally:
            for reader in readers:
                reader.stop.set()
            for reader in readers:
                reader.join(PATIENCE)
    loading.close()
    assert [failure for reader in readers for failure in reader.failed] == []
    read = {key for reader in readers for key in reader.bodies}
    assert read <= set(golden)
    mixed = [key for reader in readers for key, bodies in reader.bodies.items() if bodies != {golden[key]}]
    bar.case(times=sum(reader.answers for reader in readers) - len(mixed))
    bar.case(whole=False, times=len(mixed))
    assert mixed == []
    assert len({release for _, release in golden}) == len({package.digest for package in [world, *packages]})
    assert len({release for _, release in read}) > 2


def test_a_reader_of_an_old_release_notices_no_load(address, world, revised, on_a_port):
    loading = Database(address)
    seed.load(world, loading)
    path = f"/api/observations?limit=100&release={world.digest}"
    with (
        on_a_port(create_app(Settings(), Database(address))) as base,
        httpx.Client(base_url=base, timeout=PATIENCE) as client,
    ):
        before = client.get(path)
        for number in (1, 2, 3):
            seed.load(revised(world, f"2026.12.{number}", 1000 * number), loading)
            assert client.get("/api/health/ready").json()["version"] == f"2026.12.{number}"
            again = client.get(path, headers={"if-none-match": before.headers["etag"]})
            assert again.status_code == 304
            assert client.get(path).content == before.content
    loading.close()
