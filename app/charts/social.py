"""Pictures that go along with a link, of the one size that social networks show: a chart, or a figure in large digits.

Everything stands inside, so that the picture can travel without its page: what is counted, who said so, the release.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.charts.drawn import ROW, dots, lane, sign, svg, tag
from app.charts.lettering import fitting, lines, width
from app.charts.marks import HEIGHT, Chart, Dated, Group
from app.charts.pictures import MARGIN, SLOT, style, window

CARD = WIDTH, TALL = 1200, 630
INNER = WIDTH - 2 * MARGIN
LEAST = 250
"""Height that a chart has at least; a warning that would leave less of it waits on the page."""
LEADING = 1.32


@dataclass(frozen=True)
class Claim:
    """A figure in large digits, and what it is: what is counted, about which days, who said so and when."""

    figure: str
    said: tuple[str, ...]


def social(
    chart: Chart | Dated,
    title: str,
    brief: str,
    presumption: str,
    beware: str,
    source: str,
    address: str,
) -> str:
    """A chart as a picture for a link. `presumption` always goes along, `beware` where there is room for it."""
    parts: list[Markup] = []
    y = _said(parts, lines(title, 34, INNER), 34, 56, "title strong")
    y = _said(parts, lines(brief, 19, INNER), 19, y, "quiet")
    y = _said(parts, lines(presumption, 19, INNER) if presumption else [], 19, y, "strong")
    foot, floor = _foot(source, address)
    inner: float = max(736, SLOT * len(chart.slots)) if isinstance(chart, Chart) else 736
    brackets = isinstance(chart, Chart) and bool(chart.lane)
    above = (1 + max(one.row for one in chart.lane)) * ROW + 6 if isinstance(chart, Chart) and brackets else 0
    warned, keyed = lines(beware, 17, INNER) if beware else [], _key(chart.groups)
    room = floor - y - keyed[1] - 16
    if room - _height(warned, 17) >= LEAST:
        room -= _height(warned, 17)
    else:
        warned = []
    if room < (above + HEIGHT) * 0.9:
        # Totals of several years stand in no year: where there is no room for them, they wait on the page.
        above, keyed = 0, _key([group for group in chart.groups if not group.lane])
        room = floor - y - keyed[1] - _height(warned, 17) - 16
    scale = min(INNER / inner, room / (above + HEIGHT))
    inner = INNER / scale
    y -= 4
    if isinstance(chart, Chart):
        if above:
            parts.append(window(lane(chart, ""), inner, above, y, scale))
        parts.append(window(svg(chart, ""), inner, HEIGHT, y + above * scale, scale))
    else:
        parts.append(window(dots(chart, ""), inner, HEIGHT, y, scale))
    y += (above + HEIGHT) * scale + 24
    parts.append(tag("g", {"transform": f"translate(0 {y:.1f})"}, keyed[0]))
    _said(parts, warned, 17, y + keyed[1], "")
    return _sheet([*parts, foot])


def card(
    name: str,
    title: str,
    claims: Sequence[Claim],
    said: Iterable[str],
    caution: str,
    source: str,
    address: str,
) -> str:
    """Figures in large digits with what they are. `name` says whose card it is, `said` follows on the figures, and `caution`
    is what nobody may repeat them without."""
    parts: list[Markup] = []
    y = _said(parts, [name], 22, 56, "quiet")
    heading = lines(title, 40 if claims else 56, INNER)
    y = _said(parts, heading, 40 if claims else 56, y + (24 if claims else 60), "title strong")
    foot, floor = _foot(source, address)
    warned = lines(caution, 22, INNER - 24) if caution else []
    below = floor - _height(warned, 22)
    if claims:
        y = _claims(parts, claims, y, below)
    for text in said:
        some = lines(text, 24, INNER)
        if y + _height(some, 24) <= below:
            y = _said(parts, some, 24, y + 4, "")
    if warned:
        top = below - 14
        line = {"x": MARGIN, "y": round(top - 2, 1), "width": 6, "height": round(_height(warned, 22) + 2, 1)}
        parts.append(tag("rect", {"class": "stripe hue-4", **line}))
        _said(parts, warned, 22, top + 20, "", MARGIN + 24)
    return _sheet([*parts, foot])


def _claims(parts: list[Markup], claims: Sequence[Claim], y: float, floor: float) -> float:
    """Figures beside each other, each as large as all of them can be."""
    gap = 36
    room = (INNER - gap * (len(claims) - 1)) / len(claims)
    size = fitting([one.figure for one in claims], range(150, 40, -6), room)
    small = 26 if len(claims) == 1 else 21
    columns = [[row for text in one.said for row in lines(text, small, room)] for one in claims]
    tallest = max(_height(rows, small) for rows in columns)
    while size > 48 and y + size + small + tallest > floor:
        size -= 6
    while small > 13 and y + size + small + tallest > floor:
        small -= 1
        columns = [[row for text in one.said for row in lines(text, small, room)] for one in claims]
        tallest = max(_height(rows, small) for rows in columns)
    base = y + size * 0.7
    for place, one in enumerate(claims):
        left = MARGIN + place * (room + gap)
        for row in lines(one.figure, size, room)[:1]:
            parts.append(_line(row, size, base, "digits", left))
        _said(parts, columns[place], small, base + size * 0.25 + small, "", left)
    return base + size * 0.25 + small + tallest


def _foot(source: str, address: str) -> tuple[Markup, float]:
    """Whose it is and where it is alive, at the bottom; and where that begins."""
    rows = [*lines(source, 15, INNER), *lines(address, 15, INNER)]
    top = TALL - 20 - _height(rows, 15)
    parts = [tag("line", {"class": "rule", "x1": MARGIN, "x2": WIDTH - MARGIN, "y1": top, "y2": top})]
    _said(parts, rows, 15, top + 22, "quiet")
    return tag("g", {}, *parts), top - 12


def _key(groups: Sequence[Group]) -> tuple[Markup, float]:
    """What each letter counts, one behind the other in as few rows as they fit; and how high that is."""
    parts: list[Markup] = []
    x, y = float(MARGIN), 0.0
    for group in groups:
        text = f"{group.letter}  {group.words}"
        rows = lines(text, 16, INNER - 26)
        across = max(width(row, 16) for row in rows) + 26 + 28
        if x > MARGIN and x + across > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 23
        mark = {"transform": f"translate({x:.1f} {y - 14:.1f}) scale(.9)"}
        parts.append(tag("g", mark, sign(group)))
        _said(parts, rows, 16, y, "", x + 26)
        x += across
        if len(rows) > 1:
            x, y = float(MARGIN), y + 21 * len(rows)
    return tag("g", {}, *parts), y + 26 if groups else 0


def _height(rows: Sequence[str], size: float) -> float:
    return len(rows) * size * LEADING


def _said(
    parts: list[Markup], rows: Iterable[str], size: float, y: float, name: str, x: float = MARGIN
) -> float:
    """Rows of text from `y` downwards; where the next may begin."""
    for row in rows:
        parts.append(_line(row, size, y, name, x))
        y += size * LEADING
    return y


def _line(row: str, size: float, y: float, name: str, x: float) -> Markup:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    return tag(
        "text", {"class": f"said {name}".strip(), "style": f"font-size:{size}px", **place}, escape(row)
    )


def _sheet(parts: Iterable[Markup]) -> str:
    return str(
        tag(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": WIDTH,
                "height": TALL,
                "viewBox": f"0 0 {WIDTH} {TALL}",
                "font-family": "'Noto Sans', 'Source Sans 3', sans-serif",
            },
            tag("style", {}, Markup(style())),  # noqa: S704  # our own file
            tag("rect", {"class": "sheet", "width": WIDTH, "height": TALL}),
            tag("rect", {"class": "stripe hue-1", "width": WIDTH, "height": 8}),
            *parts,
        )
    )
