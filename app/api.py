"""The JSON and CSV addresses: which there are, and which rendering each gives."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app import contract, deps, exports, listings, series
from app import database as databases
from app import disagreements as differ
from app.deps import (
    Asked,
    AskedDisagreementsList,
    AskedIncidents,
    AskedList,
    AskedObservations,
    AskedOne,
    AskedSources,
    AskedStats,
    KeyInPath,
    Problem,
    Reading,
    missing,
    reading,
)
from app.disagreements import Disagreement
from app.listings import Compared
from app.models import Incident, Indicator, Observation, Place, Row, Source

router = APIRouter(prefix="/api")

Data = TypeVar("Data")
AnyRow = TypeVar("AnyRow", bound=Row)

USUAL, MOST = 200, 1000
"""Rows of an answer where no limit is asked: of JSON, which says where to go on, and of a CSV file."""
NOT_KEPT = {"Cache-Control": "no-store"}
TRY_AGAIN = {"Retry-After": "5"}


# --- Lists --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A page of a list."""

    shape: type[BaseModel]
    rows: Sequence[BaseModel]
    total: int
    following: str | int | None
    """Where the next page begins, for a cursor; None at the end."""
    hidden: int | None = None


Finder = Callable[[Reading[Any], int], Found]


def _list(
    path: str, tag: str, asked: type[AskedList], *shapes: type[BaseModel], example: str
) -> Callable[[Finder], Finder]:
    """Serve a list at a path as JSON, and with `.json` and `.csv` after it; `example` is a query to show."""

    def register(find: Finder) -> Finder:
        def as_json(request: Request, held: Annotated[Reading[Any], reading(asked)]) -> Response:
            return _listed_json(request, held, find(held, held.asked.limit or USUAL))

        def as_csv(request: Request, held: Annotated[Reading[Any], reading(asked)]) -> Response:
            return _listed_csv(request, held, find(held, held.asked.limit or MOST))

        name, said = find.__name__, inspect.cleandoc(str(find.__doc__))
        rows: Any = reduce(or_, map(list.__class_getitem__, shapes))
        columns = "; ".join(" ".join(exports.columns(shape)) for shape in shapes)
        router.add_api_route(
            path,
            as_json,
            operation_id=name,
            tags=[tag],
            description=said,
            response_model=contract.answer(name, rows),
            openapi_extra=contract.documented(asked, f"/api{path}{example}"),
        )
        router.add_api_route(f"{path}.json", as_json, include_in_schema=False)
        router.add_api_route(
            f"{path}.csv",
            as_csv,
            operation_id=f"{name}_csv",
            tags=[tag],
            description=f"As CSV: {said.splitlines()[0]}\n\n{contract.CSV_RULES} Columns: {columns}.",
            response_class=Response,
            openapi_extra=contract.documented(asked, f"/api{path}.csv{example}"),
        )
        return find

    return register


@_list(
    "/stats",
    "figures",
    AskedStats,
    exports.StatsRow,
    exports.ObservationOut,
    exports.CoverageRow,
    example="?indicator=convicted&from=2019&to=2019",
)
def stats(held: Reading[AskedStats], most: int) -> Found:
    """Figures by year, each picked by a published rule.

    A row is one cell, with everything else that was stated for it named beside it. `year` is null for totals
    of several years, figures for a day and periods that were not stated. Figures of a group of people or a
    region come when `population` or `place` names it. With `view=observations` the rows are those of
    `/api/observations`, with `view=coverage` they say how well each year of each indicator is known.
    """
    if held.asked.view == "observations":
        return observations(held, most)
    question = held.asked.question()
    panels = series.panels(held.vintage, question)
    hidden = sum(panel.hidden for panel in panels) if held.vintage.as_of else None
    if held.asked.view == "series":
        cells = [exports.stats_row(cell, panel, held.words) for panel in panels for cell in panel.cells]
        return _page(held, exports.StatsRow, cells, most, hidden)
    years = [
        exports.coverage_row(panel, year, series.coverage(panel, year), held.words)
        for panel in panels
        for year in panel.years
    ]
    return _page(held, exports.CoverageRow, years, most, hidden)


@_list(
    "/observations",
    "figures",
    AskedObservations,
    exports.ObservationOut,
    example="?source=ctc-2020-02-18-almaty",
)
def observations(held: Reading[Any], most: int) -> Found:
    """Every figure as one document states it, by id.

    `low` and `high` are the limits of a range and null otherwise. A figure that was taken back stays, and its
    `status` says so.
    """
    question = held.asked.question()
    found = series.observations(held.vintage, question, held.after, most + 1)
    total = series.count(held.vintage, question)
    hidden = None
    if held.vintage.as_of:
        hidden = series.count(held.vintage.whenever, question) - total
    following = found[most - 1].id if len(found) > most else None
    return Found(exports.ObservationOut, _figures(held, found[:most]), total, following, hidden)


@_list("/indicators", "lists", AskedList, exports.IndicatorOut, example="?limit=1")
def indicators(held: Reading[AskedList], most: int) -> Found:
    """What is counted.

    With definition, unit, legal stage, what to beware of, and whose series leads and why.
    """
    rows = [exports.indicator_row(row, held.words) for row in _all(held, Indicator)]
    return _page(held, exports.IndicatorOut, rows, most)


@_list("/sources", "lists", AskedSources, exports.SourceOut, example="?limit=1")
def sources(held: Reading[AskedSources], most: int) -> Found:
    """Every document.

    With publisher, date and address, and whether it was read to its end.
    """
    found = listings.sources(held.vintage, listings.SourceQuestion())
    rows = [exports.source_row(row, held.words) for row in found]
    hidden = _left_out(held, listings.sources, listings.SourceQuestion(), rows)
    return _page(held, exports.SourceOut, rows, most, hidden)


@_list("/incidents", "incidents", AskedIncidents, exports.IncidentOut, example="?outcome=foiled&limit=1")
def incidents(held: Reading[AskedIncidents], most: int) -> Found:
    """Events and plots of which sources speak as terrorism, by id.

    That one is here says that somebody called it so, not that it was. An id begins with the month. What has
    no date fits neither `from` nor `to`.
    """
    question = held.asked.question()
    rows = [exports.incident_row(row, held.words) for row in listings.incidents(held.vintage, question)]
    hidden = _left_out(held, listings.incidents, question, rows)
    return _page(held, exports.IncidentOut, rows, most, hidden)


@_list(
    "/disagreements",
    "figures",
    AskedDisagreementsList,
    exports.DisagreementOut,
    example="?indicator=convicted&limit=1",
)
def disagreements(held: Reading[AskedDisagreementsList], most: int) -> Found:
    """Where statements give more than one number, the most telling first.

    Each is about what looks like one thing. One figure told by many documents, a part beside its whole and a count that went on through the year are none. What
    two figures are to each other is computed from their fields; which is right is not decided.
    """
    compared = listings.compared(held.vintage)
    wanted = [
        one
        for one in compared.found
        if (not held.asked.incident or one.incident in held.asked.incident)
        and (
            not held.asked.indicator
            or {each.indicator for each in one.observations} & {*held.asked.indicator}
        )
    ]
    rows = [_disagreement(one, compared, held) for one in wanted]
    return _page(held, exports.DisagreementOut, rows, most, compared.hidden if held.vintage.as_of else None)


def _disagreement(one: Disagreement, compared: Compared, held: Reading[Any]) -> exports.DisagreementOut:
    ground, words = compared.ground, held.words
    verdicts = dict.fromkeys(differ.verdict(each, ground, words) for each in one.pairs)
    return exports.DisagreementOut(
        id=one.key,
        kind=one.kind,
        relation=one.relation,
        indicator=one.indicator,
        year=one.year,
        incident=one.incident,
        label=differ.title(one, words),
        summary=" ".join(verdicts),
        observations=[each.id for each in one.observations],
        n_origins=one.n_origins,
        links={
            "disagreement": f"/api/disagreements/{one.key}",
            "indicator": f"/api/indicators/{one.indicator}",
            "page": f"/{words.language}/disagreements/{one.key}",
        },
    )


@_list("/places", "lists", AskedList, exports.PlaceOut, example="?limit=1")
def places(held: Reading[AskedList], most: int) -> Found:
    """Where figures apply.

    The country, today's 17 regions and 3 cities, regions of the past with their successors, and abroad.
    """
    rows = [exports.place_row(row, held.words) for row in _all(held, Place)]
    return _page(held, exports.PlaceOut, rows, most)


@_list("/releases", "lists", AskedList, exports.ReleaseOut, example="?limit=1")
def releases(held: Reading[AskedList], most: int) -> Found:
    """Every state of the dataset that this server holds, newest first.

    Each can be asked for with `release=` at every address.
    """
    found = series.releases(held.vintage.session)
    # New ones come in front, so a place in this list is counted from its end.
    start = 0 if held.after is None else max(0, len(found) - held.after)
    current = databases.release(held.vintage.session)
    rows = [exports.release_row(row, row is current) for row in found[start : start + most]]
    return Found(exports.ReleaseOut, rows, len(found), len(found) - start - len(rows) or None)


def _page(
    held: Reading[Any],
    shape: type[BaseModel],
    rows: Sequence[BaseModel],
    most: int,
    hidden: int | None = None,
) -> Found:
    """A page of a list that is arranged anew for each answer; its release is pinned, so places in it stay."""
    start = held.after or 0
    end = start + most
    return Found(shape, rows[start:end], len(rows), end if end < len(rows) else None, hidden)


def _left_out(
    held: Reading[Any],
    find: Callable[[series.Vintage, Any], Sequence[Row]],
    question: object,
    rows: Sequence[BaseModel],
) -> int | None:
    """How many more would fit if no day were asked for; None where none is."""
    return len(find(held.vintage.whenever, question)) - len(rows) if held.vintage.as_of else None


def _all(held: Reading[Any], table: type[AnyRow]) -> Sequence[AnyRow]:
    return series.all_of(held.vintage, table)


def _figures(held: Reading[Any], found: Iterable[Observation]) -> list[exports.ObservationOut]:
    units = held.units
    return [exports.observation_row(one, units[one.indicator], held.words) for one in found]


# --- One of a list ------------------------------------------------------------------------------------------

AskedOnly = Annotated[Reading[Asked], reading(Asked)]
OneDep = Annotated[Reading[AskedOne], reading(AskedOne)]


def _single(
    path: str, tag: str, shape: type[BaseModel], example: str, asked: type[Asked] = Asked
) -> Callable[[Any], Any]:
    """Serve one thing by its key, of which `example` is one."""
    name, address = path.split("/")[1].removesuffix("s"), "/api" + re.sub(r"\{\w+\}", example, path)
    return router.get(
        path,
        operation_id=name,
        tags=[tag],
        response_model=contract.answer(name, shape),
        openapi_extra=contract.documented(asked, address),
    )


def _there(held: Reading[Any], table: type[Row], key: str, found: Data | None) -> Data:
    """What was found by its key; else a refusal that knows the keys there are."""
    if found is None:
        known = [getattr(row, table.key[0]) for row in _all(held, table)]
        raise missing(table.__name__.lower(), key, known)
    return found


def _then(held: Reading[AskedOne], day: str | None, known: Sequence[Observation]) -> None:
    """A thing that was not yet public on the day asked for, and of which nothing had been said, is refused."""
    if not held.vintage.knows(day) and not known:
        when = f"it was on {day}" if day else "the day on which it was is not known"
        raise Problem(404, f"This had not been made public by {held.vintage.as_of}; {when}.")


@_single("/observations/{id}", "figures", exports.ObservationOut, "s001-convicted")
def observation(request: Request, held: AskedOnly, id: KeyInPath) -> Response:
    """One figure as one document states it."""
    found = series.one_of(held.vintage, Observation, id)
    return _single_json(request, held, *_figures(held, [_there(held, Observation, id, found)]))


@_single("/indicators/{code}", "lists", exports.IndicatorOut, "convicted")
def indicator(request: Request, held: AskedOnly, code: KeyInPath) -> Response:
    """What one indicator counts."""
    found = series.one_of(held.vintage, Indicator, code)
    row = exports.indicator_row(_there(held, Indicator, code, found), held.words)
    return _single_json(request, held, row)


@_single("/sources/{id}", "lists", exports.SourceFileOut, "ctc-2020-02-18-almaty", AskedOne)
def source(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One document, with every figure taken from it."""
    file = _there(held, Source, id, listings.source_file(held.vintage, id))
    _then(held, file.source.published, file.observations)
    row = exports.source_row(file.source, held.words)
    figures = _figures(held, file.observations)
    return _single_json(request, held, exports.SourceFileOut(**row.model_dump(), observations=figures))


@_single("/incidents/{id}", "incidents", exports.IncidentFileOut, "2018-07-satpayev-group", AskedOne)
def incident(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One incident, with who called it what, its documents and its figures."""
    file = _there(held, Incident, id, listings.incident_file(held.vintage, id))
    _then(held, file.incident.disclosed, file.observations)
    row = exports.IncidentFileOut(
        **exports.incident_row(file.incident, held.words).model_dump(),
        classifications=[exports.classification_row(one) for one in file.classifications],
        sources=[one.id for one in file.sources],
        observations=_figures(held, file.observations),
    )
    return _single_json(request, held, row)


@_single("/disagreements/{id}", "figures", exports.DisagreementFileOut, "convicted.2019", AskedOne)
def disagreement(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One disagreement, with what is claimed and wherein the claims differ."""
    compared = listings.compared(held.vintage)
    found = next((one for one in compared.found if one.key == id), None)
    if found is None:
        everything = listings.compared(held.vintage.whenever).found
        if any(one.key == id for one in everything):
            raise Problem(404, f"By {held.vintage.as_of} there were not two figures that differ.")
        raise missing("disagreement", id, [one.key for one in everything])
    ground, words = compared.ground, held.words
    row = exports.DisagreementFileOut(
        **_disagreement(found, compared, held).model_dump(),
        claims=[exports.claim_row(one.figures, one.n_origins) for one in found.claims],
        pairs=[
            exports.PairOut(
                one=pair.one.id,
                other=pair.other.id,
                relation=pair.relation,
                fields=list(pair.fields),
                verdict=differ.verdict(pair, ground, words),
                differences=[said for _, said in differ.differences(pair, ground, words)],
                comparable=not differ.forbids(pair.one, pair.other, ground),
            )
            for pair in found.pairs
        ],
    )
    return _single_json(request, held, row)


# --- Health -------------------------------------------------------------------------------------------------


@router.get(
    "/health/live",
    operation_id="live",
    tags=["health"],
    response_model=contract.Health,
    openapi_extra=contract.answered("/api/health/live"),
)
def live() -> JSONResponse:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"}, headers=NOT_KEPT)


@router.get(
    "/health/ready",
    operation_id="ready",
    tags=["health"],
    response_model=contract.Health,
    responses={503: {"model": contract.Health}},
    openapi_extra=contract.answered("/api/health/ready"),
)
def ready(request: Request) -> JSONResponse:
    """Whether there is a release to answer from."""
    try:
        with request.app.state.database.reading() as session:
            current = databases.release(session)
    except databases.Empty:
        return JSONResponse({"status": "no release"}, 503, NOT_KEPT | TRY_AGAIN)
    except databases.Unavailable:
        return JSONResponse({"status": "unavailable"}, 503, NOT_KEPT | TRY_AGAIN)
    assert current is not None  # noqa: S101  # else the session had been refused
    found = {"status": "ok", "release": current.digest, "version": current.version}
    return JSONResponse(found, headers=NOT_KEPT)


# --- Answers ------------------------------------------------------------------------------------------------


def _listed_json(request: Request, held: Reading[Any], found: Found) -> Response:
    onward, file = _next(request, held, found), _address(request, suffix=".csv")
    links = {"self": _address(request), "next": onward, "csv": file}
    return _json(held, found, [row.model_dump() for row in found.rows], links)


def _listed_csv(request: Request, held: Reading[Any], found: Found) -> Response:
    asked, onward = held.asked, _next(request, held, found)
    view = getattr(asked, "view", "series")
    said = [*getattr(asked, "indicator", []), *([] if view == "series" else [view]), *_days(asked)]
    if len(found.rows) < found.total:
        said.append("incomplete")
    parts = [
        "derek",
        request.scope["path"].rpartition("/")[2].removesuffix(".csv"),
        *said,
        held.release.version,
    ]
    name = re.sub(r"[^\w.\-]", "_", "-".join(parts), flags=re.ASCII)[-120:]
    return Response(
        exports.as_csv(found.rows, found.shape),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            **_headers(held, onward),
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Derek-Total": str(found.total),
        },
    )


def _single_json(request: Request, held: Reading[Any], row: BaseModel) -> Response:
    return _json(held, Found(type(row), [row], 1, None), row.model_dump(), {"self": _address(request)})


def _json(held: Reading[Any], found: Found, data: Any, links: dict[str, str | None]) -> Response:
    answer = {"data": data, "meta": _meta(held, found).model_dump(), "links": links}
    if held.pinned or held.vintage.as_of:
        answer["data"] = _pinned(data, held)
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return Response(
        text, media_type="application/json", headers=_headers(held, links.get("next"), links.get("csv"))
    )


def _headers(held: Reading[Any], onward: str | None, file: str | None = None) -> dict[str, str]:
    """`Link` as RFC 8288 has it: what a program follows without reading the answer."""
    links = [
        onward and f'<{onward}>; rel="next"',
        file and f'<{file}>; rel="alternate"; type="text/csv"',
        f'<{exports.LICENSE_ADDRESS}>; rel="license"',
        '</api/openapi.json>; rel="service-desc"',
    ]
    return {
        "Content-Language": held.asked.lang,
        "Derek-Release": held.release.digest,
        "Link": ", ".join(filter(None, links)),
    }


def _meta(held: Reading[Any], found: Found) -> contract.Meta:
    asked, view = held.asked, getattr(held.asked, "view", None)
    rows = [one for row in found.rows for one in (row, *getattr(row, "observations", ()))]
    return contract.Meta(
        release=held.release.digest,
        version=held.release.version,
        dated=held.release.dated.isoformat(),
        as_of=held.vintage.as_of.isoformat() if held.vintage.as_of else None,
        lang=asked.lang,
        view=view,
        rule=series.OFFICIAL_LATEST if view in ("series", "coverage") else None,
        count=len(found.rows),
        total=found.total,
        hidden_by_as_of=found.hidden,
        units={unit: held.words.name("unit", unit) for row in rows if (unit := getattr(row, "unit", None))},
        license=exports.LICENSE,
        notes=list(_notes(held, found)),
    )


def _notes(held: Reading[Any], found: Found) -> Iterable[str]:
    gettext, asked = held.words.gettext, held.asked
    view = getattr(asked, "view", None)
    if isinstance(asked, AskedObservations):
        if view != "coverage":
            yield gettext("A null value is never zero: status or qualifier says what it is.")
        yield gettext(
            "Figures of different stages, scopes, populations, bodies or kinds of period are not comparable; "
            "never add rows."
        )
    if view == "series" and asked.narrowed:
        yield gettext(
            "Each figure was picked among those that fit the filters; years without one are left out."
        )
    if held.vintage.as_of:
        yield gettext("Titles, summaries and notes are written with what is known today.")
    if found.total:
        return
    yield gettext("Nothing fits all of this: %(asked)s.") % {"asked": ", ".join(_filters(asked))}
    if found.hidden:
        yield gettext("Left out by as_of, since stated later or on a day not known: %(count)s.") % {
            "count": found.hidden
        }
    if _days(asked):
        yield gettext("What has no date fits neither from nor to.")
    if view == "series" and (elsewhere := series.count(held.vintage, asked.question())):
        yield gettext(
            "Figures that fit and have no row of their own here, with view=observations: %(count)s."
        ) % {"count": elsewhere}


def _filters(asked: AskedList) -> Iterable[str]:
    """What narrows a list, as the request names it."""
    own = {"release", "lang", "limit", "cursor", "gaps"}
    for name, value in asked.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude=own
    ).items():
        yield f"{name}={','.join(value) if isinstance(value, list) else value}"


def _days(asked: Asked) -> list[str]:
    days = getattr(asked, "since", None), getattr(asked, "until", None)
    return [day.isoformat() for day in days if day]


def _pinned(data: Any, held: Reading[Any]) -> Any:
    """The same with links that stay in the release and in the day that the request named."""
    if isinstance(data, list):
        return [_pinned(one, held) for one in data]
    if not isinstance(data, dict):
        return data
    kept = {name: _pinned(cell, held) for name, cell in data.items()}
    for name, link in data.get("links", {}).items():
        address, mark, fragment = link.partition("#")
        asked = {}
        if held.vintage.as_of and not address.startswith(deps.TIMELESS):
            asked["as_of"] = held.vintage.as_of.isoformat()
        if held.pinned:
            asked["release"] = held.release.digest[:12]
        for parameter, value in asked.items():
            if f"{parameter}=" not in address:
                address += ("&" if "?" in address else "?") + f"{parameter}={value}"
        kept["links"][name] = address + mark + fragment
    return kept


def _next(request: Request, held: Reading[Any], found: Found) -> str | None:
    if found.following is None:
        return None
    return _address(request, cursor=deps.cursor(held, found.following))


def _address(request: Request, suffix: str = "", **changed: str) -> str:
    """This request's own address, its parameters written anew: as a file, or with some of them changed."""
    path = request.scope["path"]
    path = path.removesuffix(".json") + suffix if suffix else path
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    query = urlencode([*kept, *changed.items()], safe=",")
    return quote(path, errors="replace") + (f"?{query}" if query else "")


def problem(request: Request, error: Problem) -> JSONResponse:
    """A refusal as `application/problem+json`."""
    headers = NOT_KEPT | (TRY_AGAIN if error.status == 503 else {})
    content = contract.refusal(error, _address(request)[:300])
    return JSONResponse(content, error.status, headers, media_type="application/problem+json")
