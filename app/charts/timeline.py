"""Incidents on a line of years: one mark each, stacked in the year in which it began. A list drawn, not a statistic."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from app.charts.drawn import share, tag
from app.charts.pictures import Piece
from app.i18n import Words
from app.models import Incident

STEP = 17
"""Height of one mark with the room to the next, in pixels."""
SHAPES: Mapping[str, str] = {
    "carried_out": "M-6 -6H6V6H-6Z",
    "foiled": "M0 -6A6 6 0 1 1 -.01 -6Z",
    "failed": "M0 -7L7 0L0 7L-7 0Z",
    "operation": "M0 -7L7 6H-7Z",
    "disputed_event": "M-6 -6H6V6H-6Z",
}
"""A shape for each outcome: it can be told without colour."""


def timeline(incidents: Sequence[Incident], words: Words, address: str) -> Markup:
    """The incidents that have a date, as SVG; empty where none has. `address` leads to one, with `{id}`."""
    years = _by_year(incidents)
    if not years:
        return Markup()
    axis = range(min(years), max(years) + 1)
    floor = _floor(years)
    told = "; ".join(f"{year}: {words.number(len(years[year]))}" for year in axis if year in years)
    drawn = [
        tag("title", {"id": "timeline-title"}, words.gettext("Incidents on this list by year")),
        tag("desc", {"id": "timeline-desc"}, told),
        tag("line", {"class": "axis", "x1": "0", "x2": "100%", "y1": floor + 0.5, "y2": floor + 0.5}),
    ]
    for place, year in enumerate(axis):
        middle = share((place + 0.5) / len(axis))
        drawn += [
            _mark(one, middle, floor - 11 - row * STEP, words, address)
            for row, one in enumerate(years.get(year, ()))
        ]
        drawn.append(tag("text", {"class": "year wide", "x": middle, "y": floor + 18}, str(year)))
        drawn.append(tag("text", {"class": "year narrow", "x": middle, "y": floor + 18}, f"’{year % 100:02}"))
    given = {
        "class": "chart timeline",
        "role": "group",
        "aria-labelledby": "timeline-title",
        "aria-describedby": "timeline-desc",
        "width": "100%",
        "height": floor + 28,
    }
    return tag("svg", given, *drawn)


def when(incidents: Sequence[Incident], words: Words, address: str, heading: str) -> Piece:
    """The same for a picture, with its key; nothing where no incident has a date."""
    years = _by_year(incidents)
    outcomes = sorted({one.outcome for some in years.values() for one in some})
    signs = [(symbol(outcome), words.name("outcome", outcome)) for outcome in outcomes]
    if any(one.date_precision != "day" for some in years.values() for one in some):
        signs.append(
            (
                symbol("carried_out", "vague"),
                words.gettext("one mark an incident; a pale one where only the month or year is known"),
            )
        )
    tall = _floor(years) + 28 if years else 0
    return Piece(
        heading,
        lambda across: (timeline(incidents, words, address), tall),
        tuple(signs),
        34 * (max(years) - min(years) + 1) if years else 300,
    )


def _by_year(incidents: Sequence[Incident]) -> dict[int, list[Incident]]:
    years: dict[int, list[Incident]] = {}
    for one in sorted(incidents, key=lambda one: (str(one.date_start), one.id)):
        if one.date_start:
            years.setdefault(one.date_start.year, []).append(one)
    return years


def _floor(years: Mapping[int, Sequence[Incident]]) -> int:
    return max(map(len, years.values())) * STEP + 10


def symbol(outcome: str, look: str = "") -> Markup:
    """The mark of an outcome, for a key."""
    shape = tag("path", {"class": f"event {outcome} {look}".rstrip(), "d": SHAPES[outcome]})
    return tag("svg", {"width": 18, "height": 18, "viewBox": "-9 -9 18 18", "aria-hidden": "true"}, shape)


def _mark(one: Incident, middle: str, y: int, words: Words, address: str) -> Markup:
    title = words.name("incident", one.id, "title")
    said = f"{title}. {words.happened(one)}. {words.name('outcome', one.outcome)}."
    exact = "" if one.date_precision == "day" else " vague"
    shape = tag("path", {"class": f"event {one.outcome}{exact}", "d": SHAPES[one.outcome]})
    body = [
        tag("title", {}, escape(said)),
        tag("svg", {"x": middle, "y": y, "overflow": "visible"}, shape),
        tag(
            "rect",
            {
                "class": "reach",
                "x": middle,
                "y": y - 8,
                "width": 17,
                "height": 17,
                "transform": "translate(-8 0)",
            },
        ),
    ]
    return tag("a", {"class": "mark", "href": address.format(id=one.id), "aria-label": said}, *body)
