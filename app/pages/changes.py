"""What changed in the record, version by version: as a page to read, and as a feed to follow."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from app import listings, series
from app.deps import AskedPage, AskedThen, Codes, Reading, reading
from app.i18n import Words
from app.listings import Step
from app.models import Change, Observation, Release, number
from app.pages.rendering import link, render, router, settings_of, state, templates

NAMED = 20
"""Most figures of one version that are named; of the first there are hundreds."""
ENTRIES = 100
"""Most entries of the feed."""
AUTHORITY = "tag:derek,2026"
"""Begins the name of every entry. It is no address: the same record on another server has the same names."""
CODED: Mapping[str, str] = {
    "indicator": "indicator",
    "qualifier": "qualifier",
    "extent": "extent",
    "period_kind": "period_kind",
    "scope": "scope",
    "population": "population",
    "place": "place",
    "stated_by": "body",
    "status": "observation_status",
}
"""Of which list of texts the codes in a column are."""


class AskedChanges(AskedThen):
    """Which changes the page shows."""

    kind: Literal["all", "correction", "revision", "withdrawal", "addition"] = Field(
        default="all", description="What happened to the figure."
    )
    indicator: Codes = Field(default=[], description="Changes of figures of these indicators only.")


@dataclass(frozen=True)
class Line:
    """One cell of a figure that was changed, in words."""

    id: str
    change: Change
    figure: Observation
    field: str
    was: str
    now: str


@dataclass(frozen=True)
class Part:
    """One version: its changes, how many figures it was the first to hold, and the latest of those."""

    version: str
    on: date
    lines: tuple[Line, ...]
    added: int
    named: tuple[Observation, ...]


@dataclass(frozen=True)
class Choice:
    """One way to narrow the page down."""

    name: str
    address: str
    chosen: bool


@dataclass(frozen=True)
class Changes:
    """The history of the record, and the releases of it that this server holds."""

    parts: tuple[Part, ...]
    untouched: bool
    """Whether nothing that was published has been changed so far."""
    first: Step | None
    before: str
    """Where the version served changed and added no figure: the last that did."""
    kind: str
    kinds: tuple[Choice, ...]
    indicators: tuple[Choice, ...]
    """Those of which there is a change."""
    units: Mapping[str, str]
    releases: tuple[Release, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the feed: a change, or what one version was the first to hold."""

    id: str
    on: date
    anchor: str
    version: str
    line: Line | None = None
    added: int = 0


@router.get("/changes")
def changes(request: Request, held: Annotated[Reading[AskedChanges], reading(AskedChanges)]) -> HTMLResponse:
    steps = listings.steps(held.vintage)
    changed = [figure.indicator for step in steps for _, figure in step.changed]
    found = tuple(_part(step, held.asked, held.words) for step in steps)
    context = Changes(
        tuple(part for part in found if part.lines or part.added),
        not changed,
        steps[-1] if steps else None,
        steps[0].version if steps and steps[0].version != held.release.version else "",
        held.asked.kind,
        _kinds(held),
        _indicators(held, {*changed, *held.asked.indicator}),
        held.units,
        tuple(series.releases(held.vintage.session)),
    )
    return render(request, held, "changes.html", context, None)


class AskedFeed(AskedPage):
    """Whose changes the feed tells."""

    indicator: Codes = Field(default=[], max_length=1, description="Those of figures of this indicator only.")


@router.get("/changes.atom")
def feed(request: Request, held: Annotated[Reading[AskedFeed], reading(AskedFeed)]) -> Response:
    """The same as RFC 4287 has it: the newest changes, and for each version what it was the first to hold; of all
    indicators, or of one."""
    asked = held.asked.indicator
    steps = tuple(
        replace(
            step,
            changed=tuple(one for one in step.changed if not asked or one[1].indicator in asked),
            added=tuple(one for one in step.added if not asked or one.indicator in asked),
        )
        for step in listings.steps(held.vintage)
    )
    entries = sorted(_entries(steps, held.words), key=lambda entry: entry.on, reverse=True)[:ENTRIES]
    language = held.words.language
    text = (
        templates(language)
        .get_template("changes.atom.xml")
        .render(
            entries=entries,
            words=held.words,
            lang=language,
            release=held.release,
            state=state(held),
            base=settings_of(request).base,
            authority=AUTHORITY,
            units=held.units,
            indicator=next(iter(asked), ""),
            updated=entries[0].on if entries else held.release.dated,
        )
    )
    headers = {"Content-Language": language, "Derek-Release": held.release.digest}
    return Response(text, media_type="application/atom+xml", headers=headers)


def _part(step: Step, asked: AskedChanges, words: Words) -> Part:
    def fits(one: Observation) -> bool:
        return not asked.indicator or one.indicator in asked.indicator

    lines = tuple(
        _line(change, figure, words)
        for change, figure in step.changed
        if asked.kind in ("all", change.kind) and fits(figure)
    )
    added = [one for one in step.added if asked.kind in ("all", "addition") and fits(one)]
    return Part(step.version, step.on, lines, len(added), tuple(added[:NAMED]))


def _kinds(held: Reading[AskedChanges]) -> tuple[Choice, ...]:
    gettext = held.words.gettext
    names = {
        "all": gettext("anything"),
        **{kind: held.words.inside("change_kind", kind) for kind in ("correction", "revision", "withdrawal")},
        "addition": gettext("first published"),
    }
    return tuple(
        Choice(name, _narrowed(held, kind, held.asked.indicator), kind == held.asked.kind)
        for kind, name in names.items()
    )


def _indicators(held: Reading[AskedChanges], codes: Iterable[str]) -> tuple[Choice, ...]:
    """One at a time, and all of them; nothing where there is no choice."""
    asked = held.asked
    named = sorted(
        ((held.words.name("indicator", code), code) for code in codes),
        key=lambda one: held.words.order(one[0]),
    )
    every = Choice(held.words.gettext("all indicators"), _narrowed(held, asked.kind, []), not asked.indicator)
    alone = (
        Choice(name, _narrowed(held, asked.kind, [code]), code in asked.indicator) for name, code in named
    )
    return (every, *alone) if named else ()


def _narrowed(held: Reading[AskedChanges], kind: str, indicator: list[str]) -> str:
    return link(held, "/changes", {"kind": kind if kind != "all" else "", "indicator": ",".join(indicator)})


def _entries(steps: tuple[Step, ...], words: Words) -> Iterator[Entry]:
    for step in steps:
        for change, figure in step.changed:
            line = _line(change, figure, words)
            yield Entry(line.id, change.changed_on, line.id, step.version, line)
        if step.added:
            on = max(one.recorded for one in step.added)
            yield Entry(f"first/{step.version}", on, step.version, step.version, added=len(step.added))


def _line(change: Change, figure: Observation, words: Words) -> Line:
    return Line(
        f"{change.observation}.{change.field}.{change.changed_on}",
        change,
        figure,
        _column(change.field, words),
        _cell(change.field, change.was, words),
        _cell(change.field, change.now, words),
    )


def _column(field: str, words: Words) -> str:
    """What a column of the record is called."""
    return {
        "indicator": words.gettext("Indicator"),
        "value": words.gettext("Figure"),
        "low": words.gettext("Lower limit"),
        "high": words.gettext("Upper limit"),
        "qualifier": words.gettext("How firmly"),
        "extent": words.gettext("What it counts"),
        "period_start": words.gettext("First day"),
        "period_end": words.gettext("Last day"),
        "period_kind": words.gettext("Kind of period"),
        "as_of": words.gettext("When"),
        "scope": words.gettext("Scope"),
        "population": words.gettext("Who is counted"),
        "place": words.gettext("Place"),
        "stated_by": words.gettext("Who said so"),
        "source": words.gettext("Document"),
        "origin": words.gettext("Act of stating"),
        "status": words.gettext("Status"),
    }[field]


def _cell(field: str, cell: str, words: Words) -> str:
    """What stands in a cell, in words. A code that the record no longer has is shown as it was written."""
    if not cell:
        return words.gettext("nothing stated")
    if field in ("value", "low", "high"):
        return words.number(number(cell))
    if field in ("period_start", "period_end", "as_of"):
        return words.when(cell)
    try:
        return words.name(CODED[field], cell)
    except KeyError:
        return cell
