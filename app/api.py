"""The JSON and CSV addresses: which there are, and which rendering each gives."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app import database as databases
from app import deps, exports, series
from app.deps import (
    Asked,
    AskedIncidents,
    AskedList,
    AskedObservations,
    AskedStats,
    KeyInPath,
    Problem,
    Reading,
    missing,
    reading,
)
from app.models import Incident, Indicator, Observation, Place, Source

router = APIRouter(prefix="/api")

Row = TypeVar("Row")
Format = Literal["json", "csv"]


class Meta(BaseModel):
    """What an answer is made of."""

    release: str = Field(description="Digest of the one release the whole answer is made from.")
    version: str = Field(description="The release's name.")
    dated: str = Field(description="The release's own date: data through.")
    as_of: str | None = Field(default=None, description="The day up to which statements were counted.")
    lang: str
    view: str | None = None
    rule: str | None = Field(default=None, description="The published rule that picks the figure of a year.")
    count: int = Field(description="Rows in this answer.")
    total: int | None = Field(default=None, description="Rows in all answers together.")
    hidden_by_as_of: int | None = Field(
        default=None, description="Figures left out because they came later or have no date."
    )
    licence: str = exports.LICENCE
    notes: list[str] = []


class Answer(BaseModel, Generic[Row]):
    """Every answer is an object with the data, what it is made of, and where to go on."""

    data: Row
    meta: Meta
    links: dict[str, str | None]


class ProblemOut(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str
    errors: list[dict[str, Any]] = []


class Health(BaseModel):
    status: Literal["ok", "no release", "unavailable"]
    release: str | None = None
    version: str | None = None


NOTES = [
    "A null value is never zero: status says what it is.",
    "Figures of different stages, scopes, populations, bodies or kinds of period are not comparable; never add rows.",
]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }
    for status, text in (
        (422, "A parameter is unknown, stands twice or cannot be used; every fault is listed."),
        (503, "The record cannot be read at the moment."),
    )
}
MISSING: dict[int | str, dict[str, Any]] = {404: {**PROBLEMS[422], "description": "Nothing by that name."}}
AS_CSV = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def _documented(shape: type[Asked]) -> dict[str, Any]:
    """The parameters of a shape as OpenAPI tells them; they are read by `deps`, which reports all faults at once."""
    parameters = []
    for name, schema in shape.model_json_schema()["properties"].items():
        chosen = next(
            (option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"), schema
        )
        plain = {
            key: value
            for key, value in {**schema, **chosen}.items()
            if key not in ("title", "anyOf", "examples", "description")
        }
        if plain.get("default", 0) in (None, []):
            del plain["default"]
        if plain.get("format") == "date":
            plain = {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}
        parameter = {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema["description"],
            "schema": plain,
        }
        if plain.get("type") == "array":
            parameter |= {"style": "form", "explode": True}
        if "examples" in schema:
            example = schema["examples"][0]
            parameter["example"] = [example] if plain.get("type") == "array" else example
        parameters.append(parameter)
    return {"parameters": parameters}


# --- Figures --------------------------------------------------------------------------------------------------

STATS: dict[str, Any] = {
    "response_model": Answer[
        list[exports.StatsRow] | list[exports.ObservationOut] | list[exports.CoverageRow]
    ],
    "responses": PROBLEMS,
    "openapi_extra": _documented(AskedStats),
    "tags": ["figures"],
}


@router.get("/stats", **STATS)
def stats(request: Request, held: Annotated[Reading[AskedStats], reading(AskedStats)]) -> Response:
    """Figures by year, picked by a published rule, with everything else that was stated named beside them.

    A row is one cell. `year` is null for totals of several years, figures for a day and periods that were not
    stated. Figures of a group of people or a region come when `population` or `place` names it.
    """
    return _stats(request, held, "json")


@router.get("/stats.json", include_in_schema=False)
def stats_json(request: Request, held: Annotated[Reading[AskedStats], reading(AskedStats)]) -> Response:
    return _stats(request, held, "json")


@router.get(
    "/stats.csv",
    response_class=Response,
    responses={**PROBLEMS, **AS_CSV},
    openapi_extra=_documented(AskedStats),
    tags=["figures"],
)
def stats_csv(request: Request, held: Annotated[Reading[AskedStats], reading(AskedStats)]) -> Response:
    """The rows of `/api/stats` as CSV."""
    return _stats(request, held, "csv")


def _stats(request: Request, held: Reading[AskedStats], form: Format) -> Response:
    question = held.asked.question()
    if held.asked.view == "observations":
        return _observations(request, held, form)
    panels = series.panels(held.session, held.release, question)
    hidden = sum(panel.hidden for panel in panels) if question.as_of else None
    if held.asked.view == "coverage":
        coverage = [
            exports.coverage_row(panel, year, series.coverage(panel, year), held.words)
            for panel in panels
            for year in panel.years
        ]
        return _slice(request, held, coverage, exports.CoverageRow, form, hidden)
    rows = [exports.stats_row(cell, panel, held.words) for panel in panels for cell in panel.cells]
    return _slice(request, held, rows, exports.StatsRow, form, hidden)


OBSERVATIONS: dict[str, Any] = {
    "responses": PROBLEMS,
    "openapi_extra": _documented(AskedObservations),
    "tags": ["figures"],
}


@router.get("/observations", response_model=Answer[list[exports.ObservationOut]], **OBSERVATIONS)
def observations(
    request: Request, held: Annotated[Reading[AskedObservations], reading(AskedObservations)]
) -> Response:
    """Every figure as one document states it, by id."""
    return _observations(request, held, "json")


@router.get(
    "/observations.csv",
    response_class=Response,
    responses={**PROBLEMS, **AS_CSV},
    openapi_extra=_documented(AskedObservations),
    tags=["figures"],
)
def observations_csv(
    request: Request, held: Annotated[Reading[AskedObservations], reading(AskedObservations)]
) -> Response:
    """The rows of `/api/observations` as CSV."""
    return _observations(request, held, "csv")


def _observations(request: Request, held: Reading[Any], form: Format) -> Response:
    question, asked = held.asked.question(), held.asked
    after = deps.position(asked, str)
    found = series.observations(held.session, held.release, question, after, asked.limit + 1)
    units = held.units
    rows = [exports.observation_row(one, units[one.indicator], held.words) for one in found[: asked.limit]]
    following = found[asked.limit - 1].id if len(found) > asked.limit else None
    total = series.count(held.session, held.release, question)
    return _answer(request, held, rows, exports.ObservationOut, form, total, following)


@router.get(
    "/observations/{id}",
    response_model=Answer[exports.ObservationOut],
    responses={**PROBLEMS, **MISSING},
    openapi_extra=_documented(Asked),
    tags=["figures"],
)
def observation(request: Request, held: Annotated[Reading[Asked], reading(Asked)], id: KeyInPath) -> Response:
    """One figure."""
    one = series.one_of(held.session, held.release, Observation, id)
    if one is None:
        raise missing(
            "observation", id, [row.id for row in series.all_of(held.session, held.release, Observation)]
        )
    return _one(request, held, exports.observation_row(one, held.units[one.indicator], held.words))


# --- What figures refer to ------------------------------------------------------------------------------------


@router.get(
    "/indicators",
    response_model=Answer[list[exports.IndicatorOut]],
    responses=PROBLEMS,
    openapi_extra=_documented(AskedList),
    tags=["lists"],
)
def indicators(request: Request, held: Annotated[Reading[AskedList], reading(AskedList)]) -> Response:
    """What is counted: definition, unit, legal stage, what to beware of, and whose series leads."""
    rows = [
        exports.indicator_row(row, held.words) for row in series.all_of(held.session, held.release, Indicator)
    ]
    return _slice(request, held, rows, exports.IndicatorOut, "json")


@router.get(
    "/indicators/{code}",
    response_model=Answer[exports.IndicatorOut],
    responses={**PROBLEMS, **MISSING},
    openapi_extra=_documented(Asked),
    tags=["lists"],
)
def indicator(request: Request, held: Annotated[Reading[Asked], reading(Asked)], code: KeyInPath) -> Response:
    """One indicator."""
    row = series.one_of(held.session, held.release, Indicator, code)
    if row is None:
        raise missing("indicator", code, held.words.terms.codes("indicator"))
    return _one(request, held, exports.indicator_row(row, held.words))


@router.get(
    "/sources",
    response_model=Answer[list[exports.SourceOut]],
    responses=PROBLEMS,
    openapi_extra=_documented(AskedList),
    tags=["lists"],
)
def sources(request: Request, held: Annotated[Reading[AskedList], reading(AskedList)]) -> Response:
    """Every document."""
    rows = [exports.source_row(row, held.words) for row in series.all_of(held.session, held.release, Source)]
    return _slice(request, held, rows, exports.SourceOut, "json")


@router.get(
    "/sources/{id}",
    response_model=Answer[exports.SourceFileOut],
    responses={**PROBLEMS, **MISSING},
    openapi_extra=_documented(Asked),
    tags=["lists"],
)
def source(request: Request, held: Annotated[Reading[Asked], reading(Asked)], id: KeyInPath) -> Response:
    """One document with every figure taken from it."""
    found = series.source_file(held.session, held.release, id)
    if found is None:
        raise missing("source", id, [row.id for row in series.all_of(held.session, held.release, Source)])
    units = held.units
    return _one(
        request,
        held,
        exports.SourceFileOut(
            **exports.source_row(found.source, held.words).model_dump(),
            observations=[
                exports.observation_row(one, units[one.indicator], held.words) for one in found.observations
            ],
        ),
    )


@router.get(
    "/incidents",
    response_model=Answer[list[exports.IncidentOut]],
    responses=PROBLEMS,
    openapi_extra=_documented(AskedIncidents),
    tags=["incidents"],
)
def incidents(
    request: Request, held: Annotated[Reading[AskedIncidents], reading(AskedIncidents)]
) -> Response:
    """Events and plots of which sources speak as terrorism, by id, which begins with their month."""
    asked = held.asked
    found = series.incidents(
        held.session, held.release, tuple(asked.place), tuple(asked.outcome), asked.since, asked.until
    )
    rows = [exports.incident_row(row, held.words) for row in found]
    return _slice(request, held, rows, exports.IncidentOut, "json")


@router.get(
    "/incidents/{id}",
    response_model=Answer[exports.IncidentFileOut],
    responses={**PROBLEMS, **MISSING},
    openapi_extra=_documented(Asked),
    tags=["incidents"],
)
def incident(request: Request, held: Annotated[Reading[Asked], reading(Asked)], id: KeyInPath) -> Response:
    """One incident: what it was called and by whom, its documents, and its figures as dated statements."""
    found = series.incident_file(held.session, held.release, id)
    if found is None:
        raise missing("incident", id, [row.id for row in series.all_of(held.session, held.release, Incident)])
    units = held.units
    return _one(
        request,
        held,
        exports.IncidentFileOut(
            **exports.incident_row(found.incident, held.words).model_dump(),
            classifications=[exports.classification_row(row) for row in found.classifications],
            sources=[row.id for row in found.sources],
            observations=[
                exports.observation_row(one, units[one.indicator], held.words) for one in found.observations
            ],
        ),
    )


@router.get(
    "/places",
    response_model=Answer[list[exports.PlaceOut]],
    responses=PROBLEMS,
    openapi_extra=_documented(AskedList),
    tags=["lists"],
)
def places(request: Request, held: Annotated[Reading[AskedList], reading(AskedList)]) -> Response:
    """The country, today's 17 regions and 3 cities, and regions of the past with their successors."""
    rows = [exports.place_row(row, held.words) for row in series.all_of(held.session, held.release, Place)]
    return _slice(request, held, rows, exports.PlaceOut, "json")


@router.get(
    "/releases",
    response_model=Answer[list[exports.ReleaseOut]],
    responses=PROBLEMS,
    openapi_extra=_documented(AskedList),
    tags=["lists"],
)
def releases(request: Request, held: Annotated[Reading[AskedList], reading(AskedList)]) -> Response:
    """Every state of the dataset this server holds, newest first."""
    current = databases.release(held.session)
    rows = [
        exports.release_row(row, bool(current and row.number == current.number))
        for row in series.releases(held.session)
    ]
    return _slice(request, held, rows, exports.ReleaseOut, "json")


# --- Health ---------------------------------------------------------------------------------------------------


@router.get("/health/live", response_model=Health, tags=["health"])
def live() -> JSONResponse:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/health/ready", response_model=Health, responses={503: {"model": Health}}, tags=["health"])
def ready(request: Request) -> JSONResponse:
    """Whether there is a release to answer from."""
    try:
        with request.app.state.database.reading() as session:
            current = databases.release(session)
    except databases.Unavailable:
        return JSONResponse({"status": "unavailable"}, 503, headers={"Cache-Control": "no-store"})
    if current is None:
        return JSONResponse({"status": "no release"}, 503, headers={"Cache-Control": "no-store"})
    found = {"status": "ok", "release": current.digest, "version": current.version}
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


# --- Answers --------------------------------------------------------------------------------------------------


def _slice(
    request: Request,
    held: Reading[Any],
    rows: Sequence[BaseModel],
    shape: type[BaseModel],
    form: Format,
    hidden: int | None = None,
) -> Response:
    """A page of a list that is arranged anew for each answer; the release is pinned, so places in it stay."""
    start = deps.position(held.asked, int) or 0
    end = start + held.asked.limit
    following = end if end < len(rows) else None
    return _answer(request, held, rows[start:end], shape, form, len(rows), following, hidden)


def _answer(
    request: Request,
    held: Reading[Any],
    rows: Sequence[BaseModel],
    shape: type[BaseModel],
    form: Format,
    total: int,
    following: str | int | None,
    hidden: int | None = None,
) -> Response:
    onward = None
    if following is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        onward = f"{request.url.path}?{urlencode([*kept, ('cursor', deps.cursor(held.release, following))])}"
    if form == "csv":
        name = f"derek-{request.url.path.rsplit('/', 1)[-1].removesuffix('.csv')}-{held.release.version}.csv"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Derek-Release": held.release.digest,
            "Derek-Total": str(total),
        }
        if onward:
            headers["Link"] = f'<{onward}>; rel="next"'
        return Response(exports.as_csv(rows, shape), media_type="text/csv; charset=utf-8", headers=headers)
    meta = _meta(held, len(rows), total, hidden)
    links: dict[str, str | None] = {"self": _self(request), "next": onward}
    if request.url.path in ("/api/stats", "/api/stats.json", "/api/observations"):
        query = f"?{request.url.query}" if request.url.query else ""
        links["csv"] = request.url.path.removesuffix(".json") + ".csv" + query
    answer = Answer[list[Any]](data=[row.model_dump() for row in rows], meta=meta, links=links)
    return _json(answer, held, onward)


def _one(request: Request, held: Reading[Any], row: BaseModel) -> Response:
    answer = Answer[Any](
        data=row.model_dump(), meta=_meta(held, 1, None, None), links={"self": _self(request)}
    )
    return _json(answer, held, None)


def _json(answer: BaseModel, held: Reading[Any], onward: str | None) -> Response:
    headers = {"Content-Language": held.asked.lang, "Derek-Release": held.release.digest}
    if onward:
        headers["Link"] = f'<{onward}>; rel="next"'
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


def _meta(held: Reading[Any], count: int, total: int | None, hidden: int | None) -> Meta:
    as_of = getattr(held.asked, "as_of", None)
    view = getattr(held.asked, "view", None)
    return Meta(
        release=held.release.digest,
        version=held.release.version,
        dated=held.release.dated.isoformat(),
        as_of=as_of.isoformat() if as_of else None,
        lang=held.asked.lang,
        view=view,
        rule=series.OFFICIAL_LATEST if view in ("series", "coverage") else None,
        count=count,
        total=total,
        hidden_by_as_of=hidden,
        notes=NOTES if hasattr(held.asked, "indicator") else [],
    )


def _self(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def problem(request: Request, error: Problem) -> JSONResponse:
    """A refusal as `application/problem+json`."""
    content = ProblemOut(
        type=error.kind,
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=_self(request)[:300],
        errors=[dict(fault) for fault in error.errors],
    )
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if error.status == 503 else {})
    return JSONResponse(content.model_dump(), error.status, headers, media_type="application/problem+json")
