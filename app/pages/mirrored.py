"""What a copy of the site as plain files has beside its pages: a first page that lets readers choose, what stands where
there is no file, and what the copy does not hold."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app import caching
from app.i18n import NAMES, catalogue
from app.pages.rendering import PageDep, mirror_of, render, templates

home = APIRouter(include_in_schema=False)
"""Addresses that are in no language."""
router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
"""In each language."""

BESIDE = ("SHA256SUMS", "release.json", "datapackage.json", "derek.db")
"""Files of the release that the page of the copy leads to."""


@dataclass(frozen=True)
class Held:
    """What the page of the copy tells."""

    languages: tuple[str, ...]
    files: tuple[str, ...]


@router.get("/copy")
def copy(request: Request, held: PageDep) -> HTMLResponse:
    """What the copy holds, and what needs the site that can be asked."""
    mirror = mirror_of(request)
    languages = tuple(NAMES[one] for one in mirror.languages) if mirror else ()
    return render(request, held, "copy.html", Held(languages, BESIDE), None)


@home.get("/")
def choose(request: Request) -> HTMLResponse:
    """A server of files cannot know what the reader reads."""
    return _in_every_language(request, missing=False)


@home.get("/404.html")
def missing(request: Request) -> HTMLResponse:
    """What a server of files shows where it has none."""
    return _in_every_language(request, missing=True)


def _in_every_language(request: Request, *, missing: bool) -> HTMLResponse:
    mirror = mirror_of(request)
    languages = mirror.languages if mirror else ()
    told = [(one, NAMES[one], catalogue(one).gettext) for one in languages]
    text = (
        templates(languages[0])
        .get_template("choose.html")
        .render(told=told, missing=missing, policy=caching.PLAIN_POLICY, lang=languages[0])
    )
    return HTMLResponse(text)
