"""The sentence that a careful journalist may print of one figure, and what must not be said of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.disagreements.cells import Disagreement
from app.disagreements.relations import Ground, retold
from app.i18n import Words
from app.models import Observation


@dataclass(frozen=True)
class Quote:
    """One figure as it may be printed."""

    sentence: str
    """Who, when, what, how many, about which days and which offences; complete by itself."""
    told: str
    """Where it was read."""
    fit: bool
    """Whether it may be printed as a figure that stands; else it is for reference only."""
    never: tuple[str, ...]
    """What must not be said of it, the gravest first."""


def quote(one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words) -> Quote:
    """The quote card of a figure. `disagreements` are those in which it takes part."""
    indicator = ground.indicators[one.indicator]
    # The indicator's name says what is counted; lengths, shares and ranks need their unit as well.
    named = indicator.unit in ("people", "plots", "attacks")
    people = "" if one.population == "all" else f"; {words.inside('population', one.population)}"
    where = "" if one.extent != "partial" and one.place == "KZ" else f"; {words.name('place', one.place)}"
    said = words.gettext("%(body)s, %(day)s: %(indicator)s: %(amount)s (%(period)s; %(scope)s).") % {
        "body": words.name("body", one.stated_by),
        "day": words.when(one.as_of),
        "indicator": words.inside("indicator", one.indicator),
        "amount": words.figure(one) if named else words.amount(one, indicator.unit),
        "period": _about(one, words) + people + where,
        "scope": words.inside("scope", one.scope),
    }
    told = words.document(ground.documents[one.source], one)
    fit = one.status == "current" and one.confidence != "low" and one.bounds is not None
    return Quote(said, told, fit, tuple(_never(one, ground, disagreements, words)))


def _about(one: Observation, words: Words) -> str:
    """Which days a figure is about; those of an incident are no days on which people were tried."""
    days = words.period(one)
    return words.gettext("event of %(days)s") % {"days": days} if one.period_kind == "event" else days


def _never(
    one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words
) -> Iterator[str]:
    yield from _unfit(one, words)
    stage = ground.indicators[one.indicator].legal_stage
    if one.indicator == "detained_and_jailed":
        yield words.gettext(
            "Do not write detained, or convicted, alone: the number was given for both at once."
        )
    elif words.presumption(stage):
        yield words.gettext("Do not write of these people as guilty: no conviction is counted here.")
    if one.indicator == "foiled_plots":
        yield words.gettext(
            "Do not write it as a fact: that plots were foiled is the claim of the body that says so."
        )
    yield from _days(one, ground, words)
    if one.extent in ("partial", "case"):
        yield words.gettext("Do not call it a total for the country: it is %(extent)s.") % {
            "extent": words.inside("extent", one.extent)
        }
    if one.scope not in ("terrorism", "not_stated"):
        yield words.gettext("Do not write terrorism alone: it is about %(scope)s.") % {
            "scope": words.inside("scope", one.scope)
        }
    if one.qualifier not in ("exact", "unspecified"):
        yield words.gettext("Do not drop “%(qualifier)s”.") % {
            "qualifier": words.name("qualifier", one.qualifier)
        }
    yield from _beside(one, ground, disagreements, words)


def _unfit(one: Observation, words: Words) -> Iterator[str]:
    if one.status == "retracted":
        yield words.gettext("Do not use it: the body that stated it took it back.")
    elif one.status == "stale_repeat":
        yield words.gettext("Do not use it: it is an outdated number, printed again.")
    elif one.status == "withdrawn":
        yield words.gettext("Do not use it: this record took it back.")
    if one.confidence == "low":
        yield words.gettext(
            "Do not use it before you have read the document: it was read with low confidence."
        )
    if one.bounds is None:
        yield words.gettext("Do not give a number: none was stated.")


def _before_the_end(one: Observation, ground: Ground) -> Observation | None:
    """Where the same act of stating gave the same number before the year was over: its first telling."""
    early = [
        each
        for each in ground.figures.values()
        if each.origin == one.origin
        and each.indicator == one.indicator
        and each.bounds == one.bounds
        and each.period_kind == "part_year"
        and each.public_on
        and one.period_end
        and each.public_on <= one.period_end
    ]
    return min(early, key=lambda each: (each.public_on or date.max, each.id), default=None)


def _days(one: Observation, ground: Ground, words: Words) -> Iterator[str]:
    if one.period_kind == "part_year":
        yield words.gettext("Do not set it against a full year: it covers only a part (%(period)s).") % {
            "period": words.period(one)
        }
    elif one.period_kind == "calendar_year" and (early := _before_the_end(one, ground)):
        yield words.gettext(
            "Do not write that it was counted after the year: it was first stated in %(day)s, before the year was over."
        ) % {"day": words.when(early.as_of)}
    elif one.period_kind == "undefined":
        yield words.gettext("Do not give it a year: which days it covers was not stated.")
    elif one.period_kind == "multi_year":
        yield words.gettext("Do not give it to one year, nor divide it: it covers several.")
    elif one.period_kind == "point":
        yield words.gettext("Do not write that it happened in a year: it is how many there were on a day.")


def _beside(
    one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words
) -> Iterator[str]:
    """Other figures with which it would be mixed up."""
    seen: set[str] = set()
    for each in disagreements:
        for pair in each.pairs:
            other = pair.other if one.id == pair.one.id else pair.one if one.id == pair.other.id else None
            if other is None:
                continue
            if pair.relation == "conflict" and other.confidence == "low":
                continue  # a figure that may be misread is not to be spread
            if pair.relation == "conflict":
                text = words.gettext("Do not print it without %(figure)s (%(publisher)s), which excludes it.")
            elif pair.relation == "stages":
                text = words.gettext(
                    "Do not count %(figure)s (%(publisher)s; %(indicator)s) beside it: these may be the same people."
                )
            elif retold(one, other):
                text = words.gettext(
                    "Do not count %(figure)s (%(publisher)s; %(indicator)s) beside it: it is the same statement."
                )
            else:
                continue
            said = text % {
                "figure": words.figure(other),
                "publisher": ground.documents[other.source].publisher,
                "indicator": words.inside("indicator", other.indicator),
            }
            if said not in seen:
                seen.add(said)
                yield said
