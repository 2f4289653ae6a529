"""The lists of the record: incidents, documents, places. What fits a question, and one of each with all that points to it.

Figures are asked for in `series`; here stands what they are about and where they come from.

    incidents   events and plots
    sources     documents
    places      where figures apply
    search      over all of it
    folding     how words are compared
    disagreements  where figures differ
    changes     what was changed after it had been published
"""

from app.listings.changes import Step, changed_since, changes, first_published, later, steps, versions
from app.listings.disagreements import Compared, compared
from app.listings.folding import folded
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
    lag,
    year_of,
)
from app.listings.places import PlaceFile, counted, place_file
from app.listings.search import Found, Hits, near, search
from app.listings.sources import (
    SOURCE_FACETS,
    SourceFile,
    SourceQuestion,
    figures_taken,
    source_facets,
    source_file,
    sources,
)

__all__ = [
    "FACETS",
    "SOURCE_FACETS",
    "UNDATED",
    "Compared",
    "Facet",
    "Found",
    "Hits",
    "IncidentFile",
    "IncidentQuestion",
    "PlaceFile",
    "SourceFile",
    "SourceQuestion",
    "Step",
    "changed_since",
    "changes",
    "classifications",
    "compared",
    "counted",
    "dropped",
    "facets",
    "figures_taken",
    "first_published",
    "folded",
    "incident_file",
    "incidents",
    "lag",
    "later",
    "near",
    "place_file",
    "search",
    "source_facets",
    "source_file",
    "sources",
    "steps",
    "versions",
    "year_of",
]
