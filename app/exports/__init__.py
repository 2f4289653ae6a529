"""Panels and rows as they leave the house.

Codes stay codes in every language; `lang` changes labels and sentences only. A figure's number is never
formatted here, and a missing one is null or an empty cell, never 0.

    rows       the shapes of the JSON
    tables     the same rows as CSV, its description, and a workbook
    cube       figures as statistical offices exchange them
    headlines  what the rule picks, as a page of docs/
    release    the whole dataset as a folder of files
    sqlite     the one of them that is a database
    titles     what files and columns are called, in three languages
    verifying  whether such a folder is whole
"""

from app.exports.cube import SDMX, jsonstat, sdmx_csv
from app.exports.headlines import headlines
from app.exports.release import RELEASE, FileOf, ReleaseFile, release, sealed, sha256
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
from app.exports.verifying import Fetch, Verified, all_in, at_address, in_folder, verified

__all__ = [
    "BOM",
    "FORMULA",
    "LICENSE",
    "LICENSE_ADDRESS",
    "RELEASE",
    "SDMX",
    "ChangeOut",
    "ClaimOut",
    "ClassificationOut",
    "CoverageRow",
    "DisagreementFileOut",
    "DisagreementOut",
    "Fetch",
    "FileOf",
    "IncidentFileOut",
    "IncidentOut",
    "IndicatorOut",
    "ObservationOut",
    "PairOut",
    "Period",
    "PlaceOut",
    "ReleaseFile",
    "ReleaseOut",
    "SourceFileOut",
    "SourceOut",
    "StatsRow",
    "Verified",
    "all_in",
    "as_csv",
    "at_address",
    "change_row",
    "claim_row",
    "classification_row",
    "columns",
    "coverage_row",
    "csvw",
    "headlines",
    "in_folder",
    "incident_row",
    "indicator_row",
    "jsonstat",
    "observation_row",
    "place_row",
    "release",
    "release_row",
    "sdmx_csv",
    "sealed",
    "sha256",
    "source_row",
    "stats_row",
    "verified",
    "workbook",
]
