"""What a request may ask for, and how it is refused.

Every parameter is read here, the same way for pages and API. Nothing is ignored, guessed or silently
replaced: a parameter that is not known, stands twice or cannot be read is refused, and a refusal lists every
fault at once.
"""

import base64
import difflib
import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from http import HTTPStatus
from threading import Lock
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from babel import negotiate_locale
from fastapi import Depends, Path, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlmodel import Session, select

from app import database as databases
from app import listings, models, series
from app.database import Database
from app.i18n import DEFAULT, LANGUAGES, Terms, Words
from app.models import Body, Incident, Place, Release, Source, Text, Translation, edtf, last_day
from app.series import Vintage
from app.watching import Tampered, Watch

logger = logging.getLogger("derek")

LONGEST_LIST = 100
RELEASES_KEPT = 8
"""Releases whose texts are kept in memory."""
SUGGESTIONS = 10
"""Most faults of a refusal for which a likely meaning is looked up: it takes time."""
Fault = Mapping[str, Any]


KINDS = {
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Only GET, HEAD and OPTIONS are answered"),
    414: ("too-long", "The address is too long"),
    422: ("bad-parameter", "Some parameters cannot be used"),
    500: ("failed", "Something failed on our side"),
    501: ("not-implemented", "Not in this format"),
    503: ("unavailable", "The record cannot be read at the moment"),
}
"""By status: a name that stays, for programs, and a title for people."""


@dataclass
class Problem(Exception):
    """A refusal, told as RFC 9457 asks: what is wrong, and every fault with what would be right."""

    status: int
    detail: str | None = None
    errors: tuple[Fault, ...] = ()
    key: str = ""
    """What nothing is called that was asked for; pages say it in their own language."""
    meant: str = ""
    why: Literal["", "tampered", "crowded"] = ""
    """What a 503 comes from, where it is not a database that is away: rows that are not those that were loaded, or too many
    readers at once."""

    @property
    def kind(self) -> str:
        return f"/problems/{KINDS[self.status][0]}" if self.status in KINDS else "about:blank"

    @property
    def title(self) -> str:
        return KINDS[self.status][1] if self.status in KINDS else HTTPStatus(self.status).phrase


class Faults(list[Fault]):
    """What is wrong with a request, gathered until all of it is known."""

    def add(self, name: str, code: str, reason: str, written: str = "", known: Sequence[str] = ()) -> None:
        """A fault of a parameter, with the one of the known words that was likely meant."""
        fault = {"in": "query", "name": name[:60], "code": code, "reason": reason}
        if len(self) < SUGGESTIONS and (close := meant(written, known)):
            fault["did_you_mean"] = close
        self.append(fault)


def meant(written: str, known: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(written[:120], known, n=1, cutoff=0.65)), None)


# --- Parameters ---------------------------------------------------------------------------------------------


def _split(value: Any) -> Any:
    """A list as people write it: repeated, or with commas, or both."""
    return [part for one in value for part in one.split(",")] if isinstance(value, list) else value


def _unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _plain(value: Any) -> Any:
    """Digits of other scripts are digits too, but no address of ours is written in them."""
    if isinstance(value, str) and not value.isascii():
        raise ValueError(f"'{value[:60]}' is not written in plain digits")
    return value


def _first_day(value: Any) -> Any:
    if isinstance(value, str):
        year, month, day = [*map(int, edtf(value).split("-")), 1, 1][:3]
        return date(year, month, day)
    return value


def _last_day(value: Any) -> Any:
    return last_day(edtf(value)) if isinstance(value, str) else value


def _page_number(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{1,4}", value, re.ASCII):
        raise ValueError(f"'{value[:60]}' is no number of a page")
    return value


def _row_count(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{1,6}", value):
        raise ValueError(f"'{value[:60]}' is not a whole number from 1 to 1000")
    return value


def _pixels(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{1,5}", value, re.ASCII):
        raise ValueError(f"'{value[:60]}' is no number of pixels")
    return value


Codes = Annotated[list[str], BeforeValidator(_split), Field(max_length=LONGEST_LIST), AfterValidator(_unique)]


def _years(values: list[str]) -> list[str]:
    for value in values:
        if not re.fullmatch(r"\d{4}|none", value, re.ASCII):
            raise ValueError(f"'{value[:60]}' is no year; write 2016, or none for what has no date")
    return values


Years = Annotated[Codes, AfterValidator(_years)]
Since = Annotated[date, BeforeValidator(_first_day), BeforeValidator(_plain)]
Until = Annotated[date, BeforeValidator(_last_day), BeforeValidator(_plain)]
PageNumber = Annotated[int, Field(ge=1, le=9999), BeforeValidator(_page_number)]
RowCount = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_row_count), BeforeValidator(_plain)]
Pixels = Annotated[int, Field(ge=1, le=99_999), BeforeValidator(_pixels)]
PictureWidth = Annotated[int, Field(ge=100, le=1200), BeforeValidator(_pixels)]
Language = Literal["en", "ru", "kk"]
Theme = Literal["auto", "light", "dark"]


class Parameters(BaseModel):
    """What an address may be asked. A name that is not among its fields is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)
    lists: ClassVar[Mapping[str, str]] = {}
    """What holds the codes of parameters that have another meaning at other addresses; see `CODED`."""


class Asked(Parameters):
    """Parameters every address of the API knows."""

    release: str | None = Field(
        default=None,
        max_length=64,
        description="State of the dataset: a release's digest (8 characters or more suffice) or version. "
        "Without it, the current one.",
    )
    lang: Language = Field(
        default="en",
        description="Language of label, name, title, summary, definition, beware, leading_why, caveat and of the sentences "
        "in meta; codes never change. The editors' own words stay English: paraphrase, note, reason, locator, "
        "place_stated, stated_as and a period's words. Their translations are in the release's translations.csv.",
        examples=["ru"],
    )


class AskedPage(Asked):
    """Parameters of every page and feed. Its language is the first part of its path."""


TIMELESS = ("/api/changes", "/api/indicators", "/api/observations/", "/api/places", "/api/releases")
"""Addresses of data that is the same on every day."""


class AskedThen(AskedPage):
    """Parameters of every page: beside the release the other clock."""

    as_of: Until | None = Field(
        default=None,
        description="As it stood when only what had been stated by the end of this day was known.",
    )


class AskedDisagreements(AskedThen):
    """Which disagreements a page lists."""

    indicator: Codes = Field(default=[], max_length=1, description="Of which indicator.")


class AskedComparison(AskedThen):
    """Which figures, or which series, are set side by side."""

    figure: Codes = Field(default=[], max_length=4, description="Two to four figures, by id.")
    series: Codes = Field(
        default=[], max_length=4, description="Two to four series: an indicator, or indicator:body."
    )


class AskedYears(AskedThen):
    """Which years a page shows."""

    since: Since | None = Field(default=None, alias="from", description="First year shown.")
    until: Until | None = Field(default=None, alias="to", description="Last year shown.")


class AskedCoverage(AskedYears):
    """What the page of coverage shows."""

    show: Literal["all", "stages", "gaps"] = Field(
        default="all", description="All indicators, those of a legal stage, or those with a gap."
    )


class AskedFrame(AskedThen):
    """Parameters of what is shown inside a page of another site."""

    theme: Theme = Field(
        default="auto", description="Colours: as the reader's system has them, light, or dark."
    )


class AskedFrameOfYears(AskedYears, AskedFrame):
    """The same, of a chart by year."""


class AskedFrameOfCoverage(AskedCoverage, AskedFrame):
    """The same, of coverage."""


class AskedFrameOfComparison(AskedComparison, AskedFrame):
    """The same, of figures or series side by side."""


class AskedChartOfDisclosure(AskedThen):
    """Which of the charts of disclosure."""

    chart: Literal["announced", "days"] = Field(
        default="announced", description="Plots announced and described, or days from event to disclosure."
    )


class AskedFrameOfDisclosure(AskedChartOfDisclosure, AskedFrame):
    """The same in a frame."""


class AskedCard(AskedThen):
    """Parameters of a picture that goes along with a link."""

    width: PictureWidth = Field(default=1200, description="Of the picture, in pixels.")


class AskedOEmbed(Parameters):
    """Parameters of oEmbed 1.0."""

    url: str = Field(max_length=2000, description="Address of a page that has a chart.")
    maxwidth: Pixels | None = Field(default=None, description="Most pixels that the site has across.")
    maxheight: Pixels | None = Field(default=None, description="Most pixels that the site has down.")
    format: str = Field(default="json", max_length=20, description="Of the answer: json.")
    theme: Theme = Field(default="auto", description="As in an embed.")
    dnt: str = Field(
        default="", max_length=10, description="That readers must not be tracked; nobody ever is."
    )


class AskedOne(Asked):
    """Parameters of one thing that became public on some day."""

    as_of: Until | None = Field(
        default=None,
        description="Only what had been made public by the end of this day.",
        examples=["2024-12-31"],
    )


class AskedList(Asked):
    """Parameters of every list."""

    limit: RowCount | None = Field(
        default=None, description="Most rows in one answer: without it 200, as CSV 1000.", examples=[3]
    )
    cursor: str | None = Field(
        default=None,
        max_length=300,
        description="Where to go on: from `links.next`. It keeps to the release it began in.",
    )

    @property
    def position(self) -> type[int | str]:
        """What a cursor of this list holds: how many rows came before, or the id of the last one."""
        return int


class AskedFile(AskedList):
    """Parameters of a list as a CSV file."""

    bom: Literal["0", "1"] = Field(
        default="0",
        description="1: the file begins with a byte order mark, so that a spreadsheet shows Cyrillic letters.",
        examples=["1"],
    )


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
        description="Periods that touch this day or a later one: YYYY, YYYY-MM or YYYY-MM-DD. "
        "Periods without any date never do.",
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
        description="Only what had been stated in public by the end of this day. A statement known to the "
        "month or year counts from its last day; one without a date never does.",
        examples=["2019-12-31"],
    )

    @property
    def position(self) -> type[int | str]:
        return str

    def question(self) -> series.Question:
        codes: dict[str, Any] = {
            name: tuple(getattr(self, name)) for name in CODED if name in AskedObservations.model_fields
        }
        return series.Question(**codes, since=self.since, until=self.until)


class AskedStats(AskedObservations):
    """Filters, and how to arrange what fits."""

    view: Literal["series", "observations", "coverage"] = Field(
        default="series",
        description="series: one row a cell, picked by the rule among what fits the filters; observations: "
        "every figure; coverage: how well each year is known, for which only indicator, from, to and as_of "
        "can be asked.",
        examples=["coverage"],
    )
    gaps: Literal["0", "1"] = Field(
        default="1",
        description="1: years without a figure come as rows that say so, unless scope, population, place, "
        "source, incident or period_kind is given, which may be what leaves the figure out; 0: they never "
        "come.",
        examples=["0"],
    )

    @property
    def narrowed(self) -> bool:
        """Whether a filter is given that may be what leaves a year without its figure."""
        return any((self.scope, self.source, self.incident, self.period_kind))

    @property
    def position(self) -> type[int | str]:
        return str if self.view == "observations" else int

    def question(self) -> series.Question:
        question = replace(super().question(), gaps=self.gaps == "1" and not self.narrowed)
        if self.view == "coverage":
            # Its rows are years: one that touches the days asked for is judged by the whole of it.
            since, until = question.since, question.until
            question = replace(
                question,
                since=since and since.replace(month=1, day=1),
                until=until and until.replace(month=12, day=31),
            )
        return question


class IncidentFilters(Asked):
    """Filters of incidents, the same for the list's page and for its data."""

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
    year: Years = Field(default=[], description="Year in which it began; none: not known.", examples=["2016"])
    region: Codes = Field(
        default=[], description="Region or city of today; none: no single one.", examples=["KZ-75"]
    )
    classification: Codes = Field(
        default=[], description="What somebody called it.", examples=["not_terrorism"]
    )
    target: Codes = Field(default=[], description="Kind of target, alleged.", examples=["public_places"])
    q: str = Field(
        default="",
        max_length=100,
        description="Words that all have to stand in its texts.",
        examples=["Almaty"],
    )

    def question(self) -> listings.IncidentQuestion:
        names = ("place", "outcome", "year", "region", "classification", "target")
        codes: dict[str, Any] = {name: tuple(getattr(self, name)) for name in names}
        return listings.IncidentQuestion(**codes, since=self.since, until=self.until, words=self.q)


class AskedIncidents(IncidentFilters, AskedList):
    """Filters of incidents."""

    as_of: Until | None = Field(
        default=None,
        description="Only those that had been made public by the end of this day.",
        examples=["2016-12-31"],
    )


class AskedSources(AskedList):
    """Filters of documents."""

    as_of: Until | None = Field(
        default=None,
        description="Only those that had been published by the end of this day; one without a date never had.",
        examples=["2016-12-31"],
    )


class AskedIncidentsPage(IncidentFilters, AskedThen):
    """Filters of incidents, and their order."""

    sort: Literal["-date", "date", "outcome", "region"] = Field(
        default="-date", description="Newest first, oldest first, by outcome or by region."
    )
    page: PageNumber = Field(default=1, description="Which page of the list.")


class AskedChartOfIncidents(AskedIncidentsPage):
    """Which of the charts of the incidents that fit."""

    chart: Literal["both", "map", "timeline"] = Field(
        default="both", description="By region of today, by year, or both."
    )


class AskedFrameOfIncidents(AskedChartOfIncidents, AskedFrame):
    """The same in a frame."""


class AskedSourcesPage(AskedThen):
    """Filters of documents, and their order."""

    lists: ClassVar = {"kind": "source_kind", "read": "source_read"}

    kind: Codes = Field(default=[], description="Kind of document.")
    year: Years = Field(default=[], description="Year of publication; none: not known.")
    language: Codes = Field(default=[], description="Language of the document.")
    read: Codes = Field(default=[], description="How far it was read.")
    publisher: list[str] = Field(default=[], max_length=LONGEST_LIST, description="Who published it.")
    q: str = Field(default="", max_length=100, description="Words of publisher or title.")
    sort: Literal["-published", "published", "publisher", "title", "-figures"] = Field(
        default="-published",
        description="Newest first, oldest first, by publisher, title or number of figures.",
    )
    page: PageNumber = Field(default=1, description="Which page of the list.")

    def question(self) -> listings.SourceQuestion:
        names = ("kind", "year", "language", "read", "publisher")
        codes: dict[str, Any] = {name: tuple(getattr(self, name)) for name in names}
        return listings.SourceQuestion(**codes, words=self.q)


class AskedChangesList(AskedList):
    """Which changes."""

    newer: str | None = Field(
        default=None,
        alias="since",
        max_length=41,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-]*$",
        description="Only what came after this version, or after this day: 2026.11.1, or 2026-11-22. A release's digest "
        "does too. What is no day and no version that the record knows is refused.",
        examples=["2026.11.1"],
    )
    kind: Annotated[
        list[Literal["addition", "correction", "revision", "withdrawal"]], BeforeValidator(_split)
    ] = Field(default=[], max_length=4, description="What happened.", examples=["withdrawal"])
    indicator: Codes = Field(default=[], description="What the figure counts.", examples=["convicted"])


class AskedDisagreementsList(AskedList):
    """Filters of disagreements."""

    indicator: Codes = Field(
        default=[], description="Indicators of which figures take part.", examples=["convicted"]
    )
    incident: Codes = Field(
        default=[], description="Incidents that they are about.", examples=["2016-07-almaty"]
    )
    as_of: Until | None = Field(
        default=None,
        description="As they stood when only what had been stated by the end of this day was known.",
        examples=["2019-12-31"],
    )


CODED: dict[str, str | type[Source] | type[Incident]] = {
    "indicator": "indicator",
    "scope": "scope",
    "population": "population",
    "place": "place",
    "stated_by": "body",
    "source": Source,
    "incident": Incident,
    "period_kind": "period_kind",
    "outcome": "outcome",
    "region": "place",
    "classification": "label",
    "target": "target_type",
}
"""What holds the codes of a parameter that takes several: a list of the dataset's texts, or a table."""


@cache
def with_bom(shape: type[AskedList]) -> type[AskedList]:
    """The parameters of a list as those of its CSV file."""
    return type(f"{shape.__name__}File", (AskedFile, shape), {"__doc__": shape.__doc__})


@cache
def with_width(shape: type[AskedThen]) -> type[AskedCard]:
    """The parameters of a page as those of the picture of a link to it."""
    return type(f"{shape.__name__}Picture", (AskedCard, shape), {"__doc__": shape.__doc__})


AnyParameters = TypeVar("AnyParameters", bound=Parameters)
AnyAsked = TypeVar("AnyAsked", bound=Asked)
AskedAlike_co = TypeVar("AskedAlike_co", bound=Asked, covariant=True)
"""What a reading was asked: who needs fewer parameters can do with a reading of more."""


# --- Reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading(Generic[AskedAlike_co]):
    """One request's view of the record: one release as known on one day, one language, one read-only session."""

    vintage: Vintage
    words: Words
    asked: AskedAlike_co
    question: str
    """Names what is asked, apart from language and place in the list: a cursor fits this question only."""
    after: Any
    """Where the answer before ended, as the list counts it; None at the beginning."""
    pinned: bool
    """Whether the request names its release, itself or by a cursor."""

    @property
    def release(self) -> Release:
        return self.vintage.release

    @property
    def units(self) -> dict[str, str]:
        return {row.code: row.unit for row in series.all_of(self.vintage, models.Indicator)}


def reading(shape: type[AnyAsked]) -> Any:
    """A dependency that reads a request's parameters as `shape` and opens the release they ask for."""

    def open_reading(request: Request) -> Iterator[Reading[AnyAsked]]:
        with opened(request, shape) as held:
            yield held

    # What was read is let go before the answer is sent: a slow reader of it keeps no connection.
    return Depends(open_reading, scope="function")


@contextmanager
def opened(request: Request, shape: type[AnyAsked]) -> Iterator[Reading[AnyAsked]]:
    """The release that a request asks for, read as its parameters say."""
    faults = Faults()
    asked = _read(request, shape, faults)
    held: Database = request.app.state.database
    watch: Watch = request.app.state.watch
    try:
        # What is known to be away is not tried again by every reader, and what was tampered with is not shown.
        if fault := watch.seen.fault:
            raise fault
        with held.reading() as session:
            release, after = _release(session, request, asked, faults)
            _check_codes(Vintage(session, release), request, shape, faults)
            _check_since(Vintage(session, release), asked, faults)
            if faults or asked is None:
                raise _faulty(faults)
            words = Words(asked.lang, terms(session, release))
            pinned = asked.release is not None or after is not None
            vintage = Vintage(session, release, getattr(asked, "as_of", None))
            yield Reading(vintage, words, asked, _question(request, asked), after, pinned)
    except databases.Empty:
        raise Problem(503, "No release has been loaded yet.") from None
    except Tampered:
        raise Problem(503, "The rows of the record are not those that were loaded.", why="tampered") from None
    except databases.Unavailable as error:
        # What the driver says may hold addresses and names that are nobody's business.
        logger.error("%s", error)
        raise Problem(503, "Try again in a few seconds.") from error


def asked(request: Request, shape: type[AnyParameters]) -> AnyParameters:
    """The parameters of what is asked of no release."""
    faults = Faults()
    found = _read(request, shape, faults)
    if faults or found is None:
        raise _faulty(faults)
    return found


def _faulty(faults: Faults) -> Problem:
    many = f"{len(faults)} faults" if len(faults) > 1 else "One fault"
    return Problem(422, f"{many}; nothing was guessed.", tuple(faults))


_terms: dict[str, Terms] = {}
_terms_lock = Lock()


def terms(session: Session, release: Release) -> Terms:
    """The texts of a release, kept by its digest: no others can have it, in whatever database."""
    with _terms_lock:
        if release.digest in _terms:
            return _terms[release.digest]
    rows = (
        session.exec(select(table).where(table.release == release.number)).all()
        for table in (Text, Translation, Body, Place)
    )
    found = Terms.of(*rows)  # type: ignore[arg-type]
    with _terms_lock:
        while len(_terms) >= RELEASES_KEPT:
            del _terms[next(iter(_terms))]
        _terms[release.digest] = found
    return found


TRACKING = re.compile(r"utm_\w+|fbclid|gclid|yclid|ysclid|mc_[ce]id")
"""What other sites add to a link when it is shared. It asks for nothing, so a page that comes with it is the page."""


def _read(request: Request, shape: type[AnyParameters], faults: Faults) -> AnyParameters | None:
    """The parameters, where all of them can be read."""
    given: dict[str, Any] = {}
    names = {info.alias or name for name, info in shape.model_fields.items()}
    several = {name for name, info in shape.model_fields.items() if isinstance(info.default, list)}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if issubclass(shape, AskedPage) and (TRACKING.fullmatch(name) or (name in names and not any(values))):
            continue  # a form sends its empty fields too; they ask for nothing
        if issubclass(shape, AskedPage) and name in several:
            values = [value for value in values if value]
        given[name] = values if name in several else values[0]
        if len(values) > 1 and name in names and name not in several:
            faults.add(name, "repeated", f"stands {len(values)} times; once is right")
    if issubclass(shape, AskedPage):
        names.remove("lang")
        if "lang" in given:
            faults.add("lang", "unknown_parameter", "is the first part of a page's path, not a parameter")
        given["lang"] = language(request)
    try:
        asked = shape.model_validate(given)
    except ValidationError as error:
        for detail in error.errors():
            _explain(detail, shape, sorted(names), faults)
        return None
    _check_sense(asked, faults)
    return asked


def _explain(error: ErrorDetails, shape: type[Parameters], names: list[str], faults: Faults) -> None:
    """What pydantic found, as a fault of ours."""
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        faults.add(name, "unknown_parameter", "is not a parameter of this address", name, names)
    elif error["type"] == "literal_error":
        told = shape.model_json_schema()["properties"][name]
        known = told.get("items", told)["enum"]
        faults.add(name, "unknown_code", f"is one of {', '.join(known)}", str(error["input"]), known)
    elif error["type"] == "too_long":
        faults.add(name, "too_many", f"has more than {error['ctx']['max_length']} codes")
    else:
        code = "bad_date" if name in ("from", "to", "as_of") else "bad_value"
        faults.add(name, code, str(error.get("ctx", {}).get("error", error["msg"]))[:200])


def _check_sense(asked: Parameters, faults: Faults) -> None:
    """Parameters that can be read, and contradict each other."""
    since, until = getattr(asked, "since", None), getattr(asked, "until", None)
    if since and until and until < since:
        faults.add("to", "bad_range", f"ends on {until}, before from begins on {since}")
    if isinstance(asked, AskedStats) and asked.view == "coverage":
        for name in (name for name in CODED if name != "indicator" and getattr(asked, name, [])):
            reason = "cannot be asked with view=coverage, which is about every figure of an indicator"
            faults.add(name, "does_not_fit", reason)


def _check_codes(vintage: Vintage, request: Request, shape: type[Asked], faults: Faults) -> None:
    """Codes that no list of the release has. An empty answer to a misspelt code would be a wrong one."""
    for name, listed in {**CODED, **shape.lists}.items():
        wanted = _unique(_split(request.query_params.getlist(name))) if name in shape.model_fields else []
        if not wanted:
            continue
        if isinstance(listed, str):
            known = [
                *terms(vintage.session, vintage.release).codes(listed),
                *([listings.UNDATED] if name == "region" else []),
            ]
        else:
            known = [row.id for row in series.all_of(vintage, listed)]
        for code in wanted[:LONGEST_LIST]:
            if code not in known:
                faults.add(name, "unknown_code", f"'{code[:60]}' is no {name} of this release", code, known)


def _check_since(vintage: Vintage, asked: Asked | None, faults: Faults) -> None:
    """A day that no calendar has, or a version that nobody gave out: whoever keeps a copy would be told that nothing
    changed, or that everything did."""
    since = asked.newer if isinstance(asked, AskedChangesList) else None
    if since is None or (models.DAY.fullmatch(since) and _is_day(since)):
        return
    known = listings.versions(vintage)
    if since not in known and databases.release(vintage.session, since) is None:
        more = f" and {len(known) - 10} more" if len(known) > 10 else ""
        reason = (
            f"'{since}' is neither a day nor a version of this record; there is {', '.join(known[:10])}{more}"
        )
        faults.add("since", "bad_value", reason, since, known)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _release(
    session: Session, request: Request, asked: Asked | None, faults: Faults
) -> tuple[Release, int | str | None]:
    """The release a request is about, named by itself or by its cursor, and where in a list to go on."""
    current = databases.release(session)
    assert current is not None  # noqa: S101  # else there would be no session
    named, cursor = request.query_params.get("release"), request.query_params.get("cursor")
    release = current if named is None else databases.release(session, named)
    if release is None:
        known = [f"{one.version} ({one.digest[:12]})" for one in series.releases(session)]
        more = f" and {len(known) - 10} more" if len(known) > 10 else ""
        reason = f"is no release of this server; there is {', '.join(known[:10])}{more}"
        faults.add("release", "unknown_release", reason)
    if cursor is None:
        return release or current, None
    mark = _decoded(cursor)
    began = mark and databases.release(session, mark.release)
    if mark is None:
        faults.add("cursor", "bad_value", "cannot be read; take it from links.next of an answer")
    elif began is None:
        faults.add("cursor", "unknown_release", "is of a release that this server does not hold")
    elif named is not None and release is not None and release.number != began.number:
        faults.add("cursor", "other_release", "is of another release than the one named; leave that out")
    elif isinstance(asked, AskedList) and not mark.fits(asked, _question(request, asked)):
        faults.add("cursor", "other_question", "is of another list or of other filters")
    else:
        return began, mark.position
    return release or current, None


# --- Cursors ------------------------------------------------------------------------------------------------


class Bookmark(NamedTuple):
    """What a cursor says: the release its list began in, what was asked, and where the last answer ended."""

    release: str
    question: str
    position: int | str

    def fits(self, asked: AskedList, question: str) -> bool:
        return self.question == question and type(self.position) is asked.position


def cursor(held: Reading[Any], position: int | str) -> str:
    """Where to go on in the list of a reading."""
    text = json.dumps(Bookmark(held.release.digest[:16], held.question, position))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> Bookmark | None:
    try:
        mark = Bookmark(*json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, TypeError, RecursionError):
        return None
    # Whoever wrote it: what goes on to the database is a number of rows or looks like an id.
    at = mark.position
    fits = 0 <= at < 10**9 if type(at) is int else isinstance(at, str) and re.fullmatch(IN_PATH, at)
    return mark if fits and isinstance(mark.release, str) and isinstance(mark.question, str) else None


def _question(request: Request, asked: Asked) -> str:
    """Names what is asked, apart from language, rendering and place in the list."""
    path, _, _ = request.scope["path"].partition(".")
    asked_for = asked.model_dump(mode="json", exclude={"release", "lang", "limit", "cursor", "bom"})
    return hashlib.sha256(json.dumps([path, asked_for]).encode()).hexdigest()[:8]


# --- In paths -----------------------------------------------------------------------------------------------

IN_PATH = r"^[0-9A-Za-z_.\-]{1,120}$"
"""What can be a key. Anything else names nothing, and not every database can be asked for every character."""
KeyInPath = Annotated[str, Path(pattern=IN_PATH)]


def language(request: Request) -> str:
    """The language of a page: the first part of its path (of an embed, the second), or the first of the reader's that we have."""
    first = request.scope["path"].lstrip("/").removeprefix("embed/").partition("/")[0]
    if first in LANGUAGES:
        return str(first)
    wanted = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or DEFAULT


def missing(what: str, key: str, known: Sequence[str]) -> Problem:
    """Nothing by that name."""
    close = meant(key, known)
    likely = f" Did you mean '{close}'?" if close else ""
    return Problem(404, f"No {what} is called '{key[:60]}'.{likely}", key=key[:60], meant=close or "")
