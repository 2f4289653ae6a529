"""Panels and rows as they leave the house: the shapes of the JSON, and the same shapes as CSV.

Codes stay codes in every language; `lang` changes labels and sentences only. A figure's number is never formatted
here, and a missing one is null or an empty cell, never 0.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.i18n import Words
from app.models import (
    Cell,
    Classification,
    Incident,
    Indicator,
    Observation,
    Panel,
    Place,
    Release,
    Source,
)

LICENCE = "CC-BY-4.0"


class Period(BaseModel):
    """The days a figure describes. Null: not stated, or no figure."""

    start: str | None = Field(description="First day, ISO.")
    end: str | None = Field(description="Last day, ISO.")
    kind: str | None = Field(description="calendar_year, part_year, multi_year, point, event or undefined.")
    words: str | None = Field(
        description="The period as the source bounds it, in the editors' words (English)."
    )


class StatsRow(BaseModel):
    """One cell: the figure shown for an indicator and a year (or, where `year` is null, a period no year can hold)."""

    indicator: str
    year: int | None = Field(
        description="Year on the axis; null for totals of several years, days and undefined periods."
    )
    value: int | float | None = Field(description="The figure. Null is never zero: see `status`.")
    low: int | float | None
    high: int | float | None
    qualifier: str | None = Field(description="exact, about, over, at_least, under, range or unspecified.")
    unit: str
    status: Literal["value", "unquantified", "no_headline", "none_found"] = Field(
        description="value: a number, which may be 0; unquantified: stated without a number; no_headline: figures for "
        "the whole country exist but the rule lets none of this body lead; none_found: nobody's national figure was found."
    )
    period: Period
    scope: str | None
    population: str | None
    place: str | None
    extent: str | None
    stated_by: str = Field(description="The body in whose series the figure stands.")
    as_of: str | None = Field(description="When the figure was stated: a day, month or year.")
    rule: str = Field(description="The published rule that picked the figure.")
    observations: list[str] = Field(
        description="Ids of every statement of this very figure; the one shown comes first."
    )
    n_origins: int = Field(description="Acts of stating behind it, however many documents retell them.")
    others: list[str] = Field(description="Ids of what else was stated for the same year or period.")
    retold: list[str] = Field(
        description="Ids of the same number from the same origin at another legal stage."
    )
    searched_on: str = Field(description="Day on which figures for the indicator were last looked for.")
    caveat: str | None = Field(
        description="What to know before repeating the figure, in the language asked for."
    )
    label: str = Field(description="The indicator's name in the language asked for.")
    links: dict[str, str]


class ObservationOut(BaseModel):
    """One figure that one document states."""

    id: str
    indicator: str
    value: int | float | None = Field(description="The figure. Null is never zero: see `qualifier`.")
    low: int | float | None
    high: int | float | None
    qualifier: str
    unit: str
    extent: str
    period: Period
    as_of: str | None
    as_of_basis: str
    scope: str
    population: str
    place: str
    place_stated: str
    stated_by: str
    stated_as: str
    source: str
    locator: str
    origin: str
    incident: str | None
    part_of: str | None
    status: str
    recorded: str
    confidence: str
    paraphrase: str = Field(description="What the source says, in the editors' words (English).")
    note: str
    links: dict[str, str]


class CoverageRow(BaseModel):
    """How well one year of one indicator is known."""

    indicator: str
    year: int
    state: Literal[
        "known", "part", "conflict", "other_body", "no_headline", "parts_only", "none_found", "not_applicable"
    ] = Field(
        description="known: the leading body has the calendar year; part: a part of it; conflict: figures for the same "
        "days differ; other_body: only another body has one; no_headline: none may lead; parts_only: only parts of the "
        "country, operations or groups; none_found; not_applicable: not counted by the year."
    )
    observations: list[str]
    searched_on: str
    label: str


class IndicatorOut(BaseModel):
    """What is counted."""

    code: str
    name: str
    unit: str
    kind: str
    legal_stage: str
    definition: str
    beware: str
    leading_body: str
    leading_why: str
    written_by: str
    searched_from: int
    searched_on: str
    review_on: str
    links: dict[str, str]


class SourceOut(BaseModel):
    """A document."""

    id: str
    publisher: str
    title: str
    published: str | None
    url: str | None
    language: str
    kind: str
    read: str = Field(
        description="full, or opening: only its opening was read, so absence of a figure proves nothing."
    )
    note: str
    links: dict[str, str]


class SourceFileOut(SourceOut):
    """A document with every figure taken from it."""

    observations: list[ObservationOut]


class IncidentOut(BaseModel):
    """An event or plot of which sources speak as terrorism."""

    id: str
    title: str
    summary: str
    date_start: str | None
    date_end: str | None
    date_precision: str
    disclosed: str | None
    outcome: str = Field(description="foiled means reported foiled: a claim of the body that states it.")
    borderline: bool
    in_scope: bool
    place: str
    place_stated: str
    region_then: str | None
    region_now: str | None
    lat: float | None
    lon: float | None
    coord_precision: str
    target_type: str
    method_category: str
    note: str
    links: dict[str, str]


class ClassificationOut(BaseModel):
    """Who called an incident terrorism, or denied that it was."""

    label: str
    by: str
    as_of: str | None
    source: str
    locator: str
    note: str


class IncidentFileOut(IncidentOut):
    """An incident with what it was called, its documents, and its figures as dated statements."""

    classifications: list[ClassificationOut]
    sources: list[str]
    observations: list[ObservationOut]


class PlaceOut(BaseModel):
    """Where figures apply."""

    code: str
    kind: str
    name: str
    lat: float | None
    lon: float | None
    valid_from: str | None
    valid_to: str | None
    successors: list[str]
    tile_row: int | None
    tile_col: int | None
    note: str


class ReleaseOut(BaseModel):
    """A whole dataset as loaded once."""

    release: str = Field(description="SHA-256 over the canonical rows.")
    version: str
    dated: str
    loaded: str
    current: bool


def stats_row(cell: Cell, panel: Panel, words: Words) -> StatsRow:
    one = cell.shown
    caveats = words.caveats(cell, panel)
    links = {"indicator": f"/api/indicators/{cell.indicator}"}
    if one:
        links |= _observation_links(one, words.language)
    return StatsRow(
        indicator=cell.indicator,
        year=cell.year,
        value=one and one.value,
        low=one and one.bounds and one.bounds[0],
        high=one and one.bounds and one.bounds[1],
        qualifier=one and one.qualifier,
        unit=panel.indicator.unit,
        status=cell.status,
        period=_period(one),
        scope=one and one.scope,
        population=one and one.population,
        place=one and one.place,
        extent=one and one.extent,
        stated_by=cell.stated_by,
        as_of=one and one.as_of,
        rule=cell.rule,
        observations=[backing.id for backing in cell.backing],
        n_origins=cell.n_origins,
        others=[other.id for other in cell.others],
        retold=[other.id for other in cell.retold],
        searched_on=panel.indicator.searched_on.isoformat(),
        caveat=" ".join(caveats) or None,
        label=words.name("indicator", cell.indicator),
        links=links,
    )


def observation_row(one: Observation, unit: str, words: Words) -> ObservationOut:
    fields = {name: getattr(one, name) for name in ObservationOut.model_fields if hasattr(one, name)}
    fields["recorded"] = one.recorded.isoformat()
    return ObservationOut(
        **fields, unit=unit, period=_period(one), links=_observation_links(one, words.language)
    )


def coverage_row(panel: Panel, year: int, state: Any, words: Words) -> CoverageRow:
    here = [cell for cell in panel.on_axis if cell.year == year]
    return CoverageRow(
        indicator=panel.indicator.code,
        year=year,
        state=state,
        observations=[one.id for cell in here for one in (*cell.backing, *cell.others)],
        searched_on=panel.indicator.searched_on.isoformat(),
        label=words.name("indicator", panel.indicator.code),
    )


def indicator_row(indicator: Indicator, words: Words) -> IndicatorOut:
    code = indicator.code
    return IndicatorOut(
        **_plain(
            indicator, "code", "unit", "kind", "legal_stage", "leading_body", "written_by", "searched_from"
        ),
        **_plain(indicator, "searched_on", "review_on"),
        name=words.name("indicator", code),
        definition=words.name("indicator", code, "definition"),
        beware=words.name("indicator", code, "beware"),
        leading_why=words.name("indicator", code, "leading_why"),
        links={
            "stats": f"/api/stats?indicator={code}",
            "observations": f"/api/observations?indicator={code}",
        },
    )


def source_row(source: Source, words: Words) -> SourceOut:
    links = {"self": f"/api/sources/{source.id}", "page": f"/{words.language}/sources/{source.id}"}
    return SourceOut(**_plain(source, *Source.columns()), links=links)


def incident_row(incident: Incident, words: Words) -> IncidentOut:
    return IncidentOut(
        **_plain(incident, *Incident.columns()),
        title=words.name("incident", incident.id, "title"),
        summary=words.name("incident", incident.id, "summary"),
        links={
            "self": f"/api/incidents/{incident.id}",
            "observations": f"/api/observations?incident={incident.id}",
        },
    )


def classification_row(classification: Classification) -> ClassificationOut:
    return ClassificationOut(**_plain(classification, *ClassificationOut.model_fields))


def place_row(place: Place, words: Words) -> PlaceOut:
    fields = _plain(place, *Place.columns())
    successors = [code for code in fields.pop("successor_codes").split(";") if code]
    return PlaceOut(**fields, successors=successors, name=words.name("place", place.code))


def release_row(release: Release, current: bool) -> ReleaseOut:
    return ReleaseOut(
        release=release.digest,
        version=release.version,
        dated=release.dated.isoformat(),
        loaded=release.loaded.isoformat(),
        current=current,
    )


def _plain(row: Any, *names: str) -> dict[str, Any]:
    """Fields of a row as JSON has them."""
    cells = {name: getattr(row, name) for name in names}
    return {name: cell.isoformat() if hasattr(cell, "isoformat") else cell for name, cell in cells.items()}


def _period(one: Observation | None) -> Period:
    if one is None:
        return Period(start=None, end=None, kind=None, words=None)
    return Period(
        start=one.period_start.isoformat() if one.period_start else None,
        end=one.period_end.isoformat() if one.period_end else None,
        kind=one.period_kind,
        words=one.period_words,
    )


def _observation_links(one: Observation, language: str) -> dict[str, str]:
    return {
        "observation": f"/api/observations/{one.id}",
        "source": f"/api/sources/{one.source}",
        "page": f"/{language}/sources/{one.source}#{one.id}",
    }


# --- CSV ------------------------------------------------------------------------------------------------------


def as_csv(rows: Sequence[BaseModel], shape: type[BaseModel]) -> str:
    """Rows as CSV: the JSON's fields in the JSON's order, nested ones joined by an underscore, links left out.

    Lists are separated by spaces. A text that a spreadsheet would run as a formula gets an apostrophe in front;
    numbers are never touched.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_header(shape))
    for row in rows:
        writer.writerow([_csv_cell(cell) for _, cell in _flat(row.model_dump(exclude={"links"}))])
    return out.getvalue()


def _header(shape: type[BaseModel]) -> Iterable[str]:
    for name, info in shape.model_fields.items():
        if info.annotation is Period:
            yield from (f"{name}_{inner}" for inner in Period.model_fields)
        elif name != "links":
            yield name


def _flat(cells: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, cell in cells.items():
        if isinstance(cell, Mapping):
            yield from ((f"{name}_{inner}", value) for inner, value in cell.items())
        else:
            yield name, cell


def _csv_cell(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, list):
        return " ".join(map(str, cell))
    if isinstance(cell, str) and cell.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") and cell.strip():
        return "'" + cell
    return cell
