"""What two figures are to each other, and wherein they differ, in the reader's language: a sentence each."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from app.disagreements.audit import Check, Result
from app.disagreements.cells import Disagreement
from app.disagreements.relations import Field, Ground, Pair, Relation
from app.i18n import Words
from app.models import Observation


def title(one: Disagreement, words: Words) -> str:
    """What a cell is about: People convicted, 2024."""
    lead = one.claims[0].lead
    indicator = words.name("indicator", one.indicator)
    if one.incident:
        return f"{indicator}: {words.name('incident', one.incident, 'title')}"
    if one.kind == "number":
        return f"{indicator}: {words.figure(lead)}"
    if one.kind == "people":
        group = ("population", lead.population) if lead.population != "all" else ("place", lead.place)
        return words.gettext("%(number)s people at several legal stages: %(group)s") % {
            "number": words.figure(lead),
            "group": words.inside(*group) if group[0] == "population" else words.name(*group),
        }
    days = str(one.year) if one.year else words.period(_dated(one))
    people = "" if lead.population == "all" else f" ({words.inside('population', lead.population)})"
    return f"{indicator}{people}, {days}"


def _dated(one: Disagreement) -> Observation:
    """The first figure that says which days it covers."""
    figures = one.observations
    return next((each for each in figures if each.period_start or each.period_end), figures[0])


def called(one: Pair, ground: Ground, words: Words) -> tuple[str, str]:
    """The two figures as a sentence names them: by their numbers, and by their documents where those are alike."""
    numbers = words.figure(one.one), words.figure(one.other)
    documents = [ground.documents[each.source] for each in (one.one, one.other)]
    names = [words.outlet(document) for document in documents]
    if numbers[0] != numbers[1]:
        # A figure without a number has only its document to be named by.
        first, second = (
            number if each.bounds else name
            for each, number, name in zip((one.one, one.other), numbers, names, strict=True)
        )
        return first, second
    if names[0] == names[1]:
        names = [f"{name}, {words.when(one.published)}" for name, one in zip(names, documents, strict=True)]
    if names[0] == names[1]:
        names = [words.locator(each.locator) for each in (one.one, one.other)]
    return f"{numbers[0]} ({names[0]})", f"{numbers[1]} ({names[1]})"


def verdict(one: Pair, ground: Ground, words: Words) -> str:
    """What two figures are to each other, in a sentence that says how they may be used."""
    first, second = called(one, ground, words)
    if one.relation == "retold" and (own := _own_wording(one, ground, words)):
        return own
    if one.relation == "retold" and "number" in one.fields:
        return words.gettext(
            "Two numbers from one act of stating: a retelling changed one, or they do not count the same. Never count both."
        )
    if one.relation == "unlike" and not COUNTED & set(one.fields):
        return words.gettext("They cover different days, so both may be right.")
    if one.relation == "doubtful":
        return _doubt(one, first, second, ground, words)
    said: dict[Relation, str] = {
        "conflict": words.gettext(
            "%(one)s and %(other)s leave no room for each other: if both count the same, at least one is wrong."
        ),
        "doubtful": "",
        "retold": words.gettext(
            "One statement, worded in two ways: it was stated once, and which wording is the body’s own is not decided here. Never count both."
        ),
        "revised": words.gettext("The same body gave another number on another day."),
        "later": words.gettext(
            "Counts of one event, by other bodies or on other days: each was given at its own time, and none was added to another."
        ),
        "cannot_tell": words.gettext(
            "Whether they are one figure cannot be told: not all of the days they cover were stated."
        ),
        "compatible": words.gettext("Their wording leaves room for both to be right."),
        "stages": words.gettext(
            "The same number at two legal stages: these may be the same people, to be counted once."
        ),
        "unlike": words.gettext(
            "They do not count the same, so both may be right, and they cannot be compared."
        ),
        "progress": words.gettext(
            "One count that went on: the one that covers more days includes the other."
        ),
        "part": words.gettext("One is a part of the other: both may be right, and they are never added."),
        "same": words.gettext("They say the same."),
    }
    return said[one.relation] % {"one": first, "other": second}


def _own_wording(one: Pair, ground: Ground, words: Words) -> str:
    """What a body's own document says where a retelling says otherwise; empty where neither or both are its own."""
    owned = [words.speaks_itself(each, ground.documents[each.source]) for each in (one.one, one.other)]
    if owned[0] == owned[1] or "stated_by" in one.fields:
        return ""
    own, other = (one.one, one.other) if owned[0] else (one.other, one.one)

    def told(each: Observation) -> str:
        return f"{words.figure(each)}, {words.inside('indicator', each.indicator)}"

    return words.gettext(
        "It was stated once. The body’s own document says: %(own)s; %(publisher)s says: %(other)s. Never count both."
    ) % {
        "own": told(own),
        "other": told(other),
        "publisher": words.outlet(ground.documents[other.source]),
    }


def _doubt(one: Pair, first: str, second: str, ground: Ground, words: Words) -> str:
    """Why a figure of low confidence that excludes another is doubted: other tellings of its statement, if they differ."""
    low, sure = (one.one, one.other) if one.one.confidence == "low" else (one.other, one.one)
    unsure, stands = (first, second) if low is one.one else (second, first)
    elsewhere = [
        each
        for each in ground.figures.values()
        if each.origin == low.origin
        and (each.indicator, each.bounds) == (low.indicator, low.bounds)
        and each.confidence != "low"
        and each.year
        and each.year != low.year
    ]
    if elsewhere and sure.confidence != "low":
        return words.gettext(
            "For %(year)s it is %(sure)s. One document puts %(unsure)s in %(year)s; others that tell the same statement give it for %(days)s."
        ) % {"year": low.year, "sure": stands, "unsure": unsure, "days": words.period(elsewhere[0])}
    return words.gettext(
        "%(one)s and %(other)s leave no room for each other, and %(unsure)s is of low confidence: read why before you use either."
    ) % {"one": first, "other": second, "unsure": unsure}


COUNTED: frozenset[Field] = frozenset(
    {"stage", "scope", "population", "extent", "place", "stated_by", "terms", "retelling"}
)
"""Fields of which one at least has to differ before two figures can be said to count different things."""


def differences(one: Pair, ground: Ground, words: Words) -> list[tuple[Field, str]]:
    """Wherein two figures differ: a field and its sentence, the most telling first."""
    return [(field, difference(field, one, ground, words)) for field in one.fields]


def difference(field: Field, pair: Pair, ground: Ground, words: Words) -> str:
    """One field in which two figures differ, as a sentence."""
    first, second = called(pair, ground, words)
    one, other = pair.one, pair.other

    def of_both(pattern: str, told: Callable[[Observation], str]) -> str:
        return pattern % {"one": first, "other": second, "a": told(one), "b": told(other)}

    def named(listed: str, cell: str) -> Callable[[Observation], str]:
        return lambda each: words.inside(listed, getattr(each, cell))

    match field:
        case "retelling":
            origin = ground.origins[one.origin]
            return words.gettext("Both tell one act of stating: %(body)s, %(day)s.") % {
                "body": words.name("body", origin.stated_by),
                "day": words.when(origin.stated_on),
            }
        case "stage":
            pattern = words.gettext("%(one)s counts %(a)s; %(other)s counts %(b)s.")
            return of_both(pattern, named("indicator", "indicator"))
        case "number":
            if one.bounds is None or other.bounds is None:
                number = words.figure(other if one.bounds is None else one)
                return words.gettext("One gives no number; the other gives %(number)s.") % {"number": number}
            return words.gettext("The numbers are %(one)s and %(other)s.") % {"one": first, "other": second}
        case "year":
            pattern = words.gettext("%(one)s is dated to %(a)s, %(other)s to %(b)s.")
            return of_both(pattern, lambda each: str(each.year))
        case "period":
            return _period(pair, of_both, words)
        case "scope":
            pattern = words.gettext("Which offences: %(a)s for %(one)s; %(b)s for %(other)s.")
            return of_both(pattern, named("scope", "scope"))
        case "population":
            pattern = words.gettext("Who is counted: %(a)s in %(one)s; %(b)s in %(other)s.")
            return of_both(pattern, named("population", "population"))
        case "extent":
            pattern = words.gettext("How much of it: %(a)s for %(one)s; %(b)s for %(other)s.")
            return of_both(pattern, named("extent", "extent"))
        case "place":
            if one.place != other.place:
                pattern = words.gettext("Where: %(a)s for %(one)s; %(b)s for %(other)s.")
                return of_both(pattern, lambda each: words.name("place", each.place))
            if not (one.place_stated and other.place_stated):
                named_place = words.own(one.place_stated or other.place_stated)
                return words.gettext("One document names the place more closely: %(place)s.") % {
                    "place": named_place
                }
            pattern = words.gettext("The documents name the place in other words: %(a)s; %(b)s.")
            return of_both(pattern, lambda each: words.own(each.place_stated))
        case "stated_by":
            pattern = words.gettext("Whose figure: %(a)s for %(one)s; %(b)s for %(other)s.")
            return of_both(pattern, lambda each: words.name("body", each.stated_by))
        case "terms":
            pattern = words.gettext("The documents use other terms: %(a)s; %(b)s.")
            return of_both(
                pattern,
                lambda each: (
                    words.own(each.stated_as) if each.stated_as else words.inside("indicator", each.indicator)
                ),
            )
        case "qualifier":
            pattern = words.gettext("How firmly: “%(a)s” for %(one)s; “%(b)s” for %(other)s.")
            return of_both(pattern, named("qualifier", "qualifier"))
        case "as_of":
            pattern = words.gettext("When it was stated: %(a)s for %(one)s; %(b)s for %(other)s.")
            return of_both(pattern, lambda each: words.when(each.as_of))
        case "status":
            return _status(pair, first, second, words)
        case "confidence":
            low = first if one.confidence == "low" else second
            return words.gettext("%(one)s is of low confidence; see the note at its source.") % {"one": low}


def _period(pair: Pair, of_both: Callable[[str, Callable[[Observation], str]], str], words: Words) -> str:
    if all(each.period_start is None and each.period_end is None for each in (pair.one, pair.other)):
        return words.gettext("Neither says which days it covers.")
    return of_both(words.gettext("Days covered: %(a)s for %(one)s; %(b)s for %(other)s."), words.period)


def _status(pair: Pair, first: str, second: str, words: Words) -> str:
    said = {
        "retracted": words.gettext("%(one)s was retracted by the body that stated it."),
        "stale_repeat": words.gettext("%(one)s is an outdated number, printed again."),
        "withdrawn": words.gettext("%(one)s was withdrawn from this record."),
    }
    parts = [
        said[each.status] % {"one": name}
        for each, name in ((pair.one, first), (pair.other, second))
        if each.status in said
    ]
    return " ".join(parts)


def altered(pair: Pair, words: Words) -> list[str]:
    """What a later telling changed of the official document or, where none is, of the first telling, in a word or two each."""
    one, other = pair.one, pair.other
    named: dict[Field, str] = {
        "stage": words.gettext("the legal stage, or what is counted"),
        "number": words.gettext("the number"),
        "year": words.gettext("the year"),
        "period": words.gettext("the days"),
        "scope": words.gettext("the offences"),
        "population": words.gettext("who is counted"),
        "extent": words.gettext("how much of it"),
        "qualifier": words.gettext("how firmly"),
    }
    changed = [named[field] for field in pair.fields if field in named]
    if one.place != other.place:
        changed.append(words.gettext("the place"))
    if one.stated_as and other.stated_as and "terms" in pair.fields and "stage" not in pair.fields:
        changed.append(words.gettext("the terms"))
    return changed


def reason(field: Field, words: Words, *, of_incident: bool = False) -> str:
    """Why the guard lets no difference be made of two figures: what is not alike in them."""
    if field == "period" and of_incident:
        return words.gettext("they are counts of one event, given at different times or for different days")
    return {
        "retelling": words.gettext("they are one statement"),
        "stage": words.gettext("they are of different legal stages or measures"),
        "number": words.gettext("their numbers"),
        "year": words.gettext("their years"),
        "period": words.gettext("they do not both cover a whole calendar year"),
        "scope": words.gettext("they are about different offences"),
        "population": words.gettext("they count different people"),
        "extent": words.gettext("one is of the whole, the other of a part"),
        "place": words.gettext("they are of different places, or bound them in other words"),
        "stated_by": words.gettext("different bodies counted"),
        "terms": words.gettext("their documents use different terms"),
        "qualifier": words.gettext("not both are exact numbers"),
        "as_of": words.gettext("they were stated on different days"),
        "status": words.gettext("one of them is withdrawn or outdated"),
        "confidence": words.gettext("one of them is of low confidence"),
    }[field]


def kind(relation: Relation, words: Words) -> tuple[str, str]:
    """What a group of disagreements is called, and what it is, in a sentence."""
    return {
        "conflict": (
            words.gettext("Numbers that exclude each other"),
            words.gettext(
                "Nothing that is stated leaves room for both. At least one counts otherwise or is wrong."
            ),
        ),
        "doubtful": (
            words.gettext("A number that is doubtful"),
            words.gettext(
                "A document gives a number or a year that others do not, and there is reason to doubt it; its note says why."
            ),
        ),
        "retold": (
            words.gettext("One statement, told in two ways"),
            words.gettext(
                "What was stated once is told with another legal stage, year, scope, number or firmness; in Russian one verb may cover two stages."
            ),
        ),
        "revised": (
            words.gettext("The same body, another number"),
            words.gettext("A body gave another number for the same thing on another day."),
        ),
        "later": (
            words.gettext("Counts of one event, as they came in"),
            words.gettext("Tolls and arrests as different bodies gave them, hour by hour and year by year."),
        ),
        "cannot_tell": (
            words.gettext("The same number, and no days"),
            words.gettext(
                "An equal number whose days were not stated: it may be the same figure, or chance."
            ),
        ),
        "compatible": (
            words.gettext("Loosely worded numbers"),
            words.gettext("The words leave room for both to be right."),
        ),
        "stages": (
            words.gettext("The same people, at several legal stages"),
            words.gettext(
                "One number for one group, told of different stages of a case: counting both would count people twice."
            ),
        ),
        "unlike": (
            words.gettext("One year, measured in more than one way"),
            words.gettext("They look alike and do not count the same: scope, people, place or body differ."),
        ),
    }.get(relation, (words.gettext("Others"), ""))


def course(figures: Sequence[Observation], words: Words) -> list[str]:
    """How a number moved, day by day: each when it was first stated, then what was printed late and what was taken back."""
    people = Counter(one.population for one in figures).most_common(1)
    figures = sorted(
        (one for one in figures if one.population == people[0][0]),
        key=lambda one: (one.public_on or date.max, one.as_of or "~", one.id),
    )
    if len({one.bounds for one in figures if one.bounds}) < 2:
        return []

    def listed(some: Iterable[Observation]) -> str:
        days: dict[str, list[str]] = {}
        for one in some:
            day = words.when(one.as_of)
            if one.as_of and any(
                each.as_of != one.as_of and (each.as_of or "").startswith(one.as_of) for each in figures
            ):
                day = words.gettext("%(month)s, day not known") % {"month": day}
            days.setdefault(day, []).append(words.figure(one))
        return "; ".join(f"{day}: {', '.join(dict.fromkeys(numbers))}" for day, numbers in days.items())

    first: dict[str, Observation] = {}
    for one in figures:
        if one.status == "current" and one.bounds:
            first.setdefault(words.figure(one), one)
    told = [
        words.gettext("Each number when it was first stated. %(days)s.") % {"days": listed(first.values())}
    ]
    if stale := [one for one in figures if one.status == "stale_repeat"]:
        said = words.gettext("Printed again after it was outdated. %(days)s.")
        told.append(said % {"days": listed(stale)})
    if retracted := [one for one in figures if one.status == "retracted"]:
        said = words.gettext("Retracted by the body that stated it. %(days)s.")
        told.append(said % {"days": listed(retracted)})
    return told


def working(one: Check, ground: Ground, words: Words) -> str:
    """What a check of bounds held against what, with its arithmetic."""
    whole = words.figure(one.whole)
    told = {"whole": whole, "days": words.period(one.whole)}
    if one.kind == "described":
        return words.ngettext(
            "%(whole)s announced for %(days)s; %(num)s incident reported foiled in it is on this record.",
            "%(whole)s announced for %(days)s; %(num)s incidents reported foiled in it are on this record.",
            len(one.incidents),
        ) % {**told, "num": words.number(len(one.incidents))}
    if one.kind == "years":
        parts = " + ".join(f"{words.figure(each)} ({each.year})" for each in one.parts)
        said = words.gettext("%(parts)s against %(whole)s for %(days)s.") % {**told, "parts": parts}
        if one.missing:
            years = ", ".join(map(str, one.missing))
            said += " " + words.gettext("No figure was found for %(years)s.") % {"years": years}
        bodies = {ground.leaders[each.stated_by] for each in (*one.parts, one.whole)}
        if len(bodies) > 1:
            said += " " + words.gettext("The year and the total were stated by different bodies.")
        return said
    (part,) = one.parts
    if unsure := next((each for each in (part, one.whole) if each.confidence == "low"), None):
        doubt = words.gettext("%(one)s is of low confidence; see the note at its source.")
        doubt = " " + doubt % {"one": words.figure(unsure)}
    else:
        doubt = ""
    told |= {"part": words.figure(part), "some": words.period(part)}
    if one.kind == "part":
        return words.gettext("%(part)s is told as a part of %(whole)s.") % told + doubt
    said = words.gettext("%(part)s for a part of the year (%(some)s) against %(whole)s for %(days)s.") % told
    return said + doubt


def result(name: Result, words: Words) -> tuple[str, str]:
    """What a result of checking bounds is called, and what it means."""
    return {
        "impossible": (
            words.gettext("Impossible as stated"),
            words.gettext(
                "If both figures count the same, both cannot be right. Which is wrong is not decided here, and none is corrected."
            ),
        ),
        "cannot_tell": (
            words.gettext("Cannot be told"),
            words.gettext("The wording, or a year without a figure, leaves it open."),
        ),
        "consistent": (
            words.gettext("Consistent"),
            words.gettext("The bounds hold. That proves nothing more."),
        ),
    }[name]
