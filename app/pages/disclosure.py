"""The page of what was made public and when: days from event to disclosure, and plots announced against plots described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app import charts, listings, series
from app.charts import Piece
from app.deps import AskedChartOfDisclosure, AskedFrameOfDisclosure, AskedThen, Reading, reading
from app.i18n import N_, Words
from app.listings import IncidentQuestion
from app.models import Incident, Observation, Source
from app.pages import sharing
from app.pages.pictures import Picture, Taken, caption, pictured, taken
from app.pages.rendering import PageDep, api, embeds, lasting, render, router, settings_of
from app.pages.sharing import Frame

PLOTS = "foiled_plots"
MOST = 100
"""The largest number that is drawn one by one."""
"""Of a frame, in pixels; what is longer is moved within it."""
HOLLOW = N_(
    "Hollow squares: plots that the leading body announced for the year; of a range, the higher number. Filled squares: incidents of that year, and of the days announced, that were reported foiled and are described on this record. Which of them are among those announced is not stated, so neither is taken from the other."
)
ON_RECORD = N_("Incidents are those on this record, not all that happened, so nothing is averaged.")
DOT = N_(
    "A dot: both days are known. A bar: from the fewest to the most days, where a date is known only to the month or year. Days are counted from the first day of an event to the first document on this record that speaks of it; what nobody has found may be older. The scale is wider for short times than for long ones."
)


@dataclass(frozen=True)
class Lag:
    """How long after an incident it was made public: the fewest and the most days that its dates leave room for."""

    incident: Incident
    low: int
    high: int
    drawn: Markup


@dataclass(frozen=True)
class Announced:
    """Plots that the leading body announced for a year, and the incidents reported foiled in it that are on record."""

    year: int
    one: Observation | None
    """None for a year of which only described ones are on record."""
    described: tuple[Incident, ...]


@dataclass(frozen=True)
class Disclosure:
    """What was made public, and when."""

    groups: tuple[tuple[str, Markup, tuple[Lag, ...]], ...]
    """By outcome, with its mark; the latest first."""
    scale: Markup
    undated: tuple[Incident, ...]
    """Incidents without a day to count from."""
    announced: tuple[Announced, ...]
    documents: Mapping[str, Source]
    csv: str
    json: str
    taken: Mapping[str, Taken]
    """How each chart is taken."""
    longest: int
    """Days that the scale reaches."""
    chart: str
    """The one in a frame."""


@router.get("/disclosure")
def disclosure(request: Request, held: PageDep) -> HTMLResponse:
    context = _disclosed(held, settings_of(request).base)
    frames = [context.taken[name].frame for name in ("announced", "days")]
    return render(request, held, "disclosure.html", context, image=frames[0].image, frames=frames)


@embeds.get("/disclosure")
def embedded(
    request: Request, held: Annotated[Reading[AskedFrameOfDisclosure], reading(AskedFrameOfDisclosure)]
) -> HTMLResponse:
    context = _disclosed(held, settings_of(request).base, held.asked.chart)
    return render(request, held, "embed_disclosure.html", context, None)


def frame_of(held: Reading[AskedChartOfDisclosure], base: str) -> Frame:
    """Plots announced and plots described, or days to disclosure, as other sites show them."""
    return _disclosed(held, base).taken[held.asked.chart].frame


@pictured("/disclosure", AskedChartOfDisclosure)
def drawn(request: Request, held: Reading[Any]) -> Picture:
    chart = held.asked.chart
    shown = _disclosed(held, settings_of(request).base)
    draw = _days_drawn if chart == "days" else _announced_drawn
    pieces, brief = draw(shown, held.words)
    title, where, words = shown.taken[chart].frame.title, lasting(held, "/disclosure"), held.words
    kept, cautions = "", tuple[str, ...]()
    if chart == "days":
        kept = words.gettext(ON_RECORD)
        undated = "; ".join(words.name("incident", one.id, "title") for one in shown.undated)
        cautions = (f"{words.gettext('Without a day to count from:')} {undated}",) if undated else ()
    said = caption(request, held, where, title, brief, kept, cautions=cautions)
    return Picture(f"disclosure-{chart}", pieces, said, chart=chart)


def _announced_drawn(shown: Disclosure, words: Words) -> tuple[tuple[Piece, ...], str]:
    if not shown.announced:
        return (), words.gettext("No number of plots had been announced for a year.")
    pieces = [charts.headed(((0.07, words.gettext("Announced")), (0.56, words.gettext("Described"))))]
    for row in shown.announced:
        one, told = row.one, len(row.described)
        number = int(one.bounds[1]) if one and one.bounds else 0
        said = words.gettext("no number on record")
        if one:
            said = f"{words.figure(one)}. {words.sentence_case(words.period(one))}; {words.stated(one)}"
        columns = ((0.07, number, False, said), (0.56, told, True, words.number(told)))
        pieces.append(charts.counted(str(row.year), columns))
    return tuple(pieces), words.gettext(HOLLOW)


def _days_drawn(shown: Disclosure, words: Words) -> tuple[tuple[Piece, ...], str]:
    if not shown.groups:
        return (), words.gettext("No incident had been made public.")
    pieces = []
    for outcome, _, lags in shown.groups:
        pieces.append(charts.scaled(shown.longest, words, words.name("outcome", outcome)))
        for one in lags:
            title = f"{words.name('incident', one.incident.id, 'title')}, {words.happened(one.incident)}"
            if not one.incident.in_scope:
                title += f" ({words.gettext('out of scope')})"
            pieces.append(charts.waited(one.low, one.high, shown.longest, title, _days(one, words)))
    return tuple(pieces), words.gettext(DOT)


def _days(one: Lag, words: Words) -> str:
    if one.low == one.high:
        return words.days(one.low)
    return words.gettext("%(low)s to %(high)s days") % {
        "low": words.number(one.low),
        "high": words.number(one.high),
    }


def _disclosed(held: Reading[AskedThen], base: str, chart: str = "") -> Disclosure:
    incidents = sorted(
        listings.incidents(held.vintage, IncidentQuestion()),
        key=lambda one: (str(one.date_start), one.id),
        reverse=True,
    )
    known = {one.id: found for one in incidents if (found := listings.lag(one))}
    longest = max((high for _, high in known.values()), default=1)
    groups: dict[str, list[Lag]] = {}
    for one in incidents:
        if one.id in known:
            low, high = known[one.id]
            groups.setdefault(one.outcome, []).append(Lag(one, low, high, charts.lag(low, high, longest)))
    announced, documents = _announced(held.vintage, incidents)
    words, source = held.words, sharing.source_line(held)
    titles = {
        "announced": (words.gettext("Plots announced, and plots described"), words.gettext(HOLLOW)),
        "days": (words.gettext("Days from event to disclosure"), words.gettext(DOT)),
    }
    rows = {"announced": 2 * len(announced), "days": 2 * len(known) + 2 * len(groups)}
    return Disclosure(
        tuple(
            (outcome, charts.symbol(outcome), tuple(groups[outcome]))
            for outcome in sorted(groups, key=_first_foiled)
        ),
        charts.scale(longest, held.words),
        tuple(one for one in incidents if one.id not in known),
        announced,
        documents,
        api(held, "/api/incidents.csv"),
        api(held, "/api/incidents"),
        {
            name: taken(
                held,
                base,
                "/disclosure",
                {},
                said[0],
                (
                    min(
                        sharing.frame_height(sharing.WIDTH, *said, source, drawn=0, rows=rows[name]),
                        sharing.TALLEST,
                    ),
                    sharing.TALLEST,
                ),
                "days" if name == "days" else "",
            )
            for name, said in titles.items()
        },
        longest,
        chart,
    )


def _first_foiled(outcome: str) -> tuple[bool, str]:
    return outcome != "foiled", outcome


def _announced(
    vintage: series.Vintage, incidents: Sequence[Incident]
) -> tuple[tuple[Announced, ...], Mapping[str, Source]]:
    """Year by year. An incident that may lie in either of two years is under neither."""
    panels = series.panels(vintage, series.Question(indicator=(PLOTS,)))
    led = panels[0].headlines if panels else ()
    stated = {
        cell.year: cell.shown
        for cell in led
        if cell.shown and cell.year and cell.shown.bounds and cell.shown.bounds[1] <= MOST
    }
    years: dict[int, list[Incident]] = {year: [] for year in stated}
    for each in reversed(incidents):
        dated = each.date_start and each.date_end and each.date_start.year == each.date_end.year
        if not (dated and each.date_start and each.outcome == "foiled" and each.in_scope):
            continue
        one = stated.get(each.date_start.year)
        # What happened after the days that were announced cannot be among them.
        if one is None or one.period_end is None or each.date_start <= one.period_end:
            years.setdefault(each.date_start.year, []).append(each)
    found = (Announced(year, stated.get(year), tuple(some)) for year, some in years.items())
    return tuple(sorted(found, key=lambda row: row.year, reverse=True)), panels[0].documents if panels else {}
