"""How one number moved from statement to statement: a list whose rows are drawn as steps, downwards in time."""

from collections import Counter
from collections.abc import Hashable, Sequence

from markupsafe import Markup

from app.charts.drawn import share, tag
from app.i18n import Words
from app.models import Observation

LINE = 20
"""How far under the top of its row a figure is drawn, in pixels."""
SIGNS = {"at_least": "≥", "over": ">", "under": "≤", "about": "≈"}
ROOM = 0.78
"""The part of the width up to the highest figure; behind it stands its number."""


def steps(
    figures: Sequence[Observation], tracks: Sequence[Hashable | None], words: Words
) -> tuple[Markup, ...]:
    """A drawing for each figure's row; none where there are not two numbers.

    A line joins the figures of one track, which are counts that one body gave anew; nothing joins others. Rows may be of
    any height: what is drawn holds on to the top of its row, and lines run through to its bottom.
    Other people than most rows count are not on the scale.
    """
    if len({one.bounds for one in figures if one.bounds}) < 2:
        return ()
    main = Counter(one.population for one in figures).most_common(1)[0][0]
    top = max(
        one.limits[1] if one.limits[1] != float("inf") else one.limits[0] for one in figures if one.bounds
    )
    at = [_along(one, top) for one in figures]
    hues = {track: place % 4 + 1 for place, track in enumerate(_joined(tracks))}
    return tuple(
        tag(
            "svg",
            {"class": "chart step", "width": "100%", "height": "100%", "aria-hidden": "true"},
            tag("line", {"class": "tick", "x1": share(0.02), "x2": share(0.02), "y1": 0, "y2": "100%"}),
            *(line for track, hue in hues.items() for line in _lines(place, track, tracks, at, hue)),
            *(_mark(one, at[place], top, hues.get(tracks[place]), words) if one.population == main else ()),
        )
        for place, one in enumerate(figures)
    )


def _along(one: Observation, top: float) -> float:
    """Where a figure stands; the middle of a range."""
    if one.bounds is None:
        return 0.0
    low, high = one.bounds
    return _share((low + high) / 2, top)


def _share(number: float, top: float) -> float:
    return 0.02 + ROOM * number / (top or 1)


def _joined(tracks: Sequence[Hashable | None]) -> list[Hashable]:
    """The tracks that have something to join."""
    return [track for track in dict.fromkeys(tracks) if track is not None and tracks.count(track) > 1]


def _lines(
    place: int, track: Hashable, tracks: Sequence[Hashable | None], at: Sequence[float], hue: int
) -> list[Markup]:
    """What a track draws in one row: down from the figure before, across to its own, and on to the next."""
    before = [row for row in range(place) if tracks[row] == track]
    after = any(tracks[row] == track for row in range(place + 1, len(tracks)))
    look = {"class": f"span hue-{hue}"}

    def line(x1: float, y1: str | int, x2: float, y2: str | int) -> Markup:
        return tag("line", {**look, "x1": share(x1), "y1": y1, "x2": share(x2), "y2": y2})

    if tracks[place] != track:
        return [line(at[before[-1]], 0, at[before[-1]], "100%")] if before and after else []
    drawn = []
    if before:
        drawn = [line(at[before[-1]], 0, at[before[-1]], LINE), line(at[before[-1]], LINE, at[place], LINE)]
    return [*drawn, line(at[place], LINE, at[place], "100%")] if after else drawn


def _mark(one: Observation, at: float, top: float, hue: int | None, words: Words) -> list[Markup]:
    """A dot with its number; a range as a bar; hollow where it was outdated, crossed where it was retracted."""
    if one.bounds is None:
        return []
    low, high = one.bounds
    look = f"dot hue-{hue or 5}" + (" leads" if one.status == "current" else "")
    drawn = []
    if low != high:
        ends = {"x1": share(_share(low, top)), "x2": share(_share(high, top)), "y1": LINE, "y2": LINE}
        drawn.append(tag("line", {"class": "whisker", **ends}))
    drawn.append(tag("circle", {"class": look, "cx": share(at), "cy": LINE, "r": 5}))
    if one.status in ("retracted", "withdrawn"):
        cross = tag("path", {"class": "whisker", "d": "M-8 -8L8 8M8 -8L-8 8"})
        drawn.append(tag("svg", {"x": share(at), "y": LINE, "overflow": "visible"}, cross))
    number = tag("text", {"class": "value", "x": 9, "y": 5}, _label(one, words))
    drawn.append(
        tag("svg", {"x": share(max(at, _share(high, top))), "y": LINE, "overflow": "visible"}, number)
    )
    return drawn


def _label(one: Observation, words: Words) -> str:
    """The number as short as signs can say it; its row says it in words."""
    if one.value is None or one.qualifier not in SIGNS:
        return words.figure(one)
    return f"{SIGNS[one.qualifier]} {words.number(one.value)}"
