"""The page on which a reader sets figures, or whole series, side by side: under the guard, which lets nothing unlike be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import disagreements, listings, series
from app.deps import AskedComparison, Reading, meant, reading
from app.disagreements import Ground
from app.models import Cell, Observation, Panel, Source
from app.pages.disagreements import Told, tell
from app.pages.figures import Multiple, multiples
from app.pages.rendering import render, router
from app.series import Vintage


@dataclass(frozen=True)
class Side:
    """One series by year: what one body stated of one indicator."""

    code: str
    panel: Panel

    @property
    def body(self) -> str:
        return self.panel.cells[0].stated_by

    def of(self, year: int) -> Cell | None:
        return next((cell for cell in self.panel.on_axis if cell.year == year and cell.shown), None)


@dataclass(frozen=True)
class Between:
    """Two series, and why nothing is made of them together."""

    one: Side
    other: Side
    reasons: tuple[str, ...]
    years: tuple[int, ...]
    """The years for which both have a figure."""


@dataclass(frozen=True)
class Comparison:
    """Two to four figures, or series, side by side, each pair under the guard."""

    figures: tuple[Observation, ...]
    told: tuple[Told, ...]
    sides: tuple[Side, ...]
    between: tuple[Between, ...]
    small: tuple[Multiple, ...]
    years: tuple[int, ...]
    offered: tuple[Side, ...]
    """Every series that can be chosen."""
    unknown: tuple[tuple[str, str], ...]
    """What was asked for and is not there, with what was likely meant."""
    later: tuple[tuple[str, str], ...]
    """Figures and series of which nothing had been stated on the day asked for: the indicator, and how they were asked for."""
    documents: Mapping[str, Source]
    units: Mapping[str, str]
    asked: AskedComparison


@router.get("/compare")
def compare(
    request: Request, held: Annotated[Reading[AskedComparison], reading(AskedComparison)]
) -> HTMLResponse:
    compared, asked = listings.compared(held.vintage), held.asked
    known = compared.ground.figures
    missing = [id for id in asked.figure if id not in known]
    later = {one.id: one.indicator for one in series.all_of(held.vintage, Observation, missing)}
    offered = _offered(held.vintage)
    whenever = _offered(held.vintage.whenever) if held.vintage.as_of else offered
    later |= {
        code: whenever[code].panel.indicator.code
        for code in asked.series
        if code in whenever and code not in offered
    }
    figures = tuple(known[id] for id in asked.figure if id in known)
    sides = tuple(offered[code] for code in asked.series if code in offered)
    unknown = {id: list(known) for id in missing if id not in later}
    unknown |= {code: list(whenever) for code in asked.series if code not in whenever}
    context = Comparison(
        figures,
        tuple(
            tell(disagreements.pair(one, other, compared.ground), compared, held)
            for one, other in combinations(figures, 2)
        ),
        sides,
        tuple(_between(one, other, compared.ground, held) for one, other in combinations(sides, 2)),
        multiples(held, [side.panel for side in sides]),
        tuple(
            sorted({cell.year for side in sides for cell in side.panel.on_axis if cell.shown and cell.year})
        ),
        tuple(
            sorted(
                offered.values(),
                key=lambda side: [
                    held.words.order(name)
                    for name in (
                        held.words.name("indicator", side.panel.indicator.code),
                        held.words.name("body", side.panel.cells[0].stated_by),
                    )
                ],
            )
        ),
        tuple((name, meant(name, names) or "") for name, names in unknown.items()),
        tuple((indicator, name) for name, indicator in later.items()),
        dict(compared.ground.documents),
        held.units,
        asked,
    )
    answer = render(request, held, "compare.html", context)
    answer.status_code = 422 if unknown else 200
    return answer


def _offered(vintage: Vintage) -> dict[str, Side]:
    """Every series that has a figure for a year, by its name: an indicator, and after a colon the body, if it does not lead."""
    found = {}
    for panel in series.panels(vintage, series.Question()):
        leader, code = panel.indicator.leading_body, panel.indicator.code
        for body in dict.fromkeys([leader, *(cell.stated_by for cell in panel.on_axis)]):
            cells = tuple(cell for cell in panel.on_axis if cell.stated_by == body)
            if any(cell.shown for cell in cells):
                name = code if body == leader else f"{code}:{body}"
                found[name] = Side(name, replace(panel, cells=cells))
    return found


def _between(one: Side, other: Side, ground: Ground, held: Reading[AskedComparison]) -> Between:
    """Why two series are not compared: every reason for which the guard refuses figures of one year, once each."""
    years = [year for year in one.panel.years if one.of(year) and other.of(year)]
    pairs = [(one.of(year), other.of(year)) for year in years] or _any(one, other)
    fields = {
        field: disagreements.reason(field, held.words)
        for mine, others in pairs
        if mine and others and mine.shown and others.shown
        for field in disagreements.forbids(mine.shown, others.shown, ground)
    }
    return Between(one, other, tuple(fields.values()), tuple(years))


def _any(one: Side, other: Side) -> Sequence[tuple[Cell | None, Cell | None]]:
    """Figures of two series that have no year in common: the first of each."""
    first = [next((cell for cell in side.panel.on_axis if cell.shown), None) for side in (one, other)]
    return [(first[0], first[1])]
