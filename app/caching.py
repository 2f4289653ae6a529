"""One thin shell round the app: what every answer carries, whoever made it.

Outermost and plain ASGI, so that a refusal, a redirect and a failure carry the same headers as a page.
"""

import gzip
import hashlib
import logging
from collections.abc import Callable
from functools import cache
from importlib.metadata import version

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import folder

logger = logging.getLogger("derek")

EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""Hash of the empty text: lets Plotly add an empty style element, which it then fills by script, and nothing else."""
PAGE_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {EMPTY_STYLE}; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), browsing-topics=(), camera=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), payment=(), usb=()",
    "X-DNS-Prefetch-Control": "off",
}
COMPRESSED = (
    "text/",
    "application/json",
    "application/javascript",
    "image/svg+xml",
    "application/problem+json",
)
SMALLEST = 600
"""Bytes under which compressing saves nothing."""


@cache
def address(name: str) -> str:
    """Where a file of static/ is served. Its content is part of the address, so it can be kept for ever."""
    content = (folder("static") / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@cache
def plotly() -> str:
    """Where Plotly is: the small bundle a build adds to static/, else the full one of the Python package."""
    small = "vendor/plotly-basic.min.js"
    return (
        address(small)
        if (folder("static") / small).is_file()
        else f"/static/plotly.min.js?v={version('plotly')}"
    )


class Shell:
    """Adds headers, answers HEAD, gives each body its name (ETag) and says when the reader has it already."""

    def __init__(self, app: ASGIApp, failed: Callable[[Request], Response]) -> None:
        self.app = app
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        head = scope["method"] == "HEAD"
        start: Message = {}
        body = bytearray()  # answers are small: the largest is one page of rows

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                content = _finish(scope, asked, start, bytes(body))
                await send(start)
                await send({"type": "http.response.body", "body": b"" if head else content})

        try:
            await self.app({**scope, "method": "GET"} if head else scope, receive, hold)
        except Exception:
            logger.exception("an answer failed")
            await self.failed(Request(scope))(scope, receive, hold)


def _finish(scope: Scope, asked: Headers, start: Message, body: bytes) -> bytes:
    """Complete an answer's headers in place; gives back the bytes to send."""
    headers = MutableHeaders(raw=start["headers"])
    path = scope["path"]
    open_data = path.startswith("/api/")
    for name, value in EVERYWHERE.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", DATA_POLICY if open_data else PAGE_POLICY)
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if open_data else "same-origin")
    if open_data:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "ETag, Link, Derek-Release, Derek-Total, Retry-After"
    if start["status"] == 200 and scope["method"] in ("GET", "HEAD"):
        kept_for_ever = path.startswith("/static/") and scope["query_string"]
        lasting = (
            "public, max-age=31536000, immutable"
            if kept_for_ever
            else "public, max-age=60, stale-while-revalidate=600"
        )
        headers.setdefault("Cache-Control", lasting)
        if "no-store" not in headers["Cache-Control"]:
            tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            headers["ETag"] = tag
            if _has(asked.get("if-none-match", ""), tag):
                start["status"] = 304
                for name in ("content-length", "content-type", "content-disposition"):
                    if name in headers:
                        del headers[name]
                headers.add_vary_header("Accept-Encoding")
                start["headers"] = headers.raw
                return b""
    if len(body) >= SMALLEST and headers.get("content-type", "").startswith(COMPRESSED):
        headers.add_vary_header("Accept-Encoding")
        if "gzip" in asked.get("accept-encoding", "") and "content-encoding" not in headers:
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
            if "etag" in headers:
                # Other bytes under the same address need another strong name.
                headers["ETag"] = headers["ETag"][:-1] + '-gzip"'
    headers["Content-Length"] = str(len(body))
    start["headers"] = headers.raw
    return body


def _has(wanted: str, tag: str) -> bool:
    """Whether If-None-Match names this body, in either encoding."""
    names = {name.strip().removeprefix("W/").replace('-gzip"', '"') for name in wanted.split(",")}
    return tag in names or "*" in names
