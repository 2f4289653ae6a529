"""One question over everything the record names: indicators, figures, places, incidents, documents and bodies."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app import series
from app.listings.folding import folded
from app.listings.incidents import IncidentQuestion, incidents
from app.models import Observation, Release, Source, Text

KINDS = ("indicator", "figure", "place", "incident", "source", "body")
MOST = 10
"""Most hits of one kind; the list of that kind shows the rest."""
ENDINGS = 3
"""Letters that a long word may lose at its end where nothing has it whole: Russian and Kazakh words change there."""


Texts = dict[str, dict[str, str]]
"""What can be found by its words: by kind and key, folded."""


@dataclass(frozen=True)
class Hits:
    """What was found of one kind: the first few keys, and how many there are."""

    kind: str
    keys: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Found:
    """What was found, and for which words if some were shortened."""

    hits: tuple[Hits, ...]
    words: str


def search(session: Session, release: Release, asked: str) -> Found:
    """What every word fits, in any language of the texts; a word that fits nothing is tried without its ending."""
    words = folded(asked).split()
    if not words:
        return Found((), "")
    texts = _texts(session, release)
    everything = " ".join(text for of_kind in texts.values() for text in of_kind.values())
    words = [_known(word, everything) for word in words]
    found = [
        Hits(kind, *_best(texts[kind], words))
        if kind in texts
        else _others(session, release, kind, words, texts)
        for kind in KINDS
    ]
    return Found(tuple(hits for hits in found if hits.count), " ".join(words))


def _known(word: str, everything: str) -> str:
    """The word, or what is left of it, that something begins with."""
    for cut in range(ENDINGS + 1 if len(word) > 5 else 1):
        stem = word[: len(word) - cut]
        if f" {stem}" in f" {everything}":
            return stem
    return word


def _texts(session: Session, release: Release) -> Texts:
    """What can be found of indicators, places, bodies and documents, by kind and key; names come first."""
    said: dict[str, dict[str, str]] = {"indicator": {}, "place": {}, "body": {}, "source": {}}
    wanted = select(Text).where(Text.release == release.number, col(Text.list).in_(tuple(said)))
    rows = session.exec(wanted).all()
    for text in sorted(rows, key=lambda text: text.field != "name"):
        before = said[text.list].get(text.code, text.code)
        said[text.list][text.code] = f"{before} {text.en} {text.ru} {text.kk}"
    for source in series.all_of(session, release, Source):
        said["source"][source.id] = f"{source.publisher} {source.title} {source.published or ''} {source.id}"
    return {kind: {key: folded(text) for key, text in some.items()} for kind, some in said.items()}


def _best(texts: dict[str, str], words: list[str]) -> tuple[tuple[str, ...], int]:
    """Keys of texts in which every word begins a word; those where they come first before others."""
    places = {
        key: sum(f" {text}".index(f" {word}") for word in words)
        for key, text in texts.items()
        if all(f" {word}" in f" {text}" for word in words)
    }
    ordered = sorted(places, key=lambda key: (places[key], key))
    return tuple(ordered[:MOST]), len(ordered)


def _others(session: Session, release: Release, kind: str, words: list[str], texts: Texts) -> Hits:
    """Incidents by their own question; figures by a number among the words, the others naming what it counts."""
    if kind == "incident":
        found = incidents(session, release, IncidentQuestion(words=" ".join(words)))
        newest = sorted(found, key=lambda one: str(one.date_start or ""), reverse=True)
        return Hits(kind, tuple(one.id for one in newest[:MOST]), len(newest))
    numbers = [word for word in words if re.fullmatch(r"\d{1,9}", word)]
    rest = [word for word in words if word not in numbers]
    keys = _figures(session, release, numbers, rest, texts) if numbers else []
    return Hits("figure", tuple(keys[:MOST]), len(keys))


def _figures(
    session: Session, release: Release, numbers: list[str], rest: list[str], texts: Texts
) -> list[str]:
    """Figures that are one of the numbers, or of a year that is one; other words name its indicator or its body.

    A year alone is of too many figures to be an answer.
    """
    years = {number for number in numbers if re.fullmatch(r"(19|20)\d\d", number)}
    wanted = [float(number) for number in numbers]
    asked = select(Observation).where(Observation.release == release.number)
    if not years or not rest:
        value, low, high = col(Observation.value), col(Observation.low), col(Observation.high)
        asked = asked.where(value.in_(wanted) | low.in_(wanted) | high.in_(wanted))

    def fits(one: Observation) -> bool:
        own = {one.value, one.low, one.high}
        days = f"{one.period_start or ''} {one.period_end or ''} {one.as_of or ''} {one.period_words}"
        about = f" {texts['indicator'][one.indicator]} {texts['body'][one.stated_by]} {texts['source'][one.source]} "
        known = all(float(number) in own or number in days for number in numbers)
        return known and all(f" {word}" in about for word in rest)

    found = [one for one in session.exec(asked).all() if fits(one)]
    first = {"national": 0, "partial": 1}
    return [one.id for one in sorted(found, key=lambda one: (first.get(one.extent, 2), *series.by_date(one)))]


def near(
    session: Session, release: Release, asked: str, like: Callable[[str, Iterable[str]], str | None]
) -> str | None:
    """A word of some name that the one asked for may stand for; `like` says which is close."""
    texts = _texts(session, release)
    names = {
        word
        for kind in ("indicator", "place", "body")
        for text in texts[kind].values()
        for word in text.split()
    }
    return next((close for word in folded(asked).split() if (close := like(word, sorted(names)))), None)
