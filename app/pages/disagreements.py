"""Pages of disagreements: where the record holds more than one figure, one of them at length, and any figures compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app import disagreements, listings
from app.deps import AskedComparison, AskedDisagreements, KeyInPath, Reading, missing, reading
from app.disagreements import Check, Claim, Disagreement, Field, Pair, Quote, Relation, Result
from app.listings import Compared
from app.models import Indicator, Observation, Source
from app.pages.rendering import PageDep, api, link, render, router, settings_of

PATH = "/disagreements"


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
    json: str
    csv: str


@dataclass(frozen=True)
class DisagreementPage:
    """One disagreement: each claim with everybody who carries it, and how they differ."""

    shown: Shown
    documents: dict[str, Source]
    units: dict[str, str]
    trees: tuple[tuple[str, str, tuple[Observation, ...]], ...]
    """By act of stating: who spoke, when, and every figure that comes from it."""
    json: str


@dataclass(frozen=True)
class FigurePage:
    """One figure: what may be printed of it, what must not, who else told it, and where others differ."""

    one: Observation
    quote: Quote
    same: tuple[Observation, ...]
    """Other documents that say the same."""
    disagreements: tuple[Shown, ...]
    documents: dict[str, Source]
    units: dict[str, str]
    permalink: str
    base: str


@dataclass(frozen=True)
class Tensions:
    """Every bound that was checked, by what came of it."""

    groups: tuple[tuple[Result, tuple[str, str], tuple[tuple[Check, str], ...]], ...]
    documents: dict[str, Source]


@dataclass(frozen=True)
class Comparison:
    """Two to four figures side by side, each pair under the guard."""

    figures: tuple[Observation, ...]
    told: tuple[Told, ...]
    documents: dict[str, Source]
    units: dict[str, str]
    asked: tuple[str, ...]


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
        counts[each.indicator] = counts.get(each.indicator, 0) + 1
    filters = {"indicator": asked} if asked else {}
    context = Disagreements(
        tuple((relation, tuple(some)) for relation, some in groups.items()),
        {relation: disagreements.kind(relation, held.words) for relation in groups},
        len(found),
        compared.ground.indicators[asked] if asked else None,
        tuple(sorted(counts.items(), key=lambda one: held.words.name("indicator", one[0]))),
        api(held, "/api/disagreements", **filters),
        api(held, "/api/disagreements.csv", **filters),
    )
    return render(request, held, "disagreements.html", context)


@router.get("/disagreements/{key}")
def one(request: Request, held: PageDep, key: KeyInPath) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    found = next((each for each in compared.found if each.key == key), None)
    if found is None:
        raise missing("disagreement", key, [each.key for each in compared.found])
    ground = compared.ground
    trees: dict[str, list[Observation]] = {}
    for each in found.observations:
        trees.setdefault(each.origin, []).append(each)
    context = DisagreementPage(
        show(found, compared, held),
        dict(ground.documents),
        held.units,
        tuple(
            (ground.origins[origin].stated_by, held.words.when(ground.origins[origin].stated_on), tuple(some))
            for origin, some in trees.items()
        ),
        api(held, f"/api/disagreements/{key}"),
    )
    return render(request, held, "disagreement.html", context)


@router.get("/figures/{id}")
def figure(request: Request, held: PageDep, id: KeyInPath) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    known = compared.ground.figures
    if id not in known:
        raise missing("figure", id, list(known))
    one, differing = known[id], compared.with_figure(id)
    context = FigurePage(
        one,
        disagreements.quote(one, compared.ground, differing, held.words),
        tuple(
            each
            for each in known.values()
            if each.origin == one.origin
            and each.id != id
            and disagreements.pair(one, each, compared.ground).relation == "same"
        ),
        about(held, differing),
        dict(compared.ground.documents),
        held.units,
        f"/{held.words.language}/figures/{id}?release={held.release.digest[:12]}",
        settings_of(request).base,
    )
    return render(request, held, "figure.html", context)


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


@router.get("/compare")
def compare(
    request: Request, held: Annotated[Reading[AskedComparison], reading(AskedComparison)]
) -> HTMLResponse:
    compared = listings.compared(held.vintage)
    known = compared.ground.figures
    for id in held.asked.figure:
        if id not in known:
            raise missing("figure", id, list(known))
    figures = tuple(known[id] for id in held.asked.figure)
    context = Comparison(
        figures,
        tuple(
            tell(disagreements.pair(one, other, compared.ground), compared, held)
            for one, other in combinations(figures, 2)
        ),
        dict(compared.ground.documents),
        held.units,
        tuple(held.asked.figure),
    )
    return render(request, held, "compare.html", context)


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
        tuple(disagreements.reason(field, words) for field in why),
    )
