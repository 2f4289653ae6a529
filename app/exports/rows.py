"""The shapes of the JSON, and how a row of the record or a cell of a panel becomes one."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app import models
from app.i18n import Words
from app.models import (
    Cell,
    Change,
    Classification,
    CoverageState,
    Incident,
    Indicator,
    Observation,
    Panel,
    Place,
    Release,
    Row,
    Source,
)

LICENSE = "CC-BY-4.0"
LICENSE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"


def _described_as(table: type[Row]) -> ConfigDict:
    """Fields that a shape shares with a table are described as they are there."""

    def fill(schema: dict[str, Any]) -> None:
        for name, told in schema["properties"].items():
            if name in table.model_fields:
                told.setdefault("description", table.model_fields[name].description)

    return ConfigDict(json_schema_extra=fill)


Links = Annotated[dict[str, str], Field(description="Where to go on from here.")]
Label = Annotated[str, Field(description="The indicator's name in the language asked for.")]


class Period(BaseModel):
    """The days a figure describes. Null: not stated, or no figure."""

    start: str | None = Field(description="First day, ISO.")
    end: str | None = Field(description="Last day, ISO.")
    kind: models.PeriodKind | None = Field(description="Kind of period; undefined has no start.")
    words: str | None = Field(
        description="The period as the source bounds it, in the editors' words (English)."
    )


class StatsRow(BaseModel):
    """One cell: the figure shown for an indicator and a year, or for a period that no year can hold."""

    model_config = _described_as(Observation)

    indicator: str
    year: int | None = Field(
        description="Year on the axis; null for totals of several years, days and undefined periods."
    )
    value: int | float | None = Field(
        description="The figure; null for a range, and where there is none. Null is never zero: see `status`."
    )
    low: int | float | None = Field(
        description="No less than this, as far as the wording says; null where it sets no limit."
    )
    high: int | float | None = Field(description="No more than this, likewise.")
    qualifier: models.Qualifier | None
    unit: str = Field(description="What one is; `meta.units` says it in words.")
    status: models.Status = Field(
        description="value: a number, which may be 0, or a range; unquantified: stated without a number; "
        "no_headline: figures for the whole country exist but the rule lets none of this body lead; "
        "not_yet: nobody's had been stated by as_of, and one was later; none_found: nobody's national figure was found."
    )
    period: Period = Field(description="The days the figure describes.")
    scope: str | None
    population: str | None
    place: str | None
    extent: models.Extent | None
    stated_by: str = Field(description="The body in whose series the figure stands.")
    as_of: str | None
    rule: str = Field(
        description="official_latest: the figure that may lead a year, by the rule in the docs; latest_alike: for a "
        "period no year can hold, or a part, the latest of the statements alike in everything else."
    )
    observations: list[str] = Field(
        description="Ids of every statement of this number; the one shown comes first. A retelling may have changed "
        "scope or firmness: `caveat` says so."
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
    label: Label
    links: Links


class ObservationOut(BaseModel):
    """One figure that one document states."""

    model_config = _described_as(Observation)

    id: str
    indicator: str
    value: int | float | None = Field(description="The figure. Null is never zero: see `qualifier`.")
    low: int | float | None
    high: int | float | None
    qualifier: models.Qualifier
    unit: str = Field(description="What one is; `meta.units` says it in words.")
    extent: models.Extent
    period: Period = Field(description="The days the figure describes.")
    as_of: str | None
    as_of_basis: models.AsOfBasis
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
    status: models.ObservationStatus
    recorded: str
    confidence: models.Confidence
    paraphrase: str = Field(description="What the source says, in the editors' words (English).")
    note: str
    links: Links


class CoverageRow(BaseModel):
    """How well one year of one indicator is known."""

    indicator: str = Field(description="What is counted.")
    year: int = Field(description="The calendar year.")
    state: CoverageState = Field(
        description="known: the leading body has the calendar year; part: a part of it; conflict: two "
        "figures of one body for the same days cannot both be right; other_body: only another body has one; unquantified: stated without a "
        "number; no_headline: none may lead; parts_only: only parts of the country, operations or groups; "
        "not_yet: stated after as_of; none_found; not_applicable: not counted by the year, or not searched."
    )
    observations: list[str] = Field(description="Ids of every figure for the year.")
    searched_on: str = Field(description="Day on which figures for the indicator were last looked for.")
    label: Label
    links: Links


class IndicatorOut(BaseModel):
    """What is counted."""

    model_config = _described_as(Indicator)

    code: str
    name: str = Field(description="Its name in the language asked for.")
    unit: str
    kind: models.IndicatorKind
    legal_stage: str
    definition: str = Field(description="What it counts, in the language asked for.")
    beware: str = Field(description="What it is easily taken for, in the language asked for.")
    leading_body: str
    leading_why: str = Field(description="Why that series leads, in the language asked for.")
    written_by: str
    searched_from: int
    searched_on: str
    review_on: str
    links: Links


class SourceOut(BaseModel):
    """A document."""

    model_config = _described_as(Source)

    id: str
    publisher: str
    title: str
    published: str | None
    url: str | None
    language: str
    kind: models.SourceKind
    read: models.SourceRead
    note: str
    links: Links


class SourceFileOut(SourceOut):
    """A document with every figure taken from it."""

    observations: list[ObservationOut] = Field(description="The figures, in the document's order.")


class ClaimOut(BaseModel):
    """What one or more documents say alike."""

    indicator: str = Field(description="What it counts.")
    value: int | float | None = Field(description="The number; null for a range, and where none is stated.")
    low: int | float | None = Field(description="Lower limit of a range.")
    high: int | float | None = Field(description="Upper limit of a range.")
    qualifier: models.Qualifier = Field(description="How firm the wording is.")
    period: Period = Field(description="The days it describes.")
    as_of: str | None = Field(description="When it was stated.")
    stated_by: str = Field(description="Whose figure it is.")
    observations: list[str] = Field(description="The figures that say so, by id; the one described first.")
    n_origins: int = Field(description="Acts of stating behind them, however many documents tell them.")


class PairOut(BaseModel):
    """Two figures compared."""

    one: str = Field(description="A figure, by id.")
    other: str = Field(description="Another, by id.")
    relation: str = Field(description="What they are to each other.")
    fields: list[str] = Field(description="The fields in which they differ, the most telling first.")
    verdict: str = Field(description="What they are to each other, as a sentence.")
    differences: list[str] = Field(description="A sentence for each field.")
    comparable: bool = Field(description="Whether a difference may be made of them.")


class DisagreementOut(BaseModel):
    """Figures that answer one question and differ."""

    id: str = Field(description="Short name, used in addresses.")
    kind: str = Field(
        description="What the figures have in common: year, incident, days, statement, or the number itself."
    )
    relation: str = Field(
        description="The most telling of what they are to each other: conflict, retold, revised, later, cannot_tell, "
        "compatible or unlike."
    )
    indicator: str = Field(description="What is counted.")
    year: int | None = Field(description="The year, if that is what they have in common.")
    incident: str | None = Field(description="The incident, if it is about one.")
    label: str = Field(description="What it is about, in the language asked for.")
    summary: str = Field(description="What the figures are to each other, in the language asked for.")
    observations: list[str] = Field(description="The figures, by id.")
    n_origins: int = Field(description="Acts of stating behind them.")
    links: Links


class DisagreementFileOut(DisagreementOut):
    """A disagreement with what was claimed and how the claims differ."""

    claims: list[ClaimOut] = Field(description="What is claimed, the figure shown first.")
    pairs: list[PairOut] = Field(description="Claims compared, the most telling first.")


def claim_row(figures: Sequence[Observation], n_origins: int) -> ClaimOut:
    """Figures that say the same, described by the first."""
    one = figures[0]
    return ClaimOut(
        **_plain(one, "indicator", "value", "low", "high", "qualifier", "as_of", "stated_by"),
        period=_period(one),
        observations=[each.id for each in figures],
        n_origins=n_origins,
    )


class IncidentOut(BaseModel):
    """An event or plot of which sources speak as terrorism."""

    model_config = _described_as(Incident)

    id: str
    title: str = Field(description="What it is called here, in the language asked for.")
    summary: str = Field(description="What is known of it, in the language asked for.")
    date_start: str | None
    date_end: str | None
    date_precision: models.DatePrecision
    disclosed: str | None
    outcome: models.Outcome
    borderline: bool = Field(description="Doubtful whether it belongs in the record.")
    in_scope: bool = Field(
        description="False: recorded because officials spoke of terrorism, kept out of every count."
    )
    place: str
    place_stated: str
    region_then: str | None
    region_now: str | None
    lat: float | None
    lon: float | None
    coord_precision: str
    target_type: str
    target_stated: str
    method_category: models.Method
    note: str
    links: Links


class ClassificationOut(BaseModel):
    """Who called an incident terrorism, or denied that it was."""

    model_config = _described_as(Classification)

    label: models.Label
    by: str
    as_of: str | None
    source: str
    locator: str
    note: str


class IncidentFileOut(IncidentOut):
    """An incident with what it was called, its documents, and its figures as dated statements."""

    classifications: list[ClassificationOut] = Field(description="Who called it what, and when.")
    sources: list[str] = Field(description="Ids of the documents that speak of it.")
    observations: list[ObservationOut] = Field(description="Its figures, in the order of their days.")


class PlaceOut(BaseModel):
    """Where figures apply."""

    model_config = _described_as(Place)

    code: str
    kind: models.PlaceKind
    name: str = Field(description="Its name in the language asked for.")
    lat: float | None
    lon: float | None
    valid_from: str | None
    valid_to: str | None
    successors: list[str] = Field(description="Today's places on its ground.")
    tile_row: int | None
    tile_col: int | None
    note: str
    links: Links


class ChangeOut(BaseModel):
    """One thing that happened to a published figure: its first publication, or a change of one of its cells."""

    observation: str = Field(description="The figure, by id. It stays there, whatever happened to it.")
    kind: Literal["addition", "correction", "revision", "withdrawal"] = Field(
        description="addition: first published; correction: misread or mistyped here; revision: given anew by its source; "
        "withdrawal: no longer held to be right."
    )
    version: str = Field(description="The first version of the dataset that holds it so.")
    changed_on: str = Field(description="Day of the change; of an addition the day it was entered.")
    field: str | None = Field(description="The cell that changed; null for an addition.")
    was: str | None = Field(description="What stood there; empty where nothing did.")
    now: str | None = Field(description="What stands there now.")
    reason: str | None = Field(description="Why, in the editors' words (English).")
    tombstone: bool = Field(
        description="True: whoever keeps a copy should stop to use the figure; `observation` still answers, and says why."
    )
    indicator: str = Field(description="What the figure counts.")
    links: Links


class ReleaseOut(BaseModel):
    """A whole dataset as loaded once."""

    release: str = Field(description="SHA-256 over the canonical rows: the release's true name.")
    version: str = Field(description="Name given by the editors.")
    dated: str = Field(description="The release's own date. Nothing in it is later.")
    loaded: str = Field(description="When this server took it in (UTC).")
    current: bool = Field(description="Whether it is the one served where none is named.")
    links: Links


def stats_row(cell: Cell, panel: Panel, words: Words) -> StatsRow:
    one = cell.shown
    low, high = _limits(one)
    alike = ("value", "qualifier", "scope", "population", "place", "extent", "as_of")
    return StatsRow(
        **{name: getattr(one, name, None) for name in alike},
        indicator=cell.indicator,
        year=cell.year,
        low=low,
        high=high,
        unit=panel.indicator.unit,
        status=cell.status,
        period=_period(one),
        stated_by=cell.stated_by,
        rule=cell.rule,
        observations=[backing.id for backing in cell.backing],
        n_origins=cell.n_origins,
        others=[other.id for other in cell.others],
        retold=[other.id for other in cell.retold],
        searched_on=panel.indicator.searched_on.isoformat(),
        caveat=" ".join(words.caveats(cell, panel)) or None,
        label=words.name("indicator", cell.indicator),
        links={
            "indicator": f"/api/indicators/{cell.indicator}",
            **(_observation_links(one, words.language) if one else {}),
        },
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
        links={"stats": f"/api/stats?indicator={panel.indicator.code}&from={year}&to={year}"},
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
            "self": f"/api/indicators/{code}",
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
    links = {"observations": f"/api/observations?place={place.code}"}
    return PlaceOut(**fields, successors=successors, name=words.name("place", place.code), links=links)


def change_row(change: Change | None, one: Observation, version: str) -> ChangeOut:
    """A change of a figure; without one, its first publication."""
    return ChangeOut(
        observation=one.id,
        kind=change.kind if change else "addition",
        version=version,
        changed_on=(change.changed_on if change else one.recorded).isoformat(),
        field=change.field if change else None,
        was=change.was if change else None,
        now=change.now if change else None,
        reason=change.reason if change else None,
        tombstone=bool(change and change.kind == "withdrawal"),
        indicator=one.indicator,
        links={"observation": f"/api/observations/{one.id}"},
    )


def release_row(release: Release, current: bool) -> ReleaseOut:
    return ReleaseOut(
        release=release.digest,
        version=release.version,
        dated=release.dated.isoformat(),
        loaded=release.loaded.isoformat(),
        current=current,
        links={"stats": f"/api/stats?release={release.digest[:12]}"},
    )


def _plain(row: Any, *names: str) -> dict[str, Any]:
    """Fields of a row as JSON has them."""
    cells = {name: getattr(row, name) for name in names}
    return {name: cell.isoformat() if hasattr(cell, "isoformat") else cell for name, cell in cells.items()}


def _limits(one: Observation | None) -> tuple[float | None, float | None]:
    """Between what the figure lies, as far as the wording says: more than 280 has no upper limit, about 40 has none."""
    if one is None or one.bounds is None or one.qualifier == "about":
        return None, None
    low, high = one.bounds
    return None if one.qualifier == "under" else low, None if one.qualifier in ("over", "at_least") else high


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
    links = {
        "observation": f"/api/observations/{one.id}",
        "source": f"/api/sources/{one.source}",
        "page": f"/{language}/sources/{one.source}#{one.id}",
    }
    return links | ({"incident": f"/api/incidents/{one.incident}"} if one.incident else {})
