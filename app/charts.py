"""A panel as a picture: one `Chart`, drawn twice with the same marks in the same places.

`svg` is on screen with the first paint, in print and with scripts off; `plotly` takes its place when someone plays
with it. Both read the same marks, and so does the sentence that describes them. Nothing here sees a session.

What a mark looks like says what may be compared. Colour is the scope, and a letter under the axis says it again;
a filled bar is the leading body, an outlined one another body; hatching is a part of a year. Marks of unlike keys
never share all three, and no line ever joins two marks. A diamond is no figure of the chart's own: it is the number of
its neighbour as another document told it, at another legal stage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup, escape

from app.i18n import Words
from app.models import Cell, Key, Observation, Panel

HEIGHT = 286
"""Of a chart, in pixels. Its width is whatever the page gives it."""
TOP, FOOT = 26, 58
"""Room above the tallest bar for its label, and below the axis for year, days and letter."""
HUES = ("terrorism_extremism", "terrorism", "terrorism_religious_extremism", "violent_extremism")
"""Scopes with a colour of their own, the same in every chart; the others share the last."""


@dataclass(frozen=True)
class Mark:
    """One figure on the axis. `at` and `width` are shares of the whole width, from 0 to 1."""

    observation: Observation
    key: Key
    year: int
    leads: bool
    stage: bool
    """The same number as its neighbour, from the same origin, told as another legal stage: a diamond, not a bar."""
    label: str
    lines: tuple[str, ...]
    at: float
    width: float
    letter: str

    @property
    def sentence(self) -> str:
        return " ".join(self.lines)

    @property
    def hue(self) -> int:
        return _hue(self.key.scope)

    @property
    def hatched(self) -> bool:
        return self.key.period_kind == "part_year"

    @property
    def height(self) -> float:
        """The figure the bar reaches; a range is drawn to its upper limit with a whisker from the lower."""
        return self.observation.bounds[1] if self.observation.bounds else 0

    @property
    def open_ended(self) -> bool:
        return self.observation.qualifier in ("over", "at_least")


@dataclass(frozen=True)
class Slot:
    """One year of the axis: its marks, or the words that say why there are none."""

    year: int
    marks: tuple[Mark, ...]
    days: str
    empty: str
    parts: bool
    """Whether an empty year has figures for parts of the country: the sign is an ellipsis, not a dash."""
    at: float

    @property
    def sign(self) -> str:
        return "…" if self.parts else "–"


@dataclass(frozen=True)
class Group:
    """A line of the key: how marks of one scope and body look and what they count."""

    letter: str
    hue: int
    leads: bool
    stage: bool
    words: str


@dataclass(frozen=True)
class Chart:
    """Figures of one indicator by year. Heights are in the indicator's unit; `top` is the highest that fits."""

    name: str
    title: str
    reading: str
    slots: tuple[Slot, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    top: float

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(mark for slot in self.slots for mark in slot.marks)


def highest(panels: Iterable[Panel]) -> float:
    """The highest figure on the axes of several panels: charts in one unit share their scale."""
    return max(
        (bound[1] for panel in panels for cell in panel.on_axis if (bound := _bounds(cell))), default=1
    )


def by_year(panel: Panel, words: Words, first: int, top: float | None = None) -> Chart:
    """The years of a panel from `first` on. Years without a figure keep their slot and say so."""
    years = [year for year in panel.years if year >= first]
    cells = [cell for cell in panel.on_axis if cell.year in years]
    retold = [one for cell in cells for one in cell.retold]
    letters = _letters(panel, cells, retold, words)
    slots = tuple(
        _slot(panel, words, [cell for cell in cells if cell.year == year], letters, year, place, len(years))
        for place, year in enumerate(years)
    )
    return Chart(
        name=panel.indicator.code,
        title=words.name("indicator", panel.indicator.code),
        reading=reading(panel, words, first),
        slots=slots,
        groups=tuple(_group(panel, words, kind, letter, retold) for kind, letter in letters.items()),
        notes=tuple(_notes(slots, words, shared=top is not None and top > highest([panel]))),
        top=top or highest([panel]),
    )


Kind = tuple[str, str, str]
"""Indicator, body and scope: what a letter under the axis stands for."""


def _kind(one: Observation, words: Words) -> Kind:
    return one.indicator, words.leader(one.stated_by), one.scope


def _letters(panel: Panel, cells: list[Cell], retold: list[Observation], words: Words) -> dict[Kind, str]:
    """A letter for each kind of figure in the chart: the leading body's first, then other bodies', then stages'."""
    leads = panel.indicator.leading_body
    shown = [cell.shown for cell in sorted(cells, key=lambda cell: cell.stated_by != leads) if cell.shown]
    kinds = dict.fromkeys(_kind(one, words) for one in [*shown, *retold])
    return {kind: chr(ord("A") + place) for place, kind in enumerate(kinds)}


def _group(panel: Panel, words: Words, kind: Kind, letter: str, retold: list[Observation]) -> Group:
    indicator, body, scope = kind
    stage = indicator != panel.indicator.code
    if stage:
        # A body is not made to say what only another's retelling says.
        publishers = {panel.documents[one.source].publisher for one in retold if _kind(one, words) == kind}
        said = words.gettext("The number beside it as retold by %(publishers)s: %(indicator)s") % {
            "publishers": ", ".join(sorted(publishers)),
            "indicator": words.inside("indicator", indicator),
        }
    else:
        said = _stated(words, body, scope)
    return Group(letter, _hue(scope), body == panel.indicator.leading_body, stage, said)


def _slot(
    panel: Panel, words: Words, cells: list[Cell], letters: dict[Kind, str], year: int, place: int, count: int
) -> Slot:
    """A year's bars side by side in the middle, and a diamond beside them where a number was retold."""
    bars = [(cell, cell.shown, False) for cell in cells if cell.shown]
    stages = [(cell, one, True) for cell in cells for one in cell.retold]
    room = 0.62 if len(bars) < 2 else 0.9
    share = room / max(1, len(bars))
    marks = []
    for order, (cell, one, stage) in enumerate([*bars, *stages]):
        start = 0.82 if stage else (1 - room) / 2 + share * order
        width = 0.16 if stage else share * (0.92 if len(bars) > 1 else 1)
        marks.append(
            Mark(
                one,
                Key(
                    *_kind(one, words)[:2], one.scope, one.population, one.place, one.extent, one.period_kind
                ),
                year,
                leads=cell.stated_by == panel.indicator.leading_body,
                stage=stage,
                label=words.figure(one) if one.bounds else "?",
                lines=lines(one, panel, words),
                at=(place + start) / count,
                width=width / count,
                letter=letters[_kind(one, words)],
            )
        )
    return Slot(
        year,
        tuple(marks),
        words.months(marks[0].observation) if marks else "",
        "" if marks else _empty(cells, words),
        not marks and any(cell.others for cell in cells),
        (place + 0.5) / count,
    )


def _hue(scope: str) -> int:
    return HUES.index(scope) + 1 if scope in HUES else len(HUES) + 1


def _bounds(cell: Cell) -> tuple[float, float] | None:
    return cell.shown.bounds if cell.shown else None


def _empty(cells: list[Cell], words: Words) -> str:
    if any(cell.status == "no_headline" for cell in cells):
        return words.gettext("no headline")
    if any(cell.others for cell in cells):
        return words.gettext("parts only")
    return words.gettext("none found")


def _notes(slots: Iterable[Slot], words: Words, shared: bool) -> Iterable[str]:
    """What the marks do not say in letters large enough: which days hatched bars cover, and what gaps mean."""
    hatched = [mark for slot in slots for mark in slot.marks if mark.hatched and not mark.stage]
    if hatched:
        listed = "; ".join(words.period(mark.observation) for mark in hatched)
        yield words.gettext("Hatched bars cover part of a year: %(years)s.") % {"years": listed}
    empty = [slot for slot in slots if slot.empty]
    if any(slot.parts for slot in empty):
        yield words.gettext(
            "… parts only: figures for a region, an operation or a group were found, none for the country."
        )
    if any(not slot.parts for slot in empty):
        yield words.gettext(
            "– none found: no figure for the whole country is in the record for that year. It is not zero, and single "
            "cases may be on record."
        )
    if shared:
        yield words.gettext("Drawn to the scale of the tallest chart on this page that counts the same unit.")


# --- In words ------------------------------------------------------------------------------------------------


def lines(one: Observation, panel: Panel, words: Words) -> tuple[str, ...]:
    """One figure in short lines: what and how many; which days; who said so and when, or who retold it."""
    what = f"{words.name('indicator', one.indicator)}: {words.amount(one, panel.indicator.unit)}."
    if one.indicator != panel.indicator.code:
        publisher = panel.documents[one.source].publisher
        said = words.gettext("As retold by %(publisher)s, %(day)s.") % {
            "publisher": publisher,
            "day": words.when(one.as_of),
        }
    else:
        said = words.gettext("Stated by %(body)s, %(day)s.") % {
            "body": words.name("body", one.stated_by),
            "day": words.when(one.as_of),
        }
    return what, f"{words.sentence_case(words.period(one))}.", said


def reading(panel: Panel, words: Words, first: int) -> str:
    """What the chart shows, in sentences that compare nothing: one for each body and scope, and one for the gaps."""
    cells = [cell for cell in panel.on_axis if cell.year is not None and cell.year >= first]
    kinds: dict[Kind, list[str]] = {}
    for cell in sorted(cells, key=lambda cell: cell.stated_by != panel.indicator.leading_body):
        if one := cell.shown:
            days = "" if one.period_kind == "calendar_year" else f" ({words.period(one)})"
            kinds.setdefault(_kind(one, words), []).append(f"{cell.year}: {words.figure(one)}{days}")
    said = [
        f"{_stated(words, body, scope)}: {'; '.join(figures)}." for (_, body, scope), figures in kinds.items()
    ]
    gaps = sorted({c.year for c in cells if c.year} - {c.year for c in cells if c.shown and c.year})
    if gaps:
        said.append(words.gettext("No national figure: %(years)s.") % {"years": _runs(gaps)})
    return " ".join(said)


def _stated(words: Words, body: str, scope: str) -> str:
    return words.gettext("%(scope)s, as stated by %(body)s") % {
        "scope": words.name("scope", scope),
        "body": words.name("body", body),
    }


def _runs(years: list[int]) -> str:
    """Years, those that follow each other as a run: 2013, 2015, 2017–2018."""
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


# --- As SVG --------------------------------------------------------------------------------------------------


def svg(chart: Chart, address: str) -> Markup:
    """The chart as inline SVG. `address` says where a mark leads, with `{id}` and `{source}` of its observation.

    Places along the axis are percentages and heights are pixels, so the same drawing is laid out anew at any
    width with letters of one size.
    """
    floor = HEIGHT - FOOT
    drawn: list[Markup] = [
        _tag("title", {"id": f"title-{chart.name}"}, escape(chart.title)),
        _tag("desc", {"id": f"desc-{chart.name}"}, escape(chart.reading)),
        _tag(
            "defs",
            {},
            *(
                _hatching(chart.name, *look)
                for look in sorted({(m.hue, m.leads) for m in chart.marks if m.hatched})
            ),
        ),
        _tag("line", {"class": "axis", "x1": "0", "x2": "100%", "y1": floor + 0.5, "y2": floor + 0.5}),
    ]
    for slot in chart.slots:
        middle = _share(slot.at)
        if slot.empty:
            said = slot.empty.split(" ", 1)
            drawn.append(
                _tag("text", {"class": "gap", "x": middle, "y": floor - 8 - 13 * len(said)}, slot.sign)
            )
            drawn += [
                _tag(
                    "text",
                    {"class": "gap wide", "x": middle, "y": floor + 6 - 13 * (len(said) - order)},
                    escape(line),
                )
                for order, line in enumerate(said)
            ]
        drawn += [_svg_mark(chart, mark, floor, address) for mark in slot.marks]
        letters = " ".join(mark.letter for mark in slot.marks)
        drawn.append(_tag("text", {"class": "year wide", "x": middle, "y": floor + 18}, str(slot.year)))
        drawn.append(
            _tag("text", {"class": "year narrow", "x": middle, "y": floor + 18}, f"’{slot.year % 100:02}")
        )
        if slot.days:
            drawn.append(
                _tag("text", {"class": "days wide", "x": middle, "y": floor + 34}, escape(slot.days))
            )
        if letters:
            drawn.append(_tag("text", {"class": "letter wide", "x": middle, "y": floor + 51}, letters))
            drawn.append(_tag("text", {"class": "letter narrow", "x": middle, "y": floor + 36}, letters))
    return _tag(
        "svg",
        {
            "class": "chart",
            "role": "group",
            "aria-labelledby": f"title-{chart.name}",
            "aria-describedby": f"desc-{chart.name}",
            "width": "100%",
            "height": HEIGHT,
        },
        *drawn,
    )


def _svg_mark(chart: Chart, mark: Mark, floor: int, address: str) -> Markup:
    one = mark.observation
    scale = (floor - TOP) / chart.top
    height = max(mark.height * scale, 0)
    top = floor - height
    middle = _share(mark.at + mark.width / 2)
    paint = "hatched" if mark.hatched else "full"
    drawn = [
        _tag("title", {}, escape(mark.sentence)),
        # The whole column answers to a pointer, also above a low bar.
        _tag(
            "rect",
            {"class": "reach", "x": _share(mark.at), "width": _share(mark.width), "y": 0, "height": floor},
        ),
    ]
    if mark.stage:
        drawn.append(_diamond(mark, middle, top))
    elif height:
        place = {
            "x": _share(mark.at),
            "width": _share(mark.width),
            "y": _pixels(top),
            "height": _pixels(height),
        }
        fill = {"fill": f"url(#hatch-{chart.name}-{mark.hue}-{_lead(mark)})"} if mark.hatched else {}
        drawn.append(_tag("rect", {"class": f"bar {paint} {_lead(mark)} hue-{mark.hue}", **place, **fill}))
    else:
        drawn.append(
            _tag(
                "line",
                {
                    "class": f"zero hue-{mark.hue}",
                    "x1": _share(mark.at),
                    "x2": _share(mark.at + mark.width),
                    "y1": floor - 1,
                    "y2": floor - 1,
                },
            )
        )
    if one.qualifier == "range" and one.low is not None:
        low = floor - one.low * scale
        drawn.append(
            _tag(
                "line",
                {"class": "whisker", "x1": middle, "x2": middle, "y1": _pixels(top), "y2": _pixels(low)},
            )
        )
    if mark.open_ended:
        drawn.append(_tag("text", {"class": "more", "x": middle, "y": _pixels(top - 16)}, "↑"))
    if not mark.stage:  # a diamond stands beside the number it repeats
        drawn.append(_tag("text", {"class": "value", "x": middle, "y": _pixels(top - 7)}, escape(mark.label)))
    return _tag(
        "a",
        {
            "class": "mark",
            "href": address.format(id=one.id, source=one.source),
            "data-observation": one.id,
            "aria-label": mark.sentence,
        },
        *drawn,
    )


def _diamond(mark: Mark, middle: str, top: float) -> Markup:
    """An open diamond around the figure's height; an inner drawing can stand at a share of the width."""
    shape = _tag("path", {"class": f"diamond hue-{mark.hue}", "d": "M0 -6L6 0L0 6L-6 0Z"})
    return _tag("svg", {"x": middle, "y": _pixels(top), "overflow": "visible"}, shape)


def _hatching(name: str, hue: int, leads: bool) -> Markup:
    """Stripes for a part of a year; thin ones for a body that does not lead."""
    return _tag(
        "pattern",
        {
            "id": f"hatch-{name}-{hue}-{'leads' if leads else 'other'}",
            "width": 6,
            "height": 6,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
        _tag("rect", {"class": "ground", "width": 6, "height": 6}),
        _tag("rect", {"class": f"stripe hue-{hue}", "width": 3 if leads else 1.2, "height": 6}),
    )


def _lead(mark: Mark) -> str:
    return "leads" if mark.leads else "other"


def _tag(name: str, attributes: dict[str, Any], *content: str) -> Markup:
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{''.join(map(escape, content))}</{name}>")  # noqa: S704  # every part is escaped


def _share(share: float) -> str:
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _pixels(length: float) -> str:
    return f"{length:.1f}".rstrip("0").rstrip(".")


# --- As a Plotly figure --------------------------------------------------------------------------------------


def plotly(chart: Chart) -> str:
    """The chart as a Plotly figure in JSON, laid out as the SVG is: the same slots, bars, labels and letters.

    Colours are names of the page's own style (`var(--hue-1)`), which the page puts in; so the figure is the same
    in a light and a dark theme.
    """
    figure = go.Figure()
    count = len(chart.slots)
    first = chart.slots[0].year if chart.slots else 0

    def place(share: float) -> float:
        return share * count + first - 0.5

    for key in dict.fromkeys(mark.key for mark in chart.marks):
        marks = [mark for mark in chart.marks if mark.key == key]
        one = marks[0]
        colour, ground = f"var(--hue-{one.hue})", "var(--paper)"
        said: dict[str, Any] = {
            "name": one.letter,
            "x": [place(mark.at + mark.width / 2) for mark in marks],
            "y": [mark.height for mark in marks],
            "text": [("↑ " if mark.open_ended else "") + mark.label for mark in marks],
            "textfont": {"weight": 600},
            "customdata": [[mark.observation.id, mark.year] for mark in marks],
            "hovertext": ["<br>".join(map(_plain, mark.lines)) for mark in marks],
            "hoverinfo": "text",
            "cliponaxis": False,
        }
        if one.stage:
            figure.add_scatter(
                **said,
                mode="markers",
                marker={
                    "symbol": "diamond",
                    "size": 11,
                    "color": ground,
                    "line": {"color": colour, "width": 2},
                },
            )
            continue
        figure.add_bar(
            **said,
            width=[mark.width * count for mark in marks],
            textposition="outside",
            marker={
                "color": colour if one.leads and not one.hatched else ground,
                "line": {"color": colour, "width": 2},
                "pattern": {
                    "shape": "/" if one.hatched else "",
                    "fgcolor": colour,
                    "bgcolor": ground,
                    "size": 6,
                    "solidity": 0.5 if one.leads else 0.2,
                },
            },
        )
        if any(mark.observation.qualifier == "range" for mark in marks):
            figure.data[-1].error_y = {
                "type": "data",
                "symmetric": False,
                "array": [0] * len(marks),
                "arrayminus": [mark.height - (mark.observation.low or mark.height) for mark in marks],
                "color": "var(--ink)",
            }
    for slot in chart.slots:
        if slot.empty:
            figure.add_annotation(
                x=slot.year,
                y=0,
                yshift=22,
                text="<br>".join([slot.sign, *_plain(slot.empty).split(" ", 1)]),
                showarrow=False,
                font={"size": 11, "color": "var(--quiet)"},
                captureevents=False,
            )
    figure.update_layout(
        template=None,
        barmode="overlay",
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": FOOT},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "var(--sans)", "size": 13, "color": "var(--ink)"},
        showlegend=False,
        dragmode="zoom",
        hoverlabel={
            "align": "left",
            "bgcolor": "var(--paper)",
            "bordercolor": "var(--ink)",
            "font": {"size": 13},
        },
        xaxis={
            "range": [first - 0.5, first + count - 0.5],
            "tickvals": [slot.year for slot in chart.slots],
            "ticktext": [_tick(slot) for slot in chart.slots],
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "linecolor": "var(--ink)",
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": "rgba(0,0,0,0)",
            "automargin": False,
        },
        yaxis={
            "range": [0, chart.top * (HEIGHT - FOOT) / (HEIGHT - FOOT - TOP)],
            "visible": False,
            "fixedrange": True,
        },
    )
    return str(figure.to_json())


def _tick(slot: Slot) -> str:
    lines = [str(slot.year), _plain(slot.days), " ".join(mark.letter for mark in slot.marks)]
    return "<br>".join(lines)


def _plain(text: str) -> str:
    """Plotly reads some markup in its labels; ours has none."""
    return str(escape(text))
