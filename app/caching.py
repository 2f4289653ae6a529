"""One thin shell round the app: what every answer carries, whoever made it.

Outermost and plain ASGI, so that a refusal, a redirect and a failure carry the same headers as a page.
"""

import asyncio
import base64
import hashlib
import logging
import re
import string
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import NamedTuple
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.counting import Counts, cell
from app.folders import folder
from app.keeping import Finished, Kept, RawHeaders, coding, has

logger = logging.getLogger("derek")

EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""Hash of the empty text: lets Plotly add an empty style element and fill it by script, and nothing else."""
PAGE_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {EMPTY_STYLE}; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
EMBED_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors *"
)
"""A page that any other may frame: it looks as its style says, and does nothing."""
PLAIN_POLICY, PLAIN_EMBED_POLICY = (
    re.sub(r"; frame-ancestors [^;]+", "", policy).replace("form-action 'self'", "form-action 'none'")
    for policy in (PAGE_POLICY, EMBED_POLICY)
)
"""The same as they stand in pages that are plain files, where nothing can be asked. Who may frame a page can be said in a
header only."""
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), browsing-topics=(), camera=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), payment=(), usb=()",
    "X-DNS-Prefetch-Control": "off",
}


def picture_policy(style: str) -> str:
    """What a picture may do when it is opened by itself: look as its own style says, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; sandbox"


SECURE = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
"""Where the site is reached by https: never by anything else again, for two years."""
METHODS = "GET, HEAD, OPTIONS"
UNFRAMED = {"X-Frame-Options": "DENY"}
PAGE = UNFRAMED | {"Content-Security-Policy": PAGE_POLICY, "Cross-Origin-Resource-Policy": "same-origin"}
EMBED = {"Content-Security-Policy": EMBED_POLICY, "Cross-Origin-Resource-Policy": "cross-origin"}
DATA = UNFRAMED | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Derek-Release, Derek-Stale, Derek-Total, ETag, Link, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
FIRST_VERSION = "/api/v1"
"""The API under the name of its version, for programs that will not follow to another: the same addresses and answers."""
LASTING = "public, max-age=31536000, immutable"
"""For what has its content in its address."""
USUAL = "public, max-age=60, stale-while-revalidate=600"
STALE = "public, max-age=5"
"""While the record cannot be read: whoever keeps it asks again soon."""
STALE_MARK = b'<p class="caveat stale"'
"""On every page stands, hidden, that the record cannot be read; while that is so, it is shown."""
MOST_AT_ONCE = 100
"""Answers that may be in the making; who asks for more is told to come again, since waiting would take seconds."""
OTHER_FORMS = re.compile("csv|spreadsheetml", re.IGNORECASE)
"""What stands in `Accept` where it asks for data in another form than JSON; whatever else stands there changes nothing."""
PINNED = re.compile(rb"(?:^|&)(?:release|cursor)=")
"""What names a release itself, in a query."""
LARGE = 2**18
"""Bytes of a body that takes so long to compress that others would notice."""
ANSWERED = {digit: cell("derek_answers_total", f"{digit}xx") for digit in (2, 3, 4, 5)}
KEPT, MADE, BUSY = (
    cell("derek_kept_total", "yes"),
    cell("derek_kept_total", "no"),
    cell("derek_refused_total", "busy"),
)
NOTHING: Message = {"type": "http.response.body", "body": b""}
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/ld+json",
    "application/javascript",
    "application/atom+xml",
    "application/manifest+json",
    "application/xml",
    "application/x-bibtex",
    "application/x-research-info-systems",
    "application/vnd.citationstyles.csl+json",
    "image/svg+xml",
)
SMALLEST = 600
"""Bytes under which compressing saves nothing."""
LONGEST = 4096
"""Bytes of a path or a query; the longest that a reader needs is far below."""
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffd]")
"""What no path of ours holds: control characters, and what is left of bytes that were no text."""


@cache
def address(name: str) -> str:
    """Where a file of static/ is served. Its content is part of the address, so it can be kept for ever."""
    digest = hashlib.sha256((folder("static") / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


@cache
def plotly() -> str:
    """Where Plotly is: the small bundle a build adds to static/, else the full one of the Python package."""
    small = "vendor/plotly-basic.min.js"
    return (
        address(small)
        if (folder("static") / small).is_file()
        else f"/static/plotly.min.js?v={version('plotly')}"
    )


def of_data(path: str) -> bool:
    """Whether an address is one of data, which any site may read and programs read the refusals of."""
    return path in ("/api", "/oembed", "/catalog.jsonld") or path.startswith(("/api/", "/oembed/"))


def of_embed(path: str) -> bool:
    """Whether an address is one of what is shown inside pages of other sites."""
    return path.startswith("/embed/")


@dataclass
class Answer:
    """The whole of an answer as the app made it. Answers are small: the largest is one page of rows."""

    status: int
    headers: MutableHeaders
    body: bytes


class Standing(NamedTuple):
    """How it stands with the record, as far as an answer depends on it."""

    state: Hashable = None
    """Another one whenever answers may be other ones; None: nobody watches, so nothing may be kept."""
    release: str = ""
    """Digest of the current release."""
    stale: str = ""
    """Since when the record could not be read, as ISO 8601 writes it; empty where it can."""


class Shell:
    """Adds headers, answers HEAD, gives each body its name (ETag), says when the reader has it already, and keeps what
    is finished, so that the next reader who asks the same has it at once, and at all while the record is away.

    An answer goes out when the app has done with it: until then a failure can still be told as one.
    """

    def __init__(
        self,
        app: ASGIApp,
        refused: Callable[[Request, int], Response],
        standing: Callable[[], Standing] = Standing,
        news: Callable[[], None] = lambda: None,
        most: int = 32 * 2**20,
        secure: bool = False,
        counts: Counts | None = None,
    ) -> None:
        self.app = app
        self.refused = refused
        self.standing = standing
        self.news = news
        self.counts = counts or Counts()
        self.secure = secure
        self.everywhere = EVERYWHERE | SECURE if secure else EVERYWHERE
        self.kept = Kept(most)
        self.making: dict[Hashable, asyncio.Future[Finished]] = {}
        self.at_work = 0

    @property
    def full(self) -> bool:
        """Whether there is little room for more, so that keeping an answer would cost another."""
        return self.kept.size > 0.8 * self.kept.most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        key, accepted, wanted = _asked(scope["path"], scope["query_string"], scope["headers"])
        standing, asks = self.standing(), scope["method"] in ("GET", "HEAD")
        finished = self.kept.get(standing.state, key) if asks else None
        self.counts.add(MADE if finished is None else KEPT)
        if finished is None:
            finished = await (self._once if asks else self._new)(key, standing, scope, receive)
        shown = _aged(finished, standing.stale) if standing.stale else finished
        way = coding(accepted)
        sent = shown.sent(way)
        if sent is None:
            if shown.length > LARGE:
                await asyncio.to_thread(shown.code, way)  # others are answered meanwhile
            sent = shown.code(way)
            if finished.kept:
                self.kept.put(standing.state, key, finished)
        if wanted and sent.tag and has(wanted, sent.tag):
            self.counts.add(ANSWERED[3])
            await send(sent.unchanged)
            await send(NOTHING)
        else:
            self.counts.add(ANSWERED[shown.status // 100])
            await send(sent.start)
            await send(NOTHING if scope["method"] == "HEAD" else sent.body)

    def at_once(self, target: bytes, headers: RawHeaders) -> tuple[int, bytes, bytes] | None:
        """What was kept for a GET, without the way through an app: status, lines of headers, body. None where nothing that
        is kept can go out as it is."""
        raw, _, query = target.partition(b"?")
        if b"%" in raw or b"#" in target or raw.startswith(b"//") or not raw.isascii():
            return None
        key, accepted, wanted = _asked(raw.decode(), query, headers)
        standing = self.standing()
        finished = None if standing.stale else self.kept.get(standing.state, key)
        sent = finished.sent(coding(accepted)) if finished else None
        if finished is None or sent is None:
            return None
        self.counts.add(KEPT)
        if wanted and sent.tag and has(wanted, sent.tag):
            self.counts.add(ANSWERED[3])
            return 304, sent.unchanged_lines, b""
        self.counts.add(ANSWERED[finished.status // 100])
        return finished.status, sent.lines, sent.body["body"]

    async def _once(self, key: Hashable, standing: Standing, scope: Scope, receive: Receive) -> Finished:
        """Makes an answer; whoever asks the same meanwhile waits for it. Raises nothing."""
        if standing.state is None:
            return await self._new(key, standing, scope, receive)
        asked = (standing.state, key)
        if asked in self.making:
            found = await asyncio.shield(self.making[asked])
            return found if found.kept else await self._new(key, standing, scope, receive)
        self.making[asked] = asyncio.get_running_loop().create_future()
        finished = None
        try:
            finished = await self._new(key, standing, scope, receive)
            return finished
        finally:
            made = self.making.pop(asked)
            if finished is None:
                made.cancel()
            else:
                made.set_result(finished)

    async def _new(self, key: Hashable, standing: Standing, scope: Scope, receive: Receive) -> Finished:
        if self.at_work >= MOST_AT_ONCE:
            self.counts.add(BUSY)
            answer = await _taken(self.refused(Request(scope), 503), scope, receive)
            answer.headers["Retry-After"] = "1"
            return self._finished(answer, scope)
        self.at_work += 1
        try:
            inner = _inside(scope)
            answer = await self._answer(inner, receive)
        finally:
            self.at_work -= 1
        finished = self._finished(answer, inner)
        # A load may have come in between, of which `standing` does not know yet. What names a release itself is of that one.
        of = answer.headers.get("Derek-Release", standing.release)
        current = of == standing.release or PINNED.search(scope["query_string"]) is not None
        if not current:
            self.news()
        finished.kept = standing.state is not None and finished.named and not standing.stale and current
        return finished

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        app = self.app
        if len(scope["path"]) > LONGEST or len(scope["query_string"]) > LONGEST:
            # What is too long to read is too long to repeat.
            scope = {**scope, "path": scope["path"][:LONGEST], "query_string": b""}
            app = self.refused(Request(scope), 414)
        elif UNPRINTABLE.search(scope["path"]):
            app = self.refused(Request(scope), 404)
        try:
            return await _taken(app, scope, receive)
        except Exception as error:  # noqa: BLE001  # told, in other words than its own
            # Where and which, and not its words: what was asked may stand in them.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("an answer failed: %s\n%s", type(error).__name__, where)
            return await _taken(self.refused(Request(scope), 500), scope, receive)

    def _finished(self, answer: Answer, scope: Scope) -> Finished:
        """What depends on where and how it was asked."""
        headers, path = answer.headers, scope["path"]
        data = of_data(path)
        own = DATA if data else EMBED if of_embed(path) else PAGE
        added = self.everywhere | own | (PREFLIGHT if data and answer.status == 204 else {})
        for name, value in added.items():
            headers.setdefault(name, value)
        compressible = len(answer.body) >= SMALLEST and headers.get("content-type", "").startswith(
            COMPRESSIBLE
        )
        if compressible:
            headers.add_vary_header("Accept-Encoding")
        finished = Finished(answer.status, headers.raw, answer.body, compressible=compressible)
        if answer.status == 200:
            unchanging = path.startswith("/static/") and (
                scope["query_string"] == f"v={finished.digest[:12]}".encode()
            )
            headers.setdefault("Cache-Control", LASTING if unchanging else USUAL)
            finished.named = headers["Cache-Control"] != "no-store"
            finished.thorough = unchanging
        return finished


def _asked(path: str, query: bytes, headers: RawHeaders) -> tuple[tuple[str, bytes, str], str, str]:
    """What names an answer; the coding that is asked for, and which the reader has already."""
    accepted = accept = wanted = ""
    for name, value in headers:
        if name == b"accept-encoding":
            accepted = value.decode("latin-1")
        elif name == b"if-none-match":
            wanted = value.decode("latin-1")
        elif name == b"accept":
            accept = value.decode("latin-1")
    return (path, query, accept if of_data(path) and OTHER_FORMS.search(accept) else ""), accepted, wanted


def _aged(finished: Finished, since: str) -> Finished:
    """The same answer while the record cannot be read: it says since when."""
    if finished.aged and finished.since == since:
        return finished.aged
    headers = MutableHeaders(raw=list(finished.headers))
    headers["Derek-Stale"] = since
    if headers.get("Cache-Control") == USUAL:
        headers["Cache-Control"] = STALE
    body = finished.body.replace(STALE_MARK + b" hidden", STALE_MARK)
    finished.aged = Finished(finished.status, headers.raw, body, compressible=finished.compressible)
    finished.aged.named, finished.since = finished.named, since
    return finished.aged


def _inside(scope: Scope) -> Scope:
    """The request as the app sees it. HEAD is a GET of which the shell drops the body. Conditions and ranges
    are the shell's matter too: they are about finished bytes, of which the app knows nothing. A query in raw
    UTF-8, as some programs send it, is the same as an encoded one.
    """
    own = (b"range", b"if-range", b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since")
    path = scope["path"]
    first = path == FIRST_VERSION or path.startswith(f"{FIRST_VERSION}/")
    return {
        **scope,
        "path": "/api" + path.removeprefix(FIRST_VERSION) if first else path,
        "method": "GET" if scope["method"] == "HEAD" else scope["method"],
        "headers": [(name, value) for name, value in scope["headers"] if name not in own],
        "query_string": quote(scope["query_string"], safe=string.printable).encode(),
        "extensions": {},
    }


async def _taken(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    answer = Answer(0, MutableHeaders(), b"")

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], MutableHeaders(raw=list(message["headers"]))
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, take)
    # How long a body is and what it is called depend on its coding.
    for name in ("accept-ranges", "content-length", "etag", "last-modified"):
        if name in answer.headers:
            del answer.headers[name]
    return answer
