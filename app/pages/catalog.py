"""The dataset as catalogues of open data harvest it: DCAT 3 (W3C) as JSON-LD, with what its European profile, DCAT-AP, asks for.

One dataset, of which each release on this server is a version, and each list is a part with a file for each of its forms.
Which lists and forms there are is read from the API's contract, so that nothing is offered here that is not served.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import Depends, Request
from fastapi.responses import Response

from app import exports, series
from app.contract import NAMES
from app.deps import Reading
from app.exports.citing import AUTHOR
from app.i18n import DEFAULT, LANGUAGES, N_, Words
from app.models import Release
from app.pages.machines import plain
from app.pages.rendering import FileDep, home, settings_of
from app.pages.structured import NAME, WHAT

ADDRESS = "/catalog.jsonld"
MEDIA = "application/ld+json"
KEYWORDS = (N_("counter-terrorism"), N_("official statistics"), N_("figures and their sources"))
WHOLE = "observations"
"""The list that is the dataset itself."""
PARTS: Mapping[str, tuple[str, str]] = {
    "stats": (
        N_("Figures by year"),
        N_(
            "The record arranged by year, each figure picked by the published rule, with what else was stated beside it."
        ),
    ),
    "disagreements": (
        N_("Disagreements"),
        N_(
            "Where statements give more than one number for what looks like one thing, and wherein they differ."
        ),
    ),
    "indicators": (
        N_("Indicators"),
        N_("What is counted: definition, unit, legal stage, and whose figures lead."),
    ),
    "incidents": (
        N_("Incidents"),
        N_(
            "Events and plots of which sources speak as terrorism. That one is listed says that somebody called it so."
        ),
    ),
    "sources": (N_("Documents"), N_("Every document that the record cites, and how far it was read.")),
    "places": (
        N_("Places"),
        N_("Where figures apply: the country, its regions and cities of today and of the past."),
    ),
    "changes": (N_("Changes of published figures"), N_("What was added, mended or withdrawn, and why.")),
    "releases": (N_("Releases"), N_("Every state of the dataset that this server holds.")),
}
"""The other lists, in parts beside it: what each is called, and what it holds."""

EU = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
THEME = "Justice, legal system and public safety"
"""What the European list of themes calls ours."""
TYPES = {"csv": "CSV", "sdmx": "CSV", "xlsx": "XLSX", "jsonstat": "JSON", "json": "JSON"}
"""Forms as the European list of file types calls them."""
TONGUES = {"en": "ENG", "ru": "RUS", "kk": "KAZ"}
CONTEXT: Mapping[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "title": {"@id": "dct:title", "@container": "@language"},
    "description": {"@id": "dct:description", "@container": "@language"},
    "label": {"@id": "skos:prefLabel", "@container": "@language"},
    "name": {"@id": "foaf:name", "@container": "@language"},
    "keyword": {"@id": "dcat:keyword", "@container": "@language"},
}
Node = dict[str, Any]


@home.get(ADDRESS, dependencies=[Depends(plain)])
def catalog(request: Request, held: FileDep) -> Response:
    """The catalogue, in all three languages at once."""
    told = Told(request, held)
    return Response(
        json.dumps(
            {"@context": CONTEXT, "@graph": list(told.graph())}, ensure_ascii=False, separators=(",", ":")
        ),
        media_type=MEDIA,
        headers={
            "Derek-Release": held.release.digest,
            "Link": f'<{settings_of(request).base}/{DEFAULT}/data>; rel="describes"; type="text/html", '
            f'<{exports.LICENSE_ADDRESS}>; rel="license"',
        },
    )


class Told:
    """What is said of the dataset as one release has it."""

    def __init__(self, request: Request, held: Reading[Any]) -> None:
        self.held, self.base, self.contact = held, settings_of(request).base, settings_of(request).contact
        self.paths: Mapping[str, Any] = request.app.openapi()["paths"]
        self.whole, self.publisher = f"{self.base}/#dataset", f"{self.base}/#publisher"
        self.words = [Words(language, held.words.terms) for language in LANGUAGES]

    def graph(self) -> Iterator[Node]:
        releases = series.releases(self.held.vintage.session)
        yield self._catalog(releases)
        yield {
            "@id": self.publisher,
            "@type": "foaf:Agent",
            "name": {"en": AUTHOR},
            "foaf:homepage": _at(f"{self.base}/", "foaf:Document"),
        }
        yield self._whole(releases)
        for name in PARTS:
            yield self._part(name)
        for release, older in zip(releases, [*releases[1:], None], strict=True):
            yield self._version(release, older)
        yield {
            "@id": self._named("service"),
            "@type": "dcat:DataService",
            "title": self._said(N_("Derek’s API")),
            "description": self._said(
                N_("The record as JSON, CSV and other forms, without a key. Figures must never be added.")
            ),
            "dcat:endpointURL": _at(f"{self.base}/api"),
            "dcat:endpointDescription": _at(f"{self.base}/api/openapi.json"),
            "dcat:servesDataset": [_at(self.whole), *(_at(self._named(name)) for name in PARTS)],
            "dct:publisher": _at(self.publisher),
            "dct:license": _at(exports.LICENSE_ADDRESS, "dct:LicenseDocument"),
            "dct:accessRights": _at(f"{EU}/access-right/PUBLIC", "dct:RightsStatement"),
        }

    def _catalog(self, releases: Sequence[Release]) -> Node:
        return {
            "@id": self._named("catalog"),
            "@type": "dcat:Catalog",
            "title": self._said(N_("Derek: open data")),
            "description": self._said(WHAT),
            "dct:publisher": _at(self.publisher),
            "dct:license": _at(exports.LICENSE_ADDRESS, "dct:LicenseDocument"),
            "dct:language": [
                _at(f"{EU}/language/{TONGUES[language]}", "dct:LinguisticSystem") for language in LANGUAGES
            ],
            "dct:modified": _day(releases[0]),
            "foaf:homepage": _at(f"{self.base}/", "foaf:Document"),
            "dcat:dataset": [_at(self.whole), *(_at(self._named(name)) for name in PARTS)],
            "dcat:service": _at(self._named("service")),
        }

    def _whole(self, releases: Sequence[Release]) -> Node:
        """The dataset, whatever release is the current one: what is cited as such, and what its versions are versions of."""
        release = self.held.release
        return {
            **self._dataset(self.whole, NAME, WHAT),
            "dct:identifier": self.whole,
            "dct:modified": _day(release),
            **self._days(),
            "dcat:version": release.version,
            "dcat:landingPage": _at(f"{self.base}/{DEFAULT}/data", "foaf:Document"),
            "dct:hasPart": [_at(self._named(name)) for name in PARTS],
            "dcat:hasVersion": [_at(self._release(one)) for one in releases],
            "dcat:hasCurrentVersion": _at(self._release(releases[0])),
            "dcat:distribution": list(self._files(WHOLE, "")),
            "foaf:page": [
                _at(f"{self.base}/{DEFAULT}/{page}", "foaf:Document")
                for page in ("methodology", "corrections", "changes")
            ],
        }

    def _part(self, name: str) -> Node:
        return {
            **self._dataset(self._named(name), *PARTS[name]),
            "dct:isPartOf": _at(self.whole),
            "dct:modified": _day(self.held.release),
            "dcat:distribution": list(self._files(name, "")),
        }

    def _version(self, release: Release, older: Release | None) -> Node:
        """One release: the same rows for ever, under its own addresses."""
        found = {
            **self._dataset(self._release(release), NAME, WHAT),
            "dct:identifier": release.digest,
            "dct:issued": _day(release),
            "dcat:version": release.version,
            "dcat:isVersionOf": _at(self.whole),
            "dcat:landingPage": _at(
                f"{self.base}/{DEFAULT}/data?release={release.digest[:12]}", "foaf:Document"
            ),
            "dcat:distribution": list(self._files(WHOLE, f"release={release.digest[:12]}")),
        }
        return {**found, "dcat:previousVersion": _at(self._release(older))} if older else found

    def _dataset(self, address: str, name: str, what: str) -> Node:
        """What is true of the whole, of each part and of each version."""
        page = self.contact or f"{self.base}/{DEFAULT}/corrections"
        by_mail = "@" in page and "://" not in page
        reached = {"vcard:hasEmail": _at(f"mailto:{page}")} if by_mail else {"vcard:hasURL": _at(page)}
        return {
            "@id": address,
            "@type": "dcat:Dataset",
            "title": self._said(name),
            "description": self._said(what),
            "keyword": {
                words.language: [words.name("place", "KZ"), *map(words.gettext, KEYWORDS)]
                for words in self.words
            },
            "dcat:theme": {**_at(f"{EU}/data-theme/JUST", "skos:Concept"), "label": {"en": THEME}},
            "dct:publisher": _at(self.publisher),
            "dct:creator": _at(self.publisher),
            "dct:license": _at(exports.LICENSE_ADDRESS, "dct:LicenseDocument"),
            "dct:accessRights": _at(f"{EU}/access-right/PUBLIC", "dct:RightsStatement"),
            "dct:spatial": _at(f"{EU}/country/KAZ", "dct:Location"),
            "dct:language": [
                _at(f"{EU}/language/{TONGUES[language]}", "dct:LinguisticSystem") for language in LANGUAGES
            ],
            "dct:accrualPeriodicity": _at(f"{EU}/frequency/IRREG", "dct:Frequency"),
            "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": AUTHOR, **reached},
        }

    def _days(self) -> Node:
        """The first and the last day that a figure is about."""
        days = series.span(self.held.vintage)
        if days is None:
            return {}
        start, end = ({"@type": "xsd:date", "@value": day.isoformat()} for day in days)
        return {"dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": start, "dcat:endDate": end}}

    def _files(self, name: str, query: str) -> Iterator[Node]:
        """A list as a file, in each of its forms. JSON comes in pages unless it is asked for all that one answer may hold."""
        path = f"/api/{name}"
        for form in (path, *(one for one in self.paths if one.startswith(f"{path}."))):
            operation = self.paths[form]["get"]
            kind = "json" if form == path else operation["operationId"].removeprefix(f"{name}_")
            if kind not in TYPES:
                continue
            asked = "&".join(filter(None, ("limit=1000" if kind == "json" else "", query)))
            address = f"{self.base}{form}" + (f"?{asked}" if asked else "")
            (media,) = operation["responses"]["200"]["content"]
            found = {
                "@id": address,
                "@type": "dcat:Distribution",
                "title": {"en": f"{name}, {NAMES.get(kind, 'JSON')}"},
                "dcat:accessURL": _at(address),
                "dcat:downloadURL": _at(address),
                "dcat:mediaType": _at(f"{MEDIA_TYPES}/{media}", "dct:MediaType"),
                "dct:format": _at(f"{EU}/file-type/{TYPES[kind]}", "dct:MediaTypeOrExtent"),
                "dct:license": _at(exports.LICENSE_ADDRESS, "dct:LicenseDocument"),
                "dcat:accessService": _at(self._named("service")),
            }
            if kind == "csv":  # its columns, as CSV on the Web describes them
                described = address.replace(".csv", ".csv-metadata.json", 1)
                found["dct:conformsTo"] = {"@id": described, "@type": "dct:Standard"}
            yield found

    def _named(self, name: str) -> str:
        return f"{self.base}{ADDRESS}#{name}"

    def _release(self, release: Release) -> str:
        return self._named(f"release-{release.digest[:12]}")

    def _said(self, message: str) -> dict[str, str]:
        return {words.language: words.gettext(message) for words in self.words}


def _at(address: str, kind: str = "") -> Node:
    """What stands elsewhere, and, where it is not told here, what it is."""
    return {"@id": address, "@type": kind} if kind else {"@id": address}


def _day(release: Release) -> Node:
    return {"@type": "xsd:date", "@value": release.dated.isoformat()}
