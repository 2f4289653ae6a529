"""The page of what was made public and when: days from event to disclosure, and plots announced against plots described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app import charts, listings, series
from app.deps import AskedFrame, AskedThen, Reading, reading
from app.listings import IncidentQuestion
from app.models import Incident, Observation, Source
from app.pages.rendering import PageDep, api, embeds, lasting, link, render, router, settings_of
from app.pages.sharing import Frame, Image

PLOTS = "foiled_plots"
MOST = 100
"""The largest number that is drawn one by one."""


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
    frame: Frame


@router.get("/disclosure")
def disclosure(request: Request, held: PageDep) -> HTMLResponse:
    context = _disclosed(held, settings_of(request).base)
    return render(request, held, "disclosure.html", context, frames=[context.frame])


@embeds.get("/disclosure")
def embedded(request: Request, held: Annotated[Reading[AskedFrame], reading(AskedFrame)]) -> HTMLResponse:
    context = _disclosed(held, settings_of(request).base)
    return render(request, held, "embed_disclosure.html", context, None)


def frame_of(held: Reading[AskedThen], base: str) -> Frame:
    """Plots announced and plots described, as other sites show them."""
    return _disclosed(held, base).frame


def _disclosed(held: Reading[AskedThen], base: str) -> Disclosure:
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
    title = held.words.gettext("Plots announced, and plots described")
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
        Frame(
            base,
            link(held, "/disclosure"),
            title,
            720,
            720,
            Image(base + lasting(held, "/social.png"), title),
        ),
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
