"""A panel as a chart: which marks stand where, what they look like, and what they say. Nothing is drawn here.

What a mark looks like says what may be compared. Colour is the scope, and a letter under the axis says it again;
a filled bar is the leading body, an outlined one another body; hatching is a part of a year. Kinds that share colour and
body's rank are woven otherwise: full years dotted or crossed, parts hatched the other way or both ways. Marks of unlike keys
never share all of it, and no line ever joins two marks. A diamond is no figure of the chart's own: it is the number of
its neighbour as another document told it, at another legal stage. A ring above or below a bar's end is another figure
for the very same days, people and scope, joined to it: a reader sees at once that two numbers were given for one cell.

A total of several years is a bracket in a lane of its own above the years; a figure for a day is a dot on a line of
days (`by_date`), which no year's bar ever shares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.i18n import Words
from app.models import Cell, Key, Observation, Panel

HEIGHT = 286
"""Of a chart, in pixels. Its width is whatever the page gives it."""
TOP, FOOT = 26, 58
"""Room above the tallest bar for its label, and below the axis for year, days and letter."""
FEWEST = 6
"""Slots for which the axis has room at least: a chart of one year has a bar, not a wall."""
HUES = ("terrorism_extremism", "terrorism", "terrorism_religious_extremism", "violent_extremism")
"""Scopes with a colour of their own, the same in every chart; the others share the last."""


Kind = tuple[str, str, str, str]
"""Indicator, body, scope and, of a year, the document's own terms: what a letter under the axis stands for."""


@dataclass(frozen=True)
class Said:
    """A figure on a chart, with what it says of itself in short lines."""

    observation: Observation
    label: str
    lines: tuple[str, ...]
    letter: str

    @property
    def sentence(self) -> str:
        return " ".join(self.lines)

    @property
    def hue(self) -> int:
        return HUES.index(scope) + 1 if (scope := self.observation.scope) in HUES else len(HUES) + 1

    @property
    def height(self) -> float:
        """The figure it reaches; a range is drawn to its upper limit with a whisker from the lower."""
        return self.observation.bounds[1] if self.observation.bounds else 0


@dataclass(frozen=True)
class Rival:
    """Another figure for the same days, people and scope as a mark's."""

    label: str
    height: float


@dataclass(frozen=True)
class Mark(Said):
    """One figure on the axis. `at` and `width` are shares of the whole width, from 0 to 1."""

    key: Key
    year: int
    leads: bool
    stage: bool
    """The same number as its neighbour, from the same origin, told as another legal stage: a diamond, not a bar."""
    at: float
    width: float
    days: str
    """Of a part of a year, as short as an axis needs them."""
    rivals: tuple[Rival, ...] = ()
    retold: tuple[str, ...] = ()
    """What the diamonds beside it say, for whoever looks at the bar alone."""

    weave: int = 0
    """Which of the looks of its colour it has: what would look alike, but is another kind, is woven otherwise."""

    @property
    def hatched(self) -> bool:
        return self.key.period_kind == "part_year"


@dataclass(frozen=True)
class Slot:
    """One year of the axis: its marks, or the words that say why there are none."""

    year: int
    marks: tuple[Mark, ...]
    days: str
    """Of all its bars; empty where theirs differ."""
    empty: str
    parts: bool
    """Whether an empty year has figures for parts or single cases: the sign is an ellipsis, not a dash."""
    at: float

    @property
    def letters(self) -> tuple[tuple[float, str], ...]:
        """What stands under its marks, by where; of marks in one place their letters once each."""
        under: dict[float, dict[str, None]] = {}
        for mark in self.marks:
            under.setdefault(mark.at + mark.width / 2, {})[mark.letter] = None
        return tuple((at, " ".join(letters)) for at, letters in under.items())

    @property
    def sign(self) -> str:
        return "…" if self.parts else "–"


@dataclass(frozen=True)
class Bracket(Said):
    """A total of several years, over the years it covers. `at` and `width` are shares of the whole width."""

    years: str
    at: float
    width: float
    opens: bool
    """Whether it begins before the axis does."""
    ends: bool
    """Whether its last day was stated and lies on the axis; else its end stays open."""
    row: int


@dataclass(frozen=True)
class Group:
    """A line of the key: how marks of one scope and body look and what they count."""

    letter: str
    hue: int
    leads: bool
    stage: bool
    lane: bool
    """Whether only totals of several years count so: no bar of the chart looks like its sign, which is a bracket."""
    words: str
    weave: int = 0
    hatched: bool = False
    """Whether all its bars are parts of years."""
    dotted: bool = False
    """Whether its marks are dots."""


@dataclass(frozen=True)
class Chart:
    """Figures of one indicator by year. Heights are in the indicator's unit; `top` is the highest that fits."""

    name: str
    title: str
    reading: str
    slots: tuple[Slot, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    top: float
    lane: tuple[Bracket, ...] = ()
    days: str = ""
    """In a sentence: which days its parts of years cover, if it has any."""

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(mark for slot in self.slots for mark in slot.marks)


def highest(panels: Iterable[Panel]) -> float:
    """The highest figure on the axes of several panels: charts in one unit share their scale.

    Where every figure is 0 the scale is 1, so that the zeros stand on the axis.
    """
    cells = [cell for panel in panels for cell in panel.on_axis]
    shown = [cell.shown for cell in cells if cell.shown]
    figures = [*shown, *(rival for cell in cells for rival in _others_alike(cell))]
    return max((one.bounds[1] for one in figures if one.bounds), default=1) or 1


def by_year(
    panel: Panel, words: Words, first: int, top: float | None = None, last: int | None = None
) -> Chart:
    """The years of a panel from `first` to `last`. Years without a figure keep their slot and say so."""
    years = [year for year in panel.years if first <= year <= (last or year)]
    cells = [cell for cell in panel.on_axis if cell.year in years]
    retold = [one for cell in cells for one in cell.retold]
    several = _several_years(panel, years)
    letters = _letters(panel, [*cells, *several], retold, words)
    by_the_year = {_kind(cell.shown, words) for cell in cells if cell.shown}
    weaves = _weaves(panel, [kind for kind in letters if kind in by_the_year])
    slots = tuple(
        _woven(
            _slot(
                panel, words, [cell for cell in cells if cell.year == year], letters, year, place, len(years)
            ),
            weaves,
            words,
        )
        for place, year in enumerate(years)
    )
    whole = {
        _kind(cell.shown, words) for cell in cells if cell.shown and cell.shown.period_kind == "calendar_year"
    }
    return Chart(
        name=panel.indicator.code,
        title=words.name("indicator", panel.indicator.code),
        reading=reading(panel, words, years),
        slots=slots,
        groups=tuple(
            replace(
                _group(panel, words, kind, letter, retold, by_the_year),
                weave=weaves.get(kind, 0),
                hatched=kind in by_the_year - whole,
            )
            for kind, letter in letters.items()
        ),
        notes=tuple(_notes(slots, words, shared=top is not None and top > highest([panel]))),
        top=top or highest([panel]),
        lane=_lane(several, panel, words, letters, years),
        days=_days_covered(slots, words),
    )


def _kind(one: Observation, words: Words) -> Kind:
    by_the_year = one.period_kind in ("calendar_year", "part_year")
    return (
        one.indicator,
        words.leader(one.stated_by),
        one.scope,
        one.stated_as.casefold() if by_the_year else "",
    )


def _letters(panel: Panel, cells: list[Cell], retold: list[Observation], words: Words) -> dict[Kind, str]:
    """A letter for each kind of figure in the chart: the leading body's first, then other bodies', then stages'."""
    leads = panel.indicator.leading_body
    shown = [cell.shown for cell in sorted(cells, key=lambda cell: cell.stated_by != leads) if cell.shown]
    kinds = dict.fromkeys(_kind(one, words) for one in [*shown, *retold])
    return {kind: chr(ord("A") + place) for place, kind in enumerate(kinds)}


def _weaves(panel: Panel, kinds: Iterable[Kind]) -> dict[Kind, int]:
    """Kinds of one colour of the leading body, or of others, one after the other: none looks like the next. It is no rank."""
    alike: dict[tuple[int, bool], int] = {}
    found = {}
    for kind in kinds:
        _, body, scope, _ = kind
        look = _hue(scope), body == panel.indicator.leading_body
        found[kind] = alike.get(look, 0)
        alike[look] = found[kind] + 1
    return found


def _woven(slot: Slot, weaves: Mapping[Kind, int], words: Words) -> Slot:
    marks = (replace(one, weave=weaves.get(_kind(one.observation, words), 0)) for one in slot.marks)
    return replace(slot, marks=tuple(marks))


def _group(
    panel: Panel, words: Words, kind: Kind, letter: str, retold: list[Observation], by_the_year: set[Kind]
) -> Group:
    indicator, body, scope, _ = kind
    stage = indicator != panel.indicator.code
    if stage:
        said = _beside(panel, words, indicator, [one for one in retold if _kind(one, words) == kind])
    else:
        said = _stated(panel, words, kind)
    leads = body == panel.indicator.leading_body
    return Group(letter, _hue(scope), leads, stage, not stage and kind not in by_the_year, said)


def _slot(
    panel: Panel, words: Words, cells: list[Cell], letters: dict[Kind, str], year: int, place: int, count: int
) -> Slot:
    """A year's bars side by side in the middle, and a diamond beside them where a number was retold."""
    bars = [(cell, cell.shown, False) for cell in cells if cell.shown]
    stages = [(cell, one, True) for cell in cells for one in cell.retold]
    room = 0.62 if len(bars) < 2 else 0.9
    share = room / max(1, len(bars))
    # Where years are few, their marks keep together around the middle of the slot.
    shrunk = min(1, count / FEWEST)
    marks = []
    for order, (cell, one, stage) in enumerate([*bars, *stages]):
        start = 0.82 if stage else (1 - room) / 2 + share * order
        width = 0.16 if stage else share * (0.92 if len(bars) > 1 else 1)
        marks.append(
            Mark(
                one,
                words.figure(one) if one.bounds else "?",
                lines(one, panel, words),
                letters[_kind(one, words)],
                Key(
                    *_kind(one, words)[:2], one.scope, one.population, one.place, one.extent, one.period_kind
                ),
                year,
                leads=cell.stated_by == panel.indicator.leading_body,
                stage=stage,
                at=(place + 0.5 + (start - 0.5) * shrunk) / count,
                width=width * shrunk / count,
                days=words.months(one),
                rivals=() if stage else _rivals(cell, words),
                retold=() if stage else _retold(cell, panel, words),
            )
        )
    days = {mark.days for mark in marks if not mark.stage}
    return Slot(
        year,
        tuple(marks),
        days.pop() if len(days) == 1 else "",
        "" if marks else _empty(cells, words),
        not marks and any(cell.others for cell in cells),
        (place + 0.5) / count,
    )


def _retold(cell: Cell, panel: Panel, words: Words) -> tuple[str, ...]:
    """What was counted in another's words, and whose they are; the days are the bar's own."""
    told = [lines(one, panel, words) for one in cell.retold]
    return tuple(f"{what} {whose}" for what, _, whose in told)


def _hue(scope: str) -> int:
    return HUES.index(scope) + 1 if scope in HUES else len(HUES) + 1


def _rivals(cell: Cell, words: Words) -> tuple[Rival, ...]:
    """One ring for each number that stands beside the one shown."""
    found = {one.bounds: Rival(words.figure(one), one.bounds[1]) for one in _others_alike(cell) if one.bounds}
    return tuple(found.values())


def _others_alike(cell: Cell) -> list[Observation]:
    """Other figures, surely read, for what is surely the same cell."""
    one = cell.shown
    if one is None or one.period_end is None:
        return []
    return [
        other
        for other in cell.others
        if other.bounds not in (None, one.bounds)
        and (other.status, other.extent) == ("current", "national")
        and other.confidence != "low"
        and _same_days_and_people(other, one)
    ]


def _same_days_and_people(other: Observation, one: Observation) -> bool:
    def about(any_one: Observation) -> tuple[object, ...]:
        return any_one.scope, any_one.population, any_one.place, any_one.period_start, any_one.period_end

    return about(other) == about(one)


def _several_years(panel: Panel, years: Sequence[int]) -> list[Cell]:
    """Totals of several years, of which at least two are on the axis."""
    found = []
    for cell in panel.beside_axis:
        one = cell.shown
        if one and one.period_kind == "multi_year" and one.bounds and one.period_start and years:
            covered = range(one.period_start.year, _reaches(one).year + 1)
            if len(set(covered).intersection(years)) > 1:
                found.append(cell)
    return found


def _reaches(one: Observation) -> date:
    """The last day of a total; where none is stated, the last on which it may have been said."""
    return one.period_end or one.public_on or one.recorded


def _lane(
    cells: list[Cell], panel: Panel, words: Words, letters: dict[Kind, str], years: Sequence[int]
) -> tuple[Bracket, ...]:
    """Brackets in as few rows as hold them side by side, the longest at the bottom."""
    totals = [cell.shown for cell in cells if cell.shown]
    spans = {one.id: _span(one, years) for one in totals}
    rows: list[list[tuple[float, float]]] = []
    lane = []
    for one in sorted(totals, key=lambda one: (spans[one.id][0] - spans[one.id][1], one.id)):
        start, end = (min(max(share, 0.0), 1.0) for share in spans[one.id])
        row = next((place for place, taken in enumerate(rows) if _free(taken, start, end)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append((start, end))
        lane.append(
            Bracket(
                one,
                words.figure(one),
                lines(one, panel, words),
                letters[_kind(one, words)],
                f"{_begins(one).year}–{one.period_end.year if one.period_end else '?'}",
                start,
                end - start,
                opens=spans[one.id][0] < 0,
                ends=one.period_end is not None and spans[one.id][1] <= 1,
                row=row,
            )
        )
    return tuple(lane)


def _span(one: Observation, years: Sequence[int]) -> tuple[float, float]:
    return _along(_begins(one), years), _along(_reaches(one), years, 1)


def _begins(one: Observation) -> date:
    return one.period_start or _reaches(one)


def _along(day: date, years: Sequence[int], past: int = 0) -> float:
    """Where on an axis of whole years a day begins, or, with `past` 1, ends."""
    length = date(day.year + 1, 1, 1).toordinal() - date(day.year, 1, 1).toordinal()
    through = (day.toordinal() - date(day.year, 1, 1).toordinal() + past) / length
    return (day.year - years[0] + through) / len(years)


def _free(taken: list[tuple[float, float]], start: float, end: float) -> bool:
    return all(end < from_ or start > to for from_, to in taken)


def _empty(cells: list[Cell], words: Words) -> str:
    if any(cell.status == "no_headline" for cell in cells):
        return words.gettext("no headline")
    if any(cell.status == "not_yet" for cell in cells):
        return words.gettext("not yet stated")
    extents = {one.extent for cell in cells for one in cell.others}
    if extents - {"case"}:
        return words.gettext("parts only")
    return words.gettext("cases only") if extents else words.gettext("none found")


def _days_covered(slots: Iterable[Slot], words: Words) -> str:
    hatched = [mark for slot in slots for mark in slot.marks if mark.hatched and not mark.stage]
    if not hatched:
        return ""
    listed = "; ".join(words.period(mark.observation) for mark in hatched)
    return words.gettext("Hatched bars cover part of a year: %(years)s.") % {"years": listed}


def _notes(slots: Iterable[Slot], words: Words, shared: bool) -> Iterable[str]:
    """What the marks do not say in letters large enough: which days hatched bars cover, and what gaps mean."""
    if days := _days_covered(slots, words):
        yield days
    empty = [slot for slot in slots if slot.empty]
    if any(slot.parts for slot in empty):
        yield words.gettext(
            "… no figure for the whole country; there are some for parts of it or for single cases, listed with the year."
        )
    if any(not slot.parts for slot in empty):
        yield words.gettext("– nothing found for that year. It is not zero.")
    if any(mark.rivals for slot in slots for mark in slot.marks):
        yield words.gettext(
            "A ring is another figure for the same days; the bar is the one picked by the rule."
        )
    if shared:
        yield words.gettext("Drawn to the scale of the tallest chart on this page that counts the same unit.")


# --- In words ------------------------------------------------------------------------------------------------


def lines(one: Observation, panel: Panel, words: Words) -> tuple[str, ...]:
    """One figure in short lines: what and how many; which days; who said so and when, or who retold it."""
    what = f"{words.name('indicator', one.indicator)}: {words.amount(one, panel.indicator.unit)} ({words.inside('scope', one.scope)})."
    if one.indicator != panel.indicator.code:
        document = panel.documents[one.source]
        pattern = (
            words.gettext("In the body’s own document, published by %(publisher)s, %(day)s.")
            if words.speaks_itself(one, document)
            else words.gettext("As retold by %(publisher)s, %(day)s.")
        )
        said = pattern % {"publisher": words.publisher(document.publisher), "day": words.when(one.as_of)}
    else:
        said = words.gettext("Stated by %(body)s, %(day)s.") % {
            "body": words.name("body", one.stated_by),
            "day": words.when(one.as_of),
        }
        document = panel.documents[one.source]
        if one.stated_as and not words.speaks_itself(one, document):
            said += f" {words.sentence_case(words.termed([(one, document)]))}."
    if one.confidence == "low":
        said += f" {words.sentence_case(words.gettext('of low confidence'))}."
    return what, f"{words.sentence_case(words.period(one))}.", said


def brief(panel: Panel, words: Words, years: Sequence[int]) -> str:
    """What the chart shows, in one sentence that compares nothing: how many of its years have a figure.

    Nothing where it has no year: by that day nothing had been stated.
    """
    if not years:
        return ""
    shown = [cell.shown for cell in panel.on_axis if cell.shown and cell.year in years]
    known = {one.year for one in shown}
    whole = {one.year for one in shown if one.period_kind == "calendar_year"}
    if len(years) == 1:
        return _brief_of_one(years[0], bool(known), bool(whole), words)
    said = words.ngettext(
        "Of %(years)s years, %(known)s has a figure for the whole country.",
        "Of %(years)s years, %(known)s have a figure for the whole country.",
        len(known),
    ) % {"years": words.number(len(years)), "known": words.number(len(known))}
    if parts := len(known - whole):
        said += " " + words.ngettext(
            "%(parts)s of these is for part of a year only (hatched).",
            "%(parts)s of these are for parts of a year only (hatched).",
            parts,
        ) % {"parts": words.number(parts)}
    return said


def _brief_of_one(year: int, known: bool, whole: bool, words: Words) -> str:
    if whole:
        said = words.gettext("For %(year)s there is a figure for the whole country.")
    elif known:
        said = words.gettext(
            "For %(year)s there is a figure for the whole country, for part of the year only (hatched)."
        )
    else:
        said = words.gettext("For %(year)s there is no figure for the whole country.")
    return said % {"year": year}


def reading(panel: Panel, words: Words, years: Sequence[int]) -> str:
    """What the chart shows, in sentences that compare nothing: one for each body and scope, and one for the gaps."""
    cells = [cell for cell in panel.on_axis if cell.year in years]
    kinds: dict[Kind, list[str]] = {}
    for cell in sorted(cells, key=lambda cell: cell.stated_by != panel.indicator.leading_body):
        if one := cell.shown:
            days = "" if one.period_kind == "calendar_year" else f" ({words.period(one)})"
            kinds.setdefault(_kind(one, words), []).append(f"{cell.year}: {words.figure(one)}{days}")
    said = [f"{_stated(panel, words, kind)}: {'; '.join(figures)}." for kind, figures in kinds.items()]
    gaps = sorted({c.year for c in cells if c.year} - {c.year for c in cells if c.shown and c.year})
    if gaps:
        said.append(words.gettext("No national figure: %(years)s.") % {"years": _runs(gaps)})
    return " ".join(said)


def _beside(panel: Panel, words: Words, indicator: str, told: Sequence[Observation]) -> str:
    """Who tells the number of a figure as another stage. A body is not made to say what only a retelling says, nor its own
    document called a retelling."""
    own, others = (
        ", ".join(sorted({words.outlet(panel.documents[one.source]) for one in some}))
        for some in (
            [one for one in told if words.speaks_itself(one, panel.documents[one.source]) is itself]
            for itself in (True, False)
        )
    )
    if own and others:
        said = words.gettext(
            "The number beside it in the body’s own document (%(own)s), and as retold by %(publishers)s: %(indicator)s"
        )
    elif own:
        said = words.gettext("The number beside it in the body’s own document (%(own)s): %(indicator)s")
    else:
        said = words.gettext("The number beside it as retold by %(publishers)s: %(indicator)s")
    return said % {"own": own, "publishers": others, "indicator": words.inside("indicator", indicator)}


def _stated(panel: Panel, words: Words, kind: Kind) -> str:
    _, body, scope, terms = kind
    said = words.gettext("%(scope)s, as stated by %(body)s") % {
        "scope": words.name("scope", scope),
        "body": words.name("body", body),
    }
    if not terms:
        return said
    shown = [cell.shown for cell in panel.cells if cell.shown and _kind(cell.shown, words) == kind]
    return f"{said}; {words.termed((one, panel.documents[one.source]) for one in shown)}"


def _runs(years: list[int]) -> str:
    """Years, those that follow each other as a run: 2013, 2015, 2017–2018."""
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


# --- Figures for a day ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dot(Said):
    """A figure for a day. `at` is a share of the width; `low` and `high` are where it may stand, if the day is not known."""

    at: float
    low: float
    high: float
    leads: bool
    weave: int


@dataclass(frozen=True)
class Dated:
    """Figures for days (stocks, ranks, scores): dots on a line of days, which nothing joins."""

    name: str
    title: str
    reading: str
    dots: tuple[Dot, ...]
    years: tuple[int, ...]
    groups: tuple[Group, ...]
    top: float


def by_date(panel: Panel, words: Words) -> Dated | None:
    """The figures of a panel that stand for a day; None where none does."""
    cells = [cell for cell in panel.beside_axis if cell.shown and cell.shown.bounds and _days(cell.shown)]
    cells = [cell for cell in cells if cell.shown and cell.shown.period_kind == "point"]
    if not cells:
        return None
    letters = _letters(panel, cells, [], words)
    spans = {cell.shown.id: days for cell in cells if cell.shown and (days := _days(cell.shown))}
    years = range(
        min(low.year for low, _ in spans.values()), max(high.year for _, high in spans.values()) + 1
    )
    weaves = _weaves(panel, letters)
    dots = [_dot(cell.shown, cell, panel, words, letters, weaves, years) for cell in cells if cell.shown]
    dots.sort(key=lambda dot: (dot.at, dot.observation.id))
    return Dated(
        panel.indicator.code,
        words.name("indicator", panel.indicator.code),
        " ".join(dot.sentence for dot in dots),
        tuple(dots),
        tuple(years),
        tuple(
            replace(_group(panel, words, kind, letter, [], set(letters)), weave=weaves[kind], dotted=True)
            for kind, letter in letters.items()
        ),
        max((dot.height for dot in dots), default=1) or 1,
    )


def _dot(
    one: Observation,
    cell: Cell,
    panel: Panel,
    words: Words,
    letters: dict[Kind, str],
    weaves: dict[Kind, int],
    years: Sequence[int],
) -> Dot:
    low, high = _days(one) or (one.recorded, one.recorded)
    first, last = _along(low, years), _along(high, years, 1)
    return Dot(
        one,
        words.figure(one),
        lines(one, panel, words),
        letters[_kind(one, words)],
        (first + last) / 2,
        first,
        last,
        cell.stated_by == panel.indicator.leading_body,
        weaves[_kind(one, words)],
    )


def _days(one: Observation) -> tuple[date, date] | None:
    """Between which days a figure for a day stands: that day, or the days on which it may have been stated."""
    if one.period_start and one.period_end:
        return one.period_start, one.period_end
    if one.as_of is None or one.public_on is None:
        return None
    first = [*map(int, one.as_of.split("-")), 1, 1][:3]
    return date(*first), one.public_on
