"""How a page is made: what every template is given, in which language, and what every link carries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app import caching, charts, deps, series
from app.deps import TIMELESS, AskedPage, AskedThen, Problem, Reading, reading
from app.folders import folder
from app.i18n import LANGUAGES, NAMES, catalogue
from app.models import Incident, Observation, Row, Source, last_day
from app.pages import sharing
from app.pages.clocks import EVERYTHING, at, clocks
from app.pages.sharing import Frame, Image
from app.pages.structured import Thing
from app.series import Question
from app.settings import Settings

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
"""The pages of one language; the modules of this package put theirs here."""
embeds = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
"""What other sites show in a frame, in one language."""
home = APIRouter(include_in_schema=False)
"""Addresses that are in no language."""


@dataclass(frozen=True)
class Copy:
    """What the pages of a copy as plain files say of it: nothing can be asked there."""

    live: str
    """Where the site is that can be asked; empty where none is known."""
    languages: tuple[str, ...]


PageDep = Annotated[Reading[AskedThen], reading(AskedThen)]
FileDep = Annotated[Reading[AskedPage], reading(AskedPage)]
"""For what is the same on every day."""


@cache
def templates(language: str) -> Environment:
    """The templates in one language. A name a page was not given is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        languages=NAMES, sign=charts.sign, signs=charts.SIGNS, static=caching.address, plotly=caching.plotly()
    )
    return environment


def render(
    request: Request,
    held: Reading[Any],
    template: str,
    page: Any,
    about: Question | None = EVERYTHING,
    thing: Thing | None = None,
    image: Image | None = None,
    frames: Sequence[Frame] = (),
) -> HTMLResponse:
    """A page in the language and from the vintage of its request.

    `about` asks for the figures that the page is about, so that it can say which of them had not yet been stated; None
    for a page that is the same on every day. `thing` is what it is about to search engines, `image` its picture where a
    link to it is shown, and `frames` its charts as other sites show them.
    """
    words, settings = held.words, settings_of(request)
    context = {
        "page": page,
        "words": words,
        "lang": words.language,
        "release": held.release,
        "state": state(held),
        "carried": carried(held),
        "clocks": clocks(request, held, about),
        "api": partial(api, held),
        # What the dataset is today, or says of an incident, is not what a page of another day shows.
        "thing": None if thing and thing["@type"] in ("Dataset", "Report") and held.vintage.as_of else thing,
        "linked": partial(linked, held),
        "shared": sharing.told(request, held, image or plain_image(request, held), settings.base),
        "frames": frames,
        "source": sharing.source_line(held),
        **layout(request, getattr(held.asked, "theme", "auto")),
        "canonical": settings.base + quote(request.scope["path"].removeprefix("/embed")),
        "whence": at(request, held.vintage.as_of),
        "address": settings.base + at(request, held.vintage.as_of, held.release),
        **as_files(request),
        "elsewhere": elsewhere(request),
        "here": request.scope["path"].partition("/")[2].partition("/")[2],
        "contact": settings.contact,
        "origin": settings.origin,
    }
    text = templates(words.language).get_template(template).render(context)
    if context["embedded"]:
        text = out_of_frame(text)
    return HTMLResponse(
        text, headers={"Content-Language": words.language, "Derek-Release": held.release.digest}
    )


def layout(request: Request, theme: str) -> dict[str, Any]:
    """Whether it is a page of the site or a frame in another's, and in which colours."""
    embedded = caching.of_embed(request.scope["path"])
    return {"embedded": embedded, "layout": "embed.html" if embedded else "base.html", "theme": theme}


def mirror_of(request: Request) -> Copy | None:
    """What the site is a copy as plain files of; None for a site that answers."""
    mirror: Copy | None = request.app.state.mirror
    return mirror


def as_files(request: Request) -> dict[str, Any]:
    """What a page says of the copy that it is in, and in which languages the copy is."""
    mirror = mirror_of(request)
    frame = caching.of_embed(request.scope["path"])
    return {
        "mirror": mirror,
        "policy": caching.PLAIN_EMBED_POLICY if frame else caching.PLAIN_POLICY,
        "readable": {code: NAMES[code] for code in mirror.languages} if mirror else NAMES,
    }


def out_of_frame(text: str) -> str:
    """A page of which every link opens beside the page that frames it, and tells that page nothing."""
    return re.sub(r"<a (?=[^>]*\bhref=)", '<a target="_blank" rel="noopener" ', text)


CODE = re.compile(r"(?<![\w.\-])[a-z0-9]+(?:[-.][a-z0-9]+)+(?![\w\-])")
"""What may name a row of the record: figures, incidents and documents are named so."""


def linked(held: Reading[Any], text: str) -> Markup:
    """A text in which the codes of figures, incidents and documents lead to their pages."""
    rooms: Mapping[str, type[Row]] = {"figures": Observation, "incidents": Incident, "sources": Source}

    def anchor(code: re.Match[str]) -> str:
        room = next(
            (room for room, table in rooms.items() if series.one_of(held.vintage, table, code[0])), ""
        )
        return (
            f'<a href="{escape(link(held, f"/{room}/{code[0]}"))}"><code>{code[0]}</code></a>'
            if room
            else code[0]
        )

    # A code has no letter that is escaped.
    return Markup(CODE.sub(anchor, str(escape(text))))  # noqa: S704


def plain_image(request: Request, held: Reading[Any]) -> Image:
    """The picture of a page that has none of its own."""
    return Image(settings_of(request).base + lasting(held, "/social.png"), sharing.site_name(held))


def carried(held: Reading[Any]) -> dict[str, str]:
    """What every link on a page carries: a reader of a former release, or of a former day, stays there."""
    as_of = {"as_of": held.vintage.as_of.isoformat()} if held.vintage.as_of else {}
    return as_of | ({"release": held.release.digest[:12]} if held.pinned else {})


def state(held: Reading[Any]) -> str:
    """The same, as a link without a query of its own ends."""
    return f"?{urlencode(carried(held))}" if carried(held) else ""


def with_query(request: Request, path: str) -> str:
    query = urlencode(request.query_params.multi_items(), safe=",")
    return f"{path}?{query}" if query else path


def elsewhere(request: Request) -> dict[str, str]:
    """The same page in every language, with its state."""
    _, _, rest = quote(request.scope["path"], errors="replace").lstrip("/").partition("/")
    mirror = mirror_of(request)
    languages = mirror.languages if mirror else LANGUAGES
    return {language: with_query(request, f"/{language}/{rest}") for language in languages}


def refusal(request: Request, problem: Problem) -> HTMLResponse:
    """A page that says what went wrong and where to go on.

    Its sentences are its own, in its language, made from the codes of the faults: what the API says of them is for
    programs and in English.
    """
    language, status, theme = deps.language(request), problem.status, request.query_params.get("theme")
    context = {
        "lang": language,
        "status": status,
        "problem": problem,
        "state": "",
        "carried": {},
        "clocks": None,
        "thing": None,
        "shared": None,
        "frames": (),
        **layout(request, theme if theme in ("light", "dark") else "auto"),
        **as_files(request),
        "elsewhere": elsewhere(request),
        "here": "error",
        "contact": settings_of(request).contact,
        "origin": settings_of(request).origin,
    }
    text = templates(language).get_template("error.html").render(context)
    if context["embedded"]:
        text = out_of_frame(text)
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return HTMLResponse(text, status, headers | ({"Retry-After": "5"} if status == 503 else {}))


def settings_of(request: Request) -> Settings:
    """The settings that the site was made with."""
    held: Settings = request.app.state.settings
    return held


def api(held: Reading[Any], path: str, **asked: object) -> str:
    """An address of data, with its labels in the page's language and from the page's vintage."""
    query = {**asked, "lang": held.words.language, **carried(held)}
    if path.startswith(TIMELESS):
        query.pop("as_of", None)
    return f"{path}?{urlencode(query, safe=',')}"


def link(held: Reading[Any], path: str, asked: Mapping[str, Any] | None = None) -> str:
    """An address within the site: in the page's language, of its vintage, with what else is asked there."""
    query = {name: value for name, value in (asked or {}).items() if value not in (None, "", [], ())}
    query |= carried(held)
    address = f"/{held.words.language}{path}"
    return f"{address}?{urlencode(query, doseq=True, safe=',')}" if query else address


@dataclass(frozen=True)
class NotYet:
    """A thing of which the public had been told nothing by the day asked for."""

    name: str
    on: str | None
    """When it was told."""
    then: str
    """The page as of that day."""


def not_yet(
    request: Request, held: Reading[Any], name: str, on: str | None, about: Question = EVERYTHING
) -> HTMLResponse:
    """The page of such a thing: it is on record, so it is neither missing nor shown."""
    told = last_day(on) if on else None
    page = NotYet(name, on, at(request, told))
    return render(request, held, "not_yet.html", page, about)


def lasting(held: Reading[Any], path: str, asked: Mapping[str, Any] | None = None) -> str:
    """The address under which a page keeps showing what it shows now."""
    query = {name: value for name, value in (asked or {}).items() if value not in (None, "", [], ())}
    query |= {**carried(held), "release": held.release.digest[:12]}
    return f"/{held.words.language}{path}?{urlencode(query, doseq=True, safe=',')}"


@router.get("")
def bare(request: Request) -> RedirectResponse:
    return RedirectResponse(with_query(request, request.scope["path"] + "/"), 308)


@router.get("/{rest:path}/")
def slash(request: Request, rest: str) -> RedirectResponse:
    """No page but the first of a language ends with a slash."""
    if not rest or rest.startswith("/") or rest.endswith("/"):
        raise Problem(404)
    return RedirectResponse(with_query(request, quote(f"/{deps.language(request)}/{rest}".rstrip("/"))), 308)


@home.get("/")
def choose(request: Request) -> RedirectResponse:
    """The reader's language, by what the browser says it reads."""
    return RedirectResponse(
        with_query(request, f"/{deps.language(request)}/"), 302, {"Vary": "Accept-Language"}
    )
