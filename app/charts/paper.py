"""The paper on which a picture is drawn: its head, what is said on it, its foot, and how it becomes a PNG.

A picture stands alone: title, key, source, as-of and release are inside it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import resvg_py
from markupsafe import Markup, escape

from app.charts.drawn import sign, tag
from app.charts.lettering import lines, width
from app.charts.marks import Group
from app.folders import folder

CARD = WIDTH, TALL = 1200, 630
"""Of the picture of a link, in pixels: the size that social networks show. A picture that is a file is as wide, and as high
as it has to be."""
MARGIN = 48
INNER = WIDTH - 2 * MARGIN
LEADING = 1.36
Signs = Sequence[tuple[Markup, str]]
"""Lines of a key: the sign, 18 pixels in the square, and what it stands for."""


def height(rows: Sequence[str], size: float) -> float:
    return len(rows) * size * LEADING


def said(rows: Iterable[str], size: float, x: float, y: float, name: str = "") -> tuple[Markup, float]:
    """Rows of text from `y` downwards; and where the next may begin."""
    parts = []
    for row in rows:
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": size}
        parts.append(tag("text", {"class": f"said {name}".strip(), **place}, escape(row)))
        y += size * LEADING
    return Markup().join(parts), y


def key(signs: Signs, size: float, room: float) -> tuple[Markup, float]:
    """What each sign stands for, one behind the other in as few rows as they fit; and how high that is."""
    parts: list[Markup] = []
    x = y = 0.0
    for mark, text in signs:
        rows = lines(text, size, room - size * 1.6)
        across = max((width(row, size) for row in rows), default=0) + size * 3.2
        if x and x + across > room:
            x, y = 0, y + size * 1.5
        where = f"translate({x:.1f} {y + size * 0.1:.1f}) scale({size / 18:.3f})"
        parts.append(tag("g", {"transform": where}, mark))
        words, below = said(rows, size, x + size * 1.6, y + size)
        parts.append(words)
        x += across
        if len(rows) > 1:
            x, y = 0, below - size
    return Markup().join(parts), y + (size * 1.6 if x else 0)


def written(sign: str) -> Markup:
    """A sign that is a letter, for a key."""
    return said([sign], 18, 9, 13, "quiet middle")[0]


def of_groups(groups: Iterable[Group], name: str) -> Signs:
    """The key of a chart by year or by day: a letter and what it counts."""
    return tuple(
        (sign(group, f"key-{name}-{group.letter}"), f"{group.letter}  {group.words}") for group in groups
    )


class Paper:
    """A picture while it is drawn, from its head downwards."""

    def __init__(self) -> None:
        self.parts: list[Markup] = []
        self.y = 56.0

    def say(self, text: str, size: float, name: str = "") -> None:
        drawn, self.y = said(lines(text, size, INNER), size, MARGIN, self.y, name)
        self.parts.append(drawn)

    def foot(self, source: str, address: str, size: float = 15) -> tuple[Sequence[str], float]:
        """Whose it is and where it is alive; and how much room that takes at the bottom."""
        rows = [*lines(source, size, INNER), *lines(address, size, INNER)]
        return rows, height(rows, size) + 20

    def finished(self, source: str, address: str, tall: float | None = None) -> str:
        """The sheet with its foot at the bottom, as high as it has become or as it has to be."""
        rows, room = self.foot(source, address)
        tall = tall or round(self.y + 4 + room)
        top = tall - room
        self.parts.append(
            tag("line", {"class": "rule", "x1": MARGIN, "x2": WIDTH - MARGIN, "y1": top, "y2": top})
        )
        self.parts.append(said(rows, 15, MARGIN, top + 22, "quiet")[0])
        return str(
            tag(
                "svg",
                {
                    "xmlns": "http://www.w3.org/2000/svg",
                    "width": WIDTH,
                    "height": tall,
                    "viewBox": f"0 0 {WIDTH} {tall}",
                    "font-family": "'Noto Sans', 'Source Sans 3', sans-serif",
                },
                tag("style", {}, Markup(style())),  # noqa: S704  # our own file
                tag("rect", {"class": "sheet", "width": WIDTH, "height": tall}),
                tag("rect", {"class": "stripe hue-1", "width": WIDTH, "height": 8}),
                *self.parts,
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
        f".sheet{{fill:{names['--paper']}}}.rule{{stroke:{names['--line']}}}text{{fill:{names['--ink']}}}"
        f".said.quiet{{fill:{names['--quiet']}}}.said.on{{fill:{names['--paper']}}}.strong{{font-weight:600}}"
        f".middle{{text-anchor:middle}}.digits{{font-weight:600;fill:{names['--hue-1']}}}"
    )
    hues = "".join(
        f".bar.hue-{n},.span.hue-{n},.diamond.hue-{n},.ring.hue-{n},.dot.hue-{n},.zero.hue-{n},.reaches.hue-{n}"
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
