"""Puts the parts together: `create_app` makes the whole site from settings and a database."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from app import api, caching, contract, pages, seed
from app.caching import Shell, Standing
from app.counting import Counts, cell
from app.database import Database
from app.deps import Problem
from app.folders import folder
from app.i18n import LANGUAGES
from app.settings import Settings
from app.watching import Watch

DESCRIPTION = """Kazakhstan's counter-terrorism figures, each as one source stated it: who said it, when,
about which days and how firmly. A record of statements, not a measurement of terrorism. No key, no account;
GET only.

A figure's `value` of null is never zero. Figures of different stages, scopes, populations, bodies or kinds of
period are not comparable, and rows must never be added.

Every list also answers with `.json`, `.csv`, `.xlsx` and `.csv-metadata.json` after its path, or as `Accept` asks;
`/api/v1/...` is the same. Every address answers HEAD and OPTIONS; other
methods are refused with 405, a query of more than 4 kB with 414. Refusals are `application/problem+json` and
list every fault."""


class Site(FastAPI):
    """The app inside its shell, so that what is kept is answered without it."""

    shell: Shell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if scope.get("path") == "/metrics" and self._for_metrics(scope.get("server")):
            await self.metrics()(scope, receive, send)
        else:
            await self.shell(scope, receive, send)

    def _for_metrics(self, asked: tuple[str, int] | None) -> bool:
        """Whether a question came in where metrics are told: by the line's own address, not by what it says."""
        told_at = self.state.settings.metrics.rpartition(":")[2]
        return bool(told_at and asked and str(asked[1]) == told_at)

    def measure(self) -> None:
        """Brings up to date what is not counted but is."""
        seen, counts = self.state.watch.seen, self.shell.counts
        since = datetime.fromisoformat(seen.since) if seen.since else None
        stale = (datetime.now(UTC) - since).total_seconds() if since else 0
        counts.put(cell("derek_stale_seconds"), max(0, round(stale)))
        counts.put(cell("derek_kept_bytes"), self.shell.kept.size)
        counts.put(cell("derek_loads"), self.state.watch.changes)

    def metrics(self) -> Response:
        self.measure()
        told = self.shell.counts.told(release=self.state.watch.seen.release)
        headers = {**caching.EVERYWHERE, "Cache-Control": "no-store"}
        return Response(told, headers=headers, media_type="text/plain; version=0.0.4")

    async def answer(self, address: str, coding: str = "") -> tuple[int, dict[str, str], bytes]:
        """What the site answers to an address, to nobody in particular: status, headers by their small names, and body. It is
        kept for whoever asks."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", coding.encode())],
            "server": ("127.0.0.1", 80),
            "client": None,
        }
        status, headers, content = 0, dict[str, str](), b""
        asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            # After its question, a reader who stays says nothing more.
            return asked.pop() if asked else await asyncio.Future()

        async def send(message: Message) -> None:
            nonlocal status, headers, content
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                content += message.get("body", b"")

        await self(scope, receive, send)
        return status, headers, content


def packaged(home: Path) -> str:
    """Makes a database of the packaged dataset in a folder, and returns its address."""
    address = f"sqlite:///{home / 'derek.db'}"
    database = Database(address)
    seed.load(seed.read(folder("seed")), database)
    database.close()
    return address


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    mirror: pages.Copy | None = None,
    counts: Counts | None = None,
) -> Site:
    """The site. Where no database is given, it serves the packaged dataset from one of its own making; with `mirror` its
    pages say that they are a copy as plain files."""
    settings = settings or Settings()
    private: tempfile.TemporaryDirectory[str] | None = None
    if database is None and settings.database_url:
        database = Database(settings.database_url)
    if database is None:
        private = tempfile.TemporaryDirectory(prefix="derek-")
        database = Database(packaged(Path(private.name)))

    watch = Watch(database)

    @asynccontextmanager
    async def lifespan(app: Site) -> AsyncIterator[None]:
        watch.start()
        ended = asyncio.Event()
        tasks = [asyncio.create_task(_ahead(app, watch, ended))] if database.file is None else []
        if app.state.settings.metrics:
            tasks.append(asyncio.create_task(_measured(app, ended)))
        yield
        ended.set()
        await asyncio.gather(*tasks)  # cancelled, one would be left with a connection in its hands
        watch.stop()
        app.state.database.close()
        if private:
            private.cleanup()

    app = Site(
        title="Derek",
        version="1",
        description=DESCRIPTION,
        license_info={"name": "CC BY 4.0 (data)", "url": "https://creativecommons.org/licenses/by/4.0/"},
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.watch = watch
    app.state.mirror = mirror
    app.include_router(api.router)
    if mirror:
        app.include_router(pages.mirrored.home)
    app.include_router(pages.home)
    for language in LANGUAGES:
        if mirror:
            app.include_router(pages.mirrored.router, prefix=f"/{language}")
        app.include_router(pages.router, prefix=f"/{language}")
        app.include_router(pages.frames, prefix=f"/embed/{language}")
    app.mount(
        "/static",
        StaticFiles(directory=folder("static"), packages=[("plotly", "package_data")]),
        name="static",
    )
    app.add_exception_handler(Problem, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _not_served)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _malformed)  # type: ignore[arg-type]
    app.shell = Shell(
        super(Site, app).__call__,
        _refused_outside,
        partial(_standing, watch),
        watch.wake,
        # Never from what a request says of the way it came.
        secure=settings.origin.startswith("https://"),
        counts=counts,
    )
    app.openapi = cache(partial(_contract, app))  # type: ignore[method-assign]
    return app


def _standing(watch: Watch) -> Standing:
    seen = watch.seen
    return Standing(seen.state, seen.release, seen.since if seen.state else "")


async def _ahead(app: Site, watch: Watch, ended: asyncio.Event) -> None:
    """Makes every page and every list of a new release before anybody asks, since a server of databases can go away and
    what was made of it has to do then. One at a time, so that readers hardly notice."""
    made = None
    base = re.escape(app.state.settings.base)
    while not ended.is_set():
        if (state := watch.seen.state) != made:
            made = state
            lists = [path for path in app.openapi()["paths"] if "{" not in path and "/health/" not in path]
            _, _, listed = await app.answer("/sitemap.xml")
            pages = re.findall(rf"<loc>{base}(/[^<]+)</loc>", listed.decode())
            for path in (*lists, *pages):
                if app.shell.full or watch.seen.state != made or ended.is_set():
                    break
                await app.answer(path, "gzip")
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)


async def _measured(app: Site, ended: asyncio.Event) -> None:
    """Another process may be the one that is asked."""
    while not ended.is_set():
        app.measure()
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)


def _contract(app: FastAPI) -> dict[str, Any]:
    return contract.completed(FastAPI.openapi(app))


def _refused(request: Request, error: Problem) -> Response:
    if caching.of_data(request.scope["path"]):
        return api.problem(request, error)
    return pages.refusal(request, error)


def _refused_outside(request: Request, status: int) -> Response:
    """What the shell refuses by itself. It does so for want of room only where it has too much to do."""
    if status == 503:
        return _refused(request, Problem(503, "Too many ask at once. Try again in a second.", why="crowded"))
    return _refused(request, Problem(status))


def _not_served(request: Request, error: HTTPException) -> Response:
    """No such address, or not this way."""
    if error.status_code != 405:
        return _refused(request, Problem(error.status_code))
    answer = Response(status_code=204) if request.method == "OPTIONS" else _refused(request, Problem(405))
    answer.headers["Allow"] = caching.METHODS
    return answer


def _malformed(request: Request, error: RequestValidationError) -> Response:
    """Only parts of a path get here, since `deps` reads the parameters: what cannot be one is not served."""
    return _refused(request, Problem(404))
