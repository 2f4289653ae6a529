"""Panels and rows as they leave the house.

Codes stay codes in every language; `lang` changes labels and sentences only. A figure's number is never
formatted here, and a missing one is null or an empty cell, never 0.

    rows       the shapes of the JSON
    tables     the same rows as CSV, its description, and a workbook
    cube       figures as statistical offices exchange them
    headlines  what the rule picks, as a page of docs/
"""

from app.exports.cube import SDMX, jsonstat, sdmx_csv
from app.exports.headlines import headlines
from app.exports.rows import (
    LICENSE,
    LICENSE_ADDRESS,
    ChangeOut,
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
    change_row,
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
from app.exports.tables import BOM, FORMULA, as_csv, columns, csvw, workbook

__all__ = [
    "BOM",
    "FORMULA",
    "LICENSE",
    "LICENSE_ADDRESS",
    "SDMX",
    "ChangeOut",
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
    "change_row",
    "claim_row",
    "classification_row",
    "columns",
    "coverage_row",
    "csvw",
    "headlines",
    "incident_row",
    "indicator_row",
    "jsonstat",
    "observation_row",
    "place_row",
    "release_row",
    "sdmx_csv",
    "source_row",
    "stats_row",
    "workbook",
]
