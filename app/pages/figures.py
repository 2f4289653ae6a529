"""Pages of figures: the dashboard, every indicator and each one alone, and how well each year is known."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from app import charts, listings, series
from app.charts import Chart, Dated, Piece, Signs
from app.deps import (
    AskedCoverage,
    AskedFrame,
    AskedFrameOfCoverage,
    AskedFrameOfYears,
    AskedPage,
    AskedThen,
    AskedYears,
    KeyInPath,
    Reading,
    missing,
    reading,
    with_width,
)
from app.exports import citing
from app.exports.citing import Citation
from app.i18n import N_, Words
from app.models import Cell, Change, CoverageState, Indicator, Observation, Panel, Source
from app.pages import sharing, structured
from app.pages.citations import Offer, citable, named, offer, sent
from app.pages.disagreements import Shown, about
from app.pages.incidents import Glance, glance
from app.pages.pictures import Picture, Taken, caption, pictured, taken
from app.pages.rendering import PageDep, api, embeds, lasting, link, render, router, settings_of, state
from app.pages.sharing import Frame, Image

ON_DASHBOARD = ("convicted", "detained", "foiled_plots")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "stages": (
        "detained",
        "arrested",
        "investigated",
        "prosecuted",
        "court_cases",
        "convicted",
        "sentenced",
        "detained_and_jailed",
        "sentence_years",
        "prisoners_held",
        "crimes_registered",
        "cases_registered",
    ),
    "plots": (
        "foiled_plots",
        "attacks",
        "plots_disclosed",
        "plots_planned",
        "groups_neutralised",
        "persons_neutralised",
        "participants",
        "killed_total",
        "killed_victims",
        "killed_civilians",
        "killed_security",
        "killed_attackers",
        "injured",
    ),
    "abroad": (
        "citizens_departed",
        "departures_prevented",
        "departures_attempted",
        "citizens_abroad_total",
        "citizens_abroad_fighters",
        "citizens_abroad_family",
        "citizens_killed_abroad",
        "citizens_returned",
        "students_returned",
        "citizenship_stripped",
        "extradited_to_kazakhstan",
        "extradited_foreigners",
        "foreigners_expelled",
        "entry_denied",
    ),
    "prevention": (
        "deradicalised",
        "deradicalised_prisoners",
        "trainings",
        "links_identified",
        "links_blocked",
        "materials_removed",
        "banned_organisations",
    ),
    "indexes": ("gti_rank", "gti_score", "coverage_percent", "readiness_percent", "share_percent"),
}
"""Indicators side by side by what they are about; one that is in no group stands under `other`."""
STAGES = ("detained", "arrested", "prosecuted", "convicted", "sentenced")
"""Legal stages that are drawn under each other, in the order of a case; a figure for two at once is in none of them."""
IN_SMALL = ("detained", "arrested", "prosecuted", "convicted", "sentenced", "foiled_plots", "attacks")
"""What the dashboard shows of coverage."""
KNOWN: tuple[CoverageState, ...] = ("known", "part", "other_body")
"""How a year may be known."""
NEWEST = 6
"""How many statements and changes the dashboard names as new."""


@dataclass(frozen=True)
class Section:
    """One indicator by year: its latest figures in words, its chart in every drawing, and the table that twins it."""

    panel: Panel
    chart: Chart
    brief: str
    svg: Markup
    lane: Markup
    sideways: Markup
    figure: str
    """The chart as Plotly JSON."""
    latest_year: Cell | None
    """The last calendar year for which the leading body has a figure."""
    since: tuple[Cell, ...]
    """Its figures for parts of later years."""
    rows: tuple[Cell, ...]
    """The cells the chart shows, in the chart's order."""
    n_observations: int
    source: str
    csv: str
    json: str
    picture: str
    png: str
    permalink: str
    frame: Frame

    @property
    def witnesses(self) -> tuple[Cell, ...]:
        """The cells of which the page shows a figure."""
        first = (*self.rows, *self.since, *([self.latest_year] if self.latest_year else []))
        return tuple({cell.shown.id: cell for cell in first if cell.shown}.values())


@dataclass(frozen=True)
class DatedSection:
    """One indicator by day: its dots, and where to take them."""

    panel: Panel
    chart: Dated
    brief: str
    svg: Markup
    source: str
    csv: str
    json: str
    picture: str
    png: str
    permalink: str
    frame: Frame


@dataclass(frozen=True)
class Row:
    """How well each year of one indicator is known."""

    indicator: Indicator
    states: Mapping[int, CoverageState]
    places: Mapping[int, str]
    """Where on the indicator's page a year is told, as a fragment."""


@dataclass(frozen=True)
class Card:
    """One indicator among others."""

    panel: Panel
    latest: Cell | None
    """The last full year; where there is none, what was stated last."""
    since: tuple[Cell, ...]
    """Figures for parts of later years."""
    n_observations: int
    undated: int
    """Where nothing leads, how many figures the leading body has without their days."""
    known: Mapping[CoverageState, int]
    """How many years are known fully, in part, or from other bodies only."""


@dataclass(frozen=True)
class Group:
    """Indicators about one thing; `code` names it in `i18n`."""

    code: str
    rows: tuple[Row, ...] | tuple[Card, ...]


@dataclass(frozen=True)
class Dashboard:
    """The first page: convictions, detentions and reported foiled plots by year, and ways into all the rest."""

    sections: tuple[Section, ...]
    first: int
    searched_from: int
    n_observations: int
    n_sources: int
    n_origins: int
    latest: tuple[Observation, ...]
    """The figures stated last, one of each act of stating and indicator."""
    changes: tuple[Change, ...]
    matrix: tuple[Row, ...]
    years: range
    glance: Glance


@dataclass(frozen=True)
class IndicatorPage:
    """Everything on record for one indicator."""

    panel: Panel
    section: Section | None
    dated: DatedSection | None
    last: Cell | None
    """Where no year has a figure: what the leading body stated last."""
    years: Sequence[int]
    narrowed: bool
    n_observations: int
    contents: tuple[tuple[str, str], ...]
    wholes: tuple[tuple[Observation, Observation], ...]
    """A figure small enough to be drawn one by one, and the part of it about which its document says more."""
    bodies: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    """By body other than the leading one, and by scope."""
    beside: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    """Cells that no year can hold, by their kind of period."""
    parts: tuple[tuple[str, str, str, tuple[Observation, ...]], ...]
    """Figures that are of no panel: of parts, of single cases, withdrawn."""
    disagreements: tuple[Shown, ...]
    sources: tuple[tuple[Source, int], ...]
    cite: Offer


@dataclass(frozen=True)
class Embedded:
    """The chart of one indicator in a frame: by year or, where no year has a figure, by day."""

    panel: Panel
    section: Section | None
    dated: DatedSection | None


@dataclass(frozen=True)
class Multiple:
    """One of several small charts: the same years, the same scale."""

    indicator: Indicator
    body: str
    """Whose figures they are, where they are of one body alone."""
    chart: Chart
    svg: Markup
    picture: str
    png: str
    csv: str
    permalink: str


@dataclass(frozen=True)
class Indicators:
    """Every indicator, in groups; the legal stages also as small charts under each other."""

    groups: tuple[Group, ...]
    stages: tuple[Multiple, ...]
    taken: Taken | None
    """How the legal stages are taken together, where any is drawn."""
    source: str
    csv: str
    json: str


@dataclass(frozen=True)
class Stages:
    """The legal stages as small charts under each other in a frame."""

    stages: tuple[Multiple, ...]
    taken: Taken | None


@dataclass(frozen=True)
class Coverage:
    """How well each year of each indicator is known."""

    groups: tuple[Group, ...]
    years: range
    show: str
    beside: tuple[tuple[Indicator, int], ...]
    csv: str
    json: str
    taken: Taken


# --- Dashboard ----------------------------------------------------------------------------------------------


@router.get("/")
def dashboard(request: Request, held: PageDep) -> HTMLResponse:
    everything = _panels(held, series.Question(indicator=(*ON_DASHBOARD, *IN_SMALL)))
    panels = [everything[code] for code in ON_DASHBOARD if code in everything]
    first = min(
        (c.year for panel in panels for c in panel.on_axis if c.shown and c.year),
        default=held.vintage.last.year,
    )
    years = range(first, held.vintage.last.year + 1)
    figures = series.observations(held.vintage, series.Question())
    documents = {row.id: row for row in series.all_of(held.vintage, Source)}
    counts = Counter(one.indicator for one in figures)
    base = settings_of(request).base
    sections = tuple(_section(panel, held, first, None, panels, counts, base) for panel in panels)
    context = Dashboard(
        sections,
        first,
        min((panel.indicator.searched_from for panel in panels), default=first),
        len(figures),
        len(listings.sources(held.vintage, listings.SourceQuestion())),
        len({one.origin for one in figures}),
        _latest(figures, documents),
        listings.changes(held.vintage)[:NEWEST],
        tuple(row_of(everything[code], years) for code in IN_SMALL if code in everything),
        years,
        glance(held),
    )
    return render(
        request,
        held,
        "dashboard.html",
        context,
        thing=structured.dataset(held, settings_of(request)),
        frames=[one.frame for one in sections],
    )


def _latest(figures: Iterable[Observation], documents: Mapping[str, Source]) -> tuple[Observation, ...]:
    """The totals stated last: one of each act of stating and indicator, since retellings are no news.

    Of the newest year that a statement speaks of, its telling that leads by the rule, as in the charts.
    """
    told: dict[tuple[str, str], list[Observation]] = {}
    for one in figures:
        dated = one.as_of and one.public_on and one.bounds
        if dated and one.extent == "national" and one.status == "current" and one.confidence != "low":
            told.setdefault((one.origin, one.indicator), []).append(one)
    leading = []
    for some in told.values():
        newest = max(one.year or 0 for one in some)
        leading.append(series.leading_first([one for one in some if (one.year or 0) == newest], documents)[0])
    leading.sort(key=lambda one: (one.public_on, one.as_of, one.id), reverse=True)
    return tuple(leading[:NEWEST])


# --- Indicators ---------------------------------------------------------------------------------------------


@router.get("/indicators")
def indicators(request: Request, held: PageDep) -> HTMLResponse:
    panels = _panels(held, series.Question())
    figures = series.observations(held.vintage, series.Question())
    counts = Counter(one.indicator for one in figures)
    cards = {code: _card(panel, counts[code]) for code, panel in panels.items()}
    groups = tuple(Group(name, tuple(cards[code] for code in codes)) for name, codes in _grouped(cards))
    stages = multiples(held, [panels[code] for code in STAGES if code in panels])
    asked = {"indicator": ",".join(one.indicator.code for one in stages)}
    by_stage = _stages_taken(held, stages, settings_of(request).base)
    context = Indicators(
        groups,
        stages,
        by_stage,
        sharing.source_line(held),
        api(held, "/api/stats.csv", **asked),
        api(held, "/api/stats", **asked),
    )
    image = by_stage.frame.image if by_stage else None
    frames = [by_stage.frame] if by_stage else []
    return render(request, held, "indicators.html", context, image=image, frames=frames)


@embeds.get("/indicators")
def embedded_stages(
    request: Request, held: Annotated[Reading[AskedFrame], reading(AskedFrame)]
) -> HTMLResponse:
    stages = _stages(held)
    context = Stages(stages, _stages_taken(held, stages, settings_of(request).base))
    return render(request, held, "embed_stages.html", context, None)


def stages_frame(held: Reading[AskedPage], base: str) -> Frame | None:
    """The legal stages as other sites show them."""
    by_stage = _stages_taken(held, _stages(held), base)
    return by_stage.frame if by_stage else None


@pictured("/indicators", AskedThen)
def stages_drawn(request: Request, held: Reading[Any]) -> Picture:
    kept, told = held.words.presumption("none", "detained")
    title, brief = _of_stages(held.words)
    stages = _stages(held)
    said = caption(
        request,
        held,
        lasting(held, "/indicators"),
        title,
        brief,
        kept,
        cautions=(told,),
        signs=signs_of_small(stages, held.words),
    )
    return Picture("stages", drawn_small(request, stages, held.words), said, 2)


def _of_stages(words: Words) -> tuple[str, str]:
    """How the legal stages are called together, and what may not be read from them."""
    return words.gettext("People at each legal stage by year, as stated"), words.gettext(
        "One scale for all. The stages do not follow the same people: nothing can be read from one line to the next, "
        "and a stage without a bar is not zero."
    )


def _stages(held: Reading[AskedPage]) -> tuple[Multiple, ...]:
    panels = _panels(held, series.Question(indicator=STAGES))
    return multiples(held, [panels[code] for code in STAGES if code in panels])


def _stages_taken(held: Reading[AskedPage], stages: Sequence[Multiple], base: str) -> Taken | None:
    """How the legal stages are taken together, where any is drawn."""
    if not stages:
        return None
    texts = (
        *_of_stages(held.words),
        *held.words.presumption("none", "detained"),
        sharing.source_in_frame(held),
    )
    return taken(held, base, "/indicators", {}, texts[0], heights_of_small(stages, *texts))


def heights_of_small(some: Sequence[Multiple], *texts: str, rows: int = 0) -> tuple[int, int]:
    """Of a frame with small charts, where it is wide and where it is narrow."""
    keys = [[group.words for group in one.chart.groups if not group.lane] for one in some]
    wide, narrow = (
        sharing.frame_height(
            across,
            *texts,
            drawn=sum(charts.small_height(one.chart) + 46 for one in some)
            + sum(sharing.frame_height(across, drawn=-68, rows=0, keys=each) for each in keys),
            rows=rows,
        )
        for across in (sharing.WIDTH, 360)
    )
    return wide, narrow


def drawn_small(request: Request, some: Iterable[Multiple], words: Words) -> tuple[Piece, ...]:
    """Small charts as pieces of a picture."""
    marks = f"{settings_of(request).base}/{words.language}/sources/{{source}}#{{id}}"

    def called(one: Multiple) -> str:
        name = words.name("indicator", one.indicator.code)
        return f"{name}, {words.name('body', one.body)}" if one.body else name

    return tuple(charts.one_of_several(one.chart, called(one), marks) for one in some)


def signs_of_small(some: Sequence[Multiple], words: Words) -> Signs:
    """What signs mean in small charts, which have no room for words."""
    slots = [slot for one in some for slot in one.chart.slots if slot.empty]
    partly = f"{words.coverage('parts_only')}; {words.coverage('cases_only')}"
    meant = {"…": partly} if any(slot.parts for slot in slots) else {}
    if any(not slot.parts for slot in slots):
        meant["–"] = f"{words.coverage('none_found')}; {words.gettext('no national figure; it is not zero')}"
    return tuple((charts.written(sign), text) for sign, text in meant.items())


def multiples(held: Reading[AskedPage], panels: Sequence[Panel]) -> tuple[Multiple, ...]:
    """Charts under each other, those of one unit on one scale. Nothing leads from one to the next: they do not follow
    the same people."""
    known = [panel for panel in panels if any(cell.shown for cell in panel.on_axis)]
    years = [cell.year for panel in known for cell in panel.on_axis if cell.shown and cell.year]
    if not years:
        return ()
    place = f"/{held.words.language}/sources/{{source}}{state(held)}#{{id}}"
    days = {"from": min(years), "to": held.vintage.last.year}

    codes = Counter(panel.indicator.code for panel in known)

    def multiple(panel: Panel) -> Multiple:
        alike = [one for one in known if one.indicator.unit == panel.indicator.unit]
        chart, code = (
            charts.by_year(panel, held.words, min(years), charts.highest(alike)),
            panel.indicator.code,
        )
        bodies = {cell.stated_by for cell in panel.on_axis}
        if codes[code] > 1:  # names are those of a page's parts, of which no two may be alike
            chart = replace(chart, name=f"{code}-{'-'.join(sorted(bodies))}")
        return Multiple(
            panel.indicator,
            next(iter(bodies)) if len(bodies) == 1 else "",
            chart,
            charts.small(chart, place),
            link(held, f"/indicators/{code}.svg", days),
            link(held, f"/indicators/{code}.png", days),
            api(held, "/api/stats.csv", indicator=code, **days),
            lasting(held, f"/indicators/{code}", days),
        )

    return tuple(map(multiple, known))


def _card(panel: Panel, count: int) -> Card:
    latest, since = _leading(panel)
    if latest is None and since:
        latest, since = since[-1], ()
    led = [
        cell for cell in panel.beside_axis if cell.shown and cell.stated_by == panel.indicator.leading_body
    ]
    # Of figures whose days nobody stated, none is later than another.
    undated = [cell for cell in led if cell.shown and cell.shown.period_kind == "undefined"]
    if latest is None and led and (led[-1] not in undated or len(undated) == 1):
        latest = led[-1]
    states = Counter(row_of(panel, panel.years).states.values())
    known = {state: states[state] for state in KNOWN if states[state]}
    return Card(panel, latest, since, count, 0 if latest else len(undated), known)


def _leading(panel: Panel) -> tuple[Cell | None, tuple[Cell, ...]]:
    """The last full year for which the leading body has a figure, and its figures for parts of later years."""
    headlines = [cell for cell in panel.headlines if cell.shown]
    full = [cell for cell in headlines if cell.shown and cell.shown.period_kind == "calendar_year"]
    latest = full[-1] if full else None
    return latest, tuple(
        cell for cell in headlines if latest is None or (cell.year or 0) > (latest.year or 0)
    )


YearsDep = Annotated[Reading[AskedYears], reading(AskedYears)]


@router.get("/indicators/{code}.social.png")
def social(
    request: Request, held: Annotated[Reading[Any], reading(with_width(AskedYears))], code: KeyInPath
) -> Response:
    """The chart as the picture of a link to its page; of an indicator without one, its name."""
    panel, _ = _whole_panel(held, code)
    drawn, where = _drawn(panel, held), _where(held, panel)
    beware = held.words.name("indicator", code, "beware")
    if drawn is None:
        name = held.words.name("indicator", code)
        definition = held.words.name("indicator", code, "definition")
        base = settings_of(request).base
        drawing = sharing.card(held, base, where, name, said=(definition,), caution=beware)
        return sharing.picture(held, drawing, code)
    chart, title, brief = drawn
    presumed = held.words.presumption(panel.indicator.legal_stage)
    said = caption(request, held, where, title, brief, "".join(presumed[:1]), cautions=(beware,))
    return sharing.picture(held, charts.social([charts.whole(chart, "")], said), code)


@router.get("/indicators/{code}.svg")
def picture(request: Request, held: YearsDep, code: KeyInPath) -> Response:
    drawing = _picture(request, held, code)
    return Response(drawing, media_type="image/svg+xml", headers=sharing.file_headers(held, code, "svg"))


@router.get("/indicators/{code}.png")
def png(request: Request, held: YearsDep, code: KeyInPath) -> Response:
    drawing = _picture(request, held, code)
    return Response(
        charts.png(drawing), media_type="image/png", headers=sharing.file_headers(held, code, "png")
    )


@citable("/indicators/{code}")
def indicator_cited(
    request: Request, held: Annotated[Reading[AskedYears], reading(AskedYears)], code: KeyInPath
) -> Response:
    panel, _ = _whole_panel(held, code)
    return sent(request, held, _citation(request, held, panel))


def _citation(request: Request, held: Reading[AskedYears], panel: Panel) -> Citation:
    """What the page of an indicator shows, in the years asked for and as of its day."""
    words, code, days = held.words, panel.indicator.code, _days(held, panel)
    title = _chart_title(panel, words)
    years = list(dict.fromkeys(days.values()))
    title += f", {'–'.join(map(str, years))}" if years else ""
    return citing.part(
        named(held, code, *years),
        f"{title}. {sharing.as_known(held)}" if held.vintage.as_of else title,
        held.release,
        words,
        settings_of(request).base + lasting(held, f"/indicators/{code}", days),
    )


@router.get("/indicators/{code}")
def indicator(request: Request, held: YearsDep, code: KeyInPath) -> HTMLResponse:
    panel, figures = _whole_panel(held, code)
    base = settings_of(request).base
    section, dated = _charts(panel, figures, held, base)
    first, last = _range(panel, held.asked, held.vintage.last)
    beside = _beside(panel)
    parts = _parts(figures, {one.id for cell in panel.cells for one in cell.observations if cell.shown})
    years = [year for year in panel.years if first <= year <= last]
    wholes = _wholes(figures)
    bodies = _bodies(panel)
    differing = about(held, listings.compared(held.vintage).of(indicator=code))
    context = IndicatorPage(
        panel,
        section,
        dated,
        None if section else _card(panel, len(figures)).latest,
        years or [first],
        held.asked.since is not None or held.asked.until is not None,
        len(figures),
        _contents(section, differing, wholes, bodies, beside, parts),
        wholes,
        bodies,
        beside,
        parts,
        differing,
        _sources(panel, figures),
        offer(held, _citation(request, held, panel), f"/indicators/{code}", _days(held, panel)),
    )
    return render(
        request,
        held,
        "indicator.html",
        context,
        series.Question(indicator=(code,)),
        structured.series(panel, held, settings_of(request)),
        _image(panel, held, base),
        [one.frame for one in (section or dated,) if one],
    )


@embeds.get("/indicators/{code}")
def embedded(
    request: Request,
    held: Annotated[Reading[AskedFrameOfYears], reading(AskedFrameOfYears)],
    code: KeyInPath,
) -> HTMLResponse:
    panel, figures = _whole_panel(held, code)
    section, dated = _charts(panel, figures, held, settings_of(request).base)
    context = Embedded(panel, section, None if section else dated)
    return render(request, held, "embed_indicator.html", context, None)


def frame_of(held: Reading[AskedYears], code: str, base: str) -> Frame | None:
    """The chart of an indicator as other sites show it; None where it has none."""
    section, dated = _charts(*_whole_panel(held, code), held, base)
    shown = section or dated
    return shown.frame if shown else None


def _charts(
    panel: Panel, figures: Sequence[Observation], held: Reading[AskedYears], base: str
) -> tuple[Section | None, DatedSection | None]:
    """What is drawn of an indicator: by year, where one of the years asked for has a figure, and by day."""
    first, last = _range(panel, held.asked, held.vintage.last)
    counts = {panel.indicator.code: len(figures)}
    shown = any(cell.shown and first <= (cell.year or first) <= last for cell in panel.on_axis)
    section = _section(panel, held, first, last, [panel], counts, base) if shown else None
    return section, _dated(panel, held, base)


def _whole_panel(held: Reading[AskedYears], code: str) -> tuple[Panel, Sequence[Observation]]:
    """The panel of one indicator with every figure of it and every document they stand in."""
    found = _panels(held, series.Question(indicator=(code,)))
    if code not in found:
        known = [row.code for row in series.all_of(held.vintage, Indicator)]
        raise missing("indicator", code, known)
    figures = series.observations(held.vintage, series.Question(indicator=(code,)))
    named = {one.source for one in figures} | set(found[code].documents)
    documents = {row.id: row for row in series.all_of(held.vintage, Source, named)}
    return replace(found[code], documents=documents), sorted(figures, key=series.by_date)


def _range(panel: Panel, asked: AskedYears, last: date) -> tuple[int, int]:
    """The years to show: those asked for, else from the first with a figure to the last searched."""
    known = [cell.year for cell in panel.on_axis if cell.shown and cell.year]
    years = panel.years or (last.year,)
    first = asked.since.year if asked.since else min(known, default=years[0])
    return first, asked.until.year if asked.until else years[-1]


def _contents(
    section: Section | None,
    differing: Collection[object],
    wholes: Collection[object],
    bodies: Collection[object],
    beside: Iterable[tuple[str, str, object]],
    parts: Iterable[tuple[str, str, str, object]],
) -> tuple[tuple[str, str], ...]:
    return (
        *([("chart", N_("By year"))] if section else []),
        *([("disagreements", N_("Why numbers differ"))] if differing else []),
        *([("parts-of", N_("Parts of a figure"))] if wholes else []),
        *([("bodies", N_("Other bodies"))] if bodies else []),
        *((id, name) for id, name, _ in beside),
        *((id, name) for id, name, _, _ in parts),
        ("sources", N_("Sources")),
    )


def _wholes(figures: Sequence[Observation]) -> tuple[tuple[Observation, Observation], ...]:
    """Figures of which their own document says more about a part, where both are small enough to be drawn."""
    known = {one.id: one for one in figures}
    found = []
    for part in figures:
        whole = known.get(part.part_of or "")
        if whole is None or not whole.bounds or not part.bounds:
            continue
        certain = {(one.qualifier, one.status) for one in (whole, part)} == {("exact", "current")}
        if certain and part.bounds[1] <= whole.bounds[1] <= 100:
            found.append((whole, part))
    return tuple(found)


def _bodies(panel: Panel) -> tuple[tuple[str, str, tuple[Cell, ...]], ...]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in panel.cells:
        if cell.shown and cell.stated_by != panel.indicator.leading_body:
            found.setdefault((cell.stated_by, cell.shown.scope), []).append(cell)
    return tuple((body, scope, tuple(cells)) for (body, scope), cells in found.items())


BESIDE = {
    "multi_year": ("several", N_("Totals of several years")),
    "point": ("day", N_("Figures for a day")),
    "undefined": ("undefined", N_("Days not stated")),
}


def _beside(panel: Panel) -> tuple[tuple[str, str, tuple[Cell, ...]], ...]:
    """What no year can hold, by its kind of period."""
    groups: dict[str, list[Cell]] = {kind: [] for kind in (*BESIDE, "other")}
    for cell in panel.beside_axis:
        if cell.shown:
            kind = cell.shown.period_kind
            groups[kind if kind in BESIDE else "other"].append(cell)
    names = {**BESIDE, "other": ("other", N_("Other figures"))}
    return tuple((*names[kind], tuple(cells)) for kind, cells in groups.items() if cells)


def _parts(
    figures: Iterable[Observation], above: Collection[str]
) -> tuple[tuple[str, str, str, tuple[Observation, ...]], ...]:
    """Figures that stand in no cell with a number, by what they are of."""
    rest = [one for one in figures if one.id not in above]
    withdrawn = tuple(one for one in rest if one.status == "withdrawn")
    standing = [one for one in rest if one.status != "withdrawn"]
    groups = (
        (
            "parts",
            N_("Parts of the country, operations and groups"),
            N_(
                "Each is a part of something larger, and none may be added to another: the same people are often in several."
            ),
            tuple(one for one in standing if one.extent not in ("case", "national")),
        ),
        (
            "cases",
            N_("Single incidents and trials"),
            N_(
                "Figures of one event or one trial, in the order of their days. They are never counted together here."
            ),
            tuple(one for one in standing if one.extent == "case"),
        ),
        (
            "unplaced",
            N_("Figures that may not lead"),
            N_(
                "Figures for the whole country that the rule does not show: retracted, repeated after their time, of low confidence, or of a part of a year that does not begin on 1 January."
            ),
            tuple(one for one in standing if one.extent == "national"),
        ),
        (
            "withdrawn",
            N_("Withdrawn"),
            N_(
                "Figures that this record took back. They stay, marked: here, at their document and at their incident. No chart, no year and no search shows them."
            ),
            withdrawn,
        ),
    )
    return tuple(group for group in groups if group[3])


def _sources(panel: Panel, figures: Iterable[Observation]) -> tuple[tuple[Source, int], ...]:
    counts = Counter(one.source for one in figures)
    named = [panel.documents[id] for id in counts]
    newest = sorted(named, key=lambda one: (one.published or "", one.id), reverse=True)
    return tuple((source, counts[source.id]) for source in newest)


# --- Coverage -----------------------------------------------------------------------------------------------


@router.get("/coverage")
def coverage(
    request: Request, held: Annotated[Reading[AskedCoverage], reading(AskedCoverage)]
) -> HTMLResponse:
    context = _covered(held, settings_of(request).base)
    frame = context.taken.frame
    return render(request, held, "coverage.html", context, image=frame.image, frames=[frame])


@pictured("/coverage", AskedCoverage)
def coverage_drawn(request: Request, held: Reading[Any]) -> Picture:
    words, shown = held.words, _covered(held, settings_of(request).base)
    pieces = [
        charts.covered(
            words.group(group.code),
            [
                (words.name("indicator", row.indicator.code), row.states)
                for row in group.rows
                if isinstance(row, Row)
            ],
            shown.years,
        )
        for group in shown.groups
    ]
    brief = words.gettext(
        "A line for each indicator that is counted over a year. An empty square is silence, not zero."
    )
    if not pieces:
        brief = words.gettext("No indicator fits.")
    signs = charts.keyed(charts.states(words, then=held.vintage.as_of is not None))
    where = lasting(held, "/coverage", _asked_of_coverage(held.asked))
    said = caption(request, held, where, shown.taken.frame.title, brief)
    return Picture("coverage", (*([signs] if pieces else []), *pieces), said)


@embeds.get("/coverage")
def embedded_coverage(
    request: Request, held: Annotated[Reading[AskedFrameOfCoverage], reading(AskedFrameOfCoverage)]
) -> HTMLResponse:
    return render(request, held, "embed_coverage.html", _covered(held, settings_of(request).base), None)


def coverage_frame(held: Reading[AskedCoverage], base: str) -> Frame:
    """Coverage as other sites show it."""
    return _covered(held, base).taken.frame


def _covered(held: Reading[AskedCoverage], base: str) -> Coverage:
    panels = _panels(held, series.Question())
    asked = held.asked
    counted = {code: panel for code, panel in panels.items() if panel.indicator.kind == "flow"}
    first = min((panel.years[0] for panel in counted.values() if panel.years), default=held.vintage.last.year)
    years = range(
        asked.since.year if asked.since else first,
        min(asked.until.year if asked.until else held.vintage.last.year, held.vintage.last.year) + 1,
    )
    rows = {code: row_of(panel, years) for code, panel in counted.items()}
    kept = {code: row for code, row in rows.items() if _asked_for(row, asked.show)}
    groups = tuple(Group(name, tuple(kept[code] for code in codes)) for name, codes in _grouped(kept))
    figures = Counter(one.indicator for one in series.observations(held.vintage, series.Question()))
    beside = [panel.indicator for code, panel in panels.items() if code not in counted]
    days: dict[str, object] = {"view": "coverage"}
    days |= {"from": years[0], "to": years[-1]} if years else {}
    title = held.words.gettext("What is known, and what is not")
    return Coverage(
        groups,
        years,
        asked.show,
        tuple((one, figures[one.code]) for one in beside) if asked.show == "all" else (),
        api(held, "/api/stats.csv", **days),
        api(held, "/api/stats", **days),
        taken(held, base, "/coverage", _asked_of_coverage(asked), title, (sharing.TALLEST, sharing.TALLEST)),
    )


def _asked_of_coverage(asked: AskedCoverage) -> dict[str, object]:
    """What the page was asked for, as its address says it."""
    return {
        "from": asked.since.year if asked.since else None,
        "to": asked.until.year if asked.until else None,
        "show": asked.show if asked.show != "all" else None,
    }


def _asked_for(row: Row, show: str) -> bool:
    if show == "stages":
        return row.indicator.legal_stage != "none"
    return show == "all" or "none_found" in row.states.values()


def row_of(panel: Panel, years: Iterable[int]) -> Row:
    """How well each of these years is known, and where the page of the indicator tells it."""
    states = {year: series.coverage(panel, year) for year in years}
    charted = min((cell.year for cell in panel.on_axis if cell.shown and cell.year), default=None)
    told = {"parts_only": "#parts", "cases_only": "#cases", "no_headline": "#unplaced"}
    places = {
        year: f"#{panel.indicator.code}-{year}" if charted and year >= charted else told.get(state, "")
        for year, state in states.items()
    }
    return Row(panel.indicator, states, places)


# --- Parts --------------------------------------------------------------------------------------------------


def _panels(held: Reading[AskedPage], question: series.Question) -> dict[str, Panel]:
    return {panel.indicator.code: panel for panel in series.panels(held.vintage, question)}


def _grouped(found: Collection[str]) -> list[tuple[str, list[str]]]:
    """Codes in their groups and the groups' order; groups of which nothing was found stay away."""
    named = {code for codes in GROUPS.values() for code in codes}
    groups = {**GROUPS, "other": tuple(code for code in found if code not in named)}
    listed = [(name, [code for code in codes if code in found]) for name, codes in groups.items()]
    return [(name, codes) for name, codes in listed if codes]


def _section(
    panel: Panel,
    held: Reading[AskedPage],
    first: int,
    last: int | None,
    beside: Iterable[Panel],
    counts: Mapping[str, int],
    base: str,
) -> Section:
    """A chart by year; those beside it that count the same unit share its scale."""
    words, code = held.words, panel.indicator.code
    alike = [one for one in beside if one.indicator.unit == panel.indicator.unit]
    chart = charts.by_year(panel, words, first, charts.highest(alike), last)
    years = [slot.year for slot in chart.slots]
    latest, since = _leading(panel)
    place = f"/{words.language}/sources/{{source}}{state(held)}#{{id}}"
    days = {"from": years[0], "to": years[-1]} if years else {}
    brief = charts.brief(panel, words, years)
    return Section(
        panel,
        chart,
        brief,
        charts.svg(chart, place),
        charts.lane(chart, place),
        charts.sideways(chart, words, place),
        charts.plotly(chart),
        latest,
        since,
        tuple(cell for cell in panel.on_axis if cell.year in years),
        counts[code],
        sharing.source_line(held),
        api(held, "/api/stats.csv", indicator=code, **days),
        api(held, "/api/stats", indicator=code, **days),
        link(held, f"/indicators/{code}.svg", days),
        link(held, f"/indicators/{code}.png", days),
        lasting(held, f"/indicators/{code}", days),
        _frame(panel, held, base, chart, brief, first),
    )


def _dated(panel: Panel, held: Reading[AskedPage], base: str) -> DatedSection | None:
    words, code = held.words, panel.indicator.code
    chart = charts.by_date(panel, words)
    if chart is None:
        return None
    place = f"/{words.language}/sources/{{source}}{state(held)}#{{id}}"
    return DatedSection(
        panel,
        chart,
        _brief_of_days(chart, held),
        charts.dots(chart, place),
        sharing.source_line(held),
        api(held, "/api/stats.csv", indicator=code),
        api(held, "/api/stats", indicator=code),
        link(held, f"/indicators/{code}.svg"),
        link(held, f"/indicators/{code}.png"),
        lasting(held, f"/indicators/{code}"),
        _frame(panel, held, base, chart, _brief_of_days(chart, held)),
    )


def _brief_of_days(chart: Dated, held: Reading[AskedPage]) -> str:
    return held.words.ngettext(
        "%(count)s figure for the whole country.", "%(count)s figures for the whole country.", len(chart.dots)
    ) % {"count": held.words.number(len(chart.dots))}


def _picture(request: Request, held: Reading[AskedYears], code: str) -> str:
    """The chart of an indicator as a file of its own."""
    panel, _ = _whole_panel(held, code)
    drawn = _drawn(panel, held)
    if drawn is None:
        raise missing("chart", code, [])
    chart, title, brief = drawn
    notes = chart.notes if isinstance(chart, Chart) else ()
    said = caption(
        request,
        held,
        _where(held, panel),
        title,
        brief,
        cautions=tuple(_cautions(panel, held.words)),
        notes=notes,
    )
    marks = f"{settings_of(request).base}/{held.words.language}/sources/{{source}}#{{id}}"
    return charts.picture([charts.whole(chart, marks)], said)


def _chart_title(panel: Panel, words: Words) -> str:
    """How the chart of an indicator is called, or, where nothing can be drawn, its list."""
    title = words.gettext("%(indicator)s, as stated")
    if any(cell.shown for cell in panel.on_axis):
        title = words.gettext("%(indicator)s by year, as stated")
    elif charts.by_date(panel, words):
        title = words.gettext("%(indicator)s, as stated for a day")
    return title % {"indicator": words.name("indicator", panel.indicator.code)}


def _drawn(panel: Panel, held: Reading[AskedYears]) -> tuple[Chart | Dated, str, str] | None:
    """A chart with its title and what it shows: by year where a year has a figure, else by day."""
    chart: Chart | Dated | None
    if any(cell.shown for cell in panel.on_axis):
        first, last = _range(panel, held.asked, held.vintage.last)
        chart = charts.by_year(panel, held.words, first, None, last)
        brief = charts.brief(panel, held.words, [slot.year for slot in chart.slots])
    else:
        chart = charts.by_date(panel, held.words)
        brief = _brief_of_days(chart, held) if chart else ""
    return (chart, _chart_title(panel, held.words), brief) if chart else None


def _where(held: Reading[AskedYears], panel: Panel) -> str:
    """The lasting address of a chart's page."""
    code, asked = panel.indicator.code, held.asked
    first, last = _range(panel, asked, held.vintage.last)
    charted = any(cell.shown for cell in panel.on_axis)
    days = {"from": first, "to": last} if charted and (asked.since or asked.until) else {}
    return lasting(held, f"/indicators/{code}", days)


def _image(
    panel: Panel, held: Reading[AskedPage], base: str, days: Mapping[str, object] | None = None
) -> Image:
    """The picture of a link to an indicator, in the state of its page."""
    words, code = held.words, panel.indicator.code
    asked = days if days is not None else _days(held, panel)
    alt = f"{_chart_title(panel, words)}. {words.name('indicator', code, 'definition')}"
    return Image(base + lasting(held, f"/indicators/{code}.social.png", asked), alt)


def _days(held: Reading[AskedPage], panel: Panel, first: int | None = None) -> dict[str, object]:
    """The years that a page was asked for, or begins with for another reason; nothing where it shows what it shows by
    itself."""
    since, until = getattr(held.asked, "since", None), getattr(held.asked, "until", None)
    known = min((cell.year for cell in panel.on_axis if cell.shown and cell.year), default=first)
    begins = since.year if since else first if first != known else None
    return {
        name: year
        for name, year in (("from", begins), ("to", until.year if until else None))
        if year is not None
    }


def _frame(
    panel: Panel,
    held: Reading[AskedPage],
    base: str,
    chart: Chart | Dated,
    brief: str,
    first: int | None = None,
) -> Frame:
    """A chart as other sites show it, in the state of its page."""
    words, indicator = held.words, panel.indicator
    asked = _days(held, panel, first)
    title = _chart_title(panel, words)
    whole = [group.words for group in chart.groups]
    by_the_year = [group.words for group in chart.groups if not group.lane]
    notes = chart.notes if isinstance(chart, Chart) else (words.gettext(ON_DOTS),)
    texts = (title, brief, *_cautions(panel, words), sharing.source_in_frame(held), *notes)
    brackets = chart.lane if isinstance(chart, Chart) else ()
    lane = 70 + 26 * (1 + max(one.row for one in brackets)) if brackets else 0
    drawn, folded = charts.height(chart) + 10, 3 if isinstance(chart, Chart) else 2
    wide = sharing.frame_height(sharing.WIDTH, *texts, drawn=drawn + lane, rows=folded, keys=whole)
    rows = drawn
    if isinstance(chart, Chart):
        rows = sum(58 * max(1, len(slot.marks)) for slot in chart.slots if slot.marks)
        rows += 40 * len([empty for empty, _ in groupby(slot.empty for slot in chart.slots) if empty])
    return Frame(
        base,
        link(held, f"/indicators/{indicator.code}", asked),
        title,
        wide,
        sharing.frame_height(360, *texts, drawn=rows, rows=folded, keys=by_the_year),
        _image(panel, held, base, asked),
    )


ON_DOTS = N_(
    "Each dot is one figure for one day. A bar through a dot says between which days it lies where only the month or year is known. Dots of one colour may still come from different counts, so nothing joins them."
)
"""What is said below a chart of days."""


def _cautions(panel: Panel, words: Words) -> list[str]:
    """What stands beside the chart on its page, and has to go along when it leaves."""
    indicator = panel.indicator
    beware = words.name("indicator", indicator.code, "beware")
    return [text for text in (" ".join(words.presumption(indicator.legal_stage)), beware) if text]
