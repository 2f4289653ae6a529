"""The sentence that a careful journalist may print of one figure, and what must not be said of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.disagreements.cells import Disagreement
from app.disagreements.relations import Ground, every_year, pair
from app.i18n import Words
from app.models import Observation, last_day


@dataclass(frozen=True)
class Quote:
    """One figure as it may be printed."""

    sentence: str
    """Who, when, what, how many, about which days and which offences; complete by itself."""
    told: str
    """Where it was read."""
    fit: bool
    """Whether it may be printed as a figure that stands; else it is for reference only."""
    own: tuple[str, ...]
    """Where its document retells: what the body's own document says otherwise. It goes along wherever it is cited."""
    never: tuple[str, ...]
    """What must not be said of it, the gravest first."""


def quote(one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words) -> Quote:
    """The quote card of a figure. `disagreements` are those in which it takes part."""
    indicator = ground.indicators[one.indicator]
    # The indicator's name says what is counted; lengths, shares and ranks need their unit as well.
    named = indicator.unit in ("people", "plots", "attacks")
    people = "" if one.population == "all" else f"; {words.inside('population', one.population)}"
    document = ground.documents[one.source]
    whose = f"; {words.termed([(one, document)])}" if one.stated_as else ""
    where = whose + _where(one, words)
    # People who came back, or died, committed no offence that a scope could name.
    scope = (
        ""
        if indicator.legal_stage == "none" and indicator.unit == "people"
        else words.inside("scope", one.scope)
    )
    details = [_about(one, words) + people + where, *([scope] if scope else [])]
    if one.confidence == "medium":
        details.append(words.gettext("of medium confidence"))
    pattern = words.gettext("%(body)s, %(day)s: %(amount)s %(indicator)s (%(details)s).")
    if not named:
        pattern = words.gettext("%(body)s, %(day)s: %(indicator)s: %(amount)s (%(details)s).")
    if one.bounds is None:
        pattern = words.gettext("%(body)s, %(day)s: %(indicator)s, %(amount)s (%(details)s).")
    said = pattern % {
        "body": words.name("body", one.stated_by),
        "day": _stated(one, ground, words),
        "indicator": words.inside("indicator", one.indicator),
        "amount": words.figure(one) if named else words.amount(one, indicator.unit),
        "details": "; ".join(details),
    }
    told = words.document(document, one)
    fit = one.status == "current" and one.confidence != "low" and one.bounds is not None
    pattern = words.gettext("The body’s own document (%(publisher)s) says: %(figure)s, %(indicator)s")
    own = tuple(
        pattern % {**_named(each, ground, words), "publisher": words.outlet(ground.documents[each.source])}
        for each in own_telling(one, ground, words)
    )
    return Quote(said, told, fit, own, tuple(_never(one, ground, disagreements, words)))


def _where(one: Observation, words: Words) -> str:
    """The place, as closely as the document names it. A part of the country is never called by the country's name."""
    if one.incident:
        return f"; {words.name('incident', one.incident, 'title')}" + _closer(one, words)
    named = [] if one.place == "KZ" else [words.name("place", one.place)]
    if one.place_stated and not words.says_place(one.place, one.place_stated):
        named.append(words.own(one.place_stated))
    if not named and one.extent == "partial":
        named.append(words.inside("extent", "partial"))
    return "".join(f"; {name}" for name in named)


def _stated(one: Observation, ground: Ground, words: Words) -> str:
    """When it was stated; of what a document repeats much later, when it was stated and when it was repeated."""
    first = ground.origins[one.origin].stated_on
    if first and one.as_of and last_day(first).isoformat() < one.as_of[: len(first)]:
        return words.gettext("%(first)s, as told in a document of %(day)s") % {
            "first": words.when(first),
            "day": words.dated(one),
        }
    return words.dated(one)


def _closer(one: Observation, words: Words) -> str:
    """Of an incident all over the country the place that is meant, where it is a part."""
    parted = one.place == "KZ" and one.place_stated
    return f"; {words.own(one.place_stated)}" if parted else ""


def _about(one: Observation, words: Words) -> str:
    """Which days a figure is about; those of an incident are no days on which people were tried."""
    days = words.period(one)
    if every_year(one):
        return words.gettext("every year, by its own words")
    if one.period_kind == "undefined" and one.period_words:
        return f"{days}: {words.own(one.period_words)}"
    event = one.period_kind == "event" and one.period_start
    return words.gettext("event of %(days)s") % {"days": days} if event else days


def _never(
    one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words
) -> Iterator[str]:
    yield from _unfit(one, words)
    for own in own_telling(one, ground, words):
        yield words.gettext(
            "Do not write it as the body’s own words: its own document of this statement (%(publisher)s) says %(figure)s, %(indicator)s."
        ) % {**_named(own, ground, words), "publisher": words.outlet(ground.documents[own.source])}
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
    if one.indicator == "killed_total":
        yield words.gettext("Do not call all of them victims: attackers may be counted in.")
    if one.indicator in ("killed_attackers", "participants"):
        yield words.gettext(
            "Do not write of them as guilty: they are people said to be attackers, and few were tried."
        )
    yield from _overtaken(one, ground, words)
    yield from _days(one, ground, words)
    if one.extent in ("partial", "case"):
        yield words.gettext("Do not call it a total for the country: it is %(extent)s.") % {
            "extent": words.inside("extent", one.extent)
        }
    if one.scope not in ("terrorism", "not_stated"):
        yield words.gettext("Do not write terrorism alone: it is about %(scope)s.") % {
            "scope": words.inside("scope", one.scope)
        }
    if one.qualifier == "range":
        yield words.gettext("Do not give one end alone: the range is %(range)s.") % {
            "range": words.figure(one)
        }
    elif one.qualifier not in ("exact", "unspecified"):
        yield words.gettext("Do not drop “%(qualifier)s”.") % {
            "qualifier": words.name("qualifier", one.qualifier)
        }
    yield from _beside(one, ground, disagreements, words)


def own_telling(one: Observation, ground: Ground, words: Words) -> tuple[Observation, ...]:
    """Of a figure that a document retells: what the body's own document gives as the same figure at another legal stage or
    in another number; one of each."""
    if words.speaks_itself(one, ground.documents[one.source]):
        return ()
    told: dict[tuple[str, str], Observation] = {}
    for other in ground.figures.values():
        one_body = ground.leaders[other.stated_by] == ground.leaders[one.stated_by]
        own = one_body and words.speaks_itself(other, ground.documents[other.source])
        if other.origin != one.origin or not own:
            continue
        said = (other.indicator, words.figure(other))
        if said != (one.indicator, words.figure(one)) and pair(one, other, ground).relation == "retold":
            told.setdefault(said, other)
    return tuple(told.values())


def _named(one: Observation, ground: Ground, words: Words) -> dict[str, str]:
    return {
        "figure": words.figure(one),
        "publisher": words.publisher(ground.documents[one.source].publisher),
        "indicator": words.inside("indicator", one.indicator),
    }


def _unfit(one: Observation, words: Words) -> Iterator[str]:
    if one.status == "retracted":
        yield words.gettext("Do not use it: the body that stated it took it back.")
    elif one.status == "stale_repeat":
        yield words.gettext("Do not use it: it is an outdated number, printed again.")
    elif one.status == "withdrawn":
        yield words.gettext("Do not use it: this record took it back.")
    if one.confidence == "low":
        yield words.gettext("Do not use it before you have read its note: it is of low confidence.")
    if one.bounds is None:
        yield words.gettext("Do not give a number: none was stated.")


def _overtaken(one: Observation, ground: Ground, words: Words) -> Iterator[str]:
    """A count of an incident that later statements exceed."""
    later = [
        each
        for each in ground.figures.values()
        if one.incident
        and one.bounds
        and each.bounds
        and one.public_on
        and each.public_on
        and (each.incident, each.indicator, each.population) == (one.incident, one.indicator, one.population)
        and each.status == "current"
        and each.confidence != "low"
        and each.public_on > one.public_on
        and each.bounds[1] > one.bounds[1]
        and pair(one, each, ground).relation in ("revised", "later")
    ]
    if later:
        most = max(later, key=lambda each: (each.bounds or (0, 0))[1])
        yield words.gettext(
            "Do not print it as the last count: later statements go up to %(figure)s (%(day)s)."
        ) % {
            "figure": words.figure(most),
            "day": words.when(most.as_of),
        }


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
    if every_year(one):
        yield words.gettext(
            "Do not take it for a count of any year: it is how many there are said to be every year."
        )
        return
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
    elif one.period_kind == "point" and ground.indicators[one.indicator].kind != "index":
        yield words.gettext("Do not write that it happened in a year: it is how many there were on a day.")


def _beside(
    one: Observation, ground: Ground, disagreements: Iterable[Disagreement], words: Words
) -> Iterator[str]:
    """Other figures with which it would be mixed up."""
    seen: set[str] = set()
    others = {other.id: other for each in disagreements for other in each.observations if other.id != one.id}
    for other in others.values():
        relation = pair(one, other, ground).relation
        if relation == "conflict" or (relation == "doubtful" and other.confidence != "low"):
            text = words.gettext("Do not print it without %(figure)s (%(publisher)s), which excludes it.")
        elif relation == "stages":
            text = words.gettext(
                "Do not count %(figure)s (%(publisher)s; %(indicator)s) beside it: these may be the same people."
            )
        elif relation == "retold":
            text = words.gettext(
                "Do not count %(figure)s (%(publisher)s; %(indicator)s) beside it: it is the same statement."
            )
        else:
            continue
        said = text % _named(other, ground, words)
        if said not in seen:
            seen.add(said)
            yield said
