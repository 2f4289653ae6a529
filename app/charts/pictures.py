"""A chart as a file of its own. Title, key, source, as-of and release are inside it, so that it can travel alone."""

import re
from collections.abc import Iterable
from functools import cache

import resvg_py
from markupsafe import Markup, escape

from app.charts.drawn import ROW, dots, lane, sign, svg, tag
from app.charts.lettering import lines
from app.charts.marks import HEIGHT, Chart, Dated, Group
from app.folders import folder

WIDTH, MARGIN = 1200, 48
"""Of a picture, in pixels: the width at which social networks and slides show pictures."""
SLOT = 52
"""Width that a year needs for its days, in the chart's own pixels."""


def picture(
    chart: Chart | Dated,
    title: str,
    brief: str,
    cautions: Iterable[str],
    source: str,
    address: str,
    base: str,
) -> str:
    """The chart as a stand-alone SVG in the colours of paper. Marks lead to their figures under `base`.

    `title` says what is counted, `brief` what the chart shows, `cautions` what nobody may repeat it without, `source`
    whose it is and of which release, `address` where it is alive.
    """
    parts: list[Markup] = []
    y = _text(parts, _lines(title, 34), 62, "title", 34)
    y = _text(parts, _lines(brief, 20), y + 8, "brief", 20)
    inner = max(736, SLOT * len(chart.slots)) if isinstance(chart, Chart) else 736
    scale = (WIDTH - 2 * MARGIN) / inner
    marks = f"{base}{address.partition('?')[0].rpartition('/indicators')[0]}/sources/{{source}}#{{id}}"
    y += 14
    if isinstance(chart, Chart):
        if chart.lane:
            height = (1 + max(bracket.row for bracket in chart.lane)) * ROW + 6
            parts.append(window(lane(chart, marks), inner, height, y, scale))
            y += height * scale
        parts.append(window(svg(chart, marks), inner, HEIGHT, y, scale))
    else:
        parts.append(window(dots(chart, marks), inner, HEIGHT, y, scale))
    y += HEIGHT * scale + 30
    for group in chart.groups:
        y = _key(parts, group, y)
    y += 8
    for caution in cautions:
        y = _text(parts, _lines(caution, 17), y, "caution", 17)
    for note in chart.notes if isinstance(chart, Chart) else ():
        y = _text(parts, _lines(note, 16), y, "note", 16)
    y += 14
    parts.append(tag("line", {"class": "rule", "x1": MARGIN, "x2": WIDTH - MARGIN, "y1": y, "y2": y}))
    y = _text(parts, [*_lines(source, 16), *_lines(f"{base}{address}", 16)], y + 28, "note", 16)
    height = round(y + 16)
    return str(
        tag(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": WIDTH,
                "height": height,
                "viewBox": f"0 0 {WIDTH} {height}",
                "font-family": "'Noto Sans', 'Source Sans 3', sans-serif",
            },
            tag("style", {}, Markup(style())),  # noqa: S704  # our own file
            tag("rect", {"class": "sheet", "width": WIDTH, "height": height}),
            *parts,
        )
    )


def png(drawing: str, width: int | None = None) -> bytes:
    """A picture as PNG, with the fonts that the build brought, so that it is the same on every machine."""
    fonts = _fonts()
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing,
            width=width,
            font_files=fonts or None,
            skip_system_fonts=bool(fonts),
            font_family="Noto Sans",
            sans_serif_family="Noto Sans",
        )
    )


@cache
def _fonts() -> list[str]:
    """Noto Sans, which has Kazakh's letters. Where the build had no network there is none: then the machine's serve."""
    return sorted(str(file) for file in (folder("static") / "vendor").glob("*.ttf"))


@cache
def style() -> str:
    """The page's own style of charts, with the light theme's colours put in: outside a page there are no variables."""
    text = re.sub(
        r"/\*.*?\*/", "", (folder("static") / "chart.css").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    names = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", text[: text.index("@media")]))
    rules = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", _without_conditions(text)):
        if ":" in selectors or "--" in body.split(":")[0]:
            continue
        rules.append(f"{selectors.strip()}{{{_filled(body, names).strip()}}}")
    own = (
        f".sheet{{fill:{names['--paper']}}}.title{{font-size:34px;font-weight:600}}.brief{{font-size:20px}}"
        f".note{{font-size:16px;fill:{names['--quiet']}}}.key,.caution{{font-size:17px}}.rule{{stroke:{names['--line']}}}"
        f"text{{fill:{names['--ink']}}}.said.quiet{{fill:{names['--quiet']}}}.strong{{font-weight:600}}"
        f".digits{{font-weight:600;fill:{names['--hue-1']}}}"
    )
    hues = "".join(
        f".bar.hue-{n},.span.hue-{n},.diamond.hue-{n},.ring.hue-{n},.dot.hue-{n},.zero.hue-{n}"
        f"{{stroke:{names[f'--hue-{n}']}}}.bar.full.leads.hue-{n},.dot.leads.hue-{n},.stripe.hue-{n}"
        f"{{fill:{names[f'--hue-{n}']}}}"
        for n in range(1, 6)
    )
    return own + "".join(rules) + hues


def _without_conditions(text: str) -> str:
    """CSS without the blocks that hold for some screens only."""
    return re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)


def _filled(body: str, names: dict[str, str]) -> str:
    """Declarations with what the names mean; those of a mark's own colour are written out for each colour."""
    kept = [one for one in body.split(";") if "var(--hue)" not in one]
    return re.sub(r"var\((--[\w-]+)\)", lambda found: names.get(found[1], "inherit"), ";".join(kept))


def window(drawing: Markup, width: float, height: float, y: float, scale: float) -> Markup:
    """A drawing laid out at one width and shown larger."""
    place = {"x": MARGIN, "y": round(y, 1), "width": WIDTH - 2 * MARGIN, "height": round(height * scale, 1)}
    return tag("svg", {**place, "viewBox": f"0 0 {width} {height}", "overflow": "visible"}, drawing)


def _text(parts: list[Markup], lines: Iterable[str], y: float, name: str, size: int) -> float:
    """Lines of text from `y` downwards; where the next may begin."""
    for line in lines:
        parts.append(tag("text", {"class": name, "x": MARGIN, "y": round(y, 1)}, escape(line)))
        y += size * 1.45
    return y


def _key(parts: list[Markup], group: Group, y: float) -> float:
    parts.append(tag("g", {"transform": f"translate({MARGIN} {y - 15:.1f})"}, sign(group)))
    for line in _lines(f"{group.letter}  {group.words}", 17, MARGIN + 30):
        parts.append(tag("text", {"class": "key", "x": MARGIN + 30, "y": round(y, 1)}, escape(line)))
        y += 25
    return y


def _lines(text: str, size: int, left: int = MARGIN) -> list[str]:
    """Text in lines that fit the picture."""
    return lines(text, size, WIDTH - left - MARGIN)
