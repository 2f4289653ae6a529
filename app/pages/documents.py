"""Pages of words: how the record is made, how it is corrected, what its words mean, how to take it, and who keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from app import listings, series
from app.deps import AskedPage, Reading
from app.exports import citing
from app.exports.citing import Citation
from app.models import TABLES, Body, Cell, Indicator, Observation, Panel, Release, Source, Text
from app.pages import catalog, structured
from app.pages.citations import Offer, citable, named, offer, sent
from app.pages.rendering import PageDep, lasting, render, router, settings_of

EXAMPLE, EXAMPLE_YEAR, RETOLD_YEAR = "convicted", 2024, 2019
"""The figures with which the methodology shows its rule at work."""
CRITICS = (
    "ohchr-2020-01-22-ahrc4346add1",
    "ohchr-2019-05-17-sr-ct-press",
    "hrw-2021-07-07-crackdown",
    "hrw-2024-08-27-financing-list",
    "forum18-2019-12-18-24-poc",
)
"""Documents in which UN and rights bodies criticise what these figures count; the template says what each says."""
LISTS = (
    "legal_stage",
    "scope",
    "population",
    "extent",
    "qualifier",
    "period_kind",
    "as_of_basis",
    "observation_status",
    "confidence",
    "outcome",
    "label",
    "target_type",
    "source_kind",
    "source_read",
    "change_kind",
)
"""Lists of codes in the glossary, the legal stages first."""
FILES = (
    "stats",
    "observations",
    "disagreements",
    "indicators",
    "incidents",
    "sources",
    "places",
    "changes",
    "releases",
)
"""The API's lists."""


@dataclass(frozen=True)
class Methodology:
    """How the record is made, shown at two of its years."""

    panel: Panel | None
    chosen: Cell | None
    candidates: tuple[Observation, ...]
    """Every figure for the example's year, in the order of their statements."""
    retold: Cell | None
    critics: Mapping[str, Source]
    n_sources: int
    n_opening: int
    n_observations: int
    n_origins: int


@dataclass(frozen=True)
class Glossary:
    """What the words and codes mean, in three languages."""

    lists: tuple[tuple[str, tuple[Text, ...]], ...]
    indicators: tuple[tuple[Indicator, Text], ...]
    bodies: tuple[tuple[Body, Text], ...]


@dataclass(frozen=True)
class Data:
    """What can be taken, and how it is cited."""

    lists: tuple[tuple[str, int | None], ...]
    columns: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    """Every file of the dataset with what one row is and what its columns hold."""
    releases: Sequence[Release]
    base: str
    cite: Offer


@router.get("/methodology")
def methodology(request: Request, held: PageDep) -> HTMLResponse:
    vintage = held.vintage.whenever
    found = series.panels(vintage, series.Question(indicator=(EXAMPLE,)))
    panel = found[0] if found else None
    chosen = _cell(panel, EXAMPLE_YEAR)
    candidates = (*chosen.backing, *chosen.others) if chosen else ()
    sources = series.all_of(vintage, Source)
    figures = series.observations(vintage, series.Question())
    known = {source.id: source for source in sources}
    context = Methodology(
        panel,
        chosen,
        tuple(sorted(candidates, key=lambda one: (str(one.public_on or "~"), one.id))),
        _cell(panel, RETOLD_YEAR),
        {id: known[id] for id in CRITICS if id in known},
        len(sources),
        sum(source.read == "opening" for source in sources),
        len(figures),
        len({one.origin for one in figures}),
    )
    return render(request, held, "methodology.html", context, None)


def _cell(panel: Panel | None, year: int) -> Cell | None:
    """What the leading body has for a year."""
    led = panel.headlines if panel else ()
    return next((cell for cell in led if cell.year == year and cell.shown), None)


@router.get("/corrections")
def corrections(request: Request, held: PageDep) -> HTMLResponse:
    return render(request, held, "corrections.html", len(listings.changes(held.vintage)), None)


@router.get("/glossary")
def glossary(request: Request, held: PageDep) -> HTMLResponse:
    texts = series.all_of(held.vintage, Text)
    names = {(text.list, text.code): text for text in texts if text.field == "name"}
    lists = tuple(
        (name, tuple(text for (listed, _), text in names.items() if listed == name)) for name in LISTS
    )
    context = Glossary(
        tuple((name, some) for name, some in lists if some),
        tuple((row, names["indicator", row.code]) for row in series.all_of(held.vintage, Indicator)),
        tuple((row, names["body", row.code]) for row in series.all_of(held.vintage, Body)),
    )
    return render(request, held, "glossary.html", context, None)


@citable("/data")
def data_cited(request: Request, held: PageDep) -> Response:
    return sent(request, held, _citation(request, held))


def _citation(request: Request, held: Reading[AskedPage]) -> Citation:
    address = settings_of(request).base + lasting(held, "/data")
    return citing.whole(named(held), held.release, held.words, address)


@router.get("/data")
def data(request: Request, held: PageDep) -> HTMLResponse:
    tables = {table.__tablename__: table for table in TABLES}
    counts = {
        name: len(series.all_of(held.vintage, tables[name]))
        for name in FILES
        if name in tables and name != "changes"
    }
    releases = series.releases(held.vintage.session)
    counts["releases"] = len(releases)
    told = held.words.gettext
    columns = tuple(
        (
            f"{name}.csv",
            told(str(table.__doc__)),
            tuple((column, told(str(table.model_fields[column].description))) for column in table.columns()),
        )
        for name, table in tables.items()
    )
    lists = tuple((name, counts.get(name)) for name in FILES)
    answer = render(
        request,
        held,
        "data.html",
        Data(
            lists,
            columns,
            releases,
            settings_of(request).base,
            offer(held, _citation(request, held), "/data"),
        ),
        None,
        structured.dataset(held, settings_of(request)),
    )
    answer.headers["Link"] = f'<{catalog.ADDRESS}>; rel="describedby"; type="{catalog.MEDIA}"'
    return answer


@router.get("/about")
def about(request: Request, held: PageDep) -> HTMLResponse:
    return render(request, held, "about.html", None, None)
