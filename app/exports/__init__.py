"""Panels and rows as they leave the house.

Codes stay codes in every language; `lang` changes labels and sentences only. A figure's number is never
formatted here, and a missing one is null or an empty cell, never 0.

    rows       the shapes of the JSON
    tables     the same rows as CSV
    headlines  what the rule picks, as a page of docs/
"""

from app.exports.headlines import headlines
from app.exports.rows import (
    LICENSE,
    LICENSE_ADDRESS,
    ClaimOut,
    ClassificationOut,
    CoverageRow,
    DisagreementFileOut,
    DisagreementOut,
    IncidentFileOut,
    IncidentOut,
    IndicatorOut,
    ObservationOut,
    PairOut,
    Period,
    PlaceOut,
    ReleaseOut,
    SourceFileOut,
    SourceOut,
    StatsRow,
    claim_row,
    classification_row,
    coverage_row,
    incident_row,
    indicator_row,
    observation_row,
    place_row,
    release_row,
    source_row,
    stats_row,
)
from app.exports.tables import FORMULA, as_csv, columns

__all__ = [
    "FORMULA",
    "LICENSE",
    "LICENSE_ADDRESS",
    "ClaimOut",
    "ClassificationOut",
    "CoverageRow",
    "DisagreementFileOut",
    "DisagreementOut",
    "IncidentFileOut",
    "IncidentOut",
    "IndicatorOut",
    "ObservationOut",
    "PairOut",
    "Period",
    "PlaceOut",
    "ReleaseOut",
    "SourceFileOut",
    "SourceOut",
    "StatsRow",
    "as_csv",
    "claim_row",
    "classification_row",
    "columns",
    "coverage_row",
    "headlines",
    "incident_row",
    "indicator_row",
    "observation_row",
    "place_row",
    "release_row",
    "source_row",
    "stats_row",
]
