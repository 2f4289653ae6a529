"""oEmbed: for the address of a page with a chart, how another site shows it. The frames themselves are beside their pages."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import JSONResponse

from app import deps
from app.caching import UNPRINTABLE
from app.deps import (
    AskedFrame,
    AskedFrameOfComparison,
    AskedFrameOfCoverage,
    AskedFrameOfDisclosure,
    AskedFrameOfIncidents,
    AskedFrameOfYears,
    AskedOEmbed,
    Problem,
    Reading,
)
from app.pages import compare, disclosure, figures, incidents
from app.pages.rendering import home, settings_of
from app.pages.sharing import NARROW, WIDTH, Frame, site_name

Find = Callable[[Reading[Any], str], Frame | None]
ALONE: Mapping[str, tuple[type[AskedFrame], Find]] = {
    "indicators": (AskedFrame, figures.stages_frame),
    "incidents": (AskedFrameOfIncidents, incidents.list_frame),
    "disclosure": (AskedFrameOfDisclosure, disclosure.frame_of),
    "coverage": (AskedFrameOfCoverage, figures.coverage_frame),
    "compare": (AskedFrameOfComparison, compare.frame_of),
}
"""Pages with a chart, by the part of their address after the language: what they may be asked, and how their chart is found."""
ROOMS: Mapping[str, tuple[type[AskedFrame], Callable[[Reading[Any], str, str], Frame | None]]] = {
    "indicators": (AskedFrameOfYears, figures.frame_of),
    "incidents": (AskedFrame, incidents.frame_of),
}
"""The same for pages of one thing, of which the key comes next."""
PAGE = re.compile(
    r"(?:/embed)?(?P<path>/(?:en|ru|kk)/(?:(?P<room>indicators|incidents)/(?P<key>[\w.\-]{1,120})"
    rf"|(?P<alone>{'|'.join(ALONE)})))",
    re.ASCII,
)
KEPT = 86400
"""Seconds for which a site may keep an answer."""
SMALLEST = 100
"""Width of a picture under which nothing on it can be read."""


@home.get("/oembed")
def oembed(request: Request) -> JSONResponse:
    asked = deps.asked(request, AskedOEmbed)
    if asked.format != "json":
        raise Problem(501, "Only format=json is served.")
    base = settings_of(request).base
    shape, find, inner = _meant(request, asked.url, base)
    try:
        with deps.opened(inner, shape) as held:
            found = find(held, base)
            theme = asked.theme if asked.theme != "auto" else held.asked.theme
            name = site_name(held)
    except Problem as error:
        if error.status >= 500:
            raise
        raise Problem(404, "No page answers at that address.") from error
    if found is None:
        raise Problem(404, "That page has no chart.")
    return JSONResponse(_told(found, asked, theme, name))


def _meant(request: Request, url: str, base: str) -> tuple[type[AskedFrame], Find, Request]:
    """Which chart an address is of, and the request that it would be. Only the site's own addresses mean anything here: what
    is another's, or could be read in two ways, is refused before anything is looked up."""
    nothing = Problem(404, "That is no address of a page with a chart.")
    if UNPRINTABLE.search(url) or not url.isascii() or "\\" in url or " " in url:
        raise nothing
    try:
        parts = urlsplit(url)
    except ValueError:
        raise nothing from None
    place = PAGE.fullmatch(parts.path)
    if f"{parts.scheme}://{parts.netloc}".lower() != base.lower() or place is None:
        raise nothing
    inner = Request({**request.scope, "path": place["path"], "query_string": parts.query.encode()})
    if place["alone"]:
        return *ALONE[place["alone"]], inner
    shape, find = ROOMS[place["room"]]
    return shape, lambda held, base: find(held, place["key"], base), inner


def _told(found: Frame, asked: AskedOEmbed, theme: str, name: str) -> dict[str, Any]:
    """What the site that asked needs, no larger than it has room for."""
    width = min(WIDTH, asked.maxwidth or WIDTH)
    height = min(found.height if width >= NARROW else found.tall, asked.maxheight or 99_999)
    told: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "provider_name": name.partition(" · ")[0],
        "provider_url": f"{found.base}/",
        "title": found.title,
        "html": found.html(width, height, theme),
        "width": width,
        "height": height,
        "cache_age": KEPT,
    }
    image = found.image
    across = min(
        image.width,
        asked.maxwidth or image.width,
        (asked.maxheight or image.height) * image.width // image.height,
    )
    if across >= SMALLEST:
        told["thumbnail_url"] = image.address + (f"&width={across}" if across < image.width else "")
        told |= {"thumbnail_width": across, "thumbnail_height": round(image.height * across / image.width)}
    return told
