"""The page of search: one question over indicators, figures, places, incidents, documents and bodies."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app import listings, series
from app.deps import AskedPage, Reading, reading
from app.listings import Hits
from app.models import Observation, Source
from app.pages.rendering import link, render, router

EXAMPLES = ("convicted", "Алматы", "Ақтөбе", "140 2019")


class AskedSearch(AskedPage):
    """What to look for."""

    q: str = Field(default="", max_length=100, description="Words that all have to fit, in any language.")


@dataclass(frozen=True)
class Hit:
    """One thing found."""

    href: str
    name: str
    about: str
    lang: str = ""


@dataclass(frozen=True)
class Search:
    """What was asked, and what was found, by kind."""

    asked: str
    shortened: str
    groups: tuple[tuple[str, int, tuple[Hit, ...], str], ...]
    """Kind, how many there are, the first of them, and where the rest are."""
    meant: str
    examples: tuple[str, ...]


@router.get("/search")
def search(request: Request, held: Annotated[Reading[AskedSearch], reading(AskedSearch)]) -> HTMLResponse:
    asked = " ".join(held.asked.q.split())
    found = listings.search(held.session, held.release, asked)
    groups = tuple(
        (hits.kind, hits.count, tuple(_hit(held, hits, key) for key in hits.keys), _rest(held, hits, asked))
        for hits in found.hits
    )
    meant = None if groups or not asked else listings.near(held.session, held.release, asked, _like)
    shortened = found.words if found.words != listings.folded(asked) else ""
    context = Search(asked, shortened if groups else "", groups, meant or "", EXAMPLES)
    return render(request, held, "search.html", context)


def _like(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.7)), None)


def _rest(held: Reading[AskedSearch], hits: Hits, asked: str) -> str:
    """Where all hits of a kind are, if that kind has a list that can be asked."""
    if hits.count <= len(hits.keys) or hits.kind not in ("incident", "source"):
        return ""
    return link(held, f"/{hits.kind}s", {"q": asked})


def _hit(held: Reading[AskedSearch], hits: Hits, key: str) -> Hit:
    words = held.words
    if hits.kind == "indicator":
        return Hit(
            link(held, f"/indicators/{key}"),
            words.name("indicator", key),
            words.name("indicator", key, "definition"),
        )
    if hits.kind == "place":
        return Hit(link(held, f"/places/{key}"), words.name("place", key), "")
    if hits.kind == "incident":
        return Hit(
            link(held, f"/incidents/{key}"),
            words.name("incident", key, "title"),
            words.name("incident", key, "summary"),
        )
    if hits.kind == "body":
        return Hit(f"{link(held, '/glossary')}#body-{key}", words.name("body", key), "")
    if hits.kind == "source":
        source = series.one_of(held.session, held.release, Source, key)
        assert source  # noqa: S101  # the search found it
        about = f"{source.publisher}, {words.when(source.published)}"
        return Hit(link(held, f"/sources/{key}"), source.title, about, source.language)
    one = series.one_of(held.session, held.release, Observation, key)
    assert one  # noqa: S101
    said = f"{words.name('indicator', one.indicator)}: {words.amount(one, held.units[one.indicator])}"
    about = f"{words.period(one)}; {words.stated(one)}"
    return Hit(f"{link(held, f'/sources/{one.source}')}#{one.id}", said, about)
