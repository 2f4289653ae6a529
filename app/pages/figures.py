"""Pages of figures: the dashboard."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app import charts, series
from app.charts import Chart
from app.deps import AskedPage, Reading
from app.models import Cell, Origin, Panel, Source
from app.pages.rendering import PageDep, render, router, state

ON_DASHBOARD = ("convicted", "detained", "foiled_plots")


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
    return render(request, held, "dashboard.html", context)


def _section(panel: Panel, panels: list[Panel], held: Reading[AskedPage], first: int) -> Section:
    alike = [one for one in panels if one.indicator.unit == panel.indicator.unit]
    chart = charts.by_year(panel, held.words, first, charts.highest(alike))
    headlines = [cell for cell in panel.headlines if cell.shown]
    full = [cell for cell in headlines if cell.shown and cell.shown.period_kind == "calendar_year"]
    latest = full[-1] if full else None
    return Section(
        panel,
        chart,
        charts.svg(chart, f"/{held.words.language}/sources/{{source}}{state(held)}#{{id}}"),
        charts.plotly(chart),
        latest,
        tuple(cell for cell in headlines if latest is None or (cell.year or 0) > (latest.year or 0)),
        tuple(cell for cell in panel.on_axis if cell.year is not None and cell.year >= first),
    )
