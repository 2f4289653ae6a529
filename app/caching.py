"""One thin shell round the app: what every answer carries, whoever made it.

Outermost and plain ASGI, so that a refusal, a redirect and a failure carry the same headers as a page.
"""

import base64
import gzip
import hashlib
import logging
import re
import string
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.folders import folder

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


METHODS = "GET, HEAD, OPTIONS"
UNFRAMED = {"X-Frame-Options": "DENY"}
PAGE = UNFRAMED | {"Content-Security-Policy": PAGE_POLICY, "Cross-Origin-Resource-Policy": "same-origin"}
EMBED = {"Content-Security-Policy": EMBED_POLICY, "Cross-Origin-Resource-Policy": "cross-origin"}
DATA = UNFRAMED | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Derek-Release, Derek-Total, ETag, Link, Retry-After",
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
    """The whole of an answer. Answers are small: the largest is one page of rows."""

    status: int
    headers: MutableHeaders
    body: bytes


class Shell:
    """Adds headers, answers HEAD, gives each body its name (ETag) and says when the reader has it already.

    An answer goes out when the app has done with it: until then a failure can still be told as one.
    """

    def __init__(self, app: ASGIApp, refused: Callable[[Request, int], Response]) -> None:
        self.app = app
        self.refused = refused
        self.compressed = Compressed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        inner = _inside(scope)
        answer = await self._answer(inner, receive)
        self._finish(answer, inner, Headers(scope=scope))
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers.raw})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

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
        except Exception:
            logger.exception("an answer failed")
            return await _taken(self.refused(Request(scope), 500), scope, receive)

    def _finish(self, answer: Answer, scope: Scope, asked: Headers) -> None:
        """What depends on where and how it was asked."""
        headers, data = answer.headers, of_data(scope["path"])
        own = DATA if data else EMBED if of_embed(scope["path"]) else PAGE
        added = EVERYWHERE | own | (PREFLIGHT if data and answer.status == 204 else {})
        for name, value in added.items():
            headers.setdefault(name, value)
        digest = hashlib.sha256(answer.body).hexdigest()
        tag = digest[:24]
        if len(answer.body) >= SMALLEST and headers.get("content-type", "").startswith(COMPRESSIBLE):
            headers.add_vary_header("Accept-Encoding")
            if _takes_gzip(asked.get("accept-encoding", "")):
                answer.body = self.compressed(digest, answer.body)
                headers["Content-Encoding"] = "gzip"
                tag += "-gzip"  # other bytes under the same address need another strong name
        if answer.status != 204:
            headers["Content-Length"] = str(len(answer.body))
        if answer.status != 200:
            return
        unchanging = (
            scope["path"].startswith("/static/") and scope["query_string"] == f"v={digest[:12]}".encode()
        )
        headers.setdefault("Cache-Control", LASTING if unchanging else USUAL)
        if headers["Cache-Control"] == "no-store":
            return
        headers["ETag"] = f'"{tag}"'
        if _has(asked.get("if-none-match", ""), headers["ETag"]):
            answer.status, answer.body = 304, b""
            for name in ("Content-Length", "Content-Type", "Content-Encoding", "Content-Disposition"):
                if name in headers:
                    del headers[name]


class Compressed:
    """Compressed bodies by their digest: those asked for last, as many as fit."""

    def __init__(self, most: int = 16 * 2**20) -> None:
        self.most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def __call__(self, digest: str, body: bytes) -> bytes:
        if digest not in self._kept:
            self._kept[digest] = gzip.compress(body, 6, mtime=0)
            self._size += len(self._kept[digest])
        self._kept.move_to_end(digest)
        found = self._kept[digest]
        while self._size > self.most:
            self._size -= len(self._kept.popitem(last=False)[1])
        return found


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
    for name in ("accept-ranges", "last-modified"):
        if name in answer.headers:
            del answer.headers[name]
    return answer


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def _has(wanted: str, tag: str) -> bool:
    """Whether If-None-Match names this body."""
    return wanted.strip() == "*" or tag in (name.strip().removeprefix("W/") for name in wanted.split(","))
