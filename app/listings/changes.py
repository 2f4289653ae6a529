"""What was changed in the record after it had been published."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from app import series
from app.models import Change, Observation, Published, Release
from app.series import Vintage


@dataclass(frozen=True)
class Step:
    """What one version of the dataset changed, and which figures it was the first to hold."""

    version: str
    on: date
    """Its last day: of a change, or on which a figure was entered. The same on every server."""
    changed: tuple[tuple[Change, Observation], ...]
    """Each change with the figure as it stands now, the newest first."""
    added: tuple[Observation, ...]
    """Figures first published, those stated last first."""


def changes(vintage: Vintage) -> tuple[Change, ...]:
    """Every change of a published figure, the newest first."""
    found = series.all_of(vintage, Change)
    newest = sorted(found, key=lambda one: (one.observation, one.field))
    return tuple(sorted(newest, key=lambda one: one.changed_on, reverse=True))


def changed_since(vintage: Vintage, current: Release) -> tuple[int, int]:
    """How many figures a later release has beside those of this one, and how many cells of theirs it changed."""
    later = Vintage(vintage.session, current)
    here = {one.id for one in series.all_of(vintage, Observation)}
    there = {one.id for one in series.all_of(later, Observation)}
    known = {(one.observation, one.field, one.version) for one in series.all_of(vintage, Change)}
    changed = {(one.observation, one.field, one.version) for one in series.all_of(later, Change)}
    return len(there - here), len(changed - known)


def first_published(vintage: Vintage) -> dict[str, int]:
    """How many figures each version of the dataset was the first to hold, the newest version first."""
    counts = Counter(row.version for row in series.all_of(vintage, Published))
    return dict(sorted(counts.items(), key=lambda one: _order(one[0]), reverse=True))


def steps(vintage: Vintage) -> tuple[Step, ...]:
    """The record's history, version by version, the newest first.

    A figure that is in no list of what has been published is one that this release publishes.
    """
    figures = {one.id: one for one in series.all_of(vintage, Observation)}
    since = {row.observation: row.version for row in series.all_of(vintage, Published)}
    changed: dict[str, list[tuple[Change, Observation]]] = {}
    added: dict[str, list[Observation]] = {}
    for change in changes(vintage):
        changed.setdefault(change.version, []).append((change, figures[change.observation]))
    for one in sorted(figures.values(), key=lambda one: (one.public_on or date.min, one.id), reverse=True):
        added.setdefault(since.get(one.id, vintage.release.version), []).append(one)
    return tuple(
        Step(
            version,
            max(
                [change.changed_on for change, _ in changed.get(version, ())]
                + [one.recorded for one in added.get(version, ())]
            ),
            tuple(changed.get(version, ())),
            tuple(added.get(version, ())),
        )
        for version in sorted({*changed, *added}, key=_order, reverse=True)
    )


def versions(vintage: Vintage) -> tuple[str, ...]:
    """Every version of the dataset that the record knows of, the newest first: one that it names, or that this server
    holds."""
    named = {row.version for row in series.all_of(vintage, Published)}
    named |= {row.version for row in series.all_of(vintage, Change)}
    held = {one.version for one in series.releases(vintage.session)}
    return tuple(sorted(named | held, key=_order, reverse=True))


def later(version: str, than: str) -> bool:
    """Whether a version comes after another."""
    return _order(version) > _order(than)


def _order(version: str) -> tuple[tuple[int, str], ...]:
    """Versions by their numbers: 2026.11.10 comes after 2026.11.9."""
    return tuple((int(part) if part.isdigit() else 0, part) for part in version.split("."))
