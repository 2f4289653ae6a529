"""One thing of a list, by its key."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from app import contract, exports, listings, series
from app import disagreements as differ
from app.api.answers import router, single
from app.api.lists import disagreement_row, figure_rows
from app.deps import Asked, AskedOne, KeyInPath, Problem, Reading, missing, reading
from app.models import Incident, Indicator, Observation, Row, Source

Data = TypeVar("Data")

AskedOnly = Annotated[Reading[Asked], reading(Asked)]
OneDep = Annotated[Reading[AskedOne], reading(AskedOne)]


def _single(
    path: str, tag: str, shape: type[BaseModel], example: str, asked: type[Asked] = Asked
) -> Callable[[Any], Any]:
    """Serve one thing by its key, of which `example` is one."""
    name, address = path.split("/")[1].removesuffix("s"), "/api" + re.sub(r"\{\w+\}", example, path)
    return router.get(
        path,
        operation_id=name,
        tags=[tag],
        response_model=contract.answer(name, shape),
        openapi_extra=contract.documented(asked, address),
    )


def _there(held: Reading[Any], table: type[Row], key: str, found: Data | None) -> Data:
    """What was found by its key; else a refusal that knows the keys there are."""
    if found is None:
        known = [getattr(row, table.key[0]) for row in series.all_of(held.vintage, table)]
        raise missing(table.__name__.lower(), key, known)
    return found


def _then(held: Reading[AskedOne], day: str | None, known: Sequence[Observation]) -> None:
    """A thing that was not yet public on the day asked for, and of which nothing had been said, is refused."""
    if not held.vintage.knows(day) and not known:
        when = f"it was on {day}" if day else "the day on which it was is not known"
        raise Problem(404, f"This had not been made public by {held.vintage.as_of}; {when}.")


@_single("/observations/{id}", "figures", exports.ObservationOut, "s001-convicted")
def observation(request: Request, held: AskedOnly, id: KeyInPath) -> Response:
    """One figure as one document states it."""
    found = series.one_of(held.vintage, Observation, id)
    return single(request, held, *figure_rows(held, [_there(held, Observation, id, found)]))


@_single("/indicators/{code}", "lists", exports.IndicatorOut, "convicted")
def indicator(request: Request, held: AskedOnly, code: KeyInPath) -> Response:
    """What one indicator counts."""
    found = series.one_of(held.vintage, Indicator, code)
    row = exports.indicator_row(_there(held, Indicator, code, found), held.words)
    return single(request, held, row)


@_single("/sources/{id}", "lists", exports.SourceFileOut, "ctc-2020-02-18-almaty", AskedOne)
def source(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One document, with every figure taken from it."""
    file = _there(held, Source, id, listings.source_file(held.vintage, id))
    _then(held, file.source.published, file.observations)
    row = exports.source_row(file.source, held.words)
    figures = figure_rows(held, file.observations)
    return single(request, held, exports.SourceFileOut(**row.model_dump(), observations=figures))


@_single("/incidents/{id}", "incidents", exports.IncidentFileOut, "2018-07-satpayev-group", AskedOne)
def incident(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One incident, with who called it what, its documents and its figures."""
    file = _there(held, Incident, id, listings.incident_file(held.vintage, id))
    _then(held, file.incident.disclosed, file.observations)
    row = exports.IncidentFileOut(
        **exports.incident_row(file.incident, held.words).model_dump(),
        classifications=[exports.classification_row(one) for one in file.classifications],
        sources=[one.id for one in file.sources],
        observations=figure_rows(held, file.observations),
    )
    return single(request, held, row)


@_single("/disagreements/{id}", "figures", exports.DisagreementFileOut, "convicted.2019", AskedOne)
def disagreement(request: Request, held: OneDep, id: KeyInPath) -> Response:
    """One disagreement, with what is claimed and wherein the claims differ."""
    compared = listings.compared(held.vintage)
    found = next((one for one in compared.found if one.key == id), None)
    if found is None:
        everything = listings.compared(held.vintage.whenever).found
        if any(one.key == id for one in everything):
            raise Problem(404, f"By {held.vintage.as_of} there were not two figures that differ.")
        raise missing("disagreement", id, [one.key for one in everything])
    ground, words = compared.ground, held.words
    row = exports.DisagreementFileOut(
        **disagreement_row(found, compared, held).model_dump(),
        claims=[exports.claim_row(one.figures, one.n_origins) for one in found.claims],
        pairs=[
            exports.PairOut(
                one=pair.one.id,
                other=pair.other.id,
                relation=pair.relation,
                fields=list(pair.fields),
                verdict=differ.verdict(pair, ground, words),
                differences=[said for _, said in differ.differences(pair, ground, words)],
                comparable=not differ.forbids(pair.one, pair.other, ground),
            )
            for pair in found.pairs
        ],
    )
    return single(request, held, row)
