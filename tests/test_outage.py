"""While the record is away, broken or tampered with, what was made of it before goes on and says so; nothing wrong is
shown, nobody waits, and what comes back is found again."""

import asyncio
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, make_url, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from starlette.responses import Response
from starlette.testclient import TestClient

from app import caching, seed, watching
from app import database as databases
from app.caching import Shell
from app.database import Database
from app.main import create_app
from app.models import TABLES, Observation, Release
from app.seed.package import canonical
from app.settings import Settings
from app.watching import Watch

PAGE, DATA, UNREAD = "/ru/indicators/convicted", "/api/stats?indicator=convicted", "/en/incidents"
MARK = '<p class="caveat stale">'
LOST: dict[str, Callable[[Path], Any]] = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: put(file, b""),
    "cut in the middle": lambda file: put(file, file.read_bytes()[: file.stat().st_size // 2]),
    "zeros": lambda file: put(file, bytes(file.stat().st_size)),
    "text": lambda file: put(file, b"id,value\n" * 1000),
    "written over in its place": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "a folder": lambda file: os.replace(new_folder(file), file.rename(file.with_name("former")) and file),
    "another's": lambda file: put(file, another()),
}


def new_folder(file: Path) -> Path:
    made = file.with_name("folder")
    made.mkdir()
    return made


def another() -> bytes:
    """A file of SQLite with tables that are not ours."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE releases (x)")
    return connection.serialize()


def put(file: Path, content: bytes) -> None:
    beside = file.with_name("beside")
    beside.write_bytes(content)
    os.replace(beside, file)


def until(attempt: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not attempt():
        assert time.monotonic() < end
        time.sleep(0.02)


def refused(client: TestClient, path: str = UNREAD) -> None:
    """What was never made is refused at once."""
    began = time.monotonic()
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert time.monotonic() - began < 10
    assert answer.headers["cache-control"] == "no-store"


def stale(client: TestClient, before: dict[str, Any]) -> None:
    """What was read before is answered as it was, and says since when."""
    for path, answer in before.items():
        for coding in ("gzip", "br", "identity"):
            again = client.get(path, headers={"accept-encoding": coding})
            assert again.status_code == 200
            assert again.headers["derek-stale"].endswith("Z")
            assert again.headers["cache-control"] == "public, max-age=5"
            assert again.headers["derek-release"] == answer.headers["derek-release"]
            assert again.text.replace(MARK, f"{MARK[:-1]} hidden>") == answer.text
            assert (MARK in again.text) == path.startswith("/ru")
            tag = again.headers["etag"]
            unchanged = client.get(path, headers={"accept-encoding": coding, "if-none-match": tag})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
            assert tag != answer.headers["etag"] or path == DATA
        assert client.head(path).status_code == 200


def fresh(client: TestClient, before: dict[str, Any]) -> None:
    for path, answer in before.items():
        again = client.get(path)
        assert (again.text, again.headers) == (answer.text, answer.headers)
        assert "derek-stale" not in again.headers
    assert client.get(UNREAD).status_code == 200


@pytest.mark.bar(suite="states", least=1, full=1)
@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_a_file_that_is_lost_while_it_is_served(tmp_path, world, serve, lose, bar):
    file = tmp_path / "derek.db"
    with serve(Database(f"sqlite:///{file}"), world) as client:
        shutil.copyfile(file, tmp_path / "good.db")
        before = {path: client.get(path) for path in (PAGE, DATA)}
        time.sleep(2 * watching.GLANCE)
        lose(file)
        time.sleep(2 * watching.GLANCE)
        stale(client, before)
        refused(client)
        assert client.get("/api/health/live").status_code == 200
        assert client.get("/api/health/ready").status_code == 503
        assert client.get("/static/app.css").status_code == 200
        if file.is_dir():
            file.rmdir()
        os.replace(tmp_path / "good.db", file)
        time.sleep(2 * watching.GLANCE)
        fresh(client, before)
        assert client.get("/api/health/ready").status_code == 200
    bar.case()


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_a_file_that_is_lost_before_the_start(tmp_path, world, serve, lose):
    file = tmp_path / "derek.db"
    seed.load(world, Database(f"sqlite:///{file}"))
    lose(file)
    with serve(Database(f"sqlite:///{file}")) as client:
        for path in (PAGE, DATA, UNREAD):
            refused(client, path)
        assert client.get("/api/health/live").status_code == 200
        assert client.get("/api/health/ready").status_code == 503


def cells(file: Path, package: seed.Package) -> list[int]:
    """Places in a file at which a letter or a digit of the record stands: the stored texts of its figures."""
    raw = file.read_bytes()
    found: list[int] = []
    for one in package.tables[Observation]:
        for text in canonical(one):
            if len(text) < 4:
                continue
            at = raw.find(text.encode())
            while at >= 0:
                found += range(at, at + len(text.encode()))
                at = raw.find(text.encode(), at + 1)
    return found


@pytest.mark.bar(suite="tamper", least=40, full=200)
def test_one_changed_byte_is_noticed_and_no_figure_from_it_is_shown(tmp_path, world, serve, bar):
    file = tmp_path / "derek.db"
    random.seed(20261127)
    with serve(Database(f"sqlite:///{file}"), world) as client:
        whole = file.read_bytes()
        before = {path: client.get(path) for path in (PAGE, DATA)}
        said: set[str] = set()
        chosen = random.sample(cells(file, world), bar.of(40, 200))
        for at in chosen:
            changed = bytes([whole[at] ^ 1])
            with file.open("r+b") as open_file:
                open_file.seek(at)
                open_file.write(changed)
            time.sleep(2 * watching.GLANCE)
            refused(client, "/api/observations?limit=100")
            said.add(client.get("/api/health/ready").json()["status"])
            assert client.get("/api/health/ready").status_code == 503
            bar.case()
            file.write_bytes(whole)
            time.sleep(2 * watching.GLANCE)
        assert "tampered" in said
        stale_page = client.get(PAGE)
        assert stale_page.text == before[PAGE].text
        fresh(client, before)


def test_a_file_that_was_tampered_with_before_the_start_is_not_shown(tmp_path, world, serve):
    file = tmp_path / "derek.db"
    seed.load(world, Database(f"sqlite:///{file}"))
    raw = sqlite3.connect(file)
    raw.execute("UPDATE observations SET value = value + 1 WHERE id = 'convicted-2024'")
    raw.commit()
    with serve(Database(f"sqlite:///{file}")) as client:
        refused(client, PAGE)
        assert "отличаются от загруженных" in client.get(PAGE).text
        raw.execute("UPDATE observations SET value = value - 1 WHERE id = 'convicted-2024'")
        raw.commit()
        time.sleep(2 * watching.GLANCE)
        assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE observations SET value = value + 1 WHERE id = 'convicted-2024'",
        "UPDATE observations SET value = 'many' WHERE id = 'convicted-2024'",
        "UPDATE observations SET public_on = '2016-01-01' WHERE id = 'convicted-2024'",
        "UPDATE observations SET period_start = 'x' WHERE id = 'convicted-2024'",
        "DELETE FROM texts WHERE list = 'scope'",
        "UPDATE releases SET version = '2027.1'",
        "UPDATE releases SET dated = '2027-01-01'",
    ],
)
def test_whatever_row_is_changed_it_is_noticed(tmp_path, world, spoil):
    file = tmp_path / "derek.db"
    database = Database(f"sqlite:///{file}")
    seed.load(world, database)
    watch = Watch(database)
    assert watch.seen.fault is None
    raw = sqlite3.connect(file)
    raw.execute(spoil)
    raw.commit()
    time.sleep(2 * watching.GLANCE)
    assert watch.seen.fault is not None


@pytest.mark.bar(suite="tamper", least=40, full=200)
def test_whatever_cell_of_a_database_is_changed_it_is_noticed(address, world, bar):
    """Any column of any table of a release, by somebody who may write there."""
    database = Database(address)
    seed.load(world, database)
    chance = random.Random(20261127)
    places: list[tuple[type[SQLModel], str]]
    places = [(table, column) for table in TABLES for column in table.columns()]
    places += [(Release, "version"), (Release, "dated"), (Release, "digest"), (Observation, "public_on")]
    engine = create_engine(make_url(address).set(drivername=database._engine.url.drivername))
    metadata = MetaData()
    metadata.reflect(engine)
    while bar.cases < bar.of(40, 200):
        table, name = chance.choice(places)
        held = metadata.tables[str(table.__tablename__)]
        with engine.connect() as connection, suppress(IntegrityError):
            rows = connection.execute(select(held).where(held.c[name].is_not(None))).mappings().all()
            if not rows:
                continue
            row = chance.choice(rows)
            this = [held.c[key.name] == row[key.name] for key in held.primary_key]
            connection.execute(update(held).where(*this).values({name: other_than(row[name])}))
            connection.commit()
            with database.reading() as session:
                current = databases.release(session)
                assert current
                bar.case(not seed.is_whole(session, current))
            this = [
                held.c[key.name] == (other_than(row[name]) if key.name == name else row[key.name])
                for key in held.primary_key
            ]
            connection.execute(update(held).where(*this).values({name: row[name]}))
            connection.commit()
    with database.reading() as session:
        current = databases.release(session)
        assert current
        assert seed.is_whole(session, current), "each was put right again"
    database.close()
    engine.dispose()


def other_than(cell: Any) -> Any:
    """Another cell that may stand in the same column."""
    if isinstance(cell, bool):
        return not cell
    if isinstance(cell, date):
        return cell + timedelta(days=1)
    return cell + ("1" if isinstance(cell, str) else 1)


def test_an_index_that_says_otherwise_than_its_table_is_noticed(tmp_path, world):
    """Figures are found through indexes: one that hides a row would hide a figure."""
    file = tmp_path / "derek.db"
    database = Database(f"sqlite:///{file}")
    seed.load(world, database)
    raw = sqlite3.connect(file)
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("DELETE FROM sqlite_schema WHERE name = 'observations_asked'")
    raw.commit()
    raw.close()
    raw = sqlite3.connect(file)
    assert raw.execute("PRAGMA integrity_check").fetchone() != ("ok",)
    assert Watch(database).seen.fault is not None


def test_a_tampered_row_on_a_server_is_noticed(postgresql_address, world, monkeypatch):
    monkeypatch.setattr(watching, "WHOLE_AGAIN", 0)
    database = Database(postgresql_address)
    seed.load(world, database)
    watch = Watch(database)
    assert watch.seen.fault is None
    with database.writing() as session:
        one = session.get(Observation, (1, "convicted-2024"))
        assert one
        one.value = 85
        session.add(one)
    watch.look()
    assert "not those that were loaded" in str(watch.seen.fault)
    database.close()


# --- A server ---------------------------------------------------------------------------------------------------


def test_a_server_that_is_cut_hangs_or_restarts_costs_no_reader_an_answer(line, world, serve, monkeypatch):
    monkeypatch.setattr("app.database.PATIENCE", 1)
    monkeypatch.setattr(watching, "PAUSE", 0.2)
    database = Database(line.address)
    with serve(database, world) as client:
        before = {path: client.get(path) for path in (PAGE, DATA)}
        for silent in (True, False):
            if silent:
                line.talks.clear()
            else:
                line.refuses = True
                line.cut()
            until(lambda: "derek-stale" in client.get(PAGE).headers)
            stale(client, before)
            refused(client, f"{UNREAD}?page=1")
            assert client.get("/api/health/ready").status_code == 503
            assert client.get("/api/health/live").status_code == 200
            line.talks.set()
            line.refuses = False
            until(lambda: "derek-stale" not in client.get(PAGE).headers)
            fresh(client, before)
            assert client.get("/api/health/ready").status_code == 200


def test_who_ends_while_pages_are_made_ahead_leaves_no_connection(postgresql_address, world, serve):
    seed.load(world, Database(postgresql_address))
    for _ in range(5):
        database = Database(postgresql_address)
        with serve(database):
            pool: Any = database._engine.pool
            until(lambda: pool.checkedout() > 0, 30)  # noqa: B023  # asked at once
        assert (pool.checkedout(), pool.checkedin()) == (0, 0)


def test_every_page_of_a_server_is_made_before_anybody_asks(line, world, serve, monkeypatch):
    monkeypatch.setattr(watching, "PAUSE", 0.2)
    with serve(Database(line.address), world) as client:
        pages = [
            address.split("testserver")[-1].partition("127.0.0.1:8000")[2]
            for address in client.get("/sitemap.xml").text.split("<loc>")[1:]
        ]
        pages = [page.partition("</loc>")[0] for page in pages]
        assert len(pages) > 60
        kept = client.app.shell.kept._kept
        until(lambda: all((page, b"", "") in kept for page in pages), 120)
        line.refuses = True
        line.cut()
        until(lambda: "derek-stale" in client.get("/en/").headers)
        for path in (*pages, "/api/stats", "/api/observations", "/api/incidents", "/api/sources.csv"):
            answer = client.get(path)
            assert (answer.status_code, "derek-stale" in answer.headers) == (200, True), path


# --- Kept answers -----------------------------------------------------------------------------------------------


def test_an_answer_is_made_once_and_kept_for_whoever_asks_the_same(tmp_path, world, serve, monkeypatch):
    made = []
    taken = caching._taken

    async def noted(app: Any, scope: Any, receive: Any) -> Any:
        made.append(scope["path"])
        return await taken(app, scope, receive)

    monkeypatch.setattr(caching, "_taken", noted)
    with serve(Database(f"sqlite:///{tmp_path}/derek.db"), world) as client:
        for _ in range(3):
            assert client.get(PAGE).status_code == client.head(PAGE).status_code == 200
            assert client.get("/api/nowhere").status_code == 404
        assert made.count(PAGE) == 1
        assert made.count("/api/nowhere") == 3
        # By what it asks for, and by nothing else of it.
        assert client.get("/api/stats", headers={"accept": "text/csv"}).text.startswith("indicator,")
        assert client.get("/api/stats").json()["data"]
        assert client.get(f"{PAGE}?as_of=2016-12-31").text != client.get(PAGE).text
        client.get(PAGE, headers={"cookie": "a=b", "x-forwarded-host": "elsewhere.example"})
        assert made.count(PAGE) == 2  # one of another day


def test_each_outage_says_its_own_beginning(apart: Any) -> None:
    """On a server the state of the record is the same after an outage as before it, and what was kept is too."""
    standing = caching.Standing("now")
    begun: list[bytes | None] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one"})

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.append(dict(message["headers"]).get(b"derek-stale"))

    async def outages() -> None:
        nonlocal standing
        shell = Shell(app, lambda *_: Response(), lambda: standing)
        scope = {"type": "http", "method": "GET", "path": "/a", "query_string": b"", "headers": []}
        for since in ("", "Monday", "Monday", "", "Tuesday", ""):
            standing = standing._replace(stale=since)
            await shell(dict(scope), receive, send)

    apart(lambda: asyncio.run(outages()))
    assert begun == [None, b"Monday", b"Monday", None, b"Tuesday", None]


def test_what_many_ask_at_once_is_made_once(apart: Any) -> None:
    made = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0.05)
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        )
        await send({"type": "http.response.body", "body": b"one"})

    shell = Shell(app, lambda *_: Response(), lambda: caching.Standing("now"))
    bodies = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def ask(path: str) -> None:
        async def send(message: Any) -> None:
            bodies.append(message.get("body"))

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
        await shell(scope, receive, send)

    async def all_at_once() -> None:
        await asyncio.gather(*(ask("/a") for _ in range(50)), *(ask("/b") for _ in range(50)))

    apart(lambda: asyncio.run(all_at_once()))
    assert (made, bodies.count(b"one")) == (2, 100)


def test_who_asks_for_more_than_can_be_made_is_told_at_once(tmp_path, world, monkeypatch):
    monkeypatch.setattr(caching, "MOST_AT_ONCE", 0)
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    seed.load(world, database)
    with TestClient(create_app(Settings(), database)) as client:
        answer = client.get(PAGE)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "Слишком много читателей" in answer.text
        assert client.get(DATA).json()["detail"].startswith("Too many ask at once")
        monkeypatch.setattr(caching, "MOST_AT_ONCE", 1)
        assert client.get(PAGE).status_code == 200
        monkeypatch.setattr(caching, "MOST_AT_ONCE", 0)
        assert client.get(PAGE).status_code == 200


def test_kept_answers_stay_within_bounds(tmp_path, world):
    database = Database(f"sqlite:///{tmp_path}/derek.db")
    seed.load(world, database)
    app = create_app(Settings(), database)
    app.shell.kept.most = 400_000
    with TestClient(app) as client:
        for number in range(200):
            for coding in ("gzip", "identity"):
                path = f"/api/observations?limit={number % 100 + 1}&from=20{number % 20:02}"
                assert client.get(path, headers={"accept-encoding": coding}).status_code == 200
        kept = app.shell.kept
        assert 5 < len(kept) < 200
        assert kept.size == sum(size for _, size in kept._kept.values()) <= kept.most
        assert sum(one.size for one, _ in kept._kept.values()) == kept.size
