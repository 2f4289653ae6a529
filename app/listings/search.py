"""One question over everything the record names: indicators, figures, places, incidents, documents and bodies."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select

from app import series
from app.listings.folding import folded, translated
from app.listings.incidents import IncidentQuestion, incidents
from app.listings.sources import SourceQuestion, sources
from app.models import Observation, Source, Text
from app.series import Vintage

KINDS = ("indicator", "figure", "place", "incident", "source", "body")
MOST = 10
"""Most hits of one kind; the list of that kind shows the rest."""
ENDINGS = 3
"""Letters that a long word may lose at its end where nothing has it whole: Russian and Kazakh words change there."""
YEAR = re.compile(r"(19|20)\d\d")
WORDS_FOR_YEAR = {"year", "год", "году", "года", "г", "жыл", "жылы"}
"""What stands beside a year and says only that it is one; folded."""


@dataclass(frozen=True)
class Texts:
    """What can be found by its words: by kind and key, folded."""

    said: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, str]]
    """Of what has a name among the texts, the name alone."""

    def bears(self, kind: str, key: str, words: Iterable[str]) -> bool:
        """Whether every word is in the name of a thing."""
        name = self.names.get(kind, {}).get(key, "")
        return all(f" {word}" in f" {name}" for word in words)


@dataclass(frozen=True)
class Hits:
    """What was found of one kind: the first few keys, and how many there are."""

    kind: str
    keys: tuple[str, ...]
    count: int
    documents: Mapping[str, int] = field(default_factory=dict)
    """For each figure, in how many documents its act of stating is told with this number."""


@dataclass(frozen=True)
class Found:
    """What was found, and for which words if some were shortened."""

    hits: tuple[Hits, ...]
    words: str
    year: int | None = None
    """The year that was asked for, where nothing else was."""


def search(vintage: Vintage, asked: str) -> Found:
    """What every word fits, in any language of the texts; a word that fits nothing is tried without its ending.

    Kinds come in their order, but those of which something bears every word in its name come first.
    """
    words = folded(asked).split()
    if not words:
        return Found((), "")
    year = _year(words)
    texts = _texts(vintage)
    everything = " ".join(text for of_kind in texts.said.values() for text in of_kind.values())
    known = [str(year)] if year else [_known(word, everything) for word in words]
    found = [
        Hits(kind, *_best(texts.said[kind], known))
        if kind in texts.said
        else _others(vintage, kind, known, texts)
        for kind in KINDS
    ]
    found = [hits for hits in found if hits.count]
    found.sort(key=lambda hits: not any(texts.bears(hits.kind, key, known) for key in hits.keys))
    return Found(tuple(found), " ".join(words if year else known), year)


def _year(words: Sequence[str]) -> int | None:
    """The year, where a year is all that was asked for."""
    told = [word for word in words if word not in WORDS_FOR_YEAR]
    return int(told[0]) if len(told) == 1 and YEAR.fullmatch(told[0]) else None


def _known(word: str, everything: str) -> str:
    """The word, or what is left of it, that something begins with."""
    for cut in range(ENDINGS + 1 if len(word) > 5 else 1):
        stem = word[: len(word) - cut]
        if f" {stem}" in f" {everything}":
            return stem
    return word


def _texts(vintage: Vintage) -> Texts:
    """What can be found of indicators, places, bodies and documents, by kind and key; names come first."""
    said: dict[str, dict[str, str]] = {"indicator": {}, "place": {}, "body": {}, "source": {}}
    names: dict[str, dict[str, str]] = defaultdict(dict)
    wanted = select(Text).where(
        Text.release == vintage.release.number, col(Text.list).in_(("indicator", "place", "body", "incident"))
    )
    rows = vintage.session.exec(wanted).all()
    for text in sorted(rows, key=lambda text: text.field != "name"):
        all_three = f"{text.en} {text.ru} {text.kk}"
        if text.field in ("name", "title"):
            names[text.list][text.code] = folded(all_three)
        if text.list in said:
            said[text.list][text.code] = f"{said[text.list].get(text.code, text.code)} {all_three}"
    documents = sources(vintage, SourceQuestion())
    ours = translated(vintage, (one.title for one in documents))
    for one in documents:
        titles = f"{one.title} {ours.get(one.title, '')}"
        said["source"][one.id] = f"{one.publisher} {titles} {one.published or ''} {one.id}"
    return Texts(
        {kind: {key: folded(text) for key, text in some.items()} for kind, some in said.items()}, names
    )


def _best(texts: Mapping[str, str], words: list[str]) -> tuple[tuple[str, ...], int]:
    """Keys of texts in which every word begins a word; those where they come first before others."""
    places = {
        key: sum(f" {text}".index(f" {word}") for word in words)
        for key, text in texts.items()
        if all(f" {word}" in f" {text}" for word in words)
    }
    ordered = sorted(places, key=lambda key: (places[key], key))
    return tuple(ordered[:MOST]), len(ordered)


def _others(vintage: Vintage, kind: str, words: list[str], texts: Texts) -> Hits:
    """Incidents by their own question; figures by a number among the words, the others naming what it counts."""
    if kind == "incident":
        alone = len(words) == 1 and YEAR.fullmatch(words[0])
        question = IncidentQuestion(year=tuple(words)) if alone else IncidentQuestion(words=" ".join(words))
        newest = sorted(incidents(vintage, question), key=lambda one: str(one.date_start or ""), reverse=True)
        newest.sort(key=lambda one: not texts.bears(kind, one.id, words))
        return Hits(kind, tuple(one.id for one in newest[:MOST]), len(newest))
    numbers = [word for word in words if re.fullmatch(r"\d{1,9}", word)]
    rest = [word for word in words if word not in numbers]
    found = _figures(vintage, numbers, rest, texts) if numbers else []
    first = found[:MOST]
    told = {some[0].id: len({one.source for one in some}) for some in first}
    return Hits("figure", tuple(told), len(found), told)


def _figures(vintage: Vintage, numbers: list[str], rest: list[str], texts: Texts) -> list[list[Observation]]:
    """Figures that are one of the numbers, or of a year that is one; other words name its indicator or its body.

    Documents that tell one figure of one act of stating are one find, the one that leads before the others. A year
    alone is of too many figures to be an answer. What this dataset withdrew is not found.
    """
    years = {number for number in numbers if YEAR.fullmatch(number)}
    wanted = [float(number) for number in numbers]
    asked = select(Observation).where(
        Observation.release == vintage.release.number, col(Observation.status) != "withdrawn"
    )
    if not years or not rest:
        value, low, high = col(Observation.value), col(Observation.low), col(Observation.high)
        asked = asked.where(value.in_(wanted) | low.in_(wanted) | high.in_(wanted))

    def fits(one: Observation) -> bool:
        own = {one.value, one.low, one.high}
        about = " ".join(
            ("", texts.said["indicator"][one.indicator], texts.said["body"][one.stated_by])
            + (texts.said["source"][one.source],)
        )
        known = all(float(number) in own or (number in years and number in _days(one)) for number in numbers)
        return known and all(f" {word}" in about for word in rest)

    alike: dict[tuple[object, ...], list[Observation]] = defaultdict(list)
    for one in vintage.session.exec(asked).all():
        if vintage.knows(one.public_on) and fits(one):
            alike[series.told(one)].append(one)
    documents = {row.id: row for row in series.all_of(vintage, Source)}
    found = [series.leading_first(some, documents) for some in alike.values()]
    extents = {"national": 0, "partial": 1}

    def order(some: list[Observation]) -> tuple[object, ...]:
        one = some[0]
        named = texts.bears("indicator", one.indicator, rest)
        doubts = not named, one.status != "current", one.confidence == "low"
        return *doubts, extents.get(one.extent, 2), one.period_kind != "calendar_year", *series.by_date(one)

    return sorted(found, key=order)


def _days(one: Observation) -> str:
    """The days a figure describes; where none are stated, the day of the statement and its own words."""
    if one.period_start or one.period_end:
        return f"{one.period_start or ''} {one.period_end or ''}"
    return f"{one.as_of or ''} {one.period_words}"


def near(vintage: Vintage, asked: str, like: Callable[[str, Iterable[str]], str | None]) -> str | None:
    """A word of some name that the one asked for may stand for; `like` says which is close."""
    texts = _texts(vintage)
    names = {
        word
        for kind in ("indicator", "place", "body")
        for text in texts.names.get(kind, {}).values()
        for word in text.split()
    }
    return next((close for word in folded(asked).split() if (close := like(word, sorted(names)))), None)
