"""How a page is cited: what it offers for that, and the same as files under its own address with another ending."""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from app.deps import Problem, Reading
from app.exports import citing
from app.exports.citing import Citation
from app.pages import sharing
from app.pages.rendering import link, router

Route = TypeVar("Route", bound=Callable[..., Response])


@dataclass(frozen=True)
class Offer:
    """A citation on its page: the text to copy, and the other forms as files."""

    text: Markup
    files: tuple[tuple[str, str, str], ...]
    """Name of the form, media type and address."""


def citable(path: str) -> Callable[[Route], Route]:
    """Serves what is cited under a page's path with the ending of each form. It has to stand before the page itself, whose
    path would take the ending for a part of a key."""

    def register(route: Route) -> Route:
        for ending in citing.FORMS:
            router.get(f"{path}{ending}")(route)
        return route

    return register


def sent(request: Request, held: Reading[Any], citation: Citation) -> Response:
    """A citation in the form that the address asks for."""
    path = request.scope["path"]
    ending = next(ending for ending in citing.FORMS if path.endswith(ending))
    _, media_type, written = citing.FORMS[ending]
    shown = "inline" if ending == ".txt" else "attachment"
    return Response(
        written(citation),
        media_type=media_type,
        headers={
            "Content-Disposition": f'{shown}; filename="{citation.key}{ending}"',
            "Content-Language": held.words.language,
            "Derek-Release": held.release.digest,
            # It is a page's name tag, not a page to be found.
            "X-Robots-Tag": "noindex",
        },
    )


def offer(held: Reading[Any], citation: Citation, path: str, asked: Mapping[str, Any] | None = None) -> Offer:
    return Offer(
        _marked(citation),
        tuple(
            (name, media_type, link(held, f"{path}{ending}", asked))
            for ending, (name, media_type, _) in citing.FORMS.items()
        ),
    )


def _marked(citation: Citation) -> Markup:
    """The text, in which names and titles of another language say so to whoever reads aloud."""
    text, told = escape(citing.text(citation).strip()), citation.statement
    foreign = {citing.AUTHOR: "en"} | ({citing.line(told.quoted): told.language} if told else {})
    for words, language in foreign.items():
        if language != citation.language:
            text = text.replace(escape(words), Markup('<span lang="{}">{}</span>').format(language, words))
    return text


def of_chart(held: Reading[Any], title: str, address: str, chart: str = "") -> Citation:
    """A chart in the state that its page has at a lasting address; of several on a page, which one."""
    page, _, query = address.partition("?")
    asked = [value for name, value in parse_qsl(query) if name not in ("release", "as_of")]
    state = " ".join([page.rpartition("/")[2], *asked, chart])
    parts = re.findall(r"[0-9A-Za-z.-]+", state)
    if (
        not state.isascii()
    ):  # what was searched for, in letters that no key may hold, still tells two references apart
        parts.append(f"{zlib.crc32(state.encode()):08x}")
    then = f". {sharing.as_known(held)}" if held.vintage.as_of else ""
    return citing.part(named(held, *parts), f"{title}{then}", held.release, held.words, address)


def named(held: Reading[Any], *parts: object) -> str:
    """What names a citation, and its files: what is cited, of which release and day, in which language."""
    then = [f"as-of-{held.vintage.as_of}"] if held.vintage.as_of else []
    return "-".join(map(str, ("derek", *parts, held.release.version, *then, held.words.language)))


def untold(held: Reading[Any]) -> Problem:
    """Nothing to cite: by the day asked for the public had not been told of it."""
    assert held.vintage.as_of  # noqa: S101  # else everything is told
    return Problem(
        404,
        held.words.gettext("By %(day)s the public had not been told of this.")
        % {"day": held.words.day(held.vintage.as_of)},
    )
