"""The dataset's door: files are read, checked as a whole, named by their digest and loaded as one release.

A bad dataset is refused whole. Every fault is reported at once, each where it stands and with what would be
right: `observations.csv:118:period_end: ...`. The row is the one a spreadsheet shows, the header being row 1.
Where two cells contradict each other the fault stands at both, since either may be the wrong one.

    sheets    a CSV file becomes rows of the models, or faults
    rules     what has to hold between cells, rows and files
    package   the whole folder: read, digested, described
    loading   a package becomes a release of a database
    editing   how a maintainer changes the files
"""

from app.seed.editing import add_source, publish, withdraw
from app.seed.loading import Loaded, counted, difference, hold_version, is_whole, load, stored
from app.seed.package import Package, Refused, Told, described, digest, digest_of_text, read
from app.seed.rules import REFERENCES
from app.seed.sheets import Fault, meant

__all__ = [
    "REFERENCES",
    "Fault",
    "Loaded",
    "Package",
    "Refused",
    "Told",
    "add_source",
    "counted",
    "described",
    "difference",
    "digest",
    "digest_of_text",
    "hold_version",
    "is_whole",
    "load",
    "meant",
    "publish",
    "read",
    "stored",
    "withdraw",
]
