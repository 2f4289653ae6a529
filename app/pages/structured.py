"""What a page is about, said to search engines in the words of schema.org."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app import series as questions
from app.deps import Reading
from app.exports import LICENSE_ADDRESS
from app.i18n import LANGUAGES, N_
from app.listings import IncidentFile
from app.models import Observation, Panel, Source
from app.settings import Settings

NAME = N_("Derek: Kazakhstan’s counter-terrorism figures as stated")
WHAT = N_(
    "Kazakhstan’s counter-terrorism figures, each as one source stated it: who said it, when, about which days. A record "
    "of statements, not a measurement of terrorism."
)
"""What the record is called, and what it is."""
Thing = Mapping[str, Any]


def dataset(held: Reading[Any], settings: Settings) -> Thing:
    """The whole record as a schema.org Dataset, in the release of the page."""
    words, release, base = held.words, held.release, settings.base
    days = questions.span(held.vintage)
    found = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"{base}/#dataset",  # one thing, in whatever language it is told
        "name": words.gettext(NAME),
        "description": words.gettext(WHAT),
        "url": f"{base}/{words.language}/data",
        "version": release.version,
        "identifier": release.digest,
        "dateModified": release.dated.isoformat(),
        "license": LICENSE_ADDRESS,
        "isAccessibleForFree": True,
        "inLanguage": list(LANGUAGES),
        "spatialCoverage": {"@type": "Place", "name": words.name("place", "KZ")},
        "creator": {
            "@type": "Organization",
            "name": words.gettext("Derek"),
            "url": f"{base}/{words.language}/about",
        },
        "variableMeasured": [words.name("indicator", code) for code in held.units],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{base}/catalog.jsonld#catalog",
            "name": words.gettext("Derek: open data"),
        },
        "distribution": _files(f"{base}/api/observations", {}),
    }
    return {**found, "temporalCoverage": f"{days[0]}/{days[1]}"} if days else found


def series(panel: Panel, held: Reading[Any], settings: Settings) -> Thing:
    """The figures of one indicator, as a part of the whole, and the documents that they are from."""
    words, code, base = held.words, panel.indicator.code, settings.base
    address = f"{base}/{words.language}/indicators/{code}"
    found = {
        **dataset(held, settings),
        "@id": address,
        "url": address,
        "name": words.name("indicator", code),
        "description": " ".join(
            (
                words.name("indicator", code, "definition"),
                words.name("indicator", code, "beware"),
                words.gettext(WHAT),
            )
        ),
        "isPartOf": {"@id": f"{base}/#dataset"},
        # By their pages here, which say more of them: some indicators have over a hundred.
        "isBasedOn": [f"{base}/{words.language}/sources/{one}" for one in panel.documents],
        "variableMeasured": words.name("indicator", code),
        "distribution": _files(f"{base}/api/stats", {"indicator": code}),
    }
    del found["temporalCoverage"]  # what the others cover says nothing of these
    years = panel.years
    return {**found, "temporalCoverage": f"{years[0]}/{years[-1]}"} if years else found


def statement(
    one: Observation, sentence: str, document: Source, held: Reading[Any], settings: Settings
) -> Thing:
    """A figure: somebody's claim, in the sentence that may be printed of it, which holds a number. That it is so is not said.

    An Observation of schema.org has one number and one day. What was stated as a bound is one, and what was stated roughly
    or without a number is in the sentence alone.
    """
    words, base = held.words, settings.base
    number: dict[str, Any] = {
        "@type": "Observation",
        "variableMeasured": words.name("indicator", one.indicator),
        "unitText": words.name("unit", held.units[one.indicator]),
    }
    if one.low is not None and one.high is not None:
        number |= {"minValue": one.low, "maxValue": one.high}
    elif one.value is not None and one.qualifier in VALUES:
        number[VALUES[one.qualifier]] = one.value
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Claim",
        "@id": f"{base}/{words.language}/figures/{one.id}",
        "url": f"{base}/{words.language}/figures/{one.id}",
        "text": sentence,
        "inLanguage": words.language,
        "author": {"@type": "Organization", "name": words.name("body", one.stated_by)},
        "appearance": _cited(document, held, settings),
        "spatialCoverage": {"@type": "Place", "name": words.name("place", one.place)},
        "isPartOf": {"@id": f"{base}/#dataset"},
        "license": LICENSE_ADDRESS,
        "version": held.release.version,
    }
    if len(number) > 3:
        found["mainEntity"] = number
    if one.as_of:
        found["datePublished"] = one.as_of
    if one.period_start and one.period_end:
        found["temporalCoverage"] = f"{one.period_start}/{one.period_end}"
    return found


VALUES = {"exact": "value", "at_least": "minValue", "over": "minValue", "under": "maxValue"}
"""What a stated number is, by how firmly it was stated; of a number that is about right it is none of these."""


def report(file: IncidentFile, held: Reading[Any], settings: Settings) -> Thing:
    """What is on record about an incident: a report made of documents, not an Event, since the record does not say that it was."""
    words, incident, base = held.words, file.incident, settings.base
    address = f"{base}/{words.language}/incidents/{incident.id}"
    return {
        "@context": "https://schema.org",
        "@type": "Report",
        "@id": address,
        "url": address,
        "headline": words.name("incident", incident.id, "title"),
        "abstract": words.name("incident", incident.id, "summary"),
        "inLanguage": words.language,
        "author": {
            "@type": "Organization",
            "name": words.gettext("Derek"),
            "url": f"{base}/{words.language}/about",
        },
        "spatialCoverage": {"@type": "Place", "name": words.name("place", incident.place)},
        "isBasedOn": [_cited(one, held, settings) for one in file.sources],
        "isPartOf": {"@id": f"{base}/#dataset"},
        "dateModified": held.release.dated.isoformat(),
        "license": LICENSE_ADDRESS,
        "version": held.release.version,
    }


def document(source: Source, held: Reading[Any], settings: Settings) -> Thing:
    """A document that the record cites: its publisher's work, not ours."""
    return {
        "@context": "https://schema.org",
        **_cited(source, held, settings),
        "inLanguage": source.language,
        "publisher": {"@type": "Organization", "name": source.publisher},
    }


def _cited(source: Source, held: Reading[Any], settings: Settings) -> Thing:
    found = {
        "@type": "CreativeWork",
        "@id": f"{settings.base}/{held.words.language}/sources/{source.id}",
        "name": held.words.titled(source)[0],
    }
    if source.published:
        found["datePublished"] = source.published
    return {**found, "url": source.url} if source.url else found


def _files(address: str, asked: Mapping[str, str]) -> list[Thing]:
    """A list as files; JSON comes in pages unless it is asked for all that one answer may hold."""
    forms: tuple[tuple[str, str, dict[str, str]], ...] = (
        (".csv", "text/csv", {}),
        ("", "application/json", {"limit": "1000"}),
        (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", {}),
    )
    return [
        {
            "@type": "DataDownload",
            "contentUrl": "?".join(filter(None, (address + suffix, urlencode({**asked, **more})))),
            "encodingFormat": kind,
        }
        for suffix, kind, more in forms
    ]
