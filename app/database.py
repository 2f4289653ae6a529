"""Where releases are kept, and how a reader and a load stay out of each other's way.

A release is written once and never changed, and a request reads exactly one, so no answer can mix two. What
is left to guard is the moment of a load:

SQLite       the load builds a whole new file beside the old one and renames it into place. A reader has the
             old file open or the new one, each complete. Readers open it read-only: the web process needs no
             write access, and a load that dies leaves the old file untouched.
PostgreSQL   the load is one transaction under an advisory lock; readers have repeatable-read snapshots.
"""

import fcntl
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, QueuePool, StaticPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, SQLModel, col, select

from app.models import LAYOUT, Current, Release

LOAD_LOCK = 0x6465726B  # "derk": the advisory lock of PostgreSQL that a load holds
PATIENCE = 5  # seconds that a reader gives a server for one answer
BUSY = "another load is under way in this database: try again when it has ended"


class Busy(Exception):
    """Another load is under way."""


class Unavailable(Exception):
    """The database cannot be read: it is away, broken, or laid out by another version."""


class Empty(Unavailable):
    """The database is there and holds no release yet."""


class Missing(Unavailable):
    """There is no such file yet; a load makes it."""


class Database:
    """One place where releases are kept. `url` as SQLAlchemy writes it."""

    def __init__(self, url: str) -> None:
        try:
            # Hosting services still hand out the old name of the scheme, which SQLAlchemy has dropped.
            parsed = make_url(
                "postgresql" + url.removeprefix("postgres") if url.startswith("postgres:") else url
            )
        except (ArgumentError, ValueError):
            # Without the address: there may be a password in it.
            raise ValueError("DATABASE_URL is not an address such as postgresql://user@host/derek") from None
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(f"DATABASE_URL: '{parsed.drivername}' is neither sqlite nor postgresql")
        self.file: Path | None = None
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("DATABASE_URL: name a file, such as sqlite:////var/lib/derek/derek.db")
            self.file = Path(parsed.database).absolute()
        self._server = parsed.set(drivername="postgresql+psycopg")
        self._engine = _file_readers(self.file) if self.file else _server_readers(self._server)
        self._seen = self.identity()
        self.loads = 0
        """How many loads this process has made into it."""

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that can only read, in one transaction. Raises `Unavailable`."""
        if self.file and self.file.parent.is_dir() and not os.path.lexists(self.file):
            raise Missing(f"there is no database {self.file} yet; `derek load` makes it")
        with _explained(self.file), Session(self._readers()) as session:
            if not _holds_a_release(session):
                raise Empty("the database is empty: no release has been loaded into it")
            yield session

    def _readers(self) -> Engine:
        """Connections to the file that is there now: those to one that a load has replaced are let go.

        A connection opened while the file is being replaced may be to either. At worst it is let go needlessly.
        """
        if (now := self.identity()) != self._seen:
            self._engine.dispose()
            self._seen = now
        return self._engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work becomes visible whole when the block ends, or not at all.

        Raises `Busy`, and `Unavailable` where nothing can be written.
        """
        place = _new_file(self.file) if self.file else _transaction(self._server)
        with _explained(self.file, OSError, sqlite3.Error), place as session:
            SQLModel.metadata.create_all(session.connection())
            _holds_a_release(session)
            yield session
            session.commit()
        self.loads += 1

    def identity(self) -> tuple[int, ...] | None:
        """What tells the file that is there from one that was renamed over it or written into; a server has none."""
        try:
            found = self.file.stat() if self.file else None
        except OSError:
            return None
        return found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def release(session: Session, wanted: str | None = None) -> Release | None:
    """The release asked for by digest (its first 8 characters suffice) or version; else the current one."""
    if wanted is None:
        return session.exec(select(Release).join(Current)).one_or_none()
    if not re.fullmatch(r"[0-9A-Za-z.\-]{1,64}", wanted):
        return None  # No release has such a name, and not every database can be asked for every character.
    named = (col(Release.version) == wanted) | col(Release.digest).startswith(wanted, autoescape=True)
    found = session.exec(select(Release).where(named).order_by(col(Release.number).desc())).all()
    exact = [one for one in found if wanted in (one.digest, one.version)]
    return next(iter(exact or (found if len(wanted) >= 8 else ())), None)


def _holds_a_release(session: Session) -> bool:
    try:
        current = session.get(Current, 1)
    except DBAPIError as error:
        # SQLite has no codes for its errors.
        if "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01":
            return False
        raise
    if current is not None and current.layout != LAYOUT:
        raise Unavailable("the database was laid out by another version of Derek: load into an empty one")
    return current is not None


@contextmanager
def _explained(file: Path | None, *also: type[Exception]) -> Iterator[None]:
    """What the database driver says, as one sentence of ours."""
    expected: list[type[Exception]] = [DBAPIError, PoolTimeout, *also]
    try:
        yield
    except tuple(expected) as error:
        said = str(getattr(error, "orig", error)).strip() or type(error).__name__
        said = said.splitlines()[0]
        if said == "unable to open database file":
            said += f" {file}; correct DATABASE_URL, or see that the file may be read"
        raise Unavailable(f"the database cannot be used: {said}") from error


# --- SQLite -------------------------------------------------------------------------------------------------


def _file_readers(file: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        # A request may begin in one thread and go on in another, never in two at once.
        return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, check_same_thread=False)

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=-1,
        hide_parameters=True,  # what a reader asked is in no log
    )


PRIVATE = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = MEMORY",  # a journal left by a dead load would be played into the next one's copy
    "PRAGMA synchronous = OFF",  # the finished file is flushed, once
)
"""How a file is written that nobody else has open."""


@contextmanager
def _new_file(file: Path) -> Iterator[Session]:
    """A copy of the file to write to, renamed over it when the block has ended and something was written."""
    file = file.resolve()  # where the address is a link, what it leads to is replaced
    if not file.parent.is_dir():
        # A mistyped path must not become a new, empty database.
        raise Unavailable(f"there is no folder {file.parent}; make it, or correct DATABASE_URL")
    beside = file.with_name(file.name + ".loading")
    with _locked(file.with_name(file.name + ".lock")):
        try:
            beside.unlink(missing_ok=True)  # what a load that died left behind
            if file.exists():
                shutil.copyfile(file, beside)
            connection = sqlite3.connect(beside)
            try:
                engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
                with Session(engine) as session:
                    for pragma in PRIVATE:
                        session.connection().exec_driver_sql(pragma)
                    yield session
                written = connection.total_changes
            finally:
                connection.close()
            if written:
                _flush(beside)
                os.replace(beside, file)
                try:
                    _flush(file.parent)
                except OSError as error:
                    reason = (
                        f"{error.strerror}; the release is current, and a power cut may bring the former back"
                    )
                    raise Unavailable(f"the folder {file.parent} cannot be flushed: {reason}") from error
        finally:
            with suppress(OSError):  # the next load removes it too
                beside.unlink()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(BUSY) from None
        yield


def _flush(path: Path) -> None:
    """Make what was written outlive a power cut; for a folder, its names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- PostgreSQL ---------------------------------------------------------------------------------------------


def _server_readers(server: URL) -> Engine:
    """Readers cannot write, and notice within seconds that a server is dead, slow or hung."""
    limit = int(PATIENCE * 1000)
    # What the driver grumbles stands in the error that it raises.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    connection = _giving_up_after(PATIENCE + 1)  # a server that lives stops the query itself before that
    engine = create_engine(
        server,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
        hide_parameters=True,  # what a reader asked is in no log
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        connect_args={"connect_timeout": 2, "options": f"-c statement_timeout={limit}"},
    )

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        return connection.connect(*arguments, **options)

    return engine


def _giving_up_after(seconds: float) -> Any:
    """A kind of connection. The driver's own waits for ever on a server that holds the line in silence."""
    try:
        import psycopg
    except ModuleNotFoundError:
        raise ValueError("DATABASE_URL: for PostgreSQL install derek[postgres]") from None

    class Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, timeout or seconds)
            except psycopg.OperationalError:
                if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                    self.pgconn.finish()  # an answer that came later would be taken for that to another query
                raise

    return Connection


@contextmanager
def _transaction(server: URL) -> Iterator[Session]:
    """One transaction, without limits of time and under the lock of loads.

    It is `READ COMMITTED`, so that what it reads after taking the lock includes the load that had it before.
    """
    engine = create_engine(
        server,
        isolation_level="READ COMMITTED",
        poolclass=NullPool,
        connect_args={"connect_timeout": 2, "options": "-c statement_timeout=0"},
    )
    with Session(engine) as session:
        if not session.connection().scalar(
            text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOAD_LOCK}
        ):
            raise Busy(BUSY)
        yield session
