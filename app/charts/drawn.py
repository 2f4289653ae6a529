"""Charts as inline SVG: on screen with the first paint, in print and with scripts off.

Places along the axis are percentages and heights are pixels, so the same drawing is laid out anew at any width with
letters of one size. On a phone the years run downwards (`sideways`), each with its days in full.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from app.charts.labels import ACROSS, LINE, NARROW, Label, Labels, around, placed, roomy
from app.charts.marks import FOOT, HEIGHT, HUES, TOP, Bracket, Chart, Dated, Dot, Group, Mark, Slot
from app.i18n import Words

ROW = 26
"""Height of a row of the lane of totals of several years, in pixels."""


def svg(chart: Chart, address: str) -> Markup:
    """The chart as inline SVG. `address` says where a mark leads, with `{id}` and `{source}` of its observation."""
    numbers = labels(chart)
    floor = HEIGHT - FOOT + numbers.head
    drawn = [_patterns(chart, chart.name)]
    for slot in chart.slots:
        middle = share(slot.at)
        drawn += _year(slot.year, middle, floor)  # first, as it is read
        if slot.empty:
            said = slot.empty.split(" ", 1)
            drawn.append(
                tag(
                    "text",
                    {"class": "gap", "x": middle, "y": floor - 8 - 13 * len(said), "aria-hidden": "true"},
                    slot.sign,
                )
            )
            drawn += [
                tag(
                    "text",
                    {"class": "gap wide", "x": middle, "y": floor + 6 - 13 * (len(said) - order)},
                    escape(line),
                )
                for order, line in enumerate(said)
            ]
        if slot.days:
            drawn.append(tag("text", {"class": "days wide", "x": middle, "y": floor + 34}, escape(slot.days)))
        drawn += [_svg_mark(chart, mark, floor, address, numbers, HEIGHT - FOOT - TOP) for mark in slot.marks]
        drawn += _letters(slot, floor + 51, "letter wide") + _letters(slot, floor + 36, "letter narrow")
    return _framed(chart, floor, drawn, HEIGHT + numbers.head)


def labels(chart: Chart) -> Labels:
    """Where the numbers of a chart stand that is alone."""
    floor = HEIGHT - FOOT
    return placed(chart, ACROSS, floor, (floor - TOP) / chart.top)


def height(chart: Chart | Dated) -> int:
    """Of the drawing of a chart that is alone, in pixels."""
    return HEIGHT + (labels(chart).head if isinstance(chart, Chart) else 0)


def _letters(slot: Slot, y: int, looks: str) -> list[Markup]:
    """Each mark's letter under it."""
    return [
        tag("text", {"class": looks, "x": share(at), "y": y, "aria-hidden": "true"}, letters)
        for at, letters in slot.letters
    ]


SMALL = 132
"""Height of a small drawing, in pixels."""
LEAST, FEW = 32, 320
"""Width that a year, and that all of few years have at least in a small drawing, in pixels."""


def small(chart: Chart, address: str) -> Markup:
    """The chart as one of several under each other: bars with their numbers, on one axis of years and one scale.

    Days are left to the marks' own sentences; what a year has instead of a figure is a sign.
    """
    numbers = _small_labels(chart)
    floor = SMALL - 38 + numbers.head
    drawn = [_patterns(chart, chart.name)]
    for slot in chart.slots:
        middle = share(slot.at)
        drawn.append(tag("text", {"class": "days", "x": middle, "y": floor + 16}, f"’{slot.year % 100:02}"))
        if slot.empty:
            drawn.append(
                tag(
                    "text",
                    {"class": "gap", "x": middle, "y": floor - 6},
                    tag("title", {}, escape(slot.empty)),
                    slot.sign,
                )
            )
        drawn += [_svg_mark(chart, mark, floor, address, numbers, SMALL - 38 - TOP) for mark in slot.marks]
        drawn += _letters(slot, floor + 31, "letter")
    return _framed(chart, floor, drawn, small_height(chart))


def _small_labels(chart: Chart) -> Labels:
    across = max(FEW, LEAST * len(chart.slots))
    return placed(chart, across, SMALL - 38, (SMALL - 38 - TOP) / chart.top, worded=False)


def small_height(chart: Chart) -> int:
    """Of a small drawing, in pixels."""
    return SMALL + _small_labels(chart).head


def _svg_mark(chart: Chart, mark: Mark, floor: int, address: str, numbers: Labels, tallest: int) -> Markup:
    one = mark.observation
    scale = tallest / chart.top
    height = max(mark.height * scale, 0)
    top = floor - height
    middle = share(mark.at + mark.width / 2)
    drawn = [
        tag("title", {}, escape(mark.sentence)),
        # The whole column answers to a pointer, also above a low bar.
        tag(
            "rect",
            {"class": "reach", "x": share(mark.at), "width": share(mark.width), "y": 0, "height": floor},
        ),
    ]
    if mark.stage:
        drawn.append(_diamond(mark, middle, top))
    elif height:
        place = {
            "x": share(mark.at),
            "width": share(mark.width),
            "y": _pixels(top),
            "height": _pixels(height),
        }
        drawn.append(tag("rect", {**_painted(mark, chart.name), **place}))
    else:
        drawn.append(
            tag(
                "line",
                {
                    "class": f"zero hue-{mark.hue}",
                    "x1": share(mark.at),
                    "x2": share(mark.at + mark.width),
                    "y1": floor - 1,
                    "y2": floor - 1,
                },
            )
        )
    if one.qualifier == "range" and one.low is not None:
        low = floor - one.low * scale
        drawn.append(
            tag(
                "line",
                {"class": "whisker", "x1": middle, "x2": middle, "y1": _pixels(top), "y2": _pixels(low)},
            )
        )
    for rival in mark.rivals:
        label = numbers.rivals[one.id, rival.label]
        drawn.append(_rival(label, top, floor - rival.height * scale, mark, numbers.head))
    if not mark.stage:  # a diamond stands beside the number it repeats
        drawn += _said(numbers.of[one.id], "value", numbers.head)
    return _link(one.id, one.source, mark.sentence, address, drawn)


def _said(label: Label, looks: str, head: float = 0) -> list[Markup]:
    """A number where it has its place, `head` pixels lower than in a drawing of the usual height."""
    place: dict[str, Any] = {"x": share(label.at)}
    if label.anchor != "middle":
        looks = f"{looks} {label.anchor}s"
    if label.dx:
        place["dx"] = _pixels(label.dx)
    *before, last = label.lines
    first = label.y + head - LINE * len(before)
    beside = tag("tspan", {"class": "beside"}, label.beside) if label.beside else ""
    rows = [
        tag("tspan", {**place, "dy": LINE}, row) if order else escape(row)
        for order, row in enumerate([*before, last])
    ]
    # Lines of one number are one text, so that it is read as one; the space between them is not drawn.
    return [tag("text", {"class": looks, **place, "y": _pixels(first)}, Markup(" ").join(rows), beside)]


def _rival(label: Label, top: float, at: float, mark: Mark, head: int) -> Markup:
    """A ring at another figure for the same days, joined to the bar's end, with its number beside it."""
    middle = share(mark.at + mark.width / 2)
    line = {"class": "whisker", "x1": middle, "x2": middle, "y1": _pixels(top), "y2": _pixels(at)}
    ring = {"class": f"ring hue-{mark.hue}", "cx": middle, "cy": _pixels(at), "r": 5}
    return Markup().join((tag("line", line), tag("circle", ring), *_said(label, "rival", head)))


def _diamond(mark: Mark, middle: str, top: float) -> Markup:
    """An open diamond around the figure's height; an inner drawing can stand at a share of the width."""
    return tag("svg", {"x": middle, "y": _pixels(top), "overflow": "visible"}, _diamond_shape(mark))


def _diamond_shape(mark: Mark) -> Markup:
    return tag("path", {"class": f"diamond hue-{mark.hue}", "d": "M0 -6L6 0L0 6L-6 0Z"})


def sign(group: Group, name: str) -> Markup:
    """How a kind looks, for a key: a bar, a bracket where it has no bar, a diamond or a dot. 18 pixels in the square. What it
    is woven of is called by a name that nothing else on the page has."""
    hue = f"hue-{group.hue}"
    if group.stage:
        return tag("path", {"class": f"diamond {hue}", "d": "M9 1L17 9L9 17L1 9Z"})
    if group.lane:
        return tag("path", {"class": f"span {hue}", "d": "M1 17V2H17V17"})
    if group.dotted:
        return tag("g", {"transform": "translate(9 9)"}, _dot_shape(group))
    place = {"x": 1, "y": 1, "width": 16, "height": 16}
    return _weaving(name, group) + tag("rect", {**_painted(group, name), **place})


def part(name: str) -> Markup:
    """What parts of years look like, for a key."""
    looks = Group("", len(HUES) + 1, leads=True, stage=False, lane=False, words="", hatched=True)
    return sign(looks, name)


# --- The lane of totals of several years ------------------------------------------------------------------------


def lane(chart: Chart, address: str) -> Markup:
    """Totals of several years as brackets over the years they cover, above the chart; empty where there are none.

    A bracket has no area, so that it cannot be read as so much in each year.
    """
    if not chart.lane:
        return Markup()
    rows = 1 + max(bracket.row for bracket in chart.lane)
    height = rows * ROW + 6
    return tag(
        "svg",
        {
            "class": "lane",
            "role": "group",
            "aria-labelledby": f"lane-{chart.name}",
            "width": "100%",
            "overflow": "visible",  # half of an end's stroke lies beyond the edge
            "height": height,
        },
        *(_bracket(bracket, height - (bracket.row + 1) * ROW, address) for bracket in chart.lane),
    )


def _bracket(bracket: Bracket, top: float, address: str) -> Markup:
    one, line = bracket.observation, top + ROW - 6
    start, end = share(bracket.at), share(bracket.at + bracket.width)
    hue = f"hue-{bracket.hue}"
    drawn = [
        tag("title", {}, escape(bracket.sentence)),
        tag("rect", {"class": "reach", "x": start, "width": share(bracket.width), "y": top, "height": ROW}),
        tag("line", {"class": f"span {hue}", "x1": start, "x2": end, "y1": line, "y2": line}),
    ]
    for closed, at in ((not bracket.opens, start), (bracket.ends, end)):
        tick = {"class": f"span {hue}", "x1": at, "x2": at, "y1": line - 1, "y2": line + 6}
        drawn.append(tag("line", tick) if closed else _arrow(at, line, hue, points_left=at == start))
    middle = share(bracket.at + bracket.width / 2)
    said = (
        tag("tspan", {"class": "value"}, escape(bracket.label)),
        tag("tspan", {"class": "years"}, f" {escape(bracket.years)} {bracket.letter}"),
    )
    # Over a short bracket at the left edge the words of a narrow screen would begin outside it.
    short = bracket.at == 0 and bracket.width < 0.25
    place = {"class": "starts", "x": start} if short else {"x": middle}
    drawn.append(tag("text", {**place, "y": line - 6}, *said))
    return _link(one.id, one.source, bracket.sentence, address, drawn)


def _arrow(at: str, line: float, hue: str, *, points_left: bool) -> Markup:
    """The end of a total whose first day lies before the axis, or whose last day was not stated."""
    d = "M6 -4L0 0L6 4" if points_left else "M-6 -4L0 0L-6 4"
    shape = tag("path", {"class": f"span {hue}", "d": d})
    return tag("svg", {"x": at, "y": _pixels(line), "overflow": "visible"}, shape)


# --- Figures for a day ------------------------------------------------------------------------------------------


def dots(chart: Dated, address: str) -> Markup:
    """Figures for days as dots, each with its number; a bar through a dot says how exactly its day is known."""
    floor = HEIGHT - FOOT + 24
    drawn: list[Markup] = []
    count = len(chart.years)
    for place, year in enumerate(chart.years):
        middle = share((place + 0.5) / count)
        drawn += _year(year, middle, floor)
        if place:
            edge = share(place / count)
            drawn.append(tag("line", {"class": "tick", "x1": edge, "x2": edge, "y1": floor, "y2": floor + 5}))
    numbers = [
        (looks, around(chart, across, floor, (floor - TOP) / chart.top))
        for looks, across in (("value wide", ACROSS), ("value narrow", NARROW))
    ]
    drawn += [_dot(dot, chart, floor, address, numbers) for dot in chart.dots]
    return _framed(chart, floor, drawn)


def _dot(
    dot: Dot, chart: Dated, floor: int, address: str, numbers: Sequence[tuple[str, Mapping[str, Label]]]
) -> Markup:
    one = dot.observation
    at, y = share(dot.at), floor - dot.height * (floor - TOP) / chart.top
    drawn = [
        tag("title", {}, escape(dot.sentence)),
        tag("line", {"class": "whisker", "x1": share(dot.low), "x2": share(dot.high), "y1": y, "y2": y}),
        tag("circle", {"class": "reach", "cx": at, "cy": _pixels(y), "r": 14}),
        tag("svg", {"x": at, "y": _pixels(y), "overflow": "visible"}, _dot_shape(dot)),
    ]
    for width, found in numbers:
        if one.id in found:
            drawn += _said(found[one.id], width)
    return _link(one.id, one.source, dot.sentence, address, drawn)


# --- On a phone -------------------------------------------------------------------------------------------------


def sideways(chart: Chart, words: Words, address: str) -> Markup:
    """The chart laid out anew for a narrow screen: years run downwards, bars to the right, days stand in full."""
    lines: list[Markup] = []
    gap: list[int] = []
    said = ""

    def close() -> None:
        if gap:
            years = str(gap[0]) if len(gap) == 1 else f"{gap[0]}–{gap[-1]}"
            lines.append(
                tag(
                    "li",
                    {"class": "gap"},
                    tag("span", {"class": "year"}, years),
                    tag("span", {}, escape(said)),
                )
            )
            gap.clear()

    for slot in chart.slots:
        if slot.empty:
            if slot.empty != said:
                close()
            said = slot.empty
            gap.append(slot.year)
            continue
        close()
        bars = [_sideways(chart, mark, words, address) for mark in slot.marks]
        lines.append(
            tag(
                "li",
                {},
                tag("span", {"class": "year"}, str(slot.year)),
                tag("span", {"class": "bars"}, *bars),
            )
        )
    close()
    # Patterns of a drawing that is not shown cannot be used, so these rows bring their own.
    own = tag(
        "svg",
        {"class": "patterns", "width": 0, "height": 0, "aria-hidden": "true"},
        _patterns(chart, f"{chart.name}-side"),
    )
    return own + tag("ol", {"class": "sideways", "aria-label": chart.title}, *lines)


def _sideways(chart: Chart, mark: Mark, words: Words, address: str) -> Markup:
    one = mark.observation
    reach = mark.height / chart.top * 0.8
    place = {"x": 1, "y": 1, "width": share(reach), "height": 16}
    drawn = [
        tag("rect", {**_painted(mark, f"{chart.name}-side"), **place})
        if reach and not mark.stage
        else tag("line", {"class": f"zero hue-{mark.hue}", "x1": 1, "x2": 1, "y1": 0, "y2": 18})
        if not mark.stage
        else tag("svg", {"x": share(reach), "y": 9, "overflow": "visible"}, _diamond_shape(mark))
    ]
    drawn.append(tag("text", {"class": "value", "x": share(reach), "dx": 10, "y": 14}, escape(mark.label)))
    rivals = "".join(f" / {rival.label}" for rival in mark.rivals)
    days = "" if one.period_kind == "calendar_year" else words.period(one)
    note = " · ".join(part for part in (mark.letter, days, rivals.removeprefix(" / ")) if part)
    body = [
        tag("svg", {"width": "100%", "height": 18, "aria-hidden": "true"}, *drawn),
        tag("span", {"class": "note"}, escape(note)),
    ]
    return _link(one.id, one.source, mark.sentence, address, body)


def _link(id: str, source: str, sentence: str, address: str, body: list[Markup]) -> Markup:
    """A mark that leads to its figure's place, and has a name."""
    given = {
        "class": "mark",
        "href": address.format(id=id, source=source),
        "data-observation": id,
        "aria-label": sentence,
    }
    return tag("a", given, *body)


# --- Parts ------------------------------------------------------------------------------------------------------


def _framed(chart: Chart | Dated, floor: int, drawn: list[Markup], height: int = HEIGHT) -> Markup:
    """What is drawn, on an axis, as a picture with a name and a description."""
    given: dict[str, Any] = {
        "class": "chart",
        "role": "group",
        "aria-labelledby": f"title-{chart.name}",
        "aria-describedby": f"desc-{chart.name}",
        "width": "100%",
        "height": height,
    }
    if roomy(chart):
        given["data-roomy"] = ""
    return tag(
        "svg",
        given,
        tag("title", {"id": f"title-{chart.name}"}, escape(chart.title)),
        tag("desc", {"id": f"desc-{chart.name}"}, escape(chart.reading)),
        tag("line", {"class": "axis", "x1": "0", "x2": "100%", "y1": floor + 0.5, "y2": floor + 0.5}),
        *drawn,
    )


def _year(year: int, middle: str, floor: int) -> list[Markup]:
    """A year under the axis, in full and as short as a narrow screen needs it."""
    place = {"x": middle, "y": floor + 18}
    return [
        tag("text", {"class": "year wide", **place}, str(year)),
        tag("text", {"class": "year narrow", **place}, f"’{year % 100:02}"),
    ]


def _patterns(chart: Chart, name: str) -> Markup:
    """What a chart's marks are woven of, under names that begin with `name`."""
    looks = {_pattern(mark, name): mark for mark in chart.marks if not mark.stage}
    return tag("defs", {}, *(_weaving(name, looks[look]) for look in sorted(looks)))


def _pattern(mark: Mark | Group, name: str) -> str:
    """How a pattern is called: every look has its own. Empty where a mark is plain."""
    if not mark.hatched and not mark.weave:
        return ""
    kind = "part" if mark.hatched else "full"
    return f"hatch-{name}-{mark.hue}-{_lead(mark)}-{kind}-{mark.weave}"


def _painted(mark: Mark | Group, name: str) -> dict[str, str]:
    """What a bar's class and filling are."""
    pattern = _pattern(mark, name)
    paint = "hatched" if mark.hatched else "woven" if pattern else "full"
    looks = {"class": f"bar {paint} {_lead(mark)} hue-{mark.hue}"}
    return {**looks, "fill": f"url(#{pattern})"} if pattern else looks


def _weaving(name: str, mark: Mark | Group) -> Markup:
    """Parts of a year are hatched one way, the other or both, thinly for a body that does not lead. Full years are plain; those
    of another kind of the same colour are dotted, or crossed by lines."""
    pattern = _pattern(mark, name)
    if not pattern:
        return Markup()
    on, under = f"stripe hue-{mark.hue}", "ground"
    side, turned = 6, {"patternTransform": "rotate(45)"}
    if mark.hatched:
        wide = 3 if mark.leads else 1.2
        way = mark.weave % 3
        if way == 1:
            turned = {"patternTransform": "rotate(-45)"}
        lines = [tag("rect", {"class": on, "width": wide, "height": side})]
        if way == 2:
            lines.append(tag("rect", {"class": on, "width": side, "height": wide / 2}))
    else:
        on, under = (under, on) if mark.leads else (on, under)
        side = 7
        if mark.weave % 2:
            lines = [tag("circle", {"class": on, "cx": 3.5, "cy": 3.5, "r": 1.5})]
        else:
            turned = {}
            lines = [
                tag("rect", {"class": on, "width": 1, "height": side}),
                tag("rect", {"class": on, "width": side, "height": 1}),
            ]
    given = {"id": pattern, "width": side, "height": side, "patternUnits": "userSpaceOnUse", **turned}
    return tag("pattern", given, tag("rect", {"class": under, "width": side, "height": side}), *lines)


DOTS = (
    "",
    "M-5.5 -5.5H5.5V5.5H-5.5Z",
    "M0 -7L7 5.5H-7Z",
    "M0 7L7 -5.5H-7Z",
    "M-2.5 -7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z",
    "M7 0L-5.5 7V-7Z",
)
"""Shapes of dots that would look alike: the first is a circle."""


def _dot_shape(dot: Dot | Group) -> Markup:
    looks = f"dot {_lead(dot)} hue-{dot.hue}"
    if path := DOTS[dot.weave % len(DOTS)]:
        return tag("path", {"class": looks, "d": path})
    return tag("circle", {"class": looks, "r": 6})


def _lead(mark: Mark | Group | Dot) -> str:
    return "leads" if mark.leads else "other"


def tag(name: str, attributes: dict[str, Any], *content: str) -> Markup:
    """An element. Content that is not markup already is escaped, and so is every attribute."""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{''.join(map(escape, content))}</{name}>")  # noqa: S704  # every part is escaped


def share(part: float) -> str:
    """A share of the whole width, as SVG says it."""
    return f"{part * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _pixels(length: float) -> str:
    return f"{length:.1f}".rstrip("0").rstrip(".")
