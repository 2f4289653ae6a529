"""The page on which a reader sets figures, or whole series, side by side: under the guard, which lets nothing unlike be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import charts, disagreements, listings, series
from app.charts import Piece
from app.deps import (
    AskedComparison,
    AskedFrameOfComparison,
    Faults,
    Problem,
    Reading,
    meant,
    reading,
)
from app.disagreements import Ground
from app.i18n import N_, Words
from app.models import Cell, Indicator, Observation, Panel, Source
from app.pages import sharing
from app.pages.browsing import given
from app.pages.disagreements import Told, tell
from app.pages.figures import Multiple, drawn_small, heights_of_small, multiples, signs_of_small
from app.pages.pictures import Picture, Taken, caption, pictured, taken
from app.pages.rendering import embeds, lasting, render, router, settings_of
from app.pages.sharing import Frame
from app.series import Vintage

PATH = "/compare"
TALLEST = 2400
"""Of a frame, in pixels; what is longer is moved within it."""
NOTHING = "is no figure and no series of this release"
UNLIKE = N_(
    "What is unlike is shown and not compared: no difference, percentage, ranking or trend is made of it."
)
SCALED = N_("Those of one unit share a scale; nothing leads from one line to the next.")


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
    forbidden: tuple[str, ...]
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
    indicators: Mapping[str, Indicator]
    asked: AskedComparison
    taken: Taken | None
    """How the chart is taken, where two are side by side."""

    @property
    def counted(self) -> tuple[Indicator, ...]:
        """What is counted, once each."""
        codes = [
            *(side.panel.indicator.code for side in self.sides),
            *(one.indicator for one in self.figures),
        ]
        return tuple(self.indicators[code] for code in dict.fromkeys(codes))

    @property
    def stages(self) -> list[str]:
        return [one.legal_stage for one in self.counted]

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Every reason for which nothing is made of any two of them, once each."""
        pairs = self.between if len(self.sides) > 1 else self.told
        return tuple(dict.fromkeys(why for pair in pairs for why in pair.forbidden))


@router.get("/compare")
def compare(
    request: Request, held: Annotated[Reading[AskedComparison], reading(AskedComparison)]
) -> HTMLResponse:
    context = _compared(held, settings_of(request).base)
    frames = [context.taken.frame] if context.taken else []
    image = frames[0].image if frames else None
    answer = render(request, held, "compare.html", context, image=image, frames=frames)
    answer.status_code = 422 if context.unknown else 200
    return answer


@embeds.get("/compare")
def embedded(
    request: Request, held: Annotated[Reading[AskedFrameOfComparison], reading(AskedFrameOfComparison)]
) -> HTMLResponse:
    context = _compared(held, settings_of(request).base)
    answer = render(request, held, "embed_compare.html", context, None)
    answer.status_code = 422 if context.unknown else 200
    return answer


def frame_of(held: Reading[AskedComparison], base: str) -> Frame | None:
    """Figures or series side by side as other sites show them; None where no two are, or one is not there."""
    context = _compared(held, base)
    return context.taken.frame if context.taken else None


@pictured("/compare", AskedComparison)
def drawn(request: Request, held: Reading[Any]) -> Picture:
    """Series as small charts, figures in large digits, with why nothing is made of them together."""
    words, shown = held.words, _compared(held, settings_of(request).base)
    if shown.unknown:
        faults = Faults()
        for name, likely in shown.unknown:
            faults.add(
                "figure" if name in held.asked.figure else "series", "unknown_code", NOTHING, likely, [likely]
            )
        raise Problem(422, None, tuple(faults))
    if len(shown.sides) > 1:
        pieces = drawn_small(request, shown.small, words)
        brief = words.gettext(SCALED)
    else:
        pieces = tuple(_large(one, shown, words) for one in shown.figures)
        brief = "" if shown.taken else words.gettext("Choose a second one to set beside it.")
    kept = " ".join([*words.presumption("none", *shown.stages)[:1], *_apart(shown, words)])
    cautions = [
        words.gettext("By %(day)s the public had not been told of this.") % {"day": words.day(day)}
        for day in [held.vintage.as_of]
        if day and shown.later
    ]
    cautions += [
        f"{words.name('indicator', one.code)}: {words.name('indicator', one.code, 'beware')}"
        for one in shown.counted
    ]
    title = words.gettext("Side by side")
    where = lasting(held, PATH, given(held.asked))
    signs = signs_of_small(shown.small, words)
    said = caption(request, held, where, title, brief, kept, cautions=tuple(cautions), signs=signs)
    called = shown.taken.frame.title if shown.taken else title
    return Picture("compare", pieces, said, min(2, len(pieces)) or 1, called)


def _apart(shown: Comparison, words: Words) -> list[str]:
    """What may not be made of what stands side by side; nothing where there is no pair."""
    if not shown.taken:
        return []
    if not shown.forbidden:
        return [
            words.gettext(
                "They are alike in stage, scope, people, place, body and kind of period: these two may be compared."
            )
        ]
    said = words.gettext("No difference, percentage or ranking is made of them: %(reasons)s.")
    return [said % {"reasons": "; ".join(shown.forbidden)}]


def _large(one: Observation, shown: Comparison, words: Words) -> Piece:
    counted = f"{words.name('indicator', one.indicator)}; {words.inside('scope', one.scope)}"
    rest = f"{words.inside('population', one.population)}; {words.inside('extent', one.extent)}"
    said = (f"{counted}; {rest}", words.sentence_case(words.period(one)), sharing.stated(one, words))
    return charts.large(words.amount(one, shown.indicators[one.indicator].unit), said)


def _compared(held: Reading[AskedComparison], base: str) -> Comparison:
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
    found = Comparison(
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
        compared.ground.indicators,
        asked,
        None,
    )
    side_by_side = not unknown and max(len(sides), len(figures)) > 1
    return replace(found, taken=_taken(held, base, found)) if side_by_side else found


def _taken(held: Reading[AskedComparison], base: str, shown: Comparison) -> Taken:
    words = held.words
    named = ", ".join(words.name("indicator", one.code) for one in shown.counted)
    title = f"{words.gettext('Side by side')}: {named}"
    texts = [
        title,
        sharing.source_in_frame(held),
        *words.presumption("none", *shown.stages),
        *(words.name("indicator", one.code, "beware") for one in shown.counted),
        words.gettext(UNLIKE),
        words.gettext(SCALED),
        *(
            text
            for each in shown.between
            for text in (named, "; ".join(each.forbidden), *_apart(shown, words))
        ),
        *(text for each in shown.told for text in (each.verdict, *each.differences.values())),
        *(f"{'; '.join(each.forbidden)}{' ' * 60}" for each in shown.told),
    ]
    rows = 1 + 2 * len(shown.told) + 2 * len(shown.between) + len(shown.counted)
    wide, narrow = heights_of_small(shown.small, *texts, rows=rows)
    for one in shown.figures:
        said = len(
            f"{words.document(shown.documents[one.source], one)} {words.translated(one.note) or one.note}"
        )
        wide, narrow = wide + 70 + said, narrow + 230 + said
    return taken(held, base, PATH, given(held.asked), title, (min(wide, TALLEST), min(narrow, TALLEST)))


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
