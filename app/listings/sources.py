"""Documents: one with every figure taken from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app import series
from app.models import Observation, Release, Source


@dataclass(frozen=True)
class SourceFile:
    """A document with every figure taken from it."""

    source: Source
    observations: tuple[Observation, ...]
    retellings: Mapping[str, tuple[Observation, ...]]
    """For each figure by its id, what other documents made of it: the same indicator, or the same number, of its origin."""


def source_file(session: Session, release: Release, key: str) -> SourceFile | None:
    source = series.one_of(session, release, Source, key)
    if source is None:
        return None
    taken = series.observations(session, release, series.Question(source=(key,)))
    names = {one.origin for one in taken}
    elsewhere = session.exec(
        select(Observation)
        .where(
            Observation.release == release.number,
            col(Observation.origin).in_(names),
            Observation.source != key,
        )
        .order_by(col(Observation.id))
    ).all()
    return SourceFile(
        source,
        tuple(sorted(taken, key=lambda one: (_paragraph(one.locator), one.id))),
        {one.id: tuple(other for other in elsewhere if _retells(other, one)) for one in taken},
    )


def _retells(other: Observation, one: Observation) -> bool:
    if other.origin != one.origin or other.extent != one.extent or other.population != one.population:
        return False
    return other.indicator == one.indicator or (other.bounds is not None and other.bounds == one.bounds)


def _paragraph(locator: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, locator))
    return (int(digits) if digits else 0), locator
