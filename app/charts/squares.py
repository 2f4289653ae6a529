"""Charts that a page lays out in squares, as pictures draw them: a map of tiles, units that are counted, years covered."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from app.charts.drawn import tag
from app.charts.lettering import fitting, lines
from app.charts.paper import Signs, height, said
from app.charts.pictures import Piece
from app.i18n import Words
from app.models import CoverageState

SIGNS: Mapping[CoverageState, str] = {
    "known": "■",
    "part": "◧",
    "conflict": "≠",
    "other_body": "□",
    "unquantified": "?",
    "no_headline": "○",
    "parts_only": "…",
    "cases_only": "·",
    "not_yet": "›",
    "none_found": "–",
    "not_applicable": "",
}
"""How well a year is known, told without colour. A page writes these signs; a picture draws them, since the font that is
drawn with has not all of them."""
GROUNDS: Mapping[CoverageState, tuple[int, float]] = {
    "known": (1, 1),
    "part": (1, 0.14),
    "other_body": (1, 0.14),
    "unquantified": (1, 0.14),
    "no_headline": (1, 0.14),
    "conflict": (4, 0.25),
    "parts_only": (5, 0.08),
    "cases_only": (5, 0.08),
}
"""What colour says again: which, and how dense."""
SQUARE = 25
"""Side of a year's square, in pixels."""
SHADES = (0.05, 0.18, 0.38, 1.0)
"""Of tiles, in the steps that the page counts by."""
SIDE, PITCH, IN_ROW = 12, 16, 20
"""Of units: their side, from one to the next, and how many stand in a row, so that they can be counted."""


def tile_map(tiles: Iterable[tuple[int, int, str, int, int]], heading: str) -> Piece:
    """Tiles of a map: row, column, name, count and shade of each."""
    known = list(tiles)
    rows = 1 + max((row for row, *_ in known), default=0)

    def draw(across: float) -> tuple[Markup, float]:
        cell, tall = (min(across, 600) + 4) / 6, 64
        size = fitting((word for _, _, name, *_ in known for word in name.split()), (11, 10, 9), cell - 10)
        left = (across - 6 * cell) / 2 if across > 900 else 0
        parts = []
        for row, column, name, count, shade in known:
            x, y, on = left + column * cell, row * (tall + 4), "on" if shade == len(SHADES) - 1 else ""
            place = {"x": round(x, 1), "y": y, "width": round(cell - 4, 1), "height": tall}
            parts += [
                tag("rect", {"class": "stripe hue-1", "fill-opacity": SHADES[shade], **place}),
                said(lines(name, size, cell - 10)[:3], size, x + 4, y + 14, on)[0],
                said([str(count)], 15, x + 4, y + tall - 6, f"{on} strong" if count else f"{on} quiet")[0],
            ]
        return Markup().join(parts), rows * (tall + 4)

    return Piece(heading, draw, across=560)


def headed(columns: Sequence[tuple[float, str]]) -> Piece:
    """The heads of columns, by where they begin as a share of the width."""

    def draw(across: float) -> tuple[Markup, float]:
        return Markup().join(said([name], 13, at * across, 12, "quiet")[0] for at, name in columns), 20

    return Piece("", draw, below=0)


def counted(name: str, columns: Sequence[tuple[float, int, bool, str]]) -> Piece:
    """A row of units that are counted: for each column where it begins, how many, whether filled, and what they are."""

    def draw(across: float) -> tuple[Markup, float]:
        rule = tag("line", {"class": "rule", "x1": 0, "x2": across, "y1": 0, "y2": 0})
        parts, deepest = [rule, said([name], 14, 0, 21, "strong")[0]], 30.0
        ends = [*(at for at, *_ in columns[1:]), 1]
        for (at, number, filled, text), end in zip(columns, ends, strict=True):
            left, look = at * across, "bar full leads hue-1" if filled else "bar full other hue-1"
            for place in range(number):
                down, along = divmod(place, IN_ROW)
                where = {
                    "x": round(left + along * PITCH, 1),
                    "y": 9 + down * PITCH,
                    "width": SIDE,
                    "height": SIDE,
                }
                parts.append(tag("rect", {"class": look, **where}))
            beside = left + min(number, IN_ROW) * PITCH + (8 if number else 0)
            words, under = said(lines(text, 12, end * across - beside - 8), 12, beside, 20)
            parts.append(words)
            deepest = max(deepest, under - 4, 14 + PITCH * -(-number // IN_ROW))
        return Markup().join(parts), deepest

    return Piece("", draw, below=0)


def covered(
    heading: str, rows: Sequence[tuple[str, Mapping[int, CoverageState]]], years: Sequence[int]
) -> Piece:
    """Indicators with a square for each year."""
    tall = 28

    def draw(across: float) -> tuple[Markup, float]:
        cell = max(tall, min(44, (across - 340) / max(1, len(years))))
        left = across - cell * len(years)
        parts = [
            said([f"’{year % 100:02}"], 11, left + (place + 0.5) * cell, 12, "quiet middle")[0]
            for place, year in enumerate(years)
        ]
        y = 18.0
        for name, states in rows:
            named = lines(name, 13, left - 12)
            parts.append(said(named, 13, 0, y + 18)[0])
            parts += [
                _state(states[year], left + (place + 0.5) * cell - tall / 2, y)
                for place, year in enumerate(years)
            ]
            y += max(tall, height(named, 13) + 8)
        return Markup().join(parts), y

    return Piece(heading, draw, across=300 + tall * len(years))


def states(words: Words, *, then: bool) -> Signs:
    """The key of coverage; `then` is as of a day, of which alone something can be unsaid as yet."""
    return tuple(
        (
            tag("svg", {"width": 24, "height": 24, "overflow": "visible"}, _state(code, -1, -5)),
            words.coverage(code),
        )
        for code, sign in SIGNS.items()
        if sign and (then or code != "not_yet")
    )


def _state(code: CoverageState, x: float, y: float) -> Markup:
    """A year's square: its ground, and its sign drawn on it."""
    hue, density = GROUNDS.get(code, (5, 0))
    side = {"width": SQUARE, "height": SQUARE}
    ground = tag("rect", {"class": f"stripe hue-{hue}", **side, "fill-opacity": density})
    return tag("g", {"transform": f"translate({x + 1:.1f} {y + 1:.1f})"}, ground, *_sign(code))


def _sign(code: CoverageState) -> Iterable[Markup]:
    middle, line = SQUARE / 2, "whisker"
    match code:
        case "known":
            yield tag("rect", {"class": "ground", "x": middle - 4, "y": middle - 4, "width": 8, "height": 8})
        case "part":
            yield tag("rect", {"class": "stripe hue-1", "width": middle, "height": SQUARE})
        case "other_body":
            place = {"x": middle - 5.5, "y": middle - 5.5, "width": 11, "height": 11}
            yield tag("rect", {"class": "bar full other hue-1", **place})
        case "no_headline":
            yield tag("circle", {"class": "span hue-1", "cx": middle, "cy": middle, "r": 6})
        case "conflict":
            d = f"M{middle - 5} {middle - 2.5}h10m-10 5h10M{middle + 3.5} {middle - 6}l-7 12"
            yield tag("path", {"class": line, "d": d})
        case "parts_only":
            for dx in (-5, 0, 5):
                yield tag("circle", {"class": "stripe hue-5", "cx": middle + dx, "cy": middle, "r": 1.5})
        case "cases_only":
            yield tag("circle", {"class": "stripe hue-5", "cx": middle, "cy": middle, "r": 2})
        case "not_yet":
            d = f"M{middle - 2} {middle - 4}l4 4l-4 4"
            yield tag("path", {"class": f"{line} open", "d": d})
        case "none_found":
            yield tag("path", {"class": line, "d": f"M{middle - 3} {middle}h6"})
        case "unquantified":
            yield said(["?"], 14, middle, middle + 5, "middle")[0]
        case _:
            return
