"""The lists of the record: incidents, documents, places. What fits a question, and one of each with all that points to it.

Figures are asked for in `series`; here stands what they are about and where they come from.

    incidents   events and plots
    sources     documents
    changes     what was changed after it had been published
"""

from app.listings.changes import Step, changes, first_published, steps
from app.listings.incidents import (
    FACETS,
    UNDATED,
    Facet,
    IncidentFile,
    IncidentQuestion,
    classifications,
    dropped,
    facets,
    incident_file,
    incidents,
    year_of,
)
from app.listings.sources import SourceFile, source_file

__all__ = [
    "FACETS",
    "UNDATED",
    "Facet",
    "IncidentFile",
    "IncidentQuestion",
    "SourceFile",
    "Step",
    "changes",
    "classifications",
    "dropped",
    "facets",
    "first_published",
    "incident_file",
    "incidents",
    "source_file",
    "steps",
    "year_of",
]
