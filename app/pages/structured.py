"""What a page is about, said to search engines in the words of schema.org."""

from collections.abc import Mapping
from typing import Any

from app.deps import Reading
from app.i18n import LANGUAGES
from app.models import Indicator, Source
from app.settings import Settings

LICENSE = "https://creativecommons.org/licenses/by/4.0/"
Thing = Mapping[str, Any]


def dataset(held: Reading[Any], settings: Settings) -> Thing:
    """The whole record as a schema.org Dataset, in the release of the page."""
    words, release, base = held.words, held.release, settings.base
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"{base}/#dataset",  # one thing, in whatever language it is told
        "name": words.gettext("Derek: Kazakhstan’s counter-terrorism figures as stated"),
        "description": words.gettext(
            "Kazakhstan’s counter-terrorism figures, each as one source stated it: who said it, when, about which days. A record "
            "of statements, not a measurement of terrorism."
        ),
        "url": f"{base}/{words.language}/data",
        "version": release.version,
        "identifier": release.digest,
        "dateModified": release.dated.isoformat(),
        "license": LICENSE,
        "isAccessibleForFree": True,
        "inLanguage": list(LANGUAGES),
        "spatialCoverage": {"@type": "Place", "name": words.name("place", "KZ")},
        "creator": {
            "@type": "Organization",
            "name": words.gettext("Derek"),
            "url": f"{base}/{words.language}/about",
        },
        "distribution": [
            _file(f"{base}/api/observations.csv", "text/csv"),
            _file(f"{base}/api/observations", "application/json"),
        ],
    }


def series(indicator: Indicator, years: tuple[int, ...], held: Reading[Any], settings: Settings) -> Thing:
    """The figures of one indicator, as a part of the whole."""
    words, code, base = held.words, indicator.code, settings.base
    address = f"{base}/{words.language}/indicators/{code}"
    found = {
        **dataset(held, settings),
        "@id": address,
        "url": address,
        "name": words.name("indicator", code),
        "description": f"{words.name('indicator', code, 'definition')} {words.name('indicator', code, 'beware')}",
        "isPartOf": {"@id": f"{base}/#dataset"},
        "variableMeasured": words.name("indicator", code),
        "distribution": [
            _file(f"{base}/api/stats.csv?indicator={code}", "text/csv"),
            _file(f"{base}/api/stats?indicator={code}", "application/json"),
        ],
    }
    return {**found, "temporalCoverage": f"{years[0]}/{years[-1]}"} if years else found


def document(source: Source, held: Reading[Any], settings: Settings) -> Thing:
    """A document that the record cites: its publisher's work, not ours."""
    found = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "@id": f"{settings.base}/{held.words.language}/sources/{source.id}",
        "name": held.words.titled(source)[0],
        "inLanguage": source.language,
        "publisher": {"@type": "Organization", "name": source.publisher},
    }
    if source.published:
        found["datePublished"] = source.published
    return {**found, "url": source.url} if source.url else found


def _file(address: str, kind: str) -> Thing:
    return {"@type": "DataDownload", "contentUrl": address, "encodingFormat": kind}
