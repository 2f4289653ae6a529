"""Charts as pictures: files of their own, as high as they have to be, and of the one size in which links show them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.charts.drawn import LEAST as YEAR
from app.charts.drawn import ROW, dots, lane, part, small, small_height, svg, tag
from app.charts.drawn import height as tall_of
from app.charts.lettering import lines
from app.charts.marks import HEIGHT, Chart, Dated
from app.charts.paper import INNER, MARGIN, TALL, Paper, Signs, height, key, of_groups, said

SLOT = 52
"""Width that a year needs for its days, in the chart's own pixels."""
LEAST = 250
"""Height that a chart has at least; a warning that would leave less of it waits on the page."""
SMALLEST = 0.7
"""How far charts under each other may be reduced for the picture of a link; what has no room then waits on the page."""


@dataclass(frozen=True)
class Piece:
    """A chart of a picture, alone or one of several: how it is called, how it is drawn at a width, and its key."""

    heading: str
    draw: Callable[[float], tuple[Markup, float]]
    """The drawing at a width, and its height."""
    key: Signs = ()
    across: float = 736
    """The least width at which it can be read, in its own pixels."""
    below: float = 14
    """Room under it, in its own pixels."""
    less: "Piece | None" = None
    """What is left of it where there is no room for all."""


@dataclass(frozen=True)
class Caption:
    """What a picture says beside its charts."""

    name: str
    """Whose it is and of which country: a picture that is torn from its page still says that."""
    title: str
    brief: str
    """What it shows."""
    kept: str
    """Goes along with every picture, whatever room there is."""
    source: str
    address: str
    more: str
    """Said in the picture of a link that has no room for all."""
    cautions: tuple[str, ...] = ()
    """What nobody may repeat it without; in the picture of a link those for which there is room."""
    notes: tuple[str, ...] = ()
    """Of signs; in a file only."""
    signs: Signs = ()
    """What marks and signs mean that all its charts share."""


def whole(chart: Chart | Dated, marks: str) -> Piece:
    """A chart by year or by day; where there is no room for them, without totals of several years, which stand in no year."""
    if isinstance(chart, Dated):
        return Piece("", lambda across: (dots(chart, marks), HEIGHT), of_groups(chart.groups, chart.name))
    above = (1 + max(bracket.row for bracket in chart.lane)) * ROW + 6 if chart.lane else 0
    below = tall_of(chart)

    def draw(across: float) -> tuple[Markup, float]:
        drawn = _placed(svg(chart, marks), across, below, y=above)
        return (_placed(lane(chart, marks), across, above) + drawn if above else drawn), above + below

    years = replace(chart, lane=(), groups=tuple(group for group in chart.groups if not group.lane))
    less = whole(years, marks) if chart.lane else None
    return Piece("", draw, of_groups(chart.groups, chart.name), max(736, SLOT * len(chart.slots)), less=less)


def one_of_several(chart: Chart, heading: str, marks: str) -> Piece:
    """A small chart, which has no totals of several years. Its days, for which its years have no room, are in its key."""
    groups = [group for group in chart.groups if not group.lane]
    days = ((part(f"part-{chart.name}"), chart.days),) if chart.days else ()
    return Piece(
        heading,
        lambda across: (small(chart, marks), small_height(chart)),
        (*of_groups(groups, chart.name), *days),
        YEAR * len(chart.slots),
    )


def keyed(signs: Signs) -> Piece:
    """A key that is several charts' own."""
    return Piece("", lambda across: (Markup(), 0), signs, 0)


def picture(pieces: Sequence[Piece], caption: Caption, columns: int = 1) -> str:
    """Charts as a stand-alone SVG in the colours of paper, as high as they are together."""
    paper = _headed(caption)
    if pieces:
        across = _least(pieces, columns)
        _draw(paper, *_laid(pieces, across, columns), across)
    paper.y += 22
    for text in caption.cautions:
        paper.say(text, 17)
    for text in caption.notes:
        paper.say(text, 16, "quiet")
    return paper.finished(caption.source, caption.address)


def social(pieces: Sequence[Piece], caption: Caption, columns: int = 1) -> str:
    """The same as the picture of a link. Charts are laid out wider, and so smaller, until they fit; the last of several
    are left out where none could be read."""
    paper = _headed(caption)
    _, foot = paper.foot(caption.source, caption.address)
    room = TALL - foot - paper.y - 18
    warned: list[str] = []
    more = caption.more
    for text in caption.cautions:
        rows = lines(text, 17, INNER)
        if room - height([*warned, *rows], 17) >= LEAST:
            warned += rows
        elif more:
            # Nobody is left to think that this was all there is to beware of.
            warned, more = [*warned, *lines(more, 17, INNER)], ""
    room -= height(warned, 17)
    if pieces:
        _draw(paper, *_fitted(paper, list(pieces), columns, room, more))
    drawn, _ = said(warned, 17, MARGIN, TALL - foot - 14 - height(warned[1:], 17))
    paper.parts.append(drawn)
    return paper.finished(caption.source, caption.address, TALL)


def _fitted(
    paper: Paper, pieces: Sequence[Piece], columns: int, room: float, more: str
) -> tuple[Markup, float, float]:
    """Pieces as they fit the room: drawn, how high, and at which width."""
    least = _least(pieces, columns)
    if _laid(pieces, least, columns)[1] * 0.9 > room:
        pieces = [piece.less or piece for piece in pieces]
    most = max(least, INNER / SMALLEST)
    if _laid(pieces, most, columns)[1] * INNER / most > room and len(pieces) > columns:
        paper.say(more, 17, "quiet")
        room -= height(lines(more, 17, INNER), 17)
        some = columns
        while _laid(pieces[: some + columns], most, columns)[1] * INNER / most <= room:
            some += columns
        pieces = pieces[:some]
    across = least
    drawn, tall = _laid(pieces, across, columns)
    while tall * INNER / across > room:
        across *= 1.05
        drawn, tall = _laid(pieces, across, columns)
    return drawn, tall, across


GAP = 40.0
"""Between pieces beside each other."""


def _laid(pieces: Sequence[Piece], across: float, columns: int) -> tuple[Markup, float]:
    """Pieces beside and under each other at a width; and how high they are."""
    parts: list[Markup] = []
    room, y = across - (columns - 1) * GAP, 0.0
    shares = [
        max(piece.across for piece in pieces[place::columns]) for place in range(min(columns, len(pieces)))
    ]
    for start in range(0, len(pieces), columns):
        deepest = x = 0.0
        for piece, least in zip(pieces[start : start + columns], shares, strict=False):
            wide = room * least / sum(shares)
            drawn, tall = _piece(piece, wide)
            parts.append(tag("g", {"transform": f"translate({x:.1f} {y:.1f})"}, drawn))
            deepest, x = max(deepest, tall + piece.below), x + wide + GAP
        y += deepest
    return Markup().join(parts), y


def _least(pieces: Sequence[Piece], columns: int) -> float:
    """The least width at which all can be read."""
    shares = [
        max(piece.across for piece in pieces[place::columns]) for place in range(min(columns, len(pieces)))
    ]
    return max(sum(shares) + (columns - 1) * GAP, 736)


def _piece(piece: Piece, across: float) -> tuple[Markup, float]:
    heading, y = said(lines(piece.heading, 17, across), 17, 0, 17, "strong")
    y = y - 8 if piece.heading else 0
    drawn, tall = piece.draw(across)
    signs, below = key(piece.key, 14, across)
    parts = [heading, _placed(drawn, across, tall, y=y)]
    if piece.key:
        parts.append(tag("g", {"transform": f"translate(0 {y + tall + 6:.1f})"}, signs))
        below += 6
    return Markup().join(parts), y + tall + below


def _headed(caption: Caption) -> Paper:
    paper = Paper()
    paper.y = 40
    paper.say(caption.name, 18, "quiet")
    paper.y += 18
    paper.say(caption.title, 34, "strong")
    paper.y -= 8
    paper.say(caption.brief, 19, "quiet")
    paper.say(caption.kept, 19, "strong")
    if caption.signs:
        signs, tall = key(caption.signs, 15, INNER)
        paper.parts.append(tag("g", {"transform": f"translate({MARGIN} {paper.y - 14:.1f})"}, signs))
        paper.y += tall + 4
    return paper


def _draw(paper: Paper, drawn: Markup, tall: float, across: float) -> None:
    """Laid out at one width and shown as wide as the paper is."""
    scale = INNER / across
    place = {"x": MARGIN, "y": round(paper.y - 8, 1), "width": INNER, "height": round(tall * scale, 1)}
    box = {"viewBox": f"0 0 {across:.1f} {tall:.1f}", "overflow": "visible"}
    paper.parts.append(tag("svg", {**place, **box}, drawn))
    paper.y += tall * scale


def _placed(drawing: Markup, across: float, tall: float, *, y: float = 0) -> Markup:
    """A drawing whose places are shares of a width, at that width."""
    place = {"y": round(y, 1), "width": round(across, 1), "height": round(tall, 1), "overflow": "visible"}
    return tag("svg", place, drawing)
