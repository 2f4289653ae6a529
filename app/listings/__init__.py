"""The lists of the record: incidents, documents, places. What fits a question, and one of each with all that points to it.

Figures are asked for in `series`; here stands what they are about and where they come from.

    incidents   events and plots
    sources     documents
"""

from app.listings.incidents import IncidentFile, incident_file, incidents
from app.listings.sources import SourceFile, source_file

__all__ = ["IncidentFile", "SourceFile", "incident_file", "incidents", "source_file"]
