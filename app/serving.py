"""How the site is served over HTTP: what is read from a line, for how long, and how a process ends.

A reader's request is one head without a body. So a head has to arrive within seconds and to be small, a body is not read,
and a line on which nothing is asked is given up; each line has one time at which it is, and one look a second goes over
all of them. What cannot be understood is answered after what was asked before it on the same line, and nothing that comes
behind it is read.
"""

import asyncio
import errno
import logging
import multiprocessing
import os
import resource
import select
import signal
import socket
import string
import sys
import time
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, ClassVar, cast
from urllib.parse import quote
from weakref import WeakSet

import httptools
import uvicorn
from uvicorn.config import LOGGING_CONFIG, STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState
from uvicorn.supervisors import Multiprocess

from app.caching import DATA, EVERYWHERE, SECURE
from app.counting import Counts, cell
from app.database import Database, Unavailable
from app.main import Site, create_app, packaged
from app.settings import Settings

logger = logging.getLogger("derek")

HEAD = 8.0
"""Seconds in which the head of a request has to arrive, from the line's beginning or the head's first byte on."""
KEEP = 15.0
"""Seconds that a line is kept for another request after an answer."""
WORK = 60.0
"""Seconds after which no answer is hoped for. Everything that makes one gives up long before."""
LINGER = 2.0
"""Seconds in which a reader may fetch the last answer of a line before it is cut."""
SLOWEST = 1024
"""Bytes a second that a reader has to take of an answer, at least."""
PAUSE = 1.0
"""Seconds from one look over the lines to the next."""
LARGEST_HEAD = 16 * 2**10
MOST_HEADERS = 100
MOST_AHEAD = 16
"""Requests that may wait on one line for the answer to the one before."""
MOST_LINES = 2000
"""Lines that a process holds. Where there are more, the one on which nothing has been asked for longest makes room."""
GRACE = 8
"""Seconds in which a process that is told to end finishes what was asked."""
SPARE_FILES = 200
"""Open files that are no lines."""


def _last_words(status: int, said: str, *also: str, secure: bool) -> bytes:
    """An answer that needs nothing of the site but whether it is reached by https."""
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": len(said) + 1,
        "Cache-Control": "no-store",
        **EVERYWHERE,
        **(SECURE if secure else {}),
        **DATA,
        "Connection": "close",
    }
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, *also, "", said + "\n"]).encode("ascii")


WHY = {400: "malformed", 408: "late", 414: "long", 431: "large", 503: "crowded", 505: "version"}
REFUSED = {status: cell("derek_refused_total", why) for status, why in WHY.items()}
OPENED, CLOSED, DROPPED = (cell("derek_lines_total", what) for what in ("opened", "closed", "dropped"))
REFUSALS = {
    (status, secure): _last_words(status, said, *also, secure=secure)
    for secure in (False, True)
    for status, said, *also in (
        (400, "This is no sound request, or one with a body where none is read."),
        (408, "The request did not arrive in time."),
        (414, "The address is too long."),
        (431, "The headers are too large or too many."),
        (503, "Too many ask at once. Try again in a second.", "Retry-After: 1"),
        (505, "Only versions 1.0 and 1.1 of HTTP are spoken here."),
    )
}


class Stop(Exception):
    """Nothing more is read from this line."""


class Parting(asyncio.Transport):
    """A line that is not closed over the rest of a request that nobody reads: that would take the answer away."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self.write = line.transport.write  # type: ignore[method-assign]
        self.is_closing = line.transport.is_closing  # type: ignore[method-assign]

    def close(self) -> None:
        self._line.part()


class Line(HttpToolsProtocol):
    """One connection with a reader."""

    sweeping: ClassVar[WeakSet[ServerState]] = WeakSet()
    """Servers over whose lines somebody looks."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.shell = cast(Site, self.app).shell
        self.counts, self.secure = self.shell.counts, self.shell.secure
        self.counts.add(OPENED)
        self.client = None  # who reads is nobody's business
        self.due = self.loop.time() + HEAD
        """When the line is given up."""
        self.begun = False
        """Whether a head has begun to arrive and is not complete."""
        self.size = 0
        """Bytes since the head began, or since those came in which it did."""
        self.hosts = 0
        self.bodied = False
        self.deaf = False
        """Whether nothing more is read; the line is closed when what was asked is answered."""
        self.parted = False
        self.leaving = False
        """Whether the process ends, so that the next answer is the line's last."""
        self.last_words = b""
        if len(self.connections) > MOST_LINES:
            self._make_room()
        if self.server_state not in self.sweeping:
            self.sweeping.add(self.server_state)
            self.loop.call_later(PAUSE, _sweep, self.loop, self.server_state)

    def connection_lost(self, exc: Exception | None) -> None:
        self.counts.add(CLOSED)
        super().connection_lost(exc)

    @property
    def answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _make_room(self) -> None:
        silent = (
            one
            for one in self.connections
            if isinstance(one, Line)
            and one is not self
            and not one.answering
            and not one.transport.is_closing()
        )
        if (longest := min(islice(silent, 64), key=lambda one: one.due, default=None)) is not None:
            longest.transport.abort()
            self.counts.add(DROPPED)
        else:
            self.deaf = True
            self.counts.add(REFUSED[503])
            self.transport.write(REFUSALS[503, self.secure])
            self.transport.close()

    # --- What arrives

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        begun = self.begun
        self.size = len(data) + (self.size if begun else 0)
        if begun and self.size > LARGEST_HEAD:
            self._refuse(self._too_large())
            return
        if not begun and not data.isascii():
            # Some programs send an address as it was typed, which is meant well.
            line, end, rest = data.partition(b"\r\n")
            data = quote(line, safe=string.printable).encode() + end + rest
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.deaf:
                self._refuse(400)
        if self.begun and not begun and not self.answering:
            self.due = self.loop.time() + HEAD

    def on_message_begin(self) -> None:
        if self.deaf:
            raise Stop
        super().on_message_begin()
        self.begun, self.hosts, self.bodied = True, 0, False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self.headers.append((name, value))
        if name == b"host":
            self.hosts += 1
        elif name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" \t0")):
            self.bodied = True

    def on_headers_complete(self) -> None:
        self.begun = False
        if fault := self._fault():
            self._refuse(fault)
        if self.deaf or len(self.pipeline) >= MOST_AHEAD:
            self.deaf = True
            raise Stop
        if self._is_kept():
            return
        if not self.answering:
            self.due = self.loop.time() + WORK
        super().on_headers_complete()
        if self.bodied or self.parser.should_upgrade():
            self.deaf = True
            self.cycle.transport = Parting(self)
        if self.deaf or self.leaving:
            self.cycle.keep_alive = False

    def _is_kept(self) -> bool:
        """Whether the answer was kept, and is on the line by now: no app, task or queue is needed for it. Whatever is not
        the usual question goes the usual way, and so does one whose reader has not taken the answer before."""
        usual = (
            self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
        )
        busy = self.answering or self.pipeline or self.transport.get_write_buffer_size()
        if not usual or busy or self.bodied or self.leaving or self.expect_100_continue:
            return False
        if self.transport.is_closing() or not (found := self.shell.at_once(self.url, self.headers)):
            return False
        status, lines, body = found
        always = b"".join(b"%b: %b\r\n" % one for one in self.server_state.default_headers)
        self.transport.write(b"%b%b%b\r\n" % (STATUS_LINE[status], always, lines))
        if body:
            self.transport.write(body)
        self.server_state.total_requests += 1
        self.due = self.loop.time() + KEEP + self._time_to_take()
        return True

    def on_message_complete(self) -> None:
        if self.cycle is not None:
            super().on_message_complete()

    def _fault(self) -> int:
        """The status with which a head is refused; 0 for a sound one."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            return 505
        if len(self.headers) > MOST_HEADERS or (self.size > LARGEST_HEAD and self._head() > LARGEST_HEAD):
            return self._too_large()
        named = self.hosts == 1 or (not self.hosts and version == "1.0")
        bodied = self.bodied and method in (b"GET", b"HEAD", b"OPTIONS")
        target = self.url.startswith(b"/") or self._normal(method)
        return 0 if named and target and not bodied else 400

    def _normal(self, method: bytes) -> bool:
        """Brings a target that does not begin with a slash into the form that does. No host plays a part in it."""
        if self.url == b"*" and method == b"OPTIONS":
            self.url = b"/"
            return True
        scheme, mark, rest = self.url.partition(b"://")
        authority, _, path = rest.partition(b"/")
        if scheme.lower() not in (b"http", b"https") or not mark or not authority or b"?" in authority:
            return False
        self.url = b"/" + path
        return True

    def on_body(self, body: bytes) -> None:
        raise Stop

    def eof_received(self) -> bool:  # type: ignore[override]
        """A reader who has nothing more to say may still listen."""
        self.deaf = True
        return self.answering

    # --- How it ends

    def _head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _too_large(self) -> int:
        return 414 if len(self.url) > LARGEST_HEAD // 2 else 431

    def _refuse(self, status: int) -> None:
        """The last answer of this line, after those to what was asked before."""
        self.deaf = True
        self.last_words = REFUSALS[status, self.secure]
        self.counts.add(REFUSED[status])
        if not self.answering:
            self.part()

    def part(self) -> None:
        """Says the last words and waits a little for the reader to close. Closing while something is unread would make
        the system throw away what was written."""
        if self.parted or self.transport.is_closing():
            return
        self.parted = True
        self.transport.write(self.last_words)
        self.due = self.loop.time() + LINGER + self._time_to_take()
        self.flow.resume_reading()
        self.transport.write_eof()

    def _time_to_take(self) -> float:
        return self.transport.get_write_buffer_size() / SLOWEST

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        self.due = self.loop.time() + (HEAD if self.begun else KEEP) + self._time_to_take()
        if self.transport.is_closing() or self.parted:
            return
        self.flow.resume_reading()
        if self.pipeline:
            self.due += WORK
            self._start_asgi_task(*self.pipeline.pop())
        elif self.deaf:
            self.part()

    def overdue(self) -> None:
        if (
            self.answering
            or self.parted
            or self.transport.is_closing()
            or self.transport.get_write_buffer_size()
        ):
            self.transport.abort()
        elif self.begun:
            self._refuse(408)
        else:
            self.due += LINGER
            self.transport.close()

    def shutdown(self) -> None:
        """The process ends. A request may be under way already: it is answered if it arrives within a moment."""
        self.leaving = True
        if self.answering:
            self.cycle.keep_alive = False
        else:
            self.due = min(self.due, self.loop.time() + PAUSE)


def _sweep(loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
    now = loop.time()
    if late := [one for one in state.connections if isinstance(one, Line) and now > one.due]:
        # Not at once: where the process was busy, what they said may have arrived and be unread.
        loop.call_later(0.05, _give_up, loop, late)
    if state.connections:
        loop.call_later(PAUSE, _sweep, loop, state)
    else:
        Line.sweeping.discard(state)


def _give_up(loop: asyncio.AbstractEventLoop, late: list[Line]) -> None:
    now = loop.time()
    for one in late:
        if now > one.due:
            one.overdue()


# --- A process -----------------------------------------------------------------------------------------------------


def places(settings: Settings) -> list[socket.socket]:
    """Takes the addresses to listen on: that of the site, and that of its metrics."""
    taken = listen(settings.host, settings.port)
    settings.port = taken[0].getsockname()[1]
    host, _, port = settings.metrics.rpartition(":")
    return [*taken, *(listen(host, int(port)) if port else ())]


def listen(host: str, port: int) -> list[socket.socket]:
    """Takes the address, before the work of starting. Raises `Unavailable` with what to do about it."""
    taken: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            one = socket.socket(family, kind, protocol)
            taken.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address[0], port or taken[0].getsockname()[1], *address[2:]))
    except (socket.gaierror, UnicodeError):
        raise Unavailable(f"there is no address '{host}'; name another with --host or HOST") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is in use; name another with --port or PORT, such as {port + 1}"
        elif error.errno == errno.EACCES:
            reason = f"port {port} is not open to this user; name one above 1023 with --port or PORT"
        else:
            reason = f"'{host}' is no address of this machine; name another with --host or HOST"
        raise Unavailable(reason) from None
    return taken


def _queue(sockets: list[socket.socket]) -> bool:
    """Whether somebody waits to be let in. Where a process ends, they are let in first: the system would cut them off."""
    return bool(select.select(sockets, (), (), 0)[0])


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _say_where(sockets or [])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end = time.monotonic() + LINGER
        while _queue(sockets or []) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)


class Workers(Multiprocess):
    def terminate_all(self) -> None:
        end = time.monotonic() + LINGER
        while _queue(self.sockets) and time.monotonic() < end:
            time.sleep(0.01)
        for one in self.sockets:
            one.close()
        super().terminate_all()


def _say_where(sockets: list[socket.socket]) -> None:
    host, port = sockets[0].getsockname()[:2]
    logger.info("Derek is on http://%s:%d (Ctrl+C ends it)", f"[{host}]" if ":" in host else host, port)


def run(settings: Settings, sockets: list[socket.socket]) -> bool:
    """Serves until the process is told to end, and returns whether it served at all. SIGTERM is no failure."""
    _open_more_files()
    if settings.database_url:
        _try(settings.database_url)
    server = Server(uvicorn.Config(create_app(settings), **HOW))
    # The server raises again, when all is done, what it was ended by.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server.run(sockets)
    return server.started


def supervise(settings: Settings, sockets: list[socket.socket]) -> bool:
    """The same with several processes. One that dies is replaced. At SIGHUP each is, by a new one that is there before it
    ends, so that no question is lost over a new state of the program."""
    with TemporaryDirectory(prefix="derek-") as home:
        counts = Path(home) / "counts"
        Counts.share(counts)
        if settings.database_url:
            _try(settings.database_url)
        else:
            settings.database_url = packaged(Path(home))
        for name in ("database_url", "host", "port"):
            os.environ[name.upper()] = str(getattr(settings, name))
        os.environ[SHARED] = str(counts)
        how = uvicorn.Config("app.serving:worker", factory=True, workers=settings.workers, **HOW)
        for one in sockets:
            one.listen(how.backlog)  # who comes before the first of them is there waits for it
        _say_where(sockets)
        workers = Workers(how, sockets)
        workers.run()
        return all(one.exitcode != STARTUP_FAILURE for one in workers.processes)


def _try(address: str) -> None:
    """Says what is wrong with a record at once. Raises `Unavailable` where that cannot get better."""
    try:
        database = Database(address)
    except ValueError as error:
        raise Unavailable(str(error)) from None
    try:
        with database.reading():
            pass
    except Unavailable as error:
        print(f"warning: {error}; until it can be read, every page says that it cannot", file=sys.stderr)
    finally:
        database.close()


def worker() -> Site:
    """What each of several processes serves. It ends when the one that began it is no more."""
    _open_more_files()
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            signal.raise_signal(signal.SIGTERM)

    Thread(target=follow, name="follow", daemon=True).start()
    return create_app(Settings(), counts=Counts(Path(os.environ[SHARED])))


def _open_more_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + SPARE_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SHARED = "DEREK_COUNTS"
"""Names to a worker the file in which all of them count."""
HOW: dict[str, Any] = {
    "http": Line,
    "ws": "none",
    # No header of a reader's says where the site is or how it was reached.
    "proxy_headers": False,
    # Who reads what is nobody's business: no address, query or agent goes into a log.
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": GRACE,
    "timeout_worker_healthcheck": 30,
    "log_config": {
        **LOGGING_CONFIG,
        "loggers": {**LOGGING_CONFIG["loggers"], "derek": LOGGING_CONFIG["loggers"]["uvicorn"]},
    },
}
