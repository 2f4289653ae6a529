"""Pages of disagreements: where the record holds more than one figure, one of them at length, and any figures compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from app import disagreements, listings, series
from app.deps import AskedCard, AskedDisagreements, KeyInPath, Reading, missing, reading
from app.disagreements import Check, Claim, Disagreement, Field, Ground, Pair, Quote, Relation, Result
from app.exports import citing
from app.exports.citing import Citation
from app.i18n import Words
from app.listings import Compared
from app.models import Incident, Indicator, Observation, Source, last_day
from app.pages import sharing, structured
from app.pages.citations import Offer, citable, named, of_chart, offer, sent, untold
from app.pages.rendering import PageDep, api, lasting, link, not_yet, render, router, settings_of
from app.pages.sharing import Image

PATH = "/disagreements"
MOST = 4
"""Numbers that a picture has room for."""


@dataclass(frozen=True)
class Told:
    """Two figures with what is said of them."""

    pair: Pair
    verdict: str
    differences: dict[Field, str]
    forbidden: tuple[str, ...]
    """Why no difference may be made of them; empty where one may."""


@dataclass(frozen=True)
class Shown:
    """A disagreement with what is said of it."""

    disagreement: Disagreement
    title: str
    told: tuple[Told, ...]
    href: str

    @property
    def claims(self) -> tuple[Claim, ...]:
        return self.disagreement.claims

    @property
    def summary(self) -> tuple[str, ...]:
        """What its figures are to each other, once each, with the one difference that tells most."""
        said: dict[str, str] = {}
        for one in self.told:
            why = next(
                (text for field, text in one.differences.items() if field not in ("number", "retelling")), ""
            )
            said.setdefault(one.verdict, f"{one.verdict} {why}".strip())
        return tuple(said.values())


@dataclass(frozen=True)
class Disagreements:
    """Every disagreement, by what it is."""

    groups: tuple[tuple[Relation, tuple[Shown, ...]], ...]
    names: dict[Relation, tuple[str, str]]
    """What each group is called, and what it is."""
    total: int
    indicator: Indicator | None
    indicators: tuple[tuple[str, int], ...]
    """The indicators that have any, with how many."""
    questions: tuple[tuple[str, str], ...]
    """What readers ask most, each with the page that answers it."""
    json: str
    csv: str


@dataclass(frozen=True)
class Branch:
    """One document that tells an act of stating, with its figures."""

    document: Source
    figures: tuple[Observation, ...]
    own: bool
    """Whether it is an official document."""
    changed: tuple[str, ...]
    """Wherein it differs from the official document, if there is one."""


@dataclass(frozen=True)
class Tree:
    """What one body said at one time, and the documents that tell it: the official one first, then as they were published."""

    body: str
    on: str | None
    branches: tuple[Branch, ...]
    differ: tuple[str, ...]
    """Where no document is official: wherein the others differ from each other."""


@dataclass(frozen=True)
class DisagreementPage:
    """One disagreement: each claim with everybody who carries it, and how they differ."""

    shown: Shown
    documents: dict[str, Source]
    units: dict[str, str]
    course: tuple[str, ...]
    """Of an incident: how the number moved from statement to statement."""
    candidates: tuple[Observation, ...]
    """For a number without days: what had been stated with days by then."""
    out_of_scope: bool
    trees: tuple["Tree", ...]
    json: str
    cite: Offer


@dataclass(frozen=True)
class FigurePage:
    """One figure: what may be printed of it, what must not, who else told it, and where others differ."""

    one: Observation
    quote: Quote
    tree: Tree
    disagreements: tuple[Shown, ...]
    documents: dict[str, Source]
    units: dict[str, str]
    permalink: str
    base: str
    cite: Offer


@dataclass(frozen=True)
class Tensions:
    """Every bound that was checked, by what came of it."""

    groups: tuple[tuple[Result, tuple[str, str], tuple[tuple[Check, str], ...]], ...]
    documents: dict[str, Source]


@router.get("/disagreements")
def listed(
    request: Request, held: Annotated[Reading[AskedDisagreements], reading(AskedDisagreements)]
) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    asked = held.asked.indicator[0] if held.asked.indicator else None
    found = [show(one, compared, held) for one in compared.of(indicator=asked)]
    groups: dict[Relation, list[Shown]] = {}
    for one in found:
        groups.setdefault(one.disagreement.relation, []).append(one)
    counts: dict[str, int] = {}
    for each in compared.found:
        for code in {one.indicator for one in each.observations}:
            counts[code] = counts.get(code, 0) + 1
    filters = {"indicator": asked} if asked else {}
    context = Disagreements(
        tuple((relation, tuple(some)) for relation, some in groups.items()),
        {relation: disagreements.kind(relation, held.words) for relation in groups},
        len(found),
        compared.ground.indicators[asked] if asked else None,
        tuple(sorted(counts.items(), key=lambda one: held.words.order(held.words.name("indicator", one[0])))),
        () if asked else _questions(compared, held),
        api(held, "/api/disagreements", **filters),
        api(held, "/api/disagreements.csv", **filters),
    )
    return render(request, held, "disagreements.html", context)


def _questions(compared: Compared, held: Reading[Any]) -> tuple[tuple[str, str], ...]:
    """Those of which the disagreement is on record; and what was known at the end of the year of most attacks."""
    gettext, keys = held.words.gettext, {one.key for one in compared.found}
    asked = {
        "convicted.2019": gettext("140 convicted, or 140 detained and jailed?"),
        "foiled_plots.no-12": gettext("12 plots in which years?"),
        "convicted.2024": gettext("84 or 97 convicted in 2024?"),
        "killed_victims.2016-07-almaty": gettext("How did the toll in Almaty grow?"),
    }
    found = [(question, link(held, f"{PATH}/{key}")) for key, question in asked.items() if key in keys]
    if held.vintage.as_of is None:
        then = gettext("What did the public know on 31 December 2016?")
        found.append((then, link(held, "/", {"as_of": "2016-12-31"})))
    return tuple(found)


@router.get("/disagreements/{key}.social.png")
def one_social(
    request: Request, held: Annotated[Reading[AskedCard], reading(AskedCard)], key: KeyInPath
) -> Response:
    """A disagreement as the picture of a link: its numbers beside each other, and what they are to each other."""
    compared, base, words = listings.compared(held.vintage), settings_of(request).base, held.words
    where = lasting(held, f"{PATH}/{key}")
    found = next((each for each in compared.found if each.key == key), None)
    if found is None:
        later = _later(held, key)
        drawing = sharing.not_told(held, base, where, disagreements.title(later, words))
        return sharing.picture(held, drawing, key)
    shown = show(found, compared, held)
    claims = tuple(
        sharing.claim(held, one.lead, held.units[one.lead.indicator]) for one in shown.claims[:MOST]
    )
    more = len(shown.claims) - len(claims)
    said = [words.ngettext("%(count)s more number on the page.", "%(count)s more numbers on the page.", more)]
    drawing = sharing.card(
        held,
        base,
        where,
        shown.title,
        claims,
        tuple(text % {"count": words.number(more)} for text in said if more),
        shown.told[0].verdict,
    )
    return sharing.picture(held, drawing, key)


def _later(held: Reading[Any], key: str) -> Disagreement:
    """A disagreement of which the public had not been told by the day that is asked for."""
    everything = listings.compared(held.vintage.whenever)
    later = next((each for each in everything.found if each.key == key), None)
    if later is None:
        raise missing("disagreement", key, [each.key for each in everything.found])
    return later


@citable("/disagreements/{key}")
def one_cited(request: Request, held: PageDep, key: KeyInPath) -> Response:
    found = next((each for each in listings.compared(held.vintage).found if each.key == key), None)
    if found is None:
        _later(held, key)
        raise untold(held)
    return sent(request, held, _cited(request, held, found))


def _cited(request: Request, held: Reading[Any], found: Disagreement) -> Citation:
    address = settings_of(request).base + lasting(held, f"{PATH}/{found.key}")
    return of_chart(held, disagreements.title(found, held.words), address)


@router.get("/disagreements/{key}")
def one(request: Request, held: PageDep, key: KeyInPath) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    found = next((each for each in compared.found if each.key == key), None)
    if found is None:
        later = _later(held, key)
        return not_yet(request, held, disagreements.title(later, held.words), None, _figures_of(later))
    ground, shown = compared.ground, show(found, compared, held)
    context = DisagreementPage(
        shown,
        dict(ground.documents),
        held.units,
        tuple(disagreements.course(found.observations, held.words)) if found.incident else (),
        _candidates(found, ground),
        bool(found.incident) and not _in_scope(held, found.incident),
        _trees(found.observations, ground, held.words),
        api(held, f"/api/disagreements/{key}"),
        offer(held, _cited(request, held, found), f"{PATH}/{key}"),
    )
    said = ", ".join(held.words.figure(claim.lead) for claim in shown.claims)
    alt = f"{shown.title}: {said}. {shown.told[0].verdict}"
    image = Image(settings_of(request).base + lasting(held, f"{PATH}/{key}.social.png"), alt)
    return render(request, held, "disagreement.html", context, _figures_of(found), image=image)


def _in_scope(held: Reading[Any], id: str | None) -> bool:
    incident = series.one_of(held.vintage, Incident, id or "")
    return incident is None or incident.in_scope


def _candidates(found: Disagreement, ground: Ground) -> tuple[Observation, ...]:
    """Figures with days that had been stated, or may have been, when the last number without days was; one of each act of
    stating and number."""
    undated = [one for one in found.observations if one.period_kind == "undefined" and one.public_on]
    if found.kind != "number" or not undated:
        return ()
    last = max(one.public_on for one in undated if one.public_on)
    told: dict[tuple[Any, ...], Observation] = {}
    for one in sorted(ground.figures.values(), key=series.by_date):
        national = one.indicator == found.indicator and one.extent == "national" and one.status == "current"
        dated = one.period_start and one.bounds and one.confidence != "low"
        if national and dated and one.as_of and one.as_of <= last.isoformat():
            told.setdefault((one.origin, one.bounds, one.period_start, one.period_end), one)
    return tuple(told.values())


def _one_telling(other: Observation, one: Observation, ground: Ground) -> bool:
    """Whether a figure tells the same statement as another, word for word or otherwise."""
    if other.origin != one.origin or other.id == one.id:
        return other.id == one.id
    return other.source != one.source and disagreements.pair(one, other, ground).relation in (
        "same",
        "retold",
    )


def _trees(figures: Iterable[Observation], ground: Ground, words: Words) -> tuple[Tree, ...]:
    """Figures by act of stating. Who copied from whom is not on record, so nobody is put under another: documents stand side
    by side, and differ from the official one where there is one. A document that gives figures of two bodies tells two
    statements, whatever its own act of stating."""
    ordered = sorted(figures, key=lambda one: _when_told(ground.documents[one.source]))
    speakers: dict[tuple[str, str], set[str]] = {}
    for one in ordered:
        speakers.setdefault((one.origin, one.source), set()).add(ground.leaders[one.stated_by])
    several = {origin for (origin, _), bodies in speakers.items() if len(bodies) > 1}
    told: dict[tuple[str, str], list[Observation]] = {}
    for one in ordered:
        body = one.stated_by if one.origin in several else ground.origins[one.origin].stated_by
        told.setdefault((one.origin, body), []).append(one)
    return tuple(_tree(origin, body, some, ground, words) for (origin, body), some in told.items())


def _tree(origin: str, body: str, figures: Sequence[Observation], ground: Ground, words: Words) -> Tree:
    by_document: dict[str, list[Observation]] = {}
    for one in figures:
        by_document.setdefault(one.source, []).append(one)
    official = [id for id in by_document if ground.documents[id].kind == "official_statement"]
    base = by_document[official[0]] if official else []

    def altered(one: Observation, others: Iterable[Observation]) -> list[str]:
        """Wherein a figure differs from the nearest of others."""
        found = [disagreements.altered(disagreements.pair(other, one, ground), words) for other in others]
        return min(found, key=len, default=[])

    def branch(id: str) -> Branch:
        some = by_document[id]
        changed = [] if id in official else [text for one in some for text in altered(one, base)]
        return Branch(ground.documents[id], tuple(some), id in official, tuple(dict.fromkeys(changed)))

    ordered = sorted(by_document, key=lambda id: id not in official)
    others = (
        []
        if official
        else [
            text
            for id, some in by_document.items()
            for one in some
            for other, figures in by_document.items()
            if other != id
            for text in altered(one, figures)
        ]
    )
    return Tree(
        body, ground.origins[origin].stated_on, tuple(map(branch, ordered)), tuple(dict.fromkeys(others))
    )


def _when_told(document: Source) -> tuple[date, str]:
    return (last_day(document.published) if document.published else date.max), document.id


def _figures_of(one: Disagreement) -> series.Question:
    """What its page is about, as near as a question can say."""
    if one.incident:
        return series.Question(incident=(one.incident,))
    return series.Question(indicator=(one.indicator,))


@citable("/figures/{id}")
def figure_cited(request: Request, held: PageDep, id: KeyInPath) -> Response:
    compared = listings.compared(held.vintage)
    one = compared.ground.figures.get(id)
    if one is None:
        _on_record(held, id)
        raise untold(held)
    told = disagreements.quote(one, compared.ground, compared.with_figure(id), held.words)
    return sent(request, held, _citation(request, held, one, told, compared.ground))


def _citation(
    request: Request, held: Reading[Any], one: Observation, told: Quote, ground: Ground
) -> Citation:
    """A figure is cited by the sentence that may be printed of it: it names who stated it, and when."""
    return citing.part(
        named(held, one.id),
        told.sentence,
        held.release,
        held.words,
        settings_of(request).base + lasting(held, f"/figures/{one.id}"),
        citing.statement(one, ground.documents[one.source], held.words, told.own),
    )


@router.get("/figures/{id}.social.png")
def figure_social(
    request: Request, held: Annotated[Reading[AskedCard], reading(AskedCard)], id: KeyInPath
) -> Response:
    """A figure as the picture of a link: in large digits, with what it is and the gravest that must not be said of it."""
    compared, base, words = listings.compared(held.vintage), settings_of(request).base, held.words
    where, one = lasting(held, f"/figures/{id}"), compared.ground.figures.get(id)
    if one is None:
        name = words.name("indicator", _on_record(held, id).indicator)
        return sharing.picture(held, sharing.not_told(held, base, where, name), id)
    told = disagreements.quote(one, compared.ground, compared.with_figure(id), words)
    caution = (
        []
        if told.fit
        else [words.gettext("For reference only, not to be printed as a figure that stands") + "."]
    )
    drawing = sharing.card(
        held,
        base,
        where,
        words.name("indicator", one.indicator),
        (sharing.claim(held, one, held.units[one.indicator], named=False),),
        (told.told,),
        " ".join([*caution, *told.never[:1]]),
    )
    return sharing.picture(held, drawing, id)


@router.get("/figures/{id}")
def figure(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    known = compared.ground.figures
    if id not in known:
        later = _on_record(held, id)
        name = held.words.name("indicator", later.indicator)
        return not_yet(request, held, name, later.as_of, series.Question(indicator=(later.indicator,)))
    one, differing = known[id], compared.with_figure(id)
    quote = disagreements.quote(one, compared.ground, differing, held.words)
    told = [each for each in known.values() if _one_telling(each, one, compared.ground)]
    quote, base = disagreements.quote(one, compared.ground, differing, held.words), settings_of(request).base
    context = FigurePage(
        one,
        quote,
        next(
            tree
            for tree in _trees(told, compared.ground, held.words)
            if any(each.id == id for branch in tree.branches for each in branch.figures)
        ),
        about(held, differing),
        dict(compared.ground.documents),
        held.units,
        lasting(held, f"/figures/{id}"),
        base,
        offer(held, _citation(request, held, one, quote, compared.ground), f"/figures/{id}"),
    )
    image = Image(base + lasting(held, f"/figures/{id}.social.png"), quote.sentence)
    question = series.Question(indicator=(one.indicator,))
    # A figure that does not stand is not handed on as one.
    document, thing = compared.ground.documents[one.source], None
    if quote.fit:
        thing = structured.statement(one, quote.sentence, document, held, settings_of(request))
    return render(request, held, "figure.html", context, question, thing, image)


def _on_record(held: Reading[Any], id: str) -> Observation:
    """A figure, on whatever day it was stated."""
    found = series.one_of(held.vintage, Observation, id)
    if found is None:
        raise missing("figure", id, [each.id for each in series.all_of(held.vintage, Observation)])
    return found


@router.get("/tensions")
def tensions(request: Request, held: PageDep) -> HTMLResponse:
    compared, words = listings.compared(held.vintage), held.words
    groups: dict[Result, list[tuple[Check, str]]] = {}
    for each in compared.checks:
        groups.setdefault(each.result, []).append((each, disagreements.working(each, compared.ground, words)))
    context = Tensions(
        tuple((name, disagreements.result(name, words), tuple(some)) for name, some in groups.items()),
        dict(compared.ground.documents),
    )
    return render(request, held, "tensions.html", context)


# --- Parts, for pages about other things too ------------------------------------------------------------------


def about(held: Reading[Any], found: Sequence[Disagreement]) -> tuple[Shown, ...]:
    """Disagreements as they are shown."""
    compared = listings.compared(held.vintage)
    return tuple(show(each, compared, held) for each in found)


def show(one: Disagreement, compared: Compared, held: Reading[Any]) -> Shown:
    return Shown(
        one,
        disagreements.title(one, held.words),
        tuple(tell(each, compared, held) for each in one.pairs),
        link(held, f"{PATH}/{one.key}"),
    )


def tell(pair: Pair, compared: Compared, held: Reading[Any]) -> Told:
    ground, words = compared.ground, held.words
    told = dict(disagreements.differences(pair, ground, words))
    why = disagreements.forbids(pair.one, pair.other, ground)
    return Told(
        pair,
        disagreements.verdict(pair, ground, words),
        told,
        tuple(disagreements.reason(field, words, of_incident=pair.one.incident is not None) for field in why),
    )
