"""What browsers and search engines ask for by themselves: icons, a manifest, what to read and where all pages are."""

import struct
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated

import resvg_py
from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute

from app import caching, deps, listings, series
from app.deps import AskedCard, AskedPage, Faults, Problem, Reading, reading
from app.folders import folder
from app.i18n import DEFAULT, LANGUAGES, catalogue
from app.models import Incident, Indicator, Place, Row, Source
from app.pages import sharing
from app.pages.rendering import FileDep, home, lasting, mirror_of, router, settings_of, templates

PAPER, TILE = "#fdfcf9", "#14507f"
"""The paper of the pages and the ground of the mark, as they stand in chart.css and icon.svg."""
FAVICONS = (16, 32, 48)
ICONS: Mapping[str, tuple[int, bool]] = {
    "/apple-touch-icon.png": (180, True),
    "/icon-192.png": (192, False),
    "/icon-512.png": (512, False),
    "/icon-maskable.png": (512, True),
}
"""Where the mark is served as a picture: how large, and whether the whole square is filled, for systems that cut it."""

ROOMS: Mapping[str, type[Row]] = {
    "incidents": Incident,
    "indicators": Indicator,
    "places": Place,
    "sources": Source,
}
"""Of which table each row has a page of its own, by the first part of its address."""
UNLISTED = ("", "/search", "/compare", "/figures/{id}", "/{rest:path}/")
"""Addresses that no search engine need list: redirects, our own search, figures set side by side, and hundreds of cards
that the documents' pages lead to."""
PREVIEWERS = (
    "facebookexternalhit",
    "LinkedInBot",
    "Slackbot-LinkExpanding",
    "TelegramBot",
    "Twitterbot",
    "vkShare",
    "WhatsApp",
)
"""What draws the preview of a link that somebody shares."""
MOST = 50_000
"""Addresses that one sitemap may hold."""


def plain(request: Request) -> None:
    """What is the same for everybody takes no parameters."""
    faults = Faults()
    for name in dict.fromkeys(request.query_params):
        faults.add(name, "unknown_parameter", "is not a parameter of this address")
    if faults:
        raise Problem(422, None, tuple(faults))


# --- Search engines -----------------------------------------------------------------------------------------


@home.get("/robots.txt", dependencies=[Depends(plain)])
def robots(request: Request) -> PlainTextResponse:
    """Everything may be read, by anybody. What is only another view of it (filters, former releases) is left out,
    since a machine that follows every combination would never end. Those that draw the preview of a link follow none: they
    read what somebody shares."""
    lines = (
        "User-agent: *",
        "Allow: /static/",
        "Disallow: /*?",
        "Disallow: /*/search",
        "",
        *(f"User-agent: {name}" for name in PREVIEWERS),
        "Allow: /",
        "",
        f"Sitemap: {settings_of(request).base}/sitemap.xml",
    )
    return PlainTextResponse("\n".join(lines) + "\n")


@home.get("/sitemap.xml")
def sitemap(request: Request, held: FileDep) -> Response:
    """Every page in every language, each with its other languages."""
    pages, mirror = list(_pages(held)), mirror_of(request)
    languages = mirror.languages if mirror else LANGUAGES
    if len(pages) * len(languages) > MOST:
        raise RuntimeError(
            f"{len(pages)} pages in {len(languages)} languages are too many for one sitemap: split it"
        )
    text = (
        templates(DEFAULT)
        .get_template("sitemap.xml")
        .render(
            pages=pages,
            base=settings_of(request).base,
            default=languages[0] if DEFAULT not in languages else DEFAULT,
            languages=languages,
            release=held.release,
        )
    )
    return Response(text, media_type="application/xml", headers={"Derek-Release": held.release.digest})


def _pages(held: Reading[AskedPage]) -> Iterator[str]:
    """The address of every page after its language. What has a dot in its last part is a file, not a page."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or route.path in UNLISTED or "." in route.path.rpartition("/")[2]:
            continue
        before, _, key = route.path.partition("{")
        if not key:
            yield route.path
            continue
        if before == "/disagreements/":
            yield from (before + one.key for one in listings.compared(held.vintage).found)
            continue
        table = ROOMS[before.strip("/")]
        for row in series.all_of(held.vintage, table):
            yield before + getattr(row, table.key[0])


@router.get("/social.png")
def social(request: Request, held: Annotated[Reading[AskedCard], reading(AskedCard)]) -> Response:
    """The picture of a link to a page that has none of its own."""
    gettext, base = held.words.gettext, settings_of(request).base
    said = (
        gettext("Each figure here is one that somebody stated, with who said it, when and about which days."),
    )
    title = gettext("Kazakhstan’s counter-terrorism figures, each with its witness")
    caution = gettext("A record of statements, not a measurement of terrorism.")
    drawing = sharing.card(held, base, lasting(held, "/"), title, (), said, caution)
    return sharing.picture(held, drawing, "record")


# --- Icons --------------------------------------------------------------------------------------------------


@home.get("/favicon.ico", dependencies=[Depends(plain)])
def favicon() -> Response:
    return Response(_ico(), media_type="image/vnd.microsoft.icon")


def icon(request: Request) -> Response:
    return Response(_drawn(*ICONS[request.scope["path"]]), media_type="image/png")


for _path in ICONS:
    home.get(_path, dependencies=[Depends(plain)])(icon)


@cache
def _drawn(size: int, filled: bool = False) -> bytes:
    """The mark as PNG, drawn from icon.svg. With its whole square filled, it is small enough for any shape to be cut."""
    mark = (folder("static") / "icon.svg").read_text(encoding="utf-8")
    if filled:
        mark = mark.replace('viewBox="0 0 32 32"', 'viewBox="-3 -3 38 38"')
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=mark,
            width=size,
            height=size,
            background=TILE if filled else None,
            skip_system_fonts=True,
        )
    )


@cache
def _ico() -> bytes:
    """An .ico holds several sizes: a head, an entry for each picture, and the pictures as PNG."""
    pictures = [(size, _drawn(size)) for size in FAVICONS]
    head = struct.pack("<3H", 0, 1, len(pictures))
    at = len(head) + 16 * len(pictures)
    entries = b""
    for size, picture in pictures:
        entries += struct.pack("<4B2H2I", size, size, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return head + entries + b"".join(picture for _, picture in pictures)


@router.get("/site.webmanifest", dependencies=[Depends(plain)])
def manifest(request: Request) -> JSONResponse:
    """How the site calls itself and looks where somebody puts it on a start screen."""
    language = deps.language(request)
    gettext = catalogue(language).gettext
    own = {
        "id": f"/{language}/",
        "name": gettext("Derek"),
        "short_name": gettext("Derek"),
        "description": gettext("Kazakhstan’s counter-terrorism figures, each with its witness"),
        "lang": language,
        "dir": "ltr",
        "start_url": f"/{language}/",
        "scope": "/",
        # A reader who quotes a figure needs its address.
        "display": "minimal-ui",
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            {"src": caching.address("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(
                {
                    "src": path,
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "maskable" if filled else "any",
                }
                for path, (size, filled) in ICONS.items()
                if "touch" not in path
            ),
        ],
    }
    return JSONResponse(own, media_type="application/manifest+json")
