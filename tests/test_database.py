"""Releases in a database: a load is whole or nothing, and a reader sees one release. On both databases."""

import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, insert, select

from app import database as databases
from app import models, seed
from app.database import Busy, Database, Empty, Unavailable
from app.models import LAYOUT, Current, Observation, Release, Text

ROOT = Path(__file__).parent.parent


def other(package: seed.Package, version: str = "2026.11.1") -> seed.Package:
    """A next version of a package: one figure revised, one withdrawn."""
    first, *rest = package.tables[Observation]
    revised = first.model_copy(update={"value": 7, "note": f"Revised in {version}."})
    return replace(package, version=version, tables={**package.tables, Observation: (revised, *rest[1:])})


def held(database: Database, wanted: str | None = None) -> str:
    """The digest of a release, computed anew from what the database holds of it."""
    with database.reading() as session:
        release = databases.release(session, wanted)
        assert release
        name = seed.digest(release.version, release.dated, seed.stored(session, release))
        assert name == release.digest
        return name


# --- Loading ------------------------------------------------------------------------------------------------


def test_what_is_loaded_is_what_was_read(database, world):
    assert seed.load(world, database) == seed.Loaded(world.digest, "2026.11.0", "took in the first release")
    with database.reading() as session:
        release = databases.release(session)
        assert release
        assert (release.number, release.digest, release.version) == (1, world.digest, "2026.11.0")
        assert release.dated == date(2026, 11, 22)
        rows = seed.stored(session, release)
    assert list(seed.difference(world.tables, rows)) == []
    assert seed.digest("2026.11.0", date(2026, 11, 22), rows) == world.digest


def test_the_published_dataset_has_one_name_in_its_files_and_in_both_databases(
    sqlite_address, postgresql_address, published
):
    for address in (sqlite_address, postgresql_address):
        database = Database(address)
        seed.load(published, database)
        assert held(database) == published.digest
        database.close()


def test_figures_come_back_as_they_were_written(database, world):
    seed.load(world, database)
    with database.reading() as session:
        values = dict(session.exec(select(col(Observation.id), col(Observation.value))).all())
    assert {name: repr(values[name]) for name in ("attacks-2020", "index-2023", "convicted-past-years")} == {
        "attacks-2020": "0",
        "index-2023": "2.5",
        "convicted-past-years": "None",
    }


def test_a_statement_dated_by_its_month_is_public_from_the_last_day_of_it(database, world):
    seed.load(world, database)
    with database.reading() as session:
        public = dict(session.exec(select(col(Observation.id), col(Observation.public_on))).all())
    assert public["convicted-2014-court"] == date(2015, 2, 28)
    assert public["convicted-2024"] == date(2025, 1, 30)
    assert public["convicted-past-years"] is None


def test_loading_the_same_package_twice_changes_nothing(database, world):
    seed.load(world, database)
    before = _files(database)
    assert seed.load(world, database).did == "nothing: this release is current already"
    assert _files(database) == before
    with database.reading() as session:
        assert len(session.exec(select(Release)).all()) == 1


def test_a_former_release_is_made_current_again_without_being_taken_in_twice(database, world):
    seed.load(world, database)
    seed.load(other(world), database)
    back = seed.load(world, database)
    assert back.did == "made a former release current again"
    assert back.changed == ("in place of version 2026.11.1", "observations: 1 added, 2 cells changed")
    assert seed.load(other(world), database).did == "went forward again to a stored release"
    assert seed.load(world, database).release == world.digest
    with database.reading() as session:
        assert [one.number for one in session.exec(select(Release).order_by(col(Release.number)))] == [1, 2]
        current = databases.release(session)
        assert current
        assert current.number == 1


def test_old_releases_stay_readable_by_digest_by_its_beginning_and_by_version(database, world):
    packages = [world, other(world), other(world, "2026.12.0")]
    for package in packages:
        seed.load(package, database)
    for package in packages:
        for wanted in (package.digest, package.digest[:8], package.version):
            assert held(database, wanted) == package.digest
    assert held(database) == packages[-1].digest


def test_a_version_is_never_given_to_other_rows(database, world):
    """Who cites a version means one release."""
    seed.load(world, database)
    seed.load(other(world), database)
    for taken in (other(world, world.version), replace(world, version="2026.11.1")):
        with pytest.raises(ValueError, match=f"version {taken.version} is already taken by other rows"):
            seed.load(taken, database)
    assert held(database) == other(world).digest
    assert held(database, world.version) == world.digest


def test_a_release_nobody_made_is_none(database, world):
    seed.load(world, database)
    hostile = [
        "",
        "%",
        "_",
        "%%%%%%%%",
        "________",
        "' OR 1=1 --",
        "\0",
        "2026.11.0\0",
        "\ud800",
        "a" * 100_000,
    ]
    others = ["0", "é", "2026.11", "\N{FULLWIDTH DIGIT TWO}026.11.0", "../../etc/passwd", "\\", "2026.11.0 "]
    with database.reading() as session:
        for wanted in [*hostile, *others, world.digest[:7]]:  # seven characters are too few to be sure
            assert databases.release(session, wanted) is None, ascii(wanted)
        assert databases.release(session) is not None, "and the session lives"


# --- Loads that fail ----------------------------------------------------------------------------------------


def test_a_load_that_fails_half_way_leaves_the_old_release_whole(database, world, monkeypatch):
    seed.load(world, database)
    before = _files(database)
    calls = iter(range(100))

    def breaks(table: Any) -> Any:
        if next(calls) == 6:
            raise MemoryError("half-way")
        return insert(table)

    with monkeypatch.context() as half_way:
        half_way.setattr(seed.loading, "insert", breaks)
        with pytest.raises(MemoryError, match="half-way"):
            seed.load(other(world), database)
    assert _files(database) == before
    assert held(database) == world.digest
    seed.load(other(world), database)
    assert held(database) == other(world).digest


def test_rows_that_contradict_each_other_are_refused_by_the_database_too(database, world):
    """The loader has checked every reference; should it err, the database still takes nothing."""
    seed.load(world, database)
    lost = replace(world, version="lost", tables={**world.tables, models.Source: ()})
    with pytest.raises(Unavailable, match="(?i)foreign key"):
        seed.load(lost, database)
    assert held(database) == world.digest


LOADER = """
import sys
from pathlib import Path
from sqlmodel import Session
from app import database, seed
from app.seed import loading

address, folder, version, point = sys.argv[1:]

def stop(*_):
    print("here", flush=True)
    sys.stdin.readline()

def before(owner, name):
    real = getattr(owner, name)
    def stopping(*given, **named):
        stop()
        return real(*given, **named)
    setattr(owner, name, stopping)

def after(owner, name):
    real = getattr(owner, name)
    def stopping(*given, **named):
        try:
            return real(*given, **named)
        finally:
            stop()
    setattr(owner, name, stopping)

if point == "among the rows":
    real, rows = loading.insert, iter(range(99))
    loading.insert = lambda table: (next(rows) == 6 and stop(), real(table))[1]
elif point == "before the commit":
    before(Session, "commit")
elif point == "after the commit":
    after(Session, "commit")
elif point == "before the rename":
    before(database.os, "replace")
elif point == "after the rename":
    after(database.os, "replace")

from dataclasses import replace
package = replace(seed.read(Path(folder)), version=version)
try:
    print(seed.load(package, database.Database(address)).did, flush=True)
except database.Busy as busy:
    print("busy:", busy, flush=True)
"""


@contextmanager
def loading(address: str, version: str, point: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that loads the miniature under a version, and waits at a point of it for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOADER, address, str(ROOT / "tests" / "seed"), version, point],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("point", "survives"),
    [
        ("among the rows", "old"),
        ("before the commit", "old"),
        ("after the commit", "either"),
        ("before the rename", "old"),
        ("after the rename", "new"),
    ],
)
def test_a_load_that_is_killed_leaves_one_whole_release(database, world, point, survives):
    if database.file is None and "rename" in point:
        return  # on a server there is no such moment
    seed.load(world, database)
    new = replace(world, version="killed")
    with loading(_address(database), "killed", point) as process:
        process.kill()
        process.wait()
        # A server needs a moment to see that the client is gone; until then the lock is held.
        _until(lambda: seed.load(world, database) if survives == "old" else held(database))
    after_commit_on_a_server = survives == "either" and database.file is None
    expected = new if survives == "new" or after_commit_on_a_server else world
    assert held(database) == expected.digest
    _until(lambda: seed.load(other(world), database))
    assert held(database) == other(world).digest


def test_two_loads_at_once_one_wins_and_the_other_says_so(database, world):
    seed.load(world, database)
    with loading(_address(database), "first", "before the commit") as process:
        with pytest.raises(Busy, match="another load is under way"):
            seed.load(other(world), database)
        assert held(database) == world.digest, "what is not finished is not seen"
        assert process.communicate("\n")[0] == "took in a new release\n"
    assert held(database) == replace(world, version="first").digest
    seed.load(other(world), database)
    assert held(database) == other(world).digest


def test_a_file_that_cannot_be_opened_for_a_load_is_said(sqlite_address, world, monkeypatch):
    def fails(*_: Any) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite3, "connect", fails)
    with pytest.raises(Unavailable, match="^the database cannot be used: disk I/O error$"):
        seed.load(world, Database(sqlite_address))


def test_a_folder_that_cannot_be_flushed_is_said_after_the_release_is_current(
    sqlite_address, world, monkeypatch
):
    real = databases._flush

    def fails(path: Path) -> None:
        if path.is_dir():
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr(databases, "_flush", fails)
    database = Database(sqlite_address)
    with pytest.raises(Unavailable, match="Input/output error; the release is current, and a power cut may"):
        seed.load(world, database)
    assert held(database) == world.digest
    database.close()


def test_a_load_whose_server_is_lost_says_one_sentence(line, world, monkeypatch, caplog):
    """The driver writes to a log of its own too."""
    database = Database(line.address)

    def cut(table: Any) -> Any:
        if table is Observation:
            line.cut()
        return insert(table)

    monkeypatch.setattr(seed.loading, "insert", cut)
    with pytest.raises(Unavailable, match="^the database cannot be used: [^\n]+$"):
        seed.load(world, database)
    assert caplog.records == []
    database.close()


# --- Readers while loads run --------------------------------------------------------------------------------


def test_readers_see_exactly_one_whole_release_while_loads_run(database, world):
    """Each reading reads every table, part of it before and part of it after a pause in which loads go on."""
    packages = {"2026.11.0": world} | {f"v{number}": other(world, f"v{number}") for number in range(8)}
    names = {package.digest for package in packages.values()}
    seed.load(world, database)
    done = threading.Event()

    def read() -> set[str]:
        seen = set()
        while not done.is_set():
            with database.reading() as session:
                release = databases.release(session)
                assert release
                texts = session.exec(select(Text).where(Text.release == release.number)).all()
                assert len(texts) == len(world.tables[Text])
                done.wait(0.03)
                again = databases.release(session)
                assert again
                assert again.number == release.number
                rows = seed.stored(session, release)
                assert seed.digest(release.version, release.dated, rows) == release.digest
                seen.add(release.digest)
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(24):  # new releases, and between them a former one again
                seed.load(packages[f"v{number // 3}"] if number % 2 else world, database)
        finally:
            done.set()
        seen = set().union(*(reader.result() for reader in readers))
    assert seen <= names
    assert len(seen) >= 3, "the readers did see releases come and go"


def test_a_reading_that_began_before_a_load_ends_with_what_it_began_with(database, world):
    seed.load(world, database)
    with database.reading() as session:
        first = databases.release(session)
        seed.load(other(world), database)
        session.expire_all()
        assert first
        assert databases.release(session) == first
        assert databases.release(session, other(world).digest) is None
        with database.reading() as later:
            found = databases.release(later)
            assert found
            assert found.digest == other(world).digest


def test_every_connection_moves_on_to_the_new_release(database, world):
    """Those that were idle in the pool during the load too."""
    seed.load(world, database)
    with database.reading(), database.reading(), database.reading():
        pass
    seed.load(other(world), database)
    for _ in range(5):
        assert held(database) == other(world).digest


# --- Readers cannot write -----------------------------------------------------------------------------------


def test_a_reader_cannot_write(database, world):
    seed.load(world, database)
    with pytest.raises(Unavailable, match="(?i)read-?only"), database.reading() as session:
        session.execute(text("UPDATE current_release SET layout = 'mine'"))
    with pytest.raises(Unavailable, match="(?i)read-?only"), database.reading() as session:
        session.execute(text("CREATE TABLE mine (id INTEGER)"))
    assert held(database) == world.digest


def test_a_file_is_read_where_nothing_may_be_written(world):
    """As another user, who may not write: permissions say nothing to root, as whom tests may run."""
    home = Path(tempfile.mkdtemp()).resolve()  # pytest's own folders are closed to other users
    try:
        database = Database(f"sqlite:///{home}/derek.db")
        seed.load(world, database)
        database.close()
        (home / "derek.db.lock").unlink()
        (home / "derek.db").chmod(0o444)
        home.chmod(0o555)
        script = (
            "import os, sys; from app import database, seed\n"
            "import sqlalchemy.dialects.sqlite\n"
            "held = database.Database(sys.argv[1])\n"
            "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
            "with held.reading() as session:\n"
            "    release = database.release(session)\n"
            "    rows = seed.stored(session, release)\n"
            "    print(seed.digest(release.version, release.dated, rows))\n"
            "try: seed.load(seed.Package('v', release.dated, rows), held)\n"
            "except database.Unavailable as error: print(error)\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", script, f"sqlite:///{home}/derek.db"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        name, refusal = ran.stdout.splitlines()
        assert name == world.digest
        assert refusal.startswith("the database cannot be used: [Errno 13] Permission denied")
        assert [path.name for path in home.iterdir()] == ["derek.db"]
    finally:
        home.chmod(0o755)
        shutil.rmtree(home)


def test_a_reading_leaves_no_file_behind(tmp_path, sqlite_address, world):
    database = Database(sqlite_address)
    seed.load(world, database)
    before = sorted(tmp_path.iterdir())
    assert held(database) == world.digest
    assert sorted(tmp_path.iterdir()) == before
    database.close()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "a#b.db", "дерек.db", "a'b;.db", "%41.db"])
def test_a_file_may_have_any_name(tmp_path, world, name):
    (tmp_path / "folder #1%").mkdir()
    database = Database(f"sqlite:///{tmp_path}/folder #1%/{name.replace('?', '%3F')}")
    name = name if database.file is None else database.file.name
    seed.load(world, database)
    assert held(database) == world.digest
    assert (tmp_path / "folder #1%" / name).exists()
    database.close()


def test_where_the_address_is_a_link_what_it_leads_to_is_replaced(tmp_path, world):
    (tmp_path / "disk").mkdir()
    (tmp_path / "derek.db").symlink_to(tmp_path / "disk" / "real.db")
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    for package in (world, other(world)):
        seed.load(package, database)
        assert held(database) == package.digest
    assert (tmp_path / "derek.db").is_symlink()
    assert (tmp_path / "disk" / "real.db").is_file()
    database.close()


# --- Databases that cannot be read --------------------------------------------------------------------------


def test_an_empty_database_is_called_empty(database):
    if database.file:
        sqlite3.connect(database.file).close()
        database.file.touch()
    with pytest.raises(Empty, match="the database is empty"), database.reading():
        pass
    with database.writing() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Empty, match="the database is empty"), database.reading():
        pass


def test_a_database_of_another_layout_is_refused_by_readers_and_loads(database, world):
    seed.load(world, database)
    with database.writing() as session:
        current = session.get(Current, 1)
        assert current
        current.layout = "another"
    for attempt in (lambda: held(database), lambda: seed.load(other(world), database)):
        with pytest.raises(Unavailable, match="laid out by another version of Derek"):
            attempt()
    assert LAYOUT != "another"


def test_a_database_whose_tables_are_others_is_refused(database, world):
    seed.load(world, database)
    with database.writing() as session:
        session.execute(text("ALTER TABLE current_release RENAME COLUMN layout TO format"))
        session.execute(text("UPDATE current_release SET format = 'old'"))
        session.commit()
    for attempt in (lambda: held(database), lambda: seed.load(other(world), database)):
        with pytest.raises(Unavailable, match="^the database cannot be used: .*layout"):
            attempt()


def noise(length: int) -> bytes:
    return hashlib.shake_256(b"noise").digest(length)


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "without a byte": lambda _: b"",
    "of one byte": lambda raw: raw[:1],
    "cut in its header": lambda raw: raw[:60],
    "cut after its header": lambda raw: raw[:100],
    "cut after its first page": lambda raw: raw[:4096],
    "cut in the middle": lambda raw: raw[: len(raw) // 2],
    "cut at its end": lambda raw: raw[:-5000],
    "of noise": lambda raw: noise(len(raw)),
    "of noise after its header": lambda raw: raw[:100] + noise(len(raw) - 100),
    "of noise beyond its first page": lambda raw: raw[:4096] + noise(len(raw) - 4096),
    "of zeros": lambda raw: bytes(len(raw)),
    "of text": lambda _: b"id,value\n" * 1000,
}


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory, world: seed.Package) -> Path:
    """A file with the miniature in it, to copy."""
    file = tmp_path_factory.mktemp("ready") / "derek.db"
    seed.load(world, Database(f"sqlite:///{file}"))
    return file


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("when", ["before the start", "while serving"])
def test_a_file_that_is_no_database_is_unavailable_until_it_is_put_right(tmp_path, ready, world, spoil, when):
    file = tmp_path / "derek.db"
    database = Database(f"sqlite:///{file}")
    if when == "while serving":
        shutil.copyfile(ready, file)
        assert held(database) == world.digest
        file.unlink()
    file.write_bytes(spoil(ready.read_bytes()))
    for _ in range(2):
        with pytest.raises(Unavailable, match="^the database (is empty: |cannot be used: )[^\n]+$"):
            held(database)
    shutil.copyfile(ready, tmp_path / "good.db")
    os.replace(tmp_path / "good.db", file)
    assert held(database) == world.digest
    database.close()


def test_a_file_that_is_missing_is_unavailable_until_it_is_there(tmp_path, ready, world):
    file = tmp_path / "folder" / "derek.db"
    database = Database(f"sqlite:///{file}")

    def away() -> None:
        with pytest.raises(
            Unavailable, match="^(the database cannot be used: (unable to open|disk)|there is no database /)"
        ):
            held(database)

    away()
    file.parent.touch()
    away()
    file.parent.unlink()
    file.mkdir(parents=True)
    away()
    file.rmdir()
    shutil.copyfile(ready, file)
    assert held(database) == world.digest
    file.unlink()
    away()
    shutil.copyfile(ready, file)
    assert held(database) == world.digest
    database.close()


def test_noise_in_place_of_a_database_stops_a_load_in_words_and_is_left_as_it_is(
    tmp_path, sqlite_address, world
):
    (tmp_path / "derek.db").write_bytes(noise(20_000))
    with pytest.raises(Unavailable, match="^the database cannot be used: file is not a database$"):
        seed.load(world, Database(sqlite_address))
    assert (tmp_path / "derek.db").read_bytes() == noise(20_000)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://localhost/derek", "'mysql' is neither sqlite nor postgresql"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("derek.db", "is not an address such as"),
        ("", "is not an address such as"),
        ("postgresql://me:secret@host:port/derek", "is not an address such as"),
    ],
)
def test_an_address_that_is_none_is_said_at_the_start_without_its_password(address, said):
    with pytest.raises(ValueError, match=said) as error:
        Database(address)
    assert "secret" not in str(error.value)


def test_a_server_without_its_driver_is_said_at_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"install derek\[postgres\]"):
        Database("postgresql://localhost/derek")


# --- A server -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_found_by_each_name_of_its_scheme(postgresql_address, world, scheme):
    database = Database(scheme + ":" + postgresql_address.split(":", 1)[1])
    seed.load(world, database)
    assert held(database) == world.digest
    database.close()


def test_a_server_that_is_not_there_is_unavailable_at_once():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    database = Database(f"postgresql://derek:secret@127.0.0.1:{port}/derek")
    for attempt in (lambda: held(database), lambda: seed.load(seed.Package("v", date.max, {}), database)):
        began = time.monotonic()
        with pytest.raises(Unavailable, match="^the database cannot be used: [^\n]+$") as error:
            attempt()
        assert time.monotonic() - began < 1
        assert "secret" not in str(error.value)


def test_a_server_that_does_not_answer_is_unavailable_within_seconds():
    with socket.create_server(("127.0.0.1", 0)) as door:
        database = Database(f"postgresql://127.0.0.1:{door.getsockname()[1]}/derek")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="timeout"):
            held(database)
        assert time.monotonic() - began < 3.5


def test_a_server_that_restarts_is_found_again(line, world):
    database = Database(line.address)
    seed.load(world, database)
    assert held(database) == world.digest
    line.cut()
    assert held(database) == world.digest
    with pytest.raises(Unavailable, match="^the database cannot be used: "), database.reading() as session:
        session.exec(line.cut() or select(Release)).all()
    assert held(database) == world.digest
    database.close()


def test_a_server_that_hangs_is_given_up_and_found_again(line, world, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE", 0.5)
    database = Database(line.address)
    seed.load(world, database)
    assert held(database) == world.digest
    line.talks.clear()
    began = time.monotonic()
    with pytest.raises(Unavailable):
        held(database)
    assert time.monotonic() - began < 5
    line.talks.set()
    assert held(database) == world.digest
    database.close()


def test_a_query_that_takes_too_long_is_stopped(postgresql_address, world, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE", 0.2)
    database = Database(postgresql_address)
    seed.load(world, database)
    with pytest.raises(Unavailable, match="statement timeout"), database.reading() as session:
        session.execute(text("SELECT pg_sleep(5)"))
    assert held(database) == world.digest
    database.close()


def test_a_load_may_take_its_time(postgresql_address, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE", 0.2)
    database = Database(postgresql_address)
    with database.writing() as session:
        session.execute(text("SELECT pg_sleep(0.5)"))
    database.close()


def test_more_readers_than_connections_wait_and_are_told(postgresql_address, world, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE", 0.2)
    database = Database(postgresql_address)
    seed.load(world, database)
    with pytest.raises(Unavailable, match="^the database cannot be used: QueuePool limit"):
        _read_within_readings(database, 40)
    assert held(database) == world.digest
    database.close()


def test_a_file_has_room_for_every_reader(sqlite_address, world):
    database = Database(sqlite_address)
    seed.load(world, database)
    _read_within_readings(database, 60)
    database.close()


def _read_within_readings(database: Database, depth: int) -> None:
    with database.reading():
        if depth:
            _read_within_readings(database, depth - 1)


# --- Hands --------------------------------------------------------------------------------------------------


def _address(database: Database) -> str:
    return (
        f"sqlite:///{database.file}"
        if database.file
        else database._engine.url.render_as_string(hide_password=False)
    )


def _files(database: Database) -> Any:
    """What tells whether a file has been touched; of a server nothing."""
    found = database.file and database.file.stat()
    return found and database.file and (found.st_ino, found.st_mtime_ns, database.file.read_bytes())


def _until(attempt: Callable[[], Any]) -> None:
    """Try again for a while where another load still holds the lock."""
    for _ in range(50):
        try:
            attempt()
            return
        except Busy:
            time.sleep(0.1)
    raise AssertionError("the lock of a dead load is still held")


def test_every_database_sorts_ids_as_python_does(database, published):
    seed.load(published, database)
    with database.reading() as session:
        ids = session.exec(select(Observation.id).order_by(col(Observation.id))).all()
        assert ids == sorted(ids)
        if session.get_bind().dialect.name == "postgresql":
            collations = text(
                "SELECT DISTINCT collation_name FROM information_schema.columns "
                "WHERE table_name = 'observations' AND data_type = 'character varying'"
            )
            assert session.connection().scalars(collations).all() == ["C"]
