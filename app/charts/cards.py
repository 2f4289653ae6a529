"""Figures in large digits as the picture of a link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.charts.drawn import tag
from app.charts.lettering import fitting, lines
from app.charts.paper import INNER, LEADING, MARGIN, TALL, Paper, height, said
from app.charts.pictures import Piece


@dataclass(frozen=True)
class Claim:
    """A figure in large digits, and what it is: what is counted, about which days, who said so and when."""

    figure: str
    said: tuple[str, ...]


def card(
    name: str,
    title: str,
    claims: Sequence[Claim],
    told: Iterable[str],
    caution: str,
    source: str,
    address: str,
) -> str:
    """Figures in large digits with what they are. `name` says whose card it is, `told` follows on the figures, and `caution`
    is what nobody may repeat them without."""
    paper = Paper()
    paper.say(name, 22, "quiet")
    size = 40 if claims else 56
    paper.y += 24 if claims else 60
    paper.say(title, size, "strong")
    _, foot = paper.foot(source, address)
    warned = lines(caution, 22, INNER - 24)
    below = TALL - foot - 12 - height(warned, 22)
    if claims:
        _claims(paper, claims, below)
    for text in told:
        if paper.y + height(lines(text, 24, INNER), 24) <= below:
            paper.y += 4
            paper.say(text, 24)
    if warned:
        top = below - 14
        line = {"x": MARGIN, "y": round(top - 2, 1), "width": 6, "height": round(height(warned, 22) + 2, 1)}
        paper.parts.append(tag("rect", {"class": "stripe hue-4", **line}))
        paper.parts.append(said(warned, 22, MARGIN + 24, top + 20)[0])
    return paper.finished(source, address, TALL)


def _claims(paper: Paper, claims: Sequence[Claim], floor: float) -> None:
    """Figures beside each other, each as large as all of them can be."""
    gap = 36
    room = (INNER - gap * (len(claims) - 1)) / len(claims)
    size = fitting([one.figure for one in claims], range(150, 40, -6), room)
    small = 26 if len(claims) == 1 else 21

    def columns() -> list[list[str]]:
        return [[row for text in one.said for row in lines(text, small, room)] for one in claims]

    def tallest() -> float:
        return max(height(rows, small) for rows in columns())

    while size > 48 and paper.y + size + small + tallest() > floor:
        size -= 6
    while small > 13 and paper.y + size + small + tallest() > floor:
        small -= 1
    base = paper.y + size * 0.7
    for place, (one, rows) in enumerate(zip(claims, columns(), strict=True)):
        left = MARGIN + place * (room + gap)
        paper.parts.append(said(lines(one.figure, size, room)[:1], size, left, base, "digits")[0])
        paper.parts.append(said(rows, small, left, base + size * 0.25 + small)[0])
    paper.y = base + size * 0.25 + small + tallest()


def large(figure: str, told: Sequence[str]) -> Piece:
    """A figure in large digits as one piece of a picture."""

    def draw(across: float) -> tuple[Markup, float]:
        size = fitting([figure], range(64, 22, -4), across)
        digits, y = said(lines(figure, size, across), size, 0, size * 0.8, "digits")
        rows = [row for text in told for row in lines(text, 15, across)]
        words, y = said(rows, 15, 0, y - size * (LEADING - 0.25) + 20)
        return digits + words, y

    return Piece("", draw, across=420)
