"""Disagreements of a release: computed once, since a release never changes, and kept for the next reader."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from app import disagreements, series
from app.disagreements import Check, Disagreement, Ground
from app.listings.incidents import IncidentQuestion, incidents
from app.models import Body, Incident, Indicator, Origin, Source
from app.series import Vintage

KEPT = 8
"""Releases, or days on which one was asked for, whose disagreements are kept in memory."""


@dataclass(frozen=True)
class Compared:
    """Everything that was stated by a day, ready to be compared, and where it disagrees."""

    ground: Ground
    found: tuple[Disagreement, ...]
    checks: tuple[Check, ...]
    """What arithmetic can say of figures that belong together."""
    hidden: int
    """How many figures the day left out."""

    def of(self, indicator: str | None = None, incident: str | None = None) -> tuple[Disagreement, ...]:
        """Disagreements in which figures of an indicator or an incident take part."""
        return tuple(
            one
            for one in self.found
            if (indicator is None or any(each.indicator == indicator for each in one.observations))
            and (incident is None or one.incident == incident)
        )

    def with_figure(self, id: str) -> tuple[Disagreement, ...]:
        """Disagreements in which a figure takes part."""
        return tuple(one for one in self.found if any(each.id == id for each in one.observations))


_kept: OrderedDict[tuple[str, date | None, int], Compared] = OrderedDict()
_lock = Lock()


def compared(vintage: Vintage) -> Compared:
    """What a release holds, as it was known on a day, with its disagreements.

    Days between which nothing was stated and no incident made public know the same, so they are one.
    """
    known = incidents(vintage, IncidentQuestion())
    key = vintage.release.digest, series.last_said(vintage), len(known)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = _made(vintage, known)
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _made(vintage: Vintage, known: Sequence[Incident]) -> Compared:
    figures = series.observations(vintage, series.Question())
    ground = Ground(
        {one.code: one for one in series.all_of(vintage, Indicator)},
        {one.code: one.parent or one.code for one in series.all_of(vintage, Body)},
        {one.id: one for one in series.all_of(vintage, Origin)},
        {one.id: one for one in series.all_of(vintage, Source)},
        {one.id: one for one in figures},
    )
    panels = series.panels(vintage, series.Question())
    shown = {cell.shown.id for panel in panels for cell in panel.on_axis if cell.shown}
    return Compared(
        ground,
        disagreements.found(figures, ground, shown),
        disagreements.checks(figures, ground, known),
        series.count(vintage.whenever, series.Question()) - len(figures),
    )
