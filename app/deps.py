"""What a request may ask for, and how it is refused.

Every parameter is read here, the same way for pages and API. Nothing is ignored, guessed or silently replaced: a
parameter that is not known, stands twice or cannot be read is refused, and a refusal lists every fault at once.
"""

import base64
import binascii
import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from babel import negotiate_locale
from fastapi import Depends, Path, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlmodel import Session, select

from app import database as databases
from app import models, series
from app.database import Database
from app.i18n import DEFAULT, LANGUAGES, Terms, Words
from app.models import Body, Incident, Place, Release, Source, Text, edtf, last_day

LONGEST_LIST = 100


@dataclass
class Problem(Exception):
    """A refusal, told as RFC 9457 asks: what is wrong, and every fault with the field and what would be right."""

    status: int
    title: str
    errors: tuple[Mapping[str, Any], ...] = ()
    detail: str | None = None
    kind: str = "about:blank"


# --- Parameters -------------------------------------------------------------------------------------------------


def _split(value: Any) -> Any:
    """A list as people write it: repeated, or with commas, or both."""
    values = [value] if isinstance(value, str) else value
    return [part for one in values for part in one.split(",")] if isinstance(values, list) else values


def _first_day(value: Any) -> Any:
    if isinstance(value, str):
        parts = [*edtf(value).split("-"), "01", "01"]
        return date(*map(int, parts[:3]))
    return value


def _last_day(value: Any) -> Any:
    return last_day(edtf(value)) if isinstance(value, str) else value


def _unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Codes = Annotated[list[str], BeforeValidator(_split), AfterValidator(_unique), Field(max_length=LONGEST_LIST)]
Since = Annotated[date, BeforeValidator(_first_day)]
Until = Annotated[date, BeforeValidator(_last_day)]
Language = Literal["en", "ru", "kk"]


class Asked(BaseModel):
    """Parameters every address of the API knows."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    release: str | None = Field(
        default=None,
        max_length=64,
        description="State of the dataset: a release's digest (8 characters or more suffice) or version. "
        "Without it, the current one.",
        examples=["2026.11.1"],
    )
    lang: Language = Field(default="en", description="Language of labels and sentences; codes never change.")


class AskedPage(Asked):
    """Parameters every page knows. Its language is the first part of its path."""


class AskedList(Asked):
    """Parameters of every list."""

    limit: int = Field(default=200, ge=1, le=1000, description="Most rows in one answer.")
    cursor: str | None = Field(default=None, max_length=300, description="Where to go on: from `links.next`.")


class AskedObservations(AskedList):
    """Filters. Repeat a parameter or separate codes by commas; filters of different names all have to fit."""

    indicator: Codes = Field(default=[], description="What is counted.", examples=["convicted"])
    scope: Codes = Field(default=[], description="Which offences.", examples=["terrorism_extremism"])
    population: Codes = Field(default=[], description="Which people.", examples=["foreigners"])
    place: Codes = Field(default=[], description="Where.", examples=["KZ-75"])
    stated_by: Codes = Field(
        default=[], description="Whose figure; a body's departments count as the body.", examples=["knb"]
    )
    source: Codes = Field(
        default=[], description="Which document.", examples=["knb-2019-12-12-atc-work-report"]
    )
    incident: Codes = Field(default=[], description="Which incident.", examples=["2016-07-almaty"])
    period_kind: Codes = Field(default=[], description="Kind of period.", examples=["calendar_year"])
    since: Since | None = Field(
        default=None,
        alias="from",
        description="Periods that touch this day or a later one: YYYY, YYYY-MM or YYYY-MM-DD.",
        examples=["2019"],
    )
    until: Until | None = Field(
        default=None,
        alias="to",
        description="Periods that touch this day or an earlier one.",
        examples=["2024-06"],
    )
    as_of: Until | None = Field(
        default=None,
        description="Only what had been stated in public by the end of this day.",
        examples=["2019-12-31"],
    )

    def question(self) -> series.Question:
        return series.Question(
            **{name: tuple(getattr(self, name)) for name in LISTS},
            since=self.since,
            until=self.until,
            as_of=self.as_of,
        )


class AskedStats(AskedObservations):
    """Filters, and how to arrange what fits."""

    view: Literal["series", "observations", "coverage"] = Field(
        default="series",
        description="series: one row a cell, picked by the rule; observations: every figure; coverage: how well each "
        "year is known.",
    )
    gaps: Literal["0", "1"] = Field(
        default="1", description="1: years without a figure come as rows that say so; 0 leaves them out."
    )

    def question(self) -> series.Question:
        question = super().question()
        return series.Question(**{**question.__dict__, "gaps": self.gaps == "1"})


class AskedIncidents(AskedList):
    """Filters of incidents."""

    place: Codes = Field(
        default=[], description="Region or city, of the day or of today.", examples=["KZ-75"]
    )
    outcome: Codes = Field(default=[], description="What became of it.", examples=["foiled"])
    since: Since | None = Field(
        default=None, alias="from", description="On this day or later.", examples=["2016"]
    )
    until: Until | None = Field(
        default=None, alias="to", description="On this day or earlier.", examples=["2017"]
    )


LISTS = ("indicator", "scope", "population", "place", "stated_by", "source", "incident", "period_kind")
CODED = {
    "indicator": "indicator",
    "scope": "scope",
    "population": "population",
    "place": "place",
    "stated_by": "body",
    "period_kind": "period_kind",
    "outcome": "outcome",
    "incident": "incident",
}
"""Which list of the dataset's texts holds the codes of a parameter."""

AnyAsked = TypeVar("AnyAsked", bound=Asked)


# --- Reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading(Generic[AnyAsked]):
    """One request's view of the record: one release, one language, one read-only session."""

    session: Session
    release: Release
    current: bool
    words: Words
    asked: AnyAsked

    @property
    def units(self) -> dict[str, str]:
        return {row.code: row.unit for row in series.all_of(self.session, self.release, models.Indicator)}


@lru_cache(maxsize=8)
def terms(held: Database, release: int) -> Terms:
    """The texts of a release, kept: its rows never change."""
    with held.reading() as session:
        rows = (
            session.exec(select(table).where(table.release == release)).all() for table in (Text, Body, Place)
        )
        return Terms.of(*rows)  # type: ignore[arg-type]


def reading(shape: type[AnyAsked]) -> Any:
    """A dependency that reads a request's parameters as `shape` and opens the release they ask for."""

    def open_reading(request: Request) -> Iterator[Reading[AnyAsked]]:
        asked, errors = _read(request, shape)
        wanted, position_errors = _wanted(request, asked)
        held: Database = request.app.state.database
        try:
            with held.reading() as session:
                release = databases.release(session, wanted)
                if release is None and wanted is None:
                    raise databases.Unavailable("the database is empty; run `derek load`")
                current = databases.release(session)
                if release is None:
                    errors.append(
                        _fault("release", "unknown_release", f"no release is called '{wanted[:64]}'")
                    )  # type: ignore[index]
                found = terms(held, (release or current).number)  # type: ignore[union-attr,arg-type]
                errors += position_errors + _unknown_codes(request, shape, found, session, release or current)
                if errors or asked is None or release is None:
                    raise Problem(
                        422,
                        "Some parameters cannot be used",
                        tuple(errors),
                        f"{len(errors)} of what was asked cannot be answered; nothing was guessed.",
                        "/problems/bad-parameter",
                    )
                yield Reading(
                    session,
                    release,
                    bool(current and release.number == current.number),
                    Words(asked.lang, found),
                    asked,
                )
        except databases.Unavailable as error:
            raise Problem(503, "The record cannot be read at the moment", detail=str(error)) from error

    return Depends(open_reading)


def _read(request: Request, shape: type[AnyAsked]) -> tuple[AnyAsked | None, list[Mapping[str, Any]]]:
    """The parameters, or every fault in them."""
    given: dict[str, Any] = {}
    errors: list[Mapping[str, Any]] = []
    names = {info.alias or name: name for name, info in shape.model_fields.items()}
    for name, times in Counter(key for key, _ in request.query_params.multi_items()).items():
        values = request.query_params.getlist(name)
        if names.get(name) in LISTS or name in ("outcome",):
            given[name] = values
        else:
            given[name] = values[-1]
            if times > 1 and name in names:
                errors.append(_fault(name, "repeated", f"stands {times} times; once is right"))
    if issubclass(shape, AskedPage):
        if "lang" in given:
            errors.append(
                _fault("lang", "unknown_parameter", "is the first part of a page's path, not a parameter")
            )
        given["lang"] = language(request)
    try:
        return shape.model_validate(given), errors
    except ValidationError as error:
        for detail in error.errors():
            name = str(detail["loc"][0])
            if detail["type"] == "extra_forbidden":
                known = [alias for alias in names]
                errors.append(
                    _fault(name, "unknown_parameter", "is not a parameter of this address", name, known)
                )
            elif detail["type"] == "literal_error":
                choices = [
                    choice.strip(" '") for choice in detail["ctx"]["expected"].replace(" or ", ",").split(",")
                ]
                errors.append(
                    _fault(name, "unknown_code", f"is one of {', '.join(choices)}", given[name], choices)
                )
            else:
                reason = str(detail.get("ctx", {}).get("error", detail["msg"]))
                errors.append(_fault(name, "bad_value", reason[:200]))
        return None, errors


def _unknown_codes(
    request: Request, shape: type[Asked], found: Terms, session: Session, release: Release | None
) -> list[Mapping[str, Any]]:
    """Codes that are in none of the release's lists. An empty answer to a misspelt code would be a wrong one."""
    errors = []
    for name in shape.model_fields:
        wanted = _unique(_split(request.query_params.getlist(name))) if name in (*CODED, "source") else []
        if not wanted:
            continue
        if name == "source":
            known = [row.id for row in series.all_of(session, release, Source)] if release else []
        elif name == "incident":
            known = [row.id for row in series.all_of(session, release, Incident)] if release else []
        else:
            known = found.codes(CODED[name])
        errors += [
            _fault(name, "unknown_code", f"'{code[:60]}' is no {name} of this release", code, known)
            for code in wanted
            if code not in known
        ]
    return errors


def _fault(
    name: str, code: str, reason: str, written: str | None = None, known: list[str] | None = None
) -> Mapping[str, Any]:
    fault: dict[str, Any] = {"in": "query", "name": name[:60], "code": code, "reason": reason}
    close = difflib.get_close_matches(written[:60], known, n=1, cutoff=0.5) if written and known else []
    return {**fault, "did_you_mean": close[0]} if close else fault


# --- Cursors ----------------------------------------------------------------------------------------------------


def cursor(release: Release, position: str | int) -> str:
    """Where an answer ended, and in which release: the next one goes on in the same."""
    text = json.dumps([release.digest[:16], position])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(asked: AskedList, kind: type) -> Any:
    """What a cursor points to, of the kind this list uses; None at the beginning."""
    if asked.cursor is None:
        return None
    found = _decoded(asked.cursor)
    if found is None or not isinstance(found[1], kind) or isinstance(found[1], bool):
        raise Problem(
            422,
            "Some parameters cannot be used",
            (_fault("cursor", "bad_value", "is not of this list; take it from links.next of an answer"),),
            kind="/problems/bad-parameter",
        )
    return found[1]


def _decoded(text: str) -> tuple[str, Any] | None:
    try:
        release, place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        return None
    fits = isinstance(release, str) and (
        isinstance(place, str) or (isinstance(place, int) and 0 <= place < 1_000_000_000)
    )
    return (release, place) if fits else None


def _wanted(request: Request, asked: Asked | None) -> tuple[str | None, list[Mapping[str, Any]]]:
    """The release a request is about: the one named, else the one its cursor began in."""
    named = asked.release if asked else None
    text = request.query_params.get("cursor")
    if text is None or asked is None or not isinstance(asked, AskedList):
        return named, []
    found = _decoded(text)
    if found is None:
        return named, [_fault("cursor", "bad_value", "cannot be read; take it from links.next of an answer")]
    return named or found[0], []


# --- In paths ---------------------------------------------------------------------------------------------------

KeyInPath = Annotated[str, Path(max_length=120)]


def language(request: Request) -> str:
    """The language of a page: the first part of its path, or the first of the reader's that we have."""
    first = request.url.path.split("/")[1]
    if first in LANGUAGES:
        return first
    wanted = request.headers.get("accept-language", "")
    return (
        negotiate_locale([part.split(";")[0].strip() for part in wanted.split(",")], LANGUAGES, sep="-")
        or DEFAULT
    )


def missing(what: str, key: str, known: list[str]) -> Problem:
    """Nothing by that name."""
    close = difflib.get_close_matches(key[:120], known, n=1, cutoff=0.6)
    meant = f" Did you mean '{close[0]}'?" if close else ""
    return Problem(404, "Not found", detail=f"No {what} is called '{key[:60]}'.{meant}")
