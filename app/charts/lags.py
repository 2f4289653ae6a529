"""From the day of an event to the day on which it was made public: one row each, on a scale that gives days and years room."""

from collections.abc import Iterable
from math import log

from markupsafe import Markup

from app.charts.drawn import share, tag
from app.charts.lettering import lines
from app.charts.paper import said
from app.charts.pictures import Piece
from app.i18n import Words

TICKS = (0, 7, 30, 365)
"""Days that the scale names."""
LINE = 15


def lag(low: int, high: int, longest: int) -> Markup:
    """One row: a dot where the days are known, a bar between the fewest and the most where they are not."""
    ticks = (
        tag("line", {"class": "tick", "x1": at, "x2": at, "y1": 0, "y2": "100%"})
        for at in (share(_along(day, longest)) for day in _ticked(longest))
    )
    if low == high:
        mark = tag(
            "circle", {"class": "dot leads hue-1", "cx": share(_along(low, longest)), "cy": LINE, "r": 5}
        )
    else:
        ends = {"x1": share(_along(low, longest)), "x2": share(_along(high, longest))}
        mark = tag("line", {"class": "reaches hue-1", **ends, "y1": LINE, "y2": LINE})
    return tag(
        "svg", {"class": "chart step", "width": "100%", "height": "100%", "aria-hidden": "true"}, *ticks, mark
    )


def scale(longest: int, words: Words) -> Markup:
    """What the lines of every row mean."""
    texts = (
        tag(
            "text",
            {
                "class": f"days {'first' if not day else 'short' if day == TICKS[1] else ''}".rstrip(),
                "x": share(_along(day, longest)),
                "y": LINE,
            },
            words.days(day),
        )
        for day in _ticked(longest)
    )
    return tag("svg", {"class": "chart scale", "width": "100%", "height": 24, "aria-hidden": "true"}, *texts)


def waited(low: int, high: int, longest: int, title: str, days: str) -> Piece:
    """One row for a picture, with what it is of and its number of days."""

    def draw(across: float) -> tuple[Markup, float]:
        named, y = said(lines(title, 13, across * 0.42), 13, 0, 19)
        number, _ = said([days], 13, across * 0.86, 19, "strong")
        tall = max(y - 4, 30)
        place = {
            "x": round(across * 0.44, 1),
            "y": 0,
            "width": round(across * 0.4, 1),
            "height": round(tall, 1),
        }
        rule = tag("line", {"class": "rule", "x1": 0, "x2": across, "y1": 0, "y2": 0})
        return Markup().join((rule, named, tag("svg", place, lag(low, high, longest)), number)), tall

    return Piece("", draw, below=0)


def scaled(longest: int, words: Words, heading: str) -> Piece:
    """The head of such rows: of which outcome they are, and what their lines mean."""

    def draw(across: float) -> tuple[Markup, float]:
        place = {"x": round(across * 0.44, 1), "y": -14, "width": round(across * 0.4, 1), "height": 24}
        return tag("svg", {**place, "overflow": "visible"}, scale(longest, words)), 8

    return Piece(heading, draw, below=0)


def _ticked(longest: int) -> Iterable[int]:
    return (day for day in TICKS if day <= longest)


def _along(days: int, longest: int) -> float:
    """Where a number of days stands: a week is as far from a day as a month from a week."""
    return 0.02 + 0.96 * log(1 + days) / log(1 + max(longest, 1))
