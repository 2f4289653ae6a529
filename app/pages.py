"""The pages: which there are, and for each what its template is given."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app import caching, charts, deps, series
from app.charts import Chart
from app.deps import AskedPage, KeyInPath, Reading, missing, reading
from app.i18n import LANGUAGES, NAMES, catalogue
from app.models import Cell, Origin, Panel, Source
from app.series import SourceFile
from app.settings import folder

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
home = APIRouter(include_in_schema=False)

ON_DASHBOARD = ("convicted", "detained", "foiled_plots")

PageDep = Annotated[Reading[AskedPage], reading(AskedPage)]


@dataclass(frozen=True)
class Section:
    """One indicator on the dashboard: its latest figures in words, its chart twice, and the table that twins it."""

    panel: Panel
    chart: Chart
    svg: Markup
    figure: str
    """The chart as Plotly JSON."""
    latest_year: Cell | None
    """The last calendar year for which the leading body has a figure."""
    since: tuple[Cell, ...]
    """Its figures for parts of later years."""
    rows: tuple[Cell, ...]
    """The cells the chart shows, in the chart's order."""


@dataclass(frozen=True)
class Dashboard:
    """The first page: convictions, detentions and reported foiled plots by year, each figure with its witness."""

    sections: tuple[Section, ...]
    first: int
    searched_from: int
    n_observations: int
    n_sources: int
    n_origins: int


@dataclass(frozen=True)
class Sources:
    """Every document of the record."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class SourcePage:
    """One document, every figure taken from it, and who else retold the same statements."""

    file: SourceFile
    units: dict[str, str]
    publishers: dict[str, str]
    """Publisher by source, for the documents that retell a statement."""


@router.get("")
def bare(request: Request) -> RedirectResponse:
    return RedirectResponse(_with_query(request, request.scope["path"] + "/"), 308)


@router.get("/")
def dashboard(request: Request, held: PageDep) -> HTMLResponse:
    question = series.Question(indicator=ON_DASHBOARD)
    found = {panel.indicator.code: panel for panel in series.panels(held.session, held.release, question)}
    panels = [found[code] for code in ON_DASHBOARD if code in found]
    first = min(
        (c.year for panel in panels for c in panel.on_axis if c.shown and c.year),
        default=held.release.dated.year,
    )
    context = Dashboard(
        tuple(_section(panel, panels, held, first) for panel in panels),
        first,
        min((panel.indicator.searched_from for panel in panels), default=first),
        series.count(held.session, held.release, series.Question()),
        len(series.all_of(held.session, held.release, Source)),
        len(series.all_of(held.session, held.release, Origin)),
    )
    return _render(request, held, "dashboard.html", context)


def _section(panel: Panel, panels: list[Panel], held: Reading[AskedPage], first: int) -> Section:
    alike = [one for one in panels if one.indicator.unit == panel.indicator.unit]
    chart = charts.by_year(panel, held.words, first, charts.highest(alike))
    headlines = [cell for cell in panel.headlines if cell.shown]
    full = [cell for cell in headlines if cell.shown and cell.shown.period_kind == "calendar_year"]
    latest = full[-1] if full else None
    return Section(
        panel,
        chart,
        charts.svg(chart, f"/{held.words.language}/sources/{{source}}{_state(held)}#{{id}}"),
        charts.plotly(chart),
        latest,
        tuple(cell for cell in headlines if latest is None or (cell.year or 0) > (latest.year or 0)),
        tuple(cell for cell in panel.on_axis if cell.year is not None and cell.year >= first),
    )


@router.get("/sources/")
def slash(request: Request) -> RedirectResponse:
    return RedirectResponse(_with_query(request, f"/{deps.language(request)}/sources"), 308)


@router.get("/sources")
def sources(request: Request, held: PageDep) -> HTMLResponse:
    found = series.all_of(held.session, held.release, Source)
    newest_first = sorted(found, key=lambda one: (one.published or "", one.id), reverse=True)
    return _render(request, held, "sources.html", Sources(tuple(newest_first)))


@router.get("/sources/{id}")
def source(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    file = series.source_file(held.session, held.release, id)
    if file is None:
        raise missing("source", id, [row.id for row in series.all_of(held.session, held.release, Source)])
    others = {one.source for some in file.retellings.values() for one in some}
    publishers = {row.id: row.publisher for row in series.all_of(held.session, held.release, Source, others)}
    return _render(request, held, "source.html", SourcePage(file, held.units, publishers))


@home.get("/")
def choose(request: Request) -> RedirectResponse:
    """The reader's language, by what the browser says it reads."""
    return RedirectResponse(f"/{deps.language(request)}/", 302, {"Vary": "Accept-Language"})


# --- Rendering --------------------------------------------------------------------------------------------------


@cache
def _templates(language: str) -> Environment:
    """The templates in one language. A name a page was not given is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(languages=NAMES, static=caching.address, plotly=caching.plotly())
    return environment


def _render(request: Request, held: Reading[AskedPage], template: str, page: Any) -> HTMLResponse:
    words = held.words
    context = {
        "page": page,
        "words": words,
        "lang": words.language,
        "release": held.release,
        "state": _state(held),
        "elsewhere": _elsewhere(request),
    }
    text = _templates(words.language).get_template(template).render(context)
    return HTMLResponse(
        text, headers={"Content-Language": words.language, "Derek-Release": held.release.digest}
    )


def _state(held: Reading[AskedPage]) -> str:
    """What a link on the page has to carry: a reader of a former release stays in it."""
    return f"?release={held.release.digest[:12]}" if held.pinned else ""


def _with_query(request: Request, path: str) -> str:
    query = urlencode(request.query_params.multi_items(), safe=",")
    return f"{path}?{query}" if query else path


def _elsewhere(request: Request) -> dict[str, str]:
    """The same page in every language, with its state."""
    _, _, rest = quote(request.scope["path"], errors="replace").lstrip("/").partition("/")
    return {language: _with_query(request, f"/{language}/{rest}") for language in LANGUAGES}


def refusal(request: Request, status: int, detail: str | None, errors: tuple[Any, ...] = ()) -> HTMLResponse:
    """A page that says what went wrong and where to go on."""
    language = deps.language(request)
    context = {
        "lang": language,
        "status": status,
        "detail": detail,
        "errors": errors,
        "state": "",
        "elsewhere": _elsewhere(request),
    }
    text = _templates(language).get_template("error.html").render(context)
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return HTMLResponse(text, status, headers | ({"Retry-After": "5"} if status == 503 else {}))
