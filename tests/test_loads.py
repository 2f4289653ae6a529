"""Loads that are killed at any moment, run out of disk, meet faults of the machine or each other: what is left is one
whole release, the former or the new one, and the next load succeeds. On both databases.

A process of its own makes each load, forked from one that has read the package already: a load takes a tenth of a second,
and starting Python ten times that.
"""

import json
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlmodel import select

from app import database as databases
from app import seed
from app.database import Busy, Database, Unavailable
from app.models import Observation, Release

WORLD = Path(__file__).parent / "seed"
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["pytest", "app.seed", "psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg"]
)


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
    """One load in a process of its own: it says when it is ready, waits to be told, and says how it ended."""
    database = Database(address)
    line.send("ready")
    line.recv()
    try:
        line.send(seed.load(package, database).did)
    except Busy as busy:
        line.send(str(busy))


def ready(address: str, package: seed.Package) -> tuple[BaseProcess, Connection]:
    here, there = FORKED.Pipe()
    process = FORKED.Process(target=load_it, args=(address, package, there))
    process.start()
    there.close()
    assert here.recv() == "ready"
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
        process, line = ready(address, wanted)
        line.send("go")
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


@pytest.mark.bar(suite="at-once", least=8, full=400)
def test_of_eight_loads_at_once_each_wins_whole_or_says_that_it_is_busy(address, world, bar):
    """Round after round, the first of them into an empty database, which they also have to lay out."""
    database = Database(address)
    for round in range(bar.of(1, 50)):
        packages = [release_of(world, 8 * round + number) for number in range(8)]
        loads = [ready(address, package) for package in packages]
        for _, line in loads:
            line.send("go")
        said = [line.recv() for _, line in loads]
        for process, _ in loads:
            process.join()
        won = [package for package, words in zip(packages, said, strict=True) if words.startswith("took in")]
        assert won
        assert all(words.startswith(("took in", "another load is under way")) for words in said)
        whole(address, *(package.digest for package in won))
        with database.reading() as session:
            stored = {release.version: release for release in session.exec(select(Release))}
            for package in packages:
                release = stored.get(package.version)
                bar.case(seed.is_whole(session, release) if release else package not in won)
    database.close()


PRELOADED = ("/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so")


@pytest.mark.bar(suite="io-fault", least=12, full=80)
def test_whichever_call_to_the_machine_fails_a_load_is_whole_or_nothing_and_says_so(
    address, world_folder, bar
):
    """Each call of a load for its files or on its line to a server: it fails, or it and all after it, or the process is
    killed there."""
    if not all(map(os.path.exists, PRELOADED)):
        pytest.skip("no libfiu: install Debian's fiu-utils")
    every = bar.of(40, 1) if address.startswith("sqlite") else bar.of(100, 8)
    told = subprocess.run(
        [sys.executable, "tests/faults.py", address, str(world_folder), str(every)],
        env={**os.environ, "LD_PRELOAD": " ".join(PRELOADED), "PYTHONPATH": "."},
        cwd=WORLD.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    calls, *faults = map(json.loads, told.stdout.splitlines())
    assert set(calls) >= ({"rw/pwrite", "sync/fsync", "dir/rename"} if "sqlite" in address else {"net/send"})
    for fault in faults:
        took = fault["held"] == fault["version"]
        if fault["code"] == 0:  # a fault that does not matter, or a load that needed fewer calls this time
            assert took, fault
            continue
        bar.case(fault["held"] in (fault["former"], fault["version"]))
        if fault["how"] == "killed":
            assert fault["code"] == -9, fault
        else:
            assert fault["code"] == 3, fault
            *drivers, said = fault["said"].splitlines()
            assert "sqlite" not in address or not drivers, fault
            assert said.startswith(("the database cannot be used: ", "the folder ")), fault
            # Where the line to a server is lost while it commits, nobody here can know; the next load says what is current.
            assert "sqlite" not in address or not took or "the release is current" in fault["said"], fault
        after = fault["next"]
        assert (after["code"], after["said"], after["held"]) == (0, "", after["version"]), fault


@pytest.mark.bar(suite="io-fault", least=10, full=100)
def test_however_much_room_is_left_on_the_disk_a_load_is_whole_or_nothing(sqlite_address, world, bar):
    """A file of this process may grow to a size, from nothing to all that the load needs."""
    seed.load(world, database := Database(sqlite_address))
    assert database.file
    steps = bar.of(10, 100)
    need = database.file.stat().st_size * 2
    for step in range(steps):
        room = need * step // steps
        wanted = release_of(world, step)
        shutil.copyfile(database.file, kept := database.file.with_name("kept"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            seed.load(wanted, database)
            said = ""
        except Unavailable as error:
            said = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not said or said.startswith("the database cannot be used: ")
        whole(sqlite_address, (world if said else wanted).digest)
        assert {path.name for path in database.file.parent.iterdir()} == {"derek.db", "derek.db.lock", "kept"}
        bar.case()
        os.replace(kept, database.file)
    database.close()
