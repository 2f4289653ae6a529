"""Where the numbers at a chart's marks stand, whatever draws them: inside the sheet, on no bar and on no other number.

Places along the axis are shares of its width with a length in pixels beside, and are found at the least width at which the
drawing is shown: where there is more room, numbers only move further apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

from app.charts.lettering import width
from app.charts.marks import Chart, Dated, Mark, Slot

ACROSS, NARROW = 688, 288
"""Of a drawing, in pixels: in the frame that other sites are offered, and on a phone."""
SIZE, LINE = 13, 15
"""Of a number: its letters, and from one line to the next."""
SPACE = "\u00a0"
"""Between a number and its letter: one that no drawing lets go."""
Box = tuple[float, float, float, float]
"""Left, right, top and bottom of what stands in a drawing, in pixels."""


@dataclass(frozen=True)
class Label:
    """A number at its mark. Its lines stand `dx` pixels from `at`, which is a share of the width, the last of them at `y`."""

    lines: tuple[str, ...]
    beside: str
    """Behind the last line, in its own weight: the letter and the days, where several numbers stand above each other."""
    at: float
    dx: float
    anchor: str
    """Whether it begins, ends or has its middle there: `start`, `end` or `middle`, as SVG says it."""
    y: float
    moved: bool = False
    """Whether it stands elsewhere than in one line in the middle above its mark."""


@dataclass(frozen=True)
class Labels:
    """Of a whole chart, by the number's place in it, and how much higher than usual the drawing is for their sake."""

    of: dict[str, Label]
    rivals: dict[tuple[str, str], Label]
    """The number at a ring, by its bar's figure and what it says."""
    head: int


def placed(chart: Chart, across: float, floor: float, scale: float, *, worded: bool = True) -> Labels:
    """The numbers of a chart that is so wide, with so many pixels to a unit. `worded` is where gaps are said in words."""
    found: dict[str, Label] = {}
    rivals: dict[tuple[str, str], Label] = {}
    taken = [*_bars(chart, across, floor, scale), *_gaps(chart, across, floor, worded)]
    for mark in chart.marks:
        for rival in mark.rivals:
            label, box = _at_ring(mark, rival.label, floor - rival.height * scale, across, taken)
            rivals[mark.observation.id, rival.label] = label
            taken.append(box)
    listed = [slot for slot in chart.slots if is_listed(slot, across)]
    for slot in chart.slots:
        for mark in slot.marks:
            if slot not in listed and not mark.stage:
                label = _above(mark, floor - mark.height * scale - 7, across, taken)
                found[mark.observation.id] = label
                taken.append(_box(label, across))
    for slot in listed:
        for id, label in _stacked(slot, floor, scale, across, taken):
            found[id] = label
            taken.append(_box(label, across))
    top = min((_box(label, across)[2] for label in found.values()), default=0.0)
    return Labels(found, rivals, ceil(max(0, 6 - top)))


def is_listed(slot: Slot, across: float) -> bool:
    """Whether a year's numbers stand above each other, each with its letter and days: they have no room side by side, or
    their days differ."""
    bars = [mark for mark in slot.marks if not mark.stage]
    if len(bars) < 2:
        return False
    pitch = (bars[1].at - bars[0].at) * across
    return bool(any(mark.days for mark in bars) and not slot.days) or any(
        width(mark.label, SIZE) > pitch for mark in bars
    )


def roomy(chart: Chart | Dated, across: float = ACROSS) -> bool:
    """Whether what is written under and instead of marks has room at a width: else years are without their century, and
    days and the words of gaps are left to the notes."""
    if isinstance(chart, Dated):
        return all(width(str(year), SIZE) * len(chart.years) < across for year in chart.years)
    words = [word for slot in chart.slots for word in (slot.days, *slot.empty.split(" ", 1))]
    least = [*(width(word, 11) for word in words), *(width(str(slot.year), SIZE) for slot in chart.slots)]
    return max(least, default=0) * len(chart.slots) < across


def _bars(chart: Chart, across: float, floor: float, scale: float) -> Iterator[Box]:
    """What the marks themselves take."""
    for mark in chart.marks:
        left, right = mark.at * across, (mark.at + mark.width) * across
        top = floor - mark.height * scale
        if mark.stage:
            middle = (left + right) / 2
            yield middle - 7, middle + 7, top - 7, top + 7
        else:
            yield left, right, top, floor
        for rival in mark.rivals:
            middle, at = (left + right) / 2, floor - rival.height * scale
            yield middle - 6, middle + 6, at - 6, at + 6


def _gaps(chart: Chart, across: float, floor: float, worded: bool) -> Iterator[Box]:
    """What is said in years without a figure."""
    for slot in chart.slots:
        if slot.empty:
            words = slot.empty.split(" ", 1) if worded else [slot.sign]
            half = max(width(word, 11) for word in words) / 2
            middle = slot.at * across
            yield middle - half, middle + half, floor - 8 - 13 * len(words) - 11, floor


def _above(mark: Mark, y: float, across: float, taken: Sequence[Box]) -> Label:
    """Above its mark in one line; else moved aside, else in more lines, else higher and with its letter."""
    free = (label for label in _candidates(mark, y, across) if _free(_box(label, across), taken))
    return next(free)


def _candidates(mark: Mark, y: float, across: float) -> Iterator[Label]:
    middle = mark.at + mark.width / 2
    yield _inside(Label((mark.label,), "", middle, 0, "middle", y), across)
    *before, last = mark.label.split(" ")
    for lines in ((mark.label,), (" ".join(before), last), (*before, last)) if before else ():
        half = max(width(line, SIZE) for line in lines) / 2
        for dx in (0.0, -8.0, 8.0, half - 12, 12 - half):
            yield _inside(Label(lines, "", middle, dx, "middle", y, moved=True), across)
    for lift in count(step=4):
        label = Label((mark.label,), f"{SPACE}{mark.letter}", middle, 0, "middle", y - lift, moved=True)
        yield _inside(label, across)


def _stacked(
    slot: Slot, floor: float, scale: float, across: float, taken: Sequence[Box]
) -> Sequence[tuple[str, Label]]:
    """A year's numbers above each other over its highest bar, the first bar's on top, all beginning or ending at the edge of the bars."""
    bars = [mark for mark in slot.marks if not mark.stage]
    base = floor - max(reach for mark in bars for reach in _reached(mark)) * scale - 7

    def stack(lift: int, anchor: str, at: float) -> Sequence[tuple[str, Label]]:
        rows = []
        for order, mark in enumerate(reversed(bars)):
            beside = f"{SPACE}{mark.letter} {mark.days}".rstrip()
            y = base - LINE * order - lift
            rows.append((mark.observation.id, Label((mark.label,), beside, at, 0, anchor, y, moved=True)))
        return rows

    edges = (("start", bars[0].at), ("end", bars[-1].at + bars[-1].width), ("start", 0.0))
    anchor, at = next(
        (edge for edge in edges if all(_across(label, across) for _, label in stack(0, *edge))), edges[-1]
    )
    stacks = (stack(lift, anchor, at) for lift in count(step=4))
    return next(rows for rows in stacks if all(_free(_box(label, across), taken) for _, label in rows))


def _reached(mark: Mark) -> Iterator[float]:
    yield mark.height
    yield from (rival.height for rival in mark.rivals)


def _at_ring(mark: Mark, said: str, y: float, across: float, taken: Iterable[Box]) -> tuple[Label, Box]:
    """Right of its ring, or left of it where the sheet ends or something stands there."""
    middle = mark.at + mark.width / 2
    right = Label((said,), "", middle, 9, "start", y + 4)
    left = Label((said,), "", middle, -9, "end", y + 4, moved=True)
    own = (mark.at * across, (mark.at + mark.width) * across)
    others = [box for box in taken if box[:2] != own and not box[0] <= middle * across <= box[1]]
    for label in (right, left):
        box = _box(label, across)
        if box[0] >= 0 and box[1] <= across and _free(box, others):
            return label, box
    kept = right if _box(right, across)[1] <= across else left
    return kept, _box(kept, across)


def _inside(label: Label, across: float) -> Label:
    """The same, beginning or ending at the edge of the sheet where it would lie beyond it."""
    left, right, *_ = _box(label, across)
    if left < 0:
        return Label(label.lines, label.beside, 0, 0, "start", label.y, moved=True)
    if right > across:
        return Label(label.lines, label.beside, 1, 0, "end", label.y, moved=True)
    return label


def _box(label: Label, across: float) -> Box:
    *before, last = label.lines
    wide = max(width(last + label.beside, SIZE), *(width(line, SIZE) for line in before), 0)
    x = label.at * across + label.dx
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[label.anchor]
    return left, left + wide, label.y - LINE * len(before) - 11, label.y + 3


def _across(label: Label, across: float) -> bool:
    left, right, *_ = _box(label, across)
    return left >= 0 and right <= across


def _free(box: Box, taken: Iterable[Box]) -> bool:
    return not any(_overlap(box, other) for other in taken)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


# --- At dots ---------------------------------------------------------------------------------------------------


def around(chart: Dated, across: float, floor: float, scale: float) -> dict[str, Label]:
    """The numbers of dots: each in the nearest place around its dot where it lies on nothing.

    Without those whose same number stands at the same dot already: two documents put the same figure there.
    """
    spots = {dot.observation.id: (dot.at * across, floor - dot.height * scale) for dot in chart.dots}
    taken = [(x - 7, x + 7, y - 7, y + 7) for x, y in spots.values()]
    found: dict[str, Label] = {}
    told: dict[str, list[tuple[float, float]]] = {}
    for dot in chart.dots:
        x, y = spots[dot.observation.id]
        said = f"{dot.label} {dot.letter}"
        if any(abs(at - x) < 14 and abs(height - y) < 14 for at, height in told.get(said, [])):
            continue
        told.setdefault(said, []).append((x, y))
        near = tuple(_near(said, dot.at, y, across))
        # One that is wider than the sheet lies within it nowhere, and begins at its edge.
        inside = [label for label in near if _within(_box(label, across), across, floor)] or near[:1]
        label = next((one for one in inside if _free(_box(one, across), taken)), inside[0])
        found[dot.observation.id] = label
        taken.append(_box(label, across))
    return found


def _near(said: str, at: float, y: float, across: float) -> Iterator[Label]:
    """Places around a dot, the nearest first: above, below, right, left, and then further away and slanted."""
    half = width(said, SIZE) / 2
    yield _inside(Label((said,), "", at, 0, "middle", y - 11), across)
    yield _inside(Label((said,), "", at, 0, "middle", y + 22), across)
    yield Label((said,), "", at, 12, "start", y + 4)
    yield Label((said,), "", at, -12, "end", y + 4)
    for lift in range(0, 400, 4):
        for below in (0, 1):
            height = y + 22 + lift if below else y - 11 - lift
            for dx in (0, half / 2, -half / 2, half - 4, 4 - half):
                yield _inside(Label((said,), "", at, dx, "middle", height), across)


def _within(box: Box, across: float, floor: float) -> bool:
    return box[0] >= 0 and box[1] <= across and box[2] >= 0 and box[3] < floor
