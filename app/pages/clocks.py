"""The two clocks of a page: of which day it tells what the public knew, and of which release."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request

from app import database as databases
from app import listings, series
from app.deps import Reading
from app.models import Release
from app.series import Question, Said

EVERYTHING = Question()
PLACES = ("as_of", "page")
"""What a page as of another day does not take over: the day, and a place in a list that may be shorter then."""


@dataclass(frozen=True)
class Clocks:
    """What a page says of the day and the release it is read as of, and how a reader gets to others."""

    as_of: date | None
    said: Said | None
    """What of the page's figures had been stated by then; None where a page is the same on every day."""
    before: tuple[date, str] | None
    """The last day before on which something of it was stated, and the page as of that day."""
    after: tuple[date, str] | None
    """The first day after."""
    today: str
    """The page with all that is known."""
    kept: tuple[tuple[str, str], ...]
    """What else the page was asked, for the form."""
    since: tuple[Release, int, int] | None
    """In a former release: the current one, how many figures it has beside, and how many cells it changed since."""

    @property
    def offsets(self) -> list[int]:
        """The days on which something was stated, counted from the first of them."""
        days = self.said.days if self.said else ()
        return [(day - days[0]).days for day in days]


def clocks(request: Request, held: Reading[Any], about: Question | None) -> Clocks:
    vintage = held.vintage
    said = series.said(vintage, about) if about else None
    days = said.days if said else ()
    now = vintage.as_of or date.max
    before = max((day for day in days if day < now), default=None) if vintage.as_of else None
    after = min((day for day in days if day > now), default=None)
    return Clocks(
        vintage.as_of,
        said,
        (before, at(request, before)) if before else None,
        (after, at(request, after)) if after else None,
        at(request, None),
        tuple(
            pair
            for pair in request.query_params.multi_items()
            if pair[0] not in (*PLACES, "release") and pair[1]
        ),
        _since(held),
    )


def _since(held: Reading[Any]) -> tuple[Release, int, int] | None:
    current = databases.release(held.vintage.session)
    if current is None or current.number == held.release.number:
        return None
    return current, *listings.changed_since(held.vintage, current)


def at(request: Request, day: date | None, release: Release | None = None) -> str:
    """The page as it stood on another day, or with all that is known; in a release, where one is named. Of what is shown in
    a frame, the page that it is from."""
    # The lasting address of a page is that of its place in a list too.
    but = ("theme", "chart", *(("as_of", "release") if release else PLACES))
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in but]
    query += [("as_of", day.isoformat())] if day else []
    query += [("release", release.digest[:12])] if release else []
    asked = urlencode(query, safe=",")
    path = quote(request.scope["path"].removeprefix("/embed"))
    return f"{path}?{asked}" if asked else path
