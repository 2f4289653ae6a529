"""The pages: which there are, and for each what its template is given.

figures     dashboard, indicators, coverage
incidents   events and plots
disclosure  when they were made public
sources     documents
places      where figures apply
changes     what changed in the record, as a page and as a feed
disagreements  where figures differ
compare     any figures or series side by side
search      over all of it
documents   methodology, corrections, glossary, data, about
reference   every address of the API
catalog     the dataset as catalogues of open data harvest it
mirrored    what a copy as plain files has beside them
machines    what browsers and search engines ask for by themselves
embeds      charts inside pages of other sites
rendering   how a page is made
sharing     what goes along with a link to one
structured  what it is about, for search engines
clocks      of which day and which release it is
"""

from app.pages import (
    catalog,
    changes,
    compare,
    disagreements,
    disclosure,
    documents,
    embeds,
    figures,
    incidents,
    machines,
    mirrored,
    places,
    reference,
    search,
    sources,
)
from app.pages.rendering import Copy, home, refusal, router
from app.pages.rendering import embeds as frames

__all__ = [
    "Copy",
    "catalog",
    "changes",
    "compare",
    "disagreements",
    "disclosure",
    "documents",
    "embeds",
    "figures",
    "frames",
    "home",
    "incidents",
    "machines",
    "mirrored",
    "places",
    "reference",
    "refusal",
    "router",
    "search",
    "sources",
]
