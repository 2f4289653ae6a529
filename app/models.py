"""The vocabulary: what a row of the record holds, and the shapes that carry it from a question to a reader.

A class with `table=True` is one file of the dataset and one table of the database. Its fields are the file's
columns, in order; each field's description is its documentation, also in `seed/datapackage.json`. Cell types
refuse what is malformed and say what would be right; rules that look at two cells or two rows are in `seed`.
"""

import calendar
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, StringConstraints
from sqlalchemy import Float, ForeignKeyConstraint, Index, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import AutoString, Field, SQLModel

# --- Cells -------------------------------------------------------------------------------------------------

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EDTF = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)


def day(cell: Any) -> Any:
    """An ISO day. `2019-12-12` and nothing else: `12.12.2019` could be read two ways elsewhere."""
    if not isinstance(cell, str):
        return cell
    if not DAY.fullmatch(cell):
        raise ValueError(f"'{cell}' is not a day; write year-month-day, such as 2019-12-12")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"'{cell}' is not in the calendar; write a day that exists") from None


def edtf(cell: Any) -> Any:
    """A day, a month or a year, as precisely as it is known: `2019-12-12`, `2016-10` or `2017`."""
    if not isinstance(cell, str):
        return cell
    if not EDTF.fullmatch(cell):
        raise ValueError(f"'{cell}' is no date; write 2019-12-12, or 2019-12 or 2019 where no more is known")
    try:
        last_day(cell)
    except ValueError:
        raise ValueError(f"'{cell}' is not in the calendar; write a date that exists") from None
    return cell


def last_day(cell: str) -> date:
    """The last day an EDTF date may mean: 2016-10 may be as late as 31 October 2016.

    A statement dated only by its month or year counts as public from this day, so that a question about an
    earlier day is never answered with something that may not have been said yet.
    """
    parts = [int(part) for part in cell.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    return date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])


def number(cell: Any) -> Any:
    """A figure, without thousands separators and with a decimal point; whole figures stay whole."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if not isinstance(cell, str):
        return cell
    if not NUMBER.fullmatch(cell):
        raise ValueError(
            f"'{cell}' is not a number; write digits, with a point before decimals, such as 91.7"
        )
    return float(cell) if "." in cell else int(cell)


def whole(cell: Any) -> Any:
    """A whole number."""
    if isinstance(cell, str) and not re.fullmatch(r"-?\d{1,9}", cell, re.ASCII):
        raise ValueError(f"'{cell}' is not a whole number; write digits only")
    return cell


def flag(cell: Any) -> Any:
    """1 for yes, 0 for no."""
    if isinstance(cell, str):
        if cell not in ("0", "1"):
            raise ValueError(f"'{cell}' is neither 0 (no) nor 1 (yes)")
        return cell == "1"
    return cell


class Figure(TypeDecorator[float]):
    """A figure in the database: a double, which holds 15 digits exactly; whole figures come back whole."""

    impl = Float(53)
    cache_ok = True

    def process_result_value(self, value: float | None, dialect: Dialect) -> Any:
        return number(value)


Day = Annotated[date, BeforeValidator(day)]
Edtf = Annotated[str, BeforeValidator(edtf)]
Number = Annotated[int | float, BeforeValidator(number)]
Whole = Annotated[int, BeforeValidator(whole)]
Flag = Annotated[bool, BeforeValidator(flag)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.\-]*$", max_length=100)]
PlaceCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(-[A-Z0-9]{2,3})?$", max_length=10)]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=1000)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]

Qualifier = Literal["exact", "about", "over", "at_least", "under", "range", "unspecified"]
Extent = Literal["national", "partial", "case", "not_applicable"]
PeriodKind = Literal["calendar_year", "part_year", "multi_year", "point", "event", "undefined"]
AsOfBasis = Literal["stated", "published", "inferred", "unknown"]
ObservationStatus = Literal["current", "retracted", "stale_repeat", "withdrawn"]
ChangeKind = Literal["correction", "revision", "withdrawal"]
Confidence = Literal["high", "medium", "low"]
SourceKind = Literal[
    "official_statement",
    "news",
    "government_report",
    "international_body",
    "research",
    "rights_body",
    "reference",
    "index",
]
SourceRead = Literal["full", "opening"]
Outcome = Literal["carried_out", "foiled", "failed", "operation", "disputed_event"]
DatePrecision = Literal["day", "month", "year", "unknown"]
Method = Literal["explosive", "firearm", "bladed", "vehicle", "arson", "mixed", "unknown"]
Label = Literal["terrorism", "not_terrorism", "extremism", "other"]
PlaceKind = Literal["country", "region", "city", "abroad", "internet", "historic_region"]
IndicatorKind = Literal["flow", "stock", "event", "rate", "index"]
TextField = Literal[
    "name", "definition", "beware", "leading_why", "title", "summary", "one", "few", "many", "other"
]

OWN_DOCUMENTS: Mapping[str, tuple[SourceKind, ...]] = {
    "us_government": ("government_report",),
    "un": ("international_body",),
    "rights_body": ("rights_body", "official_statement"),
    "research": ("research",),
    "media": (),
    "index": ("index",),
}
"""In which kinds of document bodies of a kind speak for themselves; all others do in official statements. "Media" is whoever
printed it, and no body that others could retell."""

# --- Tables ------------------------------------------------------------------------------------------------


def reference(column: str, target: str, *, deferred: bool = False) -> ForeignKeyConstraint:
    """A column that names a row of another file in the same release."""
    return ForeignKeyConstraint(
        ["release", column],
        [f"{target}.release", target + "." + ("code" if target in CODED else "id")],
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )


CODED = ("places", "bodies", "indicators")


class Release(SQLModel, table=True):
    """A whole dataset as loaded once. Its rows never change; the next load is another release."""

    __tablename__ = "releases"

    number: int | None = Field(
        default=None, primary_key=True, description="Order of loading in this database."
    )
    digest: str = Field(unique=True, description="SHA-256 over the canonical rows: the release's true name.")
    version: str = Field(description="Name given by the editors, such as 2026.11.1.")
    dated: date = Field(description="The package's own date. Nothing in it is later.")
    loaded: datetime = Field(description="When this database took it in (UTC).")


class Current(SQLModel, table=True):
    """The one row that says which release is served unless another is asked for."""

    __tablename__ = "current_release"

    id: int = Field(default=1, primary_key=True)
    release: int = Field(foreign_key="releases.number")
    layout: str = Field(
        description="Which layout the tables have; another version of the program may have another."
    )


class Row(SQLModel):
    """A row of one file, in one release."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # SQLModel narrows pydantic's type

    key: ClassVar[tuple[str, ...]] = ("id",)
    derived: ClassVar[frozenset[str]] = frozenset({"release"})

    release: int = Field(default=0, primary_key=True, foreign_key="releases.number")

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The file's columns, in order."""
        return tuple(name for name in cls.model_fields if name not in cls.derived)


class Text(Row, table=True):
    """One text in the three languages of the site, beside the code it belongs to."""

    __tablename__ = "texts"
    key: ClassVar = ("list", "code", "field")

    list: Id = Field(
        primary_key=True, description="Which list the code is of: `indicator`, `scope`, `body`, ..."
    )
    code: str = Field(primary_key=True, description="The code, as it stands in the data.")
    field: TextField = Field(
        primary_key=True,
        sa_type=String,
        description="What the text is: the code's name, its definition, or a plural form of a unit.",
    )
    en: str = Field(default="", description="English.")
    ru: str = Field(default="", description="Russian.")
    kk: str = Field(default="", description="Kazakh.")


class Translation(Row, table=True):
    """A text of the editors in the other languages of the site. The rows that it belongs to hold the English."""

    __tablename__ = "translations"
    key: ClassVar = ("en",)

    en: str = Field(primary_key=True, description="The text as it stands in its row, letter for letter.")
    ru: str = Field(description="Russian.")
    kk: str = Field(description="Kazakh.")


class Place(Row, table=True):
    """Where a figure applies: the country, a region or city of today, a former region, abroad."""

    __tablename__ = "places"
    key: ClassVar = ("code",)

    code: PlaceCode = Field(primary_key=True, description="ISO 3166-2 where there is one.")
    kind: PlaceKind = Field(sa_type=String, description="What sort of place it is.")
    lat: Number | None = Field(default=None, sa_type=Figure, description="Latitude of its centre, degrees.")
    lon: Number | None = Field(default=None, sa_type=Figure, description="Longitude of its centre, degrees.")
    valid_from: Day | None = Field(
        default=None, description="First day of these borders; empty: before the record."
    )
    valid_to: Day | None = Field(default=None, description="Last day of these borders; empty: still valid.")
    successor_codes: str = Field(
        default="", description="Today's places on its ground, separated by semicolons."
    )
    tile_row: Whole | None = Field(
        default=None, description="Row in the tile map of today's 20 regions and cities."
    )
    tile_col: Whole | None = Field(default=None, description="Column in the tile map.")
    note: str = Field(default="", description="What to know about it.")


class Body(Row, table=True):
    """Who states figures. A department's figures stand in its parent's series."""

    __tablename__ = "bodies"
    __table_args__ = (reference("parent", "bodies", deferred=True),)
    key: ClassVar = ("code",)

    code: Id = Field(primary_key=True, description="Short name.")
    kind: Id = Field(description="What sort of body: a code of the list `body_kind` in `texts.csv`.")
    parent: Id | None = Field(
        default=None, description="The body to whose series its figures belong; empty: its own."
    )
    note: str = Field(default="", description="What to know about it.")


def speaks_itself(body: Body, document: "Source", bodies: Mapping[str, Body]) -> bool:
    """Whether a document is the body's own, and no retelling: it is of a kind in which such bodies publish, and its
    publisher's name names no other body."""
    if document.kind not in OWN_DOCUMENTS.get(body.kind, ("official_statement",)):
        return False
    named = {
        bodies[word].parent or word
        for word in re.split(r"\W+", document.publisher.casefold())
        if word in bodies
    }
    return not named or (body.parent or body.code) in named


class Indicator(Row, table=True):
    """What is counted. Its name, definition and warnings are in `texts.csv`."""

    __tablename__ = "indicators"
    __table_args__ = (reference("leading_body", "bodies"),)
    key: ClassVar = ("code",)

    code: Id = Field(primary_key=True, description="Short name, used in addresses.")
    unit: Id = Field(description="What one is: a code of the list `unit` in `texts.csv`.")
    kind: IndicatorKind = Field(
        sa_type=String,
        description="`flow`: over a period; `stock`: on a day; `event`: of one event; `rate`; `index`.",
    )
    legal_stage: Id = Field(
        description="Legal stage, or none: a code of the list `legal_stage` in `texts.csv`."
    )
    leading_body: Id = Field(description="Whose series leads; why is in `texts.csv` under `leading_why`.")
    written_by: str = Field(description="Who wrote the definition and warnings.")
    searched_from: Whole = Field(description="First year for which figures for it were looked for.")
    searched_on: Day = Field(description="Day on which figures for it were last looked for.")
    review_on: Day = Field(description="Day on which to look again.")


class Source(Row, table=True):
    """A document."""

    __tablename__ = "sources"

    id: Id = Field(primary_key=True, description="Short name, used in addresses.")
    publisher: str = Field(description="Who published it.")
    title: str = Field(description="Title as published; in square brackets where it is in our own words.")
    published: Edtf | None = Field(default=None, description="Day, month or year of publication.")
    url: Link | None = Field(
        default=None, description="Address; empty where withheld or not known, see note."
    )
    language: LanguageCode = Field(description="Language of the document, ISO 639-1.")
    kind: SourceKind = Field(sa_type=String, description="What sort of document it is.")
    read: SourceRead = Field(
        sa_type=String,
        description="`full`: read to its end; `opening`: only its opening was read, so absence proves nothing.",
    )
    note: str = Field(default="", description="What to know about it.")

    @property
    def title_language(self) -> str:
        """The document's; of a title in square brackets, which is in the editors' words, English."""
        return "en" if self.title.startswith("[") else self.language


class Origin(Row, table=True):
    """One act of stating, which several documents may retell. Evidence is counted by origin."""

    __tablename__ = "origins"
    __table_args__ = (reference("stated_by", "bodies"),)

    id: Id = Field(primary_key=True, description="Short name.")
    stated_by: Id = Field(description="The body that spoke.")
    stated_on: Edtf | None = Field(default=None, description="When.")
    event: str = Field(description="What sort of act it was, in our words.")
    note: str = Field(default="", description="What to know about it.")


class Incident(Row, table=True):
    """One event or plot of which sources speak as terrorism. Its figures are observations that point to it."""

    __tablename__ = "incidents"
    __table_args__ = (
        reference("place", "places"),
        reference("region_then", "places"),
        reference("region_now", "places"),
    )

    id: Id = Field(primary_key=True, description="Short name, used in addresses; begins with the month.")
    date_start: Day | None = Field(default=None, description="First day it may have begun.")
    date_end: Day | None = Field(default=None, description="Last day it may have ended.")
    date_precision: DatePrecision = Field(sa_type=String, description="How exactly the days are known.")
    disclosed: Edtf | None = Field(default=None, description="When it was first made public.")
    outcome: Outcome = Field(sa_type=String, description="What became of it; `foiled` means reported foiled.")
    borderline: Flag = Field(description="1: doubtful whether it belongs in the record.")
    in_scope: Flag = Field(
        description="0: recorded because officials spoke of terrorism, kept out of every count."
    )
    place: PlaceCode = Field(description="Where, by the borders of the day.")
    place_stated: str = Field(default="", description="Where, as sources put it.")
    region_then: PlaceCode | None = Field(default=None, description="Region by the borders of the day.")
    region_now: PlaceCode | None = Field(default=None, description="Region by today's borders.")
    lat: Number | None = Field(
        default=None, sa_type=Figure, description="Latitude of a town or centre, degrees."
    )
    lon: Number | None = Field(
        default=None, sa_type=Figure, description="Longitude of a town or centre, degrees."
    )
    coord_precision: str = Field(default="", description="What the point marks; never an address.")
    target_type: Id = Field(
        description="Kind of target, alleged: a code of the list `target_type` in `texts.csv`."
    )
    target_stated: str = Field(default="", description="The target in our words, as sources put it.")
    method_category: Method = Field(sa_type=String, description="Broad kind of means; never more detail.")
    note: str = Field(default="", description="What to know about it.")


class IncidentSource(Row, table=True):
    """A document that speaks of an incident."""

    __tablename__ = "incident_sources"
    __table_args__ = (reference("incident", "incidents"), reference("source", "sources"))
    key: ClassVar = ("incident", "source")

    incident: Id = Field(primary_key=True, description="The incident.")
    source: Id = Field(primary_key=True, description="The document.")


class Classification(Row, table=True):
    """Who called an incident terrorism, or denied that it was."""

    __tablename__ = "classifications"
    __table_args__ = (reference("incident", "incidents"), reference("source", "sources"))
    key: ClassVar = ("incident", "label", "by", "source")

    incident: Id = Field(primary_key=True, description="The incident.")
    label: Label = Field(primary_key=True, sa_type=String, description="What it was called.")
    by: str = Field(primary_key=True, description="Who called it so.")
    as_of: Edtf | None = Field(default=None, description="When.")
    source: Id = Field(primary_key=True, description="The document that says so.")
    locator: str = Field(default="", description="Where in the document.")
    note: str = Field(default="", description="What to know about it.")


class Observation(Row, table=True):
    """One figure that one document states, for one indicator, period, scope, population and place."""

    __tablename__ = "observations"
    __table_args__ = (
        reference("indicator", "indicators"),
        reference("place", "places"),
        reference("stated_by", "bodies"),
        reference("source", "sources"),
        reference("origin", "origins"),
        reference("incident", "incidents"),
        reference("part_of", "observations", deferred=True),
        Index("observations_asked", "release", "indicator", "extent"),
        Index("observations_of_source", "release", "source"),
        Index("observations_of_origin", "release", "origin"),
        Index("observations_of_incident", "release", "incident"),
    )
    derived: ClassVar = frozenset({"release", "public_on"})

    id: Id = Field(primary_key=True, description="Short name; never used for another figure.")
    indicator: Id = Field(description="What is counted.")
    value: Number | None = Field(default=None, sa_type=Figure, description="The figure; empty is never zero.")
    low: Number | None = Field(
        default=None, sa_type=Figure, description="Lower limit, where a range is stated."
    )
    high: Number | None = Field(
        default=None, sa_type=Figure, description="Upper limit, where a range is stated."
    )
    qualifier: Qualifier = Field(sa_type=String, description="How firm the wording is.")
    extent: Extent = Field(
        sa_type=String,
        description="`national`: the whole country and everyone counted; `partial`; `case`: one event.",
    )
    period_start: Day | None = Field(default=None, description="First day the figure describes.")
    period_end: Day | None = Field(
        default=None, description="Last day the figure describes; empty: not stated."
    )
    period_kind: PeriodKind = Field(sa_type=String, description="Kind of period; `undefined` has no start.")
    period_words: str = Field(description="The period as the source bounds it, in our words.")
    as_of: Edtf | None = Field(default=None, description="When it was stated in public.")
    as_of_basis: AsOfBasis = Field(sa_type=String, description="How that day is known.")
    scope: Id = Field(description="Which offences: a code of the list `scope` in `texts.csv`.")
    population: Id = Field(description="Which people: a code of the list `population` in `texts.csv`.")
    place: PlaceCode = Field(description="Where it applies.")
    place_stated: str = Field(default="", description="Where, as the source puts it.")
    stated_by: Id = Field(description="Whose figure it is; not the outlet that carried it.")
    stated_as: str = Field(
        default="", description="The source's own stage or measure, where it is not the indicator's."
    )
    source: Id = Field(description="The document.")
    locator: str = Field(description="Where in the document: paragraph 3.")
    origin: Id = Field(description="The act of stating.")
    incident: Id | None = Field(default=None, description="The incident it belongs to.")
    part_of: Id | None = Field(
        default=None, description="The figure of the same document of which it is a part."
    )
    status: ObservationStatus = Field(
        sa_type=String,
        description="`current`; retracted by its source; an old figure repeated; or withdrawn by this dataset.",
    )
    recorded: Day = Field(description="Day it entered this dataset.")
    confidence: Confidence = Field(sa_type=String, description="How sure the editors are of the reading.")
    paraphrase: str = Field(description="What the source says, in our words.")
    note: str = Field(default="", description="What to know about it.")
    public_on: date | None = Field(
        default=None, description="Last day on which as_of may fall; for the as-of question."
    )

    @property
    def year(self) -> int | None:
        """The calendar year on whose axis the figure stands, if it stands on one."""
        on_axis = self.period_kind in ("calendar_year", "part_year") and self.period_start
        return self.period_start.year if on_axis and self.period_start else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Lowest and highest figure stated; None where no number is."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return None if self.value is None else (self.value, self.value)

    @property
    def limits(self) -> tuple[float, float]:
        """Between which numbers the true one lies, if the statement is right; infinite where it sets no limit.

        "About" sets none that can be named, and neither does a statement without a number.
        """
        if self.bounds is None or self.qualifier == "about":
            return -inf, inf
        low, high = self.bounds
        return -inf if self.qualifier == "under" else low, inf if self.qualifier in (
            "over",
            "at_least",
        ) else high


class Published(Row, table=True):
    """A figure as it was first published here: what a later change is measured against. Its rows never change."""

    __tablename__ = "published"
    key: ClassVar = ("observation",)

    observation: Id = Field(primary_key=True, description="The figure.")
    version: str = Field(description="Version of this dataset that first held it.")
    indicator: str = Field(description="This cell as it was first published; so are the following.")
    value: str = Field(default="", description="As first published.")
    low: str = Field(default="", description="As first published.")
    high: str = Field(default="", description="As first published.")
    qualifier: str = Field(description="As first published.")
    extent: str = Field(description="As first published.")
    period_start: str = Field(default="", description="As first published.")
    period_end: str = Field(default="", description="As first published.")
    period_kind: str = Field(description="As first published.")
    as_of: str = Field(default="", description="As first published.")
    scope: str = Field(description="As first published.")
    population: str = Field(description="As first published.")
    place: str = Field(description="As first published.")
    stated_by: str = Field(description="As first published.")
    source: str = Field(description="As first published.")
    origin: str = Field(description="As first published.")
    status: str = Field(description="As first published.")

    @classmethod
    def cells(cls) -> tuple[str, ...]:
        """The columns that make a figure what it is: none of them changes without a row in changes.csv."""
        return tuple(name for name in cls.columns() if name not in ("observation", "version"))


class Change(Row, table=True):
    """One cell of a published figure that was changed, with the reason."""

    __tablename__ = "changes"
    key: ClassVar = ("observation", "field", "changed_on")

    observation: Id = Field(primary_key=True, description="The figure.")
    field: str = Field(primary_key=True, description="The column that changed.")
    changed_on: Day = Field(primary_key=True, description="Day of the change.")
    version: str = Field(description="Version of this dataset that first holds the change.")
    kind: ChangeKind = Field(
        sa_type=String,
        description="`correction`: misread or mistyped here; `revision`: the source gave it anew; `withdrawal`.",
    )
    was: str = Field(default="", description="The cell before.")
    now: str = Field(default="", description="The cell after.")
    reason: str = Field(description="Why, in our words.")


TABLES: tuple[type[Row], ...] = (
    Text,
    Translation,
    Place,
    Body,
    Indicator,
    Source,
    Origin,
    Incident,
    IncidentSource,
    Classification,
    Observation,
    Published,
    Change,
)

EDITORS_WORDS: Mapping[type[Row], tuple[str, ...]] = {
    Place: ("note",),
    Body: ("note",),
    Source: ("title", "note"),
    Origin: ("event", "note"),
    Incident: ("place_stated", "coord_precision", "target_stated", "note"),
    Classification: ("by", "locator", "note"),
    Observation: (
        "period_words",
        "place_stated",
        "stated_as",
        "locator",
        "paraphrase",
        "note",
    ),
    Change: ("reason",),
}
"""Where the editors' own words stand, which translations.csv has in the other languages."""
LOCATOR = re.compile(r"(?P<opening>opening)?(?:, )?(?:paragraph (?P<paragraph>\d+))?")
"""Where in a document, as nearly all locators are written; the site says these in any language without a translation."""


def editors_words(row: Row) -> Iterator[str]:
    """The texts of a row that have to be translated: not titles as published, nor places that are counted."""
    for column in EDITORS_WORDS.get(type(row), ()):
        text: str = getattr(row, column)
        published = column == "title" and not text.startswith("[")
        if text and not published and not (column == "locator" and LOCATOR.fullmatch(text)):
            yield text


IN_ONE_ORDER = String().with_variant(String(collation="C"), "postgresql")
"""Text that every database sorts alike, by code point, as Python and SQLite do: a server's own order would move pages."""

for _table in SQLModel.metadata.tables.values():
    for _column in _table.columns:
        if isinstance(_column.type, AutoString | String):
            _column.type = IN_ONE_ORDER

LAYOUT = hashlib.sha256(
    "\n".join(
        f"{table.name}.{column.name} {column.type}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
    ).encode()
).hexdigest()[:12]
"""Name of the tables' layout: it changes when a table or a column does."""

# --- From a question to a reader -----------------------------------------------------------------------------

Status = Literal["value", "unquantified", "no_headline", "not_yet", "none_found"]
CoverageState = Literal[
    "known",
    "part",
    "conflict",
    "other_body",
    "unquantified",
    "no_headline",
    "parts_only",
    "cases_only",
    "not_yet",
    "none_found",
    "not_applicable",
]
"""How well one year of one indicator is known; `series.coverage` says what each means."""


@dataclass(frozen=True)
class Key:
    """What must be alike before two figures may be compared. Unlike keys share an axis, never a line or a colour."""

    indicator: str
    stated_by: str
    scope: str
    population: str
    place: str
    extent: str
    period_kind: str


@dataclass(frozen=True)
class Cell:
    """One place in a panel: what is shown there, by which rule, and everything else that was stated.

    status   value         `shown` has a number, which may be 0
             unquantified  `shown` speaks of it without a number
             no_headline   figures for the whole country exist, but none that was asked for may lead here: see `others`
             not_yet       no source of any body or scope had stated one by the day asked for; the record holds a later one
             none_found    no source of any body or scope has a figure for the whole country; `others` holds what
                           there is for parts of it and for single cases
    """

    indicator: str
    year: int | None
    stated_by: str
    status: Status
    rule: str
    shown: Observation | None = None
    backing: tuple[Observation, ...] = ()
    """Every statement of the number shown, itself first: one origin may be retold by several documents."""
    others: tuple[Observation, ...] = ()
    """What else was stated for the same year or period, here or, where nothing leads, for parts of it."""
    retold: tuple[Observation, ...] = ()
    """The same number from the same origin under another indicator: the legal stage changed in the retelling."""

    @property
    def n_origins(self) -> int:
        """How many acts of stating stand behind the number shown, however many documents retell them."""
        return len({observation.origin for observation in self.backing})

    @property
    def key(self) -> Key | None:
        one = self.shown
        if one is None:
            return None
        return Key(
            self.indicator, self.stated_by, one.scope, one.population, one.place, one.extent, one.period_kind
        )

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Everything the cell holds: what is shown, what says the same, what says otherwise, what was retold."""
        return self.backing + self.others + self.retold


@dataclass(frozen=True)
class Series:
    """Cells alike in everything but period and as-of: the only figures that may be compared."""

    key: Key
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Panel:
    """The series of one indicator side by side, in one release, as known on one day.

    The only thing handed from questions to renderings: page, chart, summary, CSV and JSON are made of it.
    `cells` come in one order everywhere: by year, the leading body first; then those that no year can hold.
    """

    indicator: Indicator
    release: Release
    as_of: date | None
    cells: tuple[Cell, ...]
    documents: Mapping[str, Source]
    """The documents of every observation in the panel, by id."""
    hidden: int = 0
    """How many figures the as-of day left out, statements without a date among them."""

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted({cell.year for cell in self.cells if cell.year is not None}))

    @property
    def on_axis(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.year is not None)

    @property
    def beside_axis(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.year is None)

    @property
    def series(self) -> tuple[Series, ...]:
        """Cells with a figure, grouped by what makes them comparable."""
        groups: dict[Key, list[Cell]] = {}
        for cell in self.cells:
            if cell.key:
                groups.setdefault(cell.key, []).append(cell)
        return tuple(Series(key, tuple(cells)) for key, cells in groups.items())

    @property
    def headlines(self) -> Iterator[Cell]:
        """The leading body's cells, by year."""
        return (cell for cell in self.on_axis if cell.stated_by == self.indicator.leading_body)
