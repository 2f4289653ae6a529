"""Loads that are killed at any moment, run out of disk, meet faults of the machine or each other: what is left is one
whole release, the former or the new one, and the next load succeeds. On both databases.

A process of its own makes each load, forked from one that has read the package already: a load takes a tenth of a second,
and starting Python ten times that.
"""

import multiprocessing
import random
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app import database as databases
from app import seed
from app.database import Busy, Database
from app.models import Observation

WORLD = Path(__file__).parent / "seed"
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["app.seed", "app.database", "psycopg"])


def release_of(package: seed.Package, number: int) -> seed.Package:
    """A version of the miniature that no other number has: each figure of it is another one."""
    figures = tuple(
        one
        if one.value is None
        else one.model_copy(update={"value": number, "note": f"Of version {number}."})
        for one in package.tables[Observation]
        if isinstance(one, Observation)
    )
    return replace(package, version=f"v{number}", tables={**package.tables, Observation: figures})


def load_it(address: str, package: seed.Package, line: Connection) -> None:
    """One load in a process of its own: it says when it begins and, if it lives, how it ended."""
    database = Database(address)
    line.send("begins")
    try:
        line.send(seed.load(package, database).did)
    except Busy as busy:
        line.send(str(busy))


def begun(address: str, package: seed.Package) -> tuple[BaseProcess, Connection]:
    here, there = FORKED.Pipe()
    process = FORKED.Process(target=load_it, args=(address, package, there))
    process.start()
    there.close()
    assert here.recv() == "begins"
    return process, here


def whole(address: str, *expected: str | None) -> str:
    """The digest of what a reader would be shown, which is whole and one of those expected."""
    database = Database(address)
    try:
        with database.reading() as session:
            release = databases.release(session)
            assert release
            assert seed.is_whole(session, release)
            assert release.digest in expected
            return release.digest
    finally:
        database.close()


def load_when_the_lock_is_free(package: seed.Package, database: Database) -> None:
    """A server needs a moment to see that a client is gone; until then its lock is held."""
    end = time.monotonic() + 30
    while True:
        try:
            seed.load(package, database)
            return
        except Busy:
            assert time.monotonic() < end, "the lock of a dead load is still held"
            time.sleep(0.02)


@pytest.mark.bar(suite="kill9", least=10, full=100)
def test_a_load_killed_at_any_moment_leaves_one_whole_release(address, world, bar):
    """Moments spread over the whole of a load. Those that came too late are not counted."""
    chance = random.Random(20261127)
    seed.load(world, database := Database(address))
    current, took, new = world, 0.2, 0
    for number in range(4 * bar.of(10, 100)):
        if bar.cases == bar.of(10, 100):
            break
        # Now and then a former release comes back: a load that writes one row.
        wanted = release_of(world, new := new + 1) if number % 4 or not new else world
        process, _line = begun(address, wanted)
        time.sleep(chance.uniform(0, took))
        process.kill()
        process.join()
        if process.exitcode != 0:
            found = whole(address, current.digest, wanted.digest)
            bar.case()
            current = wanted if found == wanted.digest else current
        else:
            current = wanted
        # And the next load succeeds. What it takes is what the next kill has to fall into.
        following = release_of(world, new := new + 1)
        began = time.monotonic()
        load_when_the_lock_is_free(following, database)
        took = time.monotonic() - began
        assert whole(address, following.digest)
        current = following
    database.close()
