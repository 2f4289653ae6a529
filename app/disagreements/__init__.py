"""Why numbers differ: what two figures are to each other, and where the record holds more than one.

relations   two figures: in which fields they differ, and what that makes of them
audit       what arithmetic can say of figures that belong together
cells       figures that answer one question and differ
quotes      the sentence that may be printed of one figure, and what must not be said of it
guard       which figures may be compared at all
sentences   all of it in the reader's language
"""

from app.disagreements.audit import Check, Result, checks
from app.disagreements.cells import Claim, Disagreement, Kind, found
from app.disagreements.guard import forbids, tracks
from app.disagreements.quotes import Quote, quote
from app.disagreements.relations import Field, Ground, Pair, Relation, pair
from app.disagreements.sentences import (
    altered,
    called,
    course,
    differences,
    kind,
    reason,
    result,
    title,
    verdict,
    working,
)

__all__ = [
    "Check",
    "Claim",
    "Disagreement",
    "Field",
    "Ground",
    "Kind",
    "Pair",
    "Quote",
    "Relation",
    "Result",
    "altered",
    "called",
    "checks",
    "course",
    "differences",
    "forbids",
    "found",
    "kind",
    "pair",
    "quote",
    "reason",
    "result",
    "title",
    "tracks",
    "verdict",
    "working",
]
