"""Pages of incidents: all that fit a question, with map and timeline, and one with everything on record about it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from app import charts, disagreements, listings, series
from app.deps import (
    AskedCard,
    AskedChartOfIncidents,
    AskedFrame,
    AskedFrameOfIncidents,
    AskedIncidentsPage,
    AskedPage,
    AskedThen,
    KeyInPath,
    Problem,
    Reading,
    missing,
    reading,
)
from app.exports import citing
from app.exports.citing import Citation
from app.i18n import Words
from app.listings import FACETS, UNDATED, Facet, IncidentFile, IncidentQuestion
from app.listings.incidents import figures_and_sources
from app.models import Incident, Indicator, Observation, Place, Source
from app.pages import sharing, structured
from app.pages.browsing import Choice, Turn, address, choices, chosen, given, no_such_page, turned
from app.pages.citations import Offer, citable, named, offer, sent, untold
from app.pages.disagreements import Shown, about
from app.pages.pictures import Picture, Taken, caption, pictured, taken
from app.pages.rendering import (
    PageDep,
    api,
    embeds,
    lasting,
    link,
    not_yet,
    render,
    router,
    settings_of,
    state,
)
from app.pages.sharing import Frame, Image
from app.series import Question

PATH = "/incidents"
LISTS = {"outcome": "outcome", "region": "place", "classification": "label", "target": "target_type"}
"""Of which list of texts the values of a facet are."""


@dataclass(frozen=True)
class Tile:
    """A region or city of today on the map, with the incidents of the list that are placed in it."""

    place: Place
    name: str
    """As short as it can be without being another place's too: Almaty is a city and a region."""
    count: int
    chosen: bool
    href: str

    @property
    def shade(self) -> int:
        """In three steps, so that a reader sees where most are without comparing colours; the number says it."""
        return sum(self.count >= step for step in (1, 3, 7))


@dataclass(frozen=True)
class Glance:
    """Incidents as a map and a timeline."""

    tiles: tuple[Tile, ...]
    beside: tuple[Choice, ...]
    """Incidents that have no tile."""
    elsewhere: tuple[tuple[str, int], ...]
    """What there is instead for those: the place as it was named, and how many name it."""
    timeline: Markup
    undated: Choice | None
    """Incidents that the timeline cannot show."""
    symbols: tuple[tuple[str, Markup], ...]
    total: int
    taken: Mapping[str, Taken]
    """How map and timeline are taken, each and both; nothing where the page is about other things too."""
    chart: str
    """Which of them: both, map or timeline."""


@dataclass(frozen=True)
class Framed:
    """Incidents as a map, a timeline or both in a frame: those that fit what was asked."""

    glance: Glance
    chosen: tuple[Choice, ...]
    of_all: int
    frame: Frame


@dataclass(frozen=True)
class Line:
    """One incident in the list."""

    incident: Incident
    labels: tuple[str, ...]
    stated: str
    """Where, as sources put it, if the name of the place does not say the same."""
    n_figures: int
    n_sources: int


@dataclass(frozen=True)
class Incidents:
    """The incidents that fit what was asked, and ways to ask otherwise."""

    lines: tuple[Line, ...]
    total: int
    of_all: int
    glance: Glance
    facets: tuple[tuple[str, tuple[Choice, ...]], ...]
    chosen: tuple[Choice, ...]
    suggestions: tuple[Choice, ...]
    sort: str
    sorted: dict[str, str]
    kept: tuple[tuple[str, str], ...]
    """What the form has no field for, and sends along."""
    asked: Any
    everything: str
    turn: Turn
    csv: str
    json: str


@dataclass(frozen=True)
class Stated:
    """What was stated of one indicator, in the order in which it was; on one day an old number before the one for it."""

    indicator: Indicator
    figures: tuple[Observation, ...]
    drawn: tuple[Markup, ...]
    """A drawing for the row of each, where there is more than one number."""
    course: tuple[str, ...]

    @property
    def n_places(self) -> int:
        return len({one.place_stated for one in self.figures})


@dataclass(frozen=True)
class IncidentPage:
    """One incident."""

    file: IncidentFile
    figures: tuple["Stated", ...]
    """By indicator."""
    documents: dict[str, Source]
    lag: tuple[int, int] | None
    """The fewest and the most days from the first day of the incident to the day on which it was made public."""
    disagreements: tuple[Shown, ...]
    before: Incident | None
    after: Incident | None
    symbol: Markup
    cite: Offer
    frame: Frame | None
    """Where a number moved from statement to statement: the steps as other sites show them."""


PageOfIncidents = Annotated[Reading[AskedIncidentsPage], reading(AskedIncidentsPage)]


@router.get("/incidents")
def incidents(request: Request, held: PageOfIncidents) -> HTMLResponse:
    asked, question = held.asked, held.asked.question()
    found = _in_order(listings.incidents(held.vintage, question), asked.sort, held.words)
    turn = turned(held, PATH, asked.page, len(found))
    if turn is None:
        raise Problem(404, no_such_page(held, asked.page))
    everyone = listings.incidents(held.vintage, IncidentQuestion())
    facets = _facets(held, listings.facets(held.vintage, question))
    context = Incidents(
        _lines(held, found[turn.start : turn.end]),
        len(found),
        len(everyone),
        _glance(held, found, asked, settings_of(request).base),
        facets,
        _chosen(held, facets),
        () if found else _suggestions(held, question),
        asked.sort,
        {name: address(held, PATH, sort=name, page=None) for name in ("-date", "date", "outcome", "region")},
        tuple(given(asked, but=("page", "q", "from", "to")).items()),
        asked,
        link(held, "/incidents"),
        turn,
        _data(held, ".csv"),
        _data(held, ""),
    )
    ways = context.glance.taken
    frames = [ways[name].frame for name in WAYS] if found else []
    image = ways["both"].frame.image if found else None
    return render(request, held, "incidents.html", context, image=image, frames=frames)


@embeds.get("/incidents")
def embedded_list(
    request: Request, held: Annotated[Reading[AskedFrameOfIncidents], reading(AskedFrameOfIncidents)]
) -> HTMLResponse:
    return render(request, held, "embed_incidents.html", _framed(held, settings_of(request).base), None)


def list_frame(held: Reading[AskedChartOfIncidents], base: str) -> Frame:
    """Map and timeline of incidents as other sites show them."""
    return _framed(held, base).frame


def _framed(held: Reading[AskedChartOfIncidents], base: str) -> Framed:
    found = listings.incidents(held.vintage, held.asked.question())
    facets = _facets(held, listings.facets(held.vintage, held.asked.question()))
    glance = _glance(held, found, held.asked, base, held.asked.chart)
    everyone = listings.incidents(held.vintage, IncidentQuestion())
    return Framed(glance, _chosen(held, facets), len(everyone), glance.taken[held.asked.chart].frame)


@pictured(PATH, AskedChartOfIncidents)
def drawn(request: Request, held: Reading[Any]) -> Picture:
    """Map, timeline or both, of the incidents that fit what was asked."""
    words, asked, base = held.words, held.asked, settings_of(request).base
    found = listings.incidents(held.vintage, asked.question())
    view = _glance(held, found, asked, base)
    pieces = []
    if found and asked.chart != "timeline":
        tiles = [(*_at(one.place), one.name, one.count, one.shade) for one in view.tiles]
        pieces.append(charts.tile_map(tiles, words.gettext("Where, by today’s regions")))
    if found and asked.chart != "map":
        marks = f"{base}/{words.language}/incidents/{{id}}"
        pieces.append(charts.when(found, words, marks, words.gettext("When they began")))
    facets = _facets(held, listings.facets(held.vintage, asked.question()))
    said = [_counted(len(found), words), *(one.name for one in _chosen(held, facets))]
    cautions = []
    if asked.chart != "timeline" and view.beside:
        named = ", ".join(f"{name} {count}" for name, count in view.elsewhere)
        cautions.append(
            f"{words.gettext('Beside the map:')} {sum(one.count for one in view.beside)} ({named})"
        )
    if asked.chart != "map" and view.undated:
        cautions.append(f"{words.sentence_case(view.undated.name)}: {view.undated.count}")
    told = caption(
        request,
        held,
        lasting(held, PATH, _state(asked)),
        words.gettext("Incidents"),
        ". ".join(said) + ".",
        f"{words.sentence_case(words.gettext('incidents on this list, not in reality'))}.",
        cautions=tuple(cautions),
    )
    way = view.taken[asked.chart].frame if view.taken else None
    title, chart = (way.title, way.chart) if way else ("", "")
    return Picture("incidents", tuple(pieces), told, len(pieces) or 1, title, chart)


def _at(place: Place) -> tuple[int, int]:
    return place.tile_row or 0, place.tile_col or 0


def _state(asked: AskedIncidentsPage) -> dict[str, str]:
    """What the charts of the list are asked for: they have no order and no pages."""
    return given(asked, but=("page", "sort"))


def _counted(count: int, words: Words) -> str:
    said = words.ngettext("%(num)s incident", "%(num)s incidents", count)
    return said % {"num": words.number(count)}


def _facets(
    held: Reading[AskedIncidentsPage], counted: Mapping[str, Sequence[Facet]]
) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    called = partial(_called, held.words)
    return tuple((name, choices(held, PATH, name, counted[name], called)) for name in FACETS)


@citable("/incidents/{id}")
def incident_cited(request: Request, held: PageDep, id: KeyInPath) -> Response:
    file = _file(held, id)
    if not _public(held, file):
        raise untold(held)
    return sent(request, held, _citation(request, held, file.incident))


def _citation(request: Request, held: Reading[Any], one: Incident) -> Citation:
    return citing.part(
        named(held, one.id),
        citing.incident_title(one, held.words),
        held.release,
        held.words,
        settings_of(request).base + lasting(held, f"{PATH}/{one.id}"),
    )


@router.get("/incidents/{id}.social.png")
def social(
    request: Request, held: Annotated[Reading[AskedCard], reading(AskedCard)], id: KeyInPath
) -> Response:
    """The incident as the picture of a link: the figure stated last in large digits, or none where none was stated."""
    file, words, base = _file(held, id), held.words, settings_of(request).base
    where, title = lasting(held, f"/incidents/{id}"), words.name("incident", id, "title")
    if not _public(held, file):
        return sharing.picture(held, sharing.not_told(held, base, where, title), id)
    last = _stated_last(file)
    about_it = f"{words.happened(file.incident)} · {words.name('outcome', file.incident.outcome)}"
    claims = (sharing.claim(held, last, held.units[last.indicator]),) if last else ()
    drawing = sharing.card(held, base, where, title, claims, (about_it,), _caution(file, last, words))
    return sharing.picture(held, drawing, id)


@router.get("/incidents/{id}")
def incident(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    return _shown(request, held, id, "incident.html")


@embeds.get("/incidents/{id}")
def embedded(
    request: Request, held: Annotated[Reading[AskedFrame], reading(AskedFrame)], id: KeyInPath
) -> HTMLResponse:
    return _shown(request, held, id, "embed_incident.html")


def frame_of(held: Reading[AskedThen], id: str, base: str) -> Frame | None:
    """The steps of an incident's numbers as other sites show them; None where no number moved."""
    file = _file(held, id)
    return _frame(held, file, in_order(held, file.observations), base) if _public(held, file) else None


def _shown(request: Request, held: Reading[AskedThen], id: str, template: str) -> HTMLResponse:
    file, about_it = _file(held, id), Question(incident=(id,))
    if not _public(held, file):
        title = held.words.name("incident", id, "title")
        return not_yet(request, held, title, file.incident.disclosed, about_it)
    everyone = listings.incidents(held.vintage, IncidentQuestion())
    around = {one.id: one for one in everyone} | {id: file.incident}
    ordered = _in_order(list(around.values()), "date", held.words)
    at = ordered.index(file.incident)
    stated, base = in_order(held, file.observations), settings_of(request).base
    frame = _frame(held, file, stated, base)
    context = IncidentPage(
        file,
        stated,
        _documents(held, file),
        listings.lag(file.incident),
        about(held, listings.compared(held.vintage).of(incident=id)),
        ordered[at - 1] if at else None,
        ordered[at + 1] if at + 1 < len(ordered) else None,
        charts.symbol(file.incident.outcome),
        offer(held, _citation(request, held, file.incident), f"{PATH}/{id}"),
        frame,
    )
    image = _image(held, file, base)
    thing = structured.report(file, held, settings_of(request))
    frames = [frame] if frame else []
    return render(request, held, template, context, about_it, thing, image, frames)


def _file(held: Reading[AskedPage], id: str) -> IncidentFile:
    file = listings.incident_file(held.vintage, id)
    if file is None:
        raise missing("incident", id, [one.id for one in series.all_of(held.vintage, Incident)])
    return file


def _public(held: Reading[AskedPage], file: IncidentFile) -> bool:
    """Whether anything of it had been told by the day that is asked for."""
    return held.vintage.knows(file.incident.disclosed) or bool(file.observations)


def _stated_last(file: IncidentFile) -> Observation | None:
    """Of the indicator of which most was stated, the figure that was stated last and stands. It is no total of others."""
    standing = [
        one
        for one in file.observations
        if one.status == "current" and one.confidence != "low" and one.bounds and one.public_on
    ]
    most = Counter(one.indicator for one in standing)
    return max(
        standing,
        key=lambda one: (
            most[one.indicator],
            one.indicator,
            one.population == "all",
            str(one.public_on),
            one.id,
        ),
        default=None,
    )


def _caution(file: IncidentFile, last: Observation | None, words: Words) -> str:
    """What nobody may repeat the figure of an incident's card without."""
    said = []
    if not file.incident.in_scope:
        said.append(words.gettext("Out of scope: officials spoke of terrorism, which is contested."))
    if file.incident.outcome == "foiled":
        said.append(words.gettext("This is a claim of the body that states it."))
    if last and len(file.observations) > 1:
        said.append(
            words.gettext("Stated last; other figures stand on the page, and none may be added to another.")
        )
    return " ".join(said)


def _image(held: Reading[AskedPage], file: IncidentFile, base: str) -> Image:
    """The picture of a link to an incident."""
    words, id, last = held.words, file.incident.id, _stated_last(file)
    alt = words.name("incident", id, "title")
    if last:
        alt += f". {words.name('indicator', last.indicator)}: {words.figure(last)}; {words.stated(last)}"
    return Image(base + lasting(held, f"/incidents/{id}.social.png"), alt)


def _frame(
    held: Reading[AskedPage], file: IncidentFile, figures: Sequence[Stated], base: str
) -> Frame | None:
    steps = [stated for stated in figures if stated.drawn]
    if not steps:
        return None
    id = file.incident.id
    rows = sum(len(stated.figures) for stated in steps)
    return Frame(
        base,
        link(held, f"/incidents/{id}"),
        held.words.name("incident", id, "title"),
        min(320 + 80 * rows, sharing.TALLEST),
        min(420 + 130 * rows, sharing.TALLEST),
        _image(held, file, base),
    )


def glance(held: Reading[AskedPage]) -> Glance:
    """Every incident of the record, for a page about other things too."""
    return _glance(held, listings.incidents(held.vintage, IncidentQuestion()), None)


# --- The list -----------------------------------------------------------------------------------------------


def _in_order(found: Sequence[Incident], sort: str, words: Words) -> list[Incident]:
    by_date = sorted(found, key=lambda one: (str(one.date_start or ""), one.id), reverse=sort != "date")
    if sort == "outcome":
        return sorted(by_date, key=lambda one: words.order(words.name("outcome", one.outcome)))
    if sort == "region":
        return sorted(by_date, key=lambda one: _region_in_order(one, words))
    return by_date


def _region_in_order(one: Incident, words: Words) -> tuple[bool, list[int]]:
    """By name; those without a single region come last, in whatever script the names are."""
    return one.region_now is None, words.order(words.name("place", one.region_now)) if one.region_now else []


def _lines(held: Reading[AskedIncidentsPage], found: Sequence[Incident]) -> tuple[Line, ...]:
    ids = tuple(one.id for one in found)
    figures, sources = figures_and_sources(held.vintage, ids)
    labels: dict[str, list[str]] = {}
    for row in listings.classifications(held.vintage, ids):
        labels.setdefault(row.incident, []).append(row.label)
    return tuple(
        Line(
            one,
            tuple(dict.fromkeys(labels.get(one.id, ()))),
            _stated(one, held.words),
            figures.get(one.id, 0),
            sources.get(one.id, 0),
        )
        for one in found
    )


def _stated(one: Incident, words: Words) -> str:
    known = words.terms.texts["place", one.region_now or one.place, "name"].en
    return "" if one.place_stated.casefold() == known.casefold() else one.place_stated


def _chosen(
    held: Reading[AskedIncidentsPage], facets: Sequence[tuple[str, tuple[Choice, ...]]]
) -> tuple[Choice, ...]:
    """What narrows the list."""
    asked, found = held.asked, chosen(held, PATH, facets)
    for name, day in (("from", asked.since), ("to", asked.until)):
        if day:
            said = f"{'≥' if name == 'from' else '≤'} {held.words.day(day)}"
            found.append(Choice(said, 0, True, address(held, PATH, page=None, **{name: None})))
    for code in asked.place:
        rest = ",".join(other for other in asked.place if other != code)
        found.append(
            Choice(held.words.name("place", code), 0, True, address(held, PATH, place=rest, page=None))
        )
    return tuple(found)


def _suggestions(held: Reading[AskedIncidentsPage], question: IncidentQuestion) -> tuple[Choice, ...]:
    names = {"words": "q", "since": "from", "until": "to"}
    found = listings.dropped(held.vintage, question)
    return tuple(
        Choice(
            held.words.gettext("Place") if name == "place" else held.words.filter(name),
            count,
            False,
            address(held, PATH, page=None, **{names.get(name, name): None}),
        )
        for name, count in found.items()
    )


def _called(words: Words, name: str, value: str) -> str:
    if value == UNDATED:
        return words.gettext("no date") if name == "year" else words.gettext("no single region")
    return words.name(LISTS[name], value) if name in LISTS else value


def _data(held: Reading[AskedIncidentsPage], ending: str) -> str:
    """The same incidents as data."""
    query = given(held.asked, but=("page", "sort"))
    return api(held, f"/api/incidents{ending}", **query)


# --- Map and timeline ---------------------------------------------------------------------------------------


def _glance(
    held: Reading[Any],
    found: Sequence[Incident],
    asked: AskedIncidentsPage | None,
    base: str = "",
    chart: str = "both",
) -> Glance:
    words = held.words
    counts = Counter(one.region_now or UNDATED for one in found)
    places = [one for one in series.all_of(held.vintage, Place) if one.tile_row is not None]
    places.sort(key=lambda one: (one.tile_row, one.tile_col))  # as a reader goes from one to the next
    regions = asked.region if asked else []
    names = _tile_names(places, words)

    def where(code: str) -> str:
        rest = [other for other in regions if other != code]
        return _narrowed(held, asked, "region", ",".join(rest if code in regions else [*rest, code]))

    tiles = tuple(
        Tile(one, names[one.code], counts[one.code], one.code in regions, where(one.code)) for one in places
    )
    on_map = {one.code for one in places}
    beside = tuple(
        Choice(_called(words, "region", code), count, code in regions, where(code))
        for code, count in sorted(counts.items())
        if code not in on_map
    )
    named = Counter(words.name("place", one.place) for one in found if one.region_now not in on_map)
    outcomes = dict.fromkeys(one.outcome for one in sorted(found, key=lambda one: one.outcome))
    undated = sum(one.date_start is None for one in found)
    return Glance(
        tiles,
        beside,
        tuple(sorted(named.items(), key=lambda one: (-one[1], one[0]))),
        charts.timeline(found, words, f"/{words.language}/incidents/{{id}}{state(held)}"),
        Choice(words.gettext("no date"), undated, False, _narrowed(held, asked, "year", UNDATED))
        if undated
        else None,
        tuple((outcome, charts.symbol(outcome)) for outcome in outcomes),
        len(found),
        _taken(held, asked, base) if asked else {},
        chart,
    )


WAYS: Mapping[str, tuple[int, int]] = {"both": (1080, 1400), "map": (760, 980), "timeline": (620, 860)}
"""In which charts incidents are framed, and how high each is where it is wide and where it is narrow, in pixels."""


def _taken(held: Reading[Any], asked: AskedIncidentsPage, base: str) -> Mapping[str, Taken]:
    gettext = held.words.gettext
    titles = {
        "both": gettext("Incidents: where, and when they began"),
        "map": gettext("Incidents: where, by today’s regions"),
        "timeline": gettext("Incidents: when they began"),
    }
    return {
        name: taken(held, base, PATH, _state(asked), titles[name], heights, "" if name == "both" else name)
        for name, heights in WAYS.items()
    }


def _narrowed(held: Reading[Any], asked: AskedIncidentsPage | None, name: str, wanted: str) -> str:
    """The list by one filter: beside what is asked of it already, if the page is the list."""
    return link(held, PATH, {**(given(asked, but=("page",)) if asked else {}), name: wanted})


def _tile_names(places: Sequence[Place], words: Words) -> dict[str, str]:
    """A short name for each tile; a region that would share a city's keeps its word for region."""
    short = {one.code: words.short_place(one.code) for one in places}
    cities = {short[one.code] for one in places if one.kind == "city"}
    return {
        one.code: words.name("place", one.code)
        if one.kind != "city" and short[one.code] in cities
        else short[one.code]
        for one in places
    }


# --- One ----------------------------------------------------------------------------------------------------


def in_order(held: Reading[Any], figures: Iterable[Observation]) -> tuple[Stated, ...]:
    """What was stated of an incident, by indicator."""
    ground = listings.compared(held.vintage).ground
    known = {row.code: row for row in series.all_of(held.vintage, Indicator)}
    groups: dict[str, list[Observation]] = {}
    for one in sorted(figures, key=_as_stated):
        groups.setdefault(one.indicator, []).append(one)
    return tuple(
        Stated(
            known[code],
            tuple(some),
            charts.steps(some, disagreements.tracks(some, ground), held.words),
            tuple(disagreements.course(some, held.words)),
        )
        for code, some in groups.items()
    )


def _as_stated(one: Observation) -> tuple[str, str, bool, str]:
    return str(one.public_on or "~"), one.as_of or "~", one.status == "current", one.id


def _documents(held: Reading[AskedPage], file: IncidentFile) -> dict[str, Source]:
    named = {one.source for one in file.observations} | {one.source for one in file.classifications}
    return {row.id: row for row in series.all_of(held.vintage, Source, named)}
