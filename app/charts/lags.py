"""From the day of an event to the day on which it was made public: one row each, on a scale that gives days and years room."""

from collections.abc import Iterable
from math import log

from markupsafe import Markup

from app.charts.drawn import share, tag
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


def _ticked(longest: int) -> Iterable[int]:
    return (day for day in TICKS if day <= longest)


def _along(days: int, longest: int) -> float:
    """Where a number of days stands: a week is as far from a day as a month from a week."""
    return 0.02 + 0.96 * log(1 + days) / log(1 + max(longest, 1))
