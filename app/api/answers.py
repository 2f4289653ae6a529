"""How rows become an answer: as JSON, CSV, a workbook, a cube, with the headers that every answer has."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import reduce
from operator import or_
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app import caching, contract, deps, exports, series
from app.deps import Asked, AskedFile, AskedList, AskedObservations, Faults, Problem, Reading, reading

router = APIRouter(prefix="/api")

USUAL, MOST = 200, 1000
"""Rows of an answer where no limit is asked: of JSON, which says where to go on, and of a file."""
NOT_KEPT = {"Cache-Control": "no-store"}
TRY_AGAIN = {"Retry-After": "5"}


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

# --- Forms ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    """A form in which a list is answered, by what stands after its path."""

    name: str
    suffix: str
    media: str
    """As the answer names it; what comes before a semicolon is also what `Accept` asks for."""
    write: Callable[[Request, Reading[Any], Found], str | bytes]
    shapes: tuple[type[BaseModel], ...] = (BaseModel,)
    """Of which rows it can be made."""
    negotiated: bool = True
    """Whether `Accept` can ask for it: not where another form has the same name there."""
    file: bool = True
    """Whether it is kept as a file of that name, and not read in place."""

    @property
    def kind(self) -> str:
        return self.media.partition(";")[0]

    def fits(self, shape: type[BaseModel]) -> bool:
        return issubclass(shape, self.shapes)


def _csv(request: Request, held: Reading[Any], found: Found) -> str:
    text = exports.as_csv(found.rows, found.shape)
    return exports.BOM + text if isinstance(held.asked, AskedFile) and held.asked.bom == "1" else text


def _workbook(request: Request, held: Reading[Any], found: Found) -> bytes:
    dated = datetime.combine(held.release.dated, time())
    return exports.workbook(found.rows, found.shape, _about(request, held, found, ".xlsx"), dated)


def _jsonstat(request: Request, held: Reading[Any], found: Found) -> str:
    rows: Any = found.rows
    cube = exports.jsonstat(
        rows, held.words, _about(request, held, found, ".jsonstat"), held.release.dated.isoformat()
    )
    return _dumped(cube)


def _sdmx(request: Request, held: Reading[Any], found: Found) -> str:
    rows: Any = found.rows
    return exports.sdmx_csv(rows)


def _csvw(request: Request, held: Reading[Any], found: Found) -> str:
    path, _, query = _address(request, suffix=".csv").partition("?")
    beside = path.rpartition("/")[2] + (f"?{query}" if query else "")
    return _dumped(exports.csvw(found.shape, beside, _about(request, held, found, ".csv"), held.asked.lang))


CSV = Form("csv", ".csv", "text/csv; charset=utf-8; header=present", _csv)
FORMS = (
    CSV,
    Form("xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    Form(
        "jsonstat",
        ".jsonstat",
        "application/json; profile=json-stat",
        _jsonstat,
        (exports.StatsRow,),
        negotiated=False,
        file=False,
    ),
    Form(
        "sdmx",
        ".sdmx.csv",
        "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8",
        _sdmx,
        (exports.StatsRow, exports.ObservationOut),
    ),
    Form("csvw", ".csv-metadata.json", "application/csvm+json", _csvw, file=False),
)
"""The forms beside JSON. A CSV's description stands where the W3C's rule looks for it: its address, and `-metadata.json`."""


def listed(
    path: str, tag: str, asked: type[AskedList], *shapes: type[BaseModel], example: str
) -> Callable[[Finder], Finder]:
    """Serve a list at a path as JSON, and in each form that its rows can have; `example` is a query to show."""

    def register(find: Finder) -> Finder:
        forms = [form for form in FORMS if any(map(form.fits, shapes))]

        def as_json(request: Request, held: Annotated[Reading[Any], reading(asked)]) -> Response:
            return _listed_json(request, held, find(held, held.asked.limit or USUAL), forms)

        def negotiated(request: Request, held: Annotated[Reading[Any], reading(asked)]) -> Response:
            form = _wanted(request.headers.get("accept", ""), forms)
            if form is None:
                answer = as_json(request, held)
            else:
                answer = _in_form(form, request, held, find(held, held.asked.limit or MOST))
            answer.headers["Vary"] = "Accept"
            return answer

        def as_form(form: Form) -> Callable[..., Response]:
            shape = deps.with_bom(asked) if form is CSV else asked

            def answer(request: Request, held: Annotated[Reading[Any], reading(shape)]) -> Response:
                return _in_form(form, request, held, find(held, held.asked.limit or MOST))

            return answer

        name, said = find.__name__, inspect.cleandoc(str(find.__doc__))
        rows: Any = reduce(or_, map(list.__class_getitem__, shapes))
        columns = "; ".join(" ".join(exports.columns(shape)) for shape in shapes)
        router.add_api_route(
            path,
            negotiated,
            operation_id=name,
            tags=[tag],
            description=said,
            response_model=contract.answer(name, rows),
            openapi_extra=contract.documented(asked, f"/api{path}{example}"),
        )
        router.add_api_route(f"{path}.json", as_json, include_in_schema=False)
        for form in forms:
            rules = f" {contract.FORM_RULES[form.name]}" + (f" Columns: {columns}." if form is CSV else "")
            router.add_api_route(
                f"{path}{form.suffix}",
                as_form(form),
                operation_id=f"{name}_{form.name}",
                tags=[tag],
                description=f"As {contract.NAMES[form.name]}: {said.splitlines()[0]}\n\n{rules.strip()}",
                response_class=Response,
                openapi_extra=(
                    contract.documented(deps.with_bom(asked), f"/api{path}.csv{example}")
                    if form is CSV
                    else contract.in_form(
                        asked, f"/api{path}{form.suffix}", form.kind, any_view=all(map(form.fits, shapes))
                    )
                ),
            )
        return find

    return register


def _wanted(accepted: str, forms: Sequence[Form]) -> Form | None:
    """The form that `Accept` likes best; None is JSON, which is also the answer where nothing that it names is there."""
    known: dict[str, Form | None] = {
        "application/json": None,
        **{form.kind: form for form in forms if form.negotiated},
    }
    best: tuple[float, Form | None] = (0.0, None)
    for part in accepted[:1000].split(","):
        kind, _, rest = part.partition(";")
        weight = re.search(r"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", rest)
        liked = float(weight[1]) if weight else 1.0
        if kind.strip().lower() in known and liked > best[0]:
            best = liked, known[kind.strip().lower()]
    return best[1]


# --- Answers --------------------------------------------------------------------------------------------------


def _listed_json(request: Request, held: Reading[Any], found: Found, forms: Sequence[Form]) -> Response:
    others = {form.name: _address(request, suffix=form.suffix) for form in forms if form.fits(found.shape)}
    links = {"self": _address(request), "next": _next(request, held, found), **others}
    return _json(request, held, found, [row.model_dump() for row in found.rows], links, forms)


def _in_form(form: Form, request: Request, held: Reading[Any], found: Found) -> Response:
    if not form.fits(found.shape):
        faults = Faults()
        faults.add("view", "does_not_fit", f"has no rows that {contract.NAMES[form.name]} can hold")
        raise Problem(422, "One fault; nothing was guessed.", tuple(faults))
    headers = {**_headers(request, held, _next(request, held, found)), "Derek-Total": str(found.total)}
    if form.file:
        headers["Content-Disposition"] = (
            f'attachment; filename="{_file_name(request, held, found)}{form.suffix}"'
        )
    return Response(form.write(request, held, found), media_type=form.media, headers=headers)


def _file_name(request: Request, held: Reading[Any], found: Found) -> str:
    """What is in the file: the list, the indicators or the view, the days and the release."""
    asked = held.asked
    view = getattr(asked, "view", "series")
    said = [*getattr(asked, "indicator", []), *([] if view == "series" else [view]), *_days(asked)]
    if len(found.rows) < found.total:
        said.append("incomplete")
    named = request.scope["path"].rpartition("/")[2].partition(".")[0]
    return re.sub(r"[^\w.\-]", "_", "-".join(["derek", named, *said, held.release.version]), flags=re.ASCII)[
        -120:
    ]


def single(request: Request, held: Reading[Any], row: BaseModel) -> Response:
    """One thing, as JSON."""
    found = Found(type(row), [row], 1, None)
    return _json(request, held, found, row.model_dump(), {"self": _address(request)}, ())


def _json(
    request: Request,
    held: Reading[Any],
    found: Found,
    data: Any,
    links: dict[str, str | None],
    forms: Sequence[Form],
) -> Response:
    answer = {"data": data, "meta": _meta(held, found).model_dump(), "links": links}
    if held.pinned or held.vintage.as_of:
        answer["data"] = _pinned(data, held)
    others = [(str(links[form.name]), form) for form in forms if form.name in links]
    headers = _headers(request, held, links.get("next"), others)
    return Response(_dumped(answer), media_type="application/json", headers=headers)


def _dumped(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _headers(
    request: Request, held: Reading[Any], onward: str | None, others: Sequence[tuple[str, Form]] = ()
) -> dict[str, str]:
    """`Link` as RFC 8288 has it: what a program follows without reading the answer. An answer of a release that its
    address names stays as it is for ever."""
    described = [address for address, form in others if form.name == "csvw"]
    path = request.scope["path"]
    # SDMX-CSV has columns of its own, which SDMX describes.
    if not described and path.endswith(".csv") and not path.endswith(".sdmx.csv"):
        described = [_address(request, suffix=".csv-metadata.json")]
    links = [
        onward and f'<{onward}>; rel="next"',
        *(
            f'<{address}>; rel="alternate"; type="{form.kind}"'
            for address, form in others
            if form.name != "csvw"
        ),
        *(f'<{address}>; rel="describedby"; type="application/csvm+json"' for address in described),
        f'<{_lasting(request, held)}>; rel="cite-as"',
        f'<{exports.LICENSE_ADDRESS}>; rel="license"',
        '</api/openapi.json>; rel="service-desc"',
    ]
    kept = {"Cache-Control": caching.LASTING} if held.pinned else {}
    return {
        "Content-Language": held.asked.lang,
        "Derek-Release": held.release.digest,
        "Link": ", ".join(filter(None, links)),
        **kept,
    }


def _lasting(request: Request, held: Reading[Any], suffix: str = "") -> str:
    """The address that keeps giving this answer, whatever release comes; in another form with a suffix."""
    return _address(request, suffix, release=held.release.digest[:12])


def _about(request: Request, held: Reading[Any], found: Found, suffix: str) -> Mapping[str, str]:
    """What to know of the rows of a file, each with a name; a file travels without its address and its headers."""
    gettext, meta = held.words.gettext, _meta(held, found)
    told = {
        gettext("Source"): gettext("Derek: a record of statements, not a measurement of terrorism"),
        gettext("Release"): f"{meta.version} ({meta.release})",
        gettext("Data through"): meta.dated,
        gettext("Address"): request.app.state.settings.base + _lasting(request, held, suffix),
        gettext("Rows in this file"): gettext("%(count)s of %(total)s")
        % {"count": meta.count, "total": meta.total},
        gettext("Known on"): meta.as_of or "",
        gettext("Rule"): meta.rule or "",
        gettext("Units"): "; ".join(f"{code}: {name}" for code, name in meta.units.items()),
        gettext("Licence"): f"{meta.license} {exports.LICENSE_ADDRESS}",
        **{f"{gettext('Note')} {number}": note for number, note in enumerate(meta.notes, start=1)},
    }
    return {name: said for name, said in told.items() if said}


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
    since = getattr(asked, "newer", None)
    if since and len(list(_filters(asked))) == 1:
        yield gettext("Nothing was added or changed since %(since)s.") % {"since": since}
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
    if suffix:
        head, _, last = path.rpartition("/")
        path = f"{head}/{last.partition('.')[0]}{suffix}"
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    query = urlencode([*kept, *changed.items()], safe=",")
    return quote(path, errors="replace") + (f"?{query}" if query else "")


def problem(request: Request, error: Problem) -> JSONResponse:
    """A refusal as `application/problem+json`."""
    headers = NOT_KEPT | (TRY_AGAIN if error.status == 503 else {})
    content = contract.refusal(error, _address(request)[:300])
    return JSONResponse(content, error.status, headers, media_type="application/problem+json")
