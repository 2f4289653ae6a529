"""The dataset as machines find it: for catalogues of open data in DCAT, for search engines in the words of schema.org.

What is said is read by a real reader of RDF, and what it leads to is fetched.
"""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, XSD
from rdflib.term import Node

from app.i18n import LANGUAGES
from app.models import Observation
from app.pages import catalog
from app.settings import Settings

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib knows its second edition, without versions
BASE = Settings().base
WHOLE = URIRef(f"{BASE}/#dataset")
LANGUAGE_TAGS = set(LANGUAGES)

# What DCAT-AP 3 demands (the first number is 1) and what it recommends or bounds, as class, property, least, most and
# what a value is.
SHAPES = [
    (DCAT.Catalog, DCTERMS.title, 1, None, Literal),
    (DCAT.Catalog, DCTERMS.description, 1, None, Literal),
    (DCAT.Catalog, DCTERMS.publisher, 1, 1, FOAF.Agent),
    (DCAT.Catalog, DCTERMS.license, 1, 1, DCTERMS.LicenseDocument),
    (DCAT.Catalog, DCAT.dataset, 1, None, DCAT.Dataset),
    (DCAT.Catalog, DCAT.service, 1, None, DCAT.DataService),
    (DCAT.Dataset, DCTERMS.title, 1, None, Literal),
    (DCAT.Dataset, DCTERMS.description, 1, None, Literal),
    (DCAT.Dataset, DCAT.distribution, 1, None, DCAT.Distribution),
    (DCAT.Dataset, DCAT.theme, 1, None, SKOS.Concept),
    (DCAT.Dataset, DCAT.keyword, 1, None, Literal),
    (DCAT.Dataset, DCAT.contactPoint, 1, None, None),
    (DCAT.Dataset, DCTERMS.publisher, 1, 1, FOAF.Agent),
    (DCAT.Dataset, DCTERMS.spatial, 1, None, DCTERMS.Location),
    (DCAT.Dataset, DCTERMS.accrualPeriodicity, 1, 1, DCTERMS.Frequency),
    (DCAT.Dataset, DCTERMS.accessRights, 1, 1, DCTERMS.RightsStatement),
    (DCAT.Dataset, DCAT.version, 0, 1, Literal),
    (DCAT.Distribution, DCAT.accessURL, 1, None, URIRef),
    (DCAT.Distribution, DCAT.downloadURL, 1, 1, URIRef),
    (DCAT.Distribution, DCAT.mediaType, 1, 1, DCTERMS.MediaType),
    (DCAT.Distribution, DCTERMS.format, 1, 1, DCTERMS.MediaTypeOrExtent),
    (DCAT.Distribution, DCTERMS.license, 1, 1, DCTERMS.LicenseDocument),
    (DCAT.Distribution, DCTERMS.title, 1, None, Literal),
    (DCAT.DataService, DCTERMS.title, 1, None, Literal),
    (DCAT.DataService, DCAT.endpointURL, 1, None, URIRef),
    (DCAT.DataService, DCAT.endpointDescription, 1, None, URIRef),
    (DCAT.DataService, DCAT.servesDataset, 1, None, DCAT.Dataset),
    (FOAF.Agent, FOAF.name, 1, None, Literal),
    (SKOS.Concept, SKOS.prefLabel, 1, None, Literal),
]


def graph_of(client: Any) -> Graph:
    answer = client.get(catalog.ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=answer.text, format="json-ld")


@pytest.fixture(scope="module")
def graph(site) -> Graph:
    return graph_of(site)


def here(address: Node | None) -> str:
    """An address of the site, as this test's client asks for it."""
    assert str(address).startswith(f"{BASE}/")
    return str(address).removeprefix(BASE)


# --- DCAT ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path", "least", "most", "value"),
    SHAPES,
    ids=[f"{kind.fragment} {path.fragment or path.rpartition('/')[2]}" for kind, path, *_ in SHAPES],
)
def test_everything_described_has_what_the_profile_asks_for(graph, kind, path, least, most, value):
    described = list(graph.subjects(RDF.type, kind))
    assert described
    for one in described:
        found = list(graph.objects(one, path))
        assert len(found) >= least, one
        assert most is None or len(found) <= most, one
        for each in found:
            if value in (Literal, URIRef):
                assert isinstance(each, value)
            elif value is not None:
                assert (each, RDF.type, value) in graph, each


def test_titles_and_descriptions_are_in_all_three_languages(graph):
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService):
        for one in graph.subjects(RDF.type, kind):
            for path in (DCTERMS.title, DCTERMS.description):
                said = {text.language: str(text) for text in graph.objects(one, path)}
                assert set(said) == LANGUAGE_TAGS
                assert len(set(said.values())) == len(LANGUAGE_TAGS), said


def test_the_days_it_covers_are_those_of_its_first_and_last_figure(graph, published):
    (days,) = graph.objects(WHOLE, DCTERMS.temporal)
    figures = published.tables[Observation]
    assert graph.value(days, DCAT.startDate) == Literal(
        min(one.period_start for one in figures if one.period_start).isoformat(), datatype=XSD.date
    )
    assert graph.value(days, DCAT.endDate) == Literal(
        max(one.period_end for one in figures if one.period_end).isoformat(), datatype=XSD.date
    )


def test_every_file_arrives_whole_and_as_what_it_says_it_is(site, graph):
    """An offer of a part as if it were the whole would be a wrong dataset."""
    files = list(graph.subjects(RDF.type, DCAT.Distribution))
    assert len(files) > 30
    for one in files:
        address = graph.value(one, DCAT.downloadURL)
        answer = site.get(here(address))
        assert answer.status_code == 200, address
        media = str(graph.value(one, DCAT.mediaType)).removeprefix(f"{catalog.MEDIA_TYPES}/")
        assert answer.headers["content-type"].partition(";")[0] == media
        if media == "application/json" and ".jsonstat" not in address:
            meta = answer.json()["meta"]
            assert meta["count"] == meta["total"], address
        assert 'rel="next"' not in answer.headers["link"], address
        for columns in graph.objects(one, DCTERMS.conformsTo):
            assert site.get(here(columns)).headers["content-type"] == "application/csvm+json"


def test_every_list_and_form_of_the_contract_is_offered_and_nothing_else(site, graph):
    paths = site.get("/api/openapi.json").json()["paths"]
    lists = {
        path
        for path in paths
        if "{" not in path and "/health/" not in path and not path.endswith("-metadata.json")
    }
    offered = {urlsplit(here(one)).path for one in graph.subjects(RDF.type, DCAT.Distribution)}
    assert offered == lists


def test_pages_and_parts_that_are_named_are_there(site, graph):
    for path in (DCAT.landingPage, FOAF.page, FOAF.homepage, DCAT.endpointDescription):
        for address in set(graph.objects(None, path)):
            assert site.get(here(address)).status_code in (200, 302), address
    for path in (DCTERMS.hasPart, DCAT.dataset, DCAT.servesDataset, DCAT.hasVersion, DCAT.hasCurrentVersion):
        for one in set(graph.objects(None, path)):
            assert (one, RDF.type, DCAT.Dataset) in graph, one


def test_each_release_is_a_version_whose_files_stay(database, world, revised, serve):
    with serve(database, world, revised(world, "2026.11.9", 1)) as client:
        graph, (new, old) = graph_of(client), client.get("/api/releases").json()["data"]
        by_name = {str(graph.value(one, DCAT.version)): one for one in graph.objects(WHOLE, DCAT.hasVersion)}
        assert set(by_name) == {new["version"], old["version"]}
        assert graph.value(WHOLE, DCAT.hasCurrentVersion) == by_name[new["version"]]
        assert graph.value(WHOLE, DCAT.version) == Literal(new["version"])
        assert graph.value(by_name[new["version"]], DCAT.previousVersion) == by_name[old["version"]]
        assert graph.value(by_name[old["version"]], DCAT.previousVersion) is None
        for name, one in by_name.items():
            assert graph.value(one, DCAT.isVersionOf) == WHOLE
            for file in graph.objects(one, DCAT.distribution):
                answer = client.get(here(graph.value(file, DCAT.downloadURL)))
                wanted = {new["version"]: new, old["version"]: old}[name]["release"]
                assert answer.headers["derek-release"] == wanted == str(graph.value(one, DCTERMS.identifier))


def test_the_catalogue_is_found_from_the_data_page_and_may_be_read_by_any_site(site):
    for language in LANGUAGES:
        page = site.get(f"/{language}/data")
        assert f'<{catalog.ADDRESS}>; rel="describedby"; type="application/ld+json"' in page.headers["link"]
        assert f'<link rel="describedby" type="application/ld+json" href="{catalog.ADDRESS}"' in page.text
    answer = site.get(catalog.ADDRESS)
    assert answer.headers["access-control-allow-origin"] == "*"
    refused = site.get(f"{catalog.ADDRESS}?release=x")  # it names every release itself
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert site.get(catalog.ADDRESS, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


# --- schema.org ---------------------------------------------------------------------------------------------


def thing(site: Any, path: str) -> Any:
    """What a page says of itself; None where it says nothing."""
    answer = site.get(path)
    assert answer.status_code == 200, path
    blocks = re.findall(r'<script type="([^"]+)">(.*?)</script>', answer.text, re.DOTALL)
    assert {kind for kind, _ in blocks} <= {"application/ld+json"}  # a block of data, which nobody runs
    return json.loads(blocks[0][1]) if blocks else None


def as_rdf(told: dict[str, Any]) -> Graph:
    """Read without fetching the context: all of it is one vocabulary."""
    context = {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "contentUrl": {"@type": "@id"}}
    return Graph().parse(data=json.dumps({**told, "@context": context}), format="json-ld")


def check_dataset(told: dict[str, Any]) -> None:
    """Google's guidelines for datasets: what they require, and what they recommend."""
    assert told["@context"] == "https://schema.org"
    assert told["@type"] == "Dataset"
    assert told["name"]
    assert 50 <= len(told["description"]) <= 5000
    assert told["license"].startswith("https://creativecommons.org/")
    assert told["creator"]["@type"] == "Organization"
    assert told["creator"]["name"]
    assert told["isAccessibleForFree"] is True
    assert told["version"]
    assert told["variableMeasured"]
    assert told["spatialCoverage"]["name"]
    assert re.fullmatch(r"\d{4}(-\d\d-\d\d)?/\d{4}(-\d\d-\d\d)?", told.get("temporalCoverage", "2000/2000"))
    assert told["includedInDataCatalog"]["@type"] == "DataCatalog"
    assert all(file["contentUrl"] and file["encodingFormat"] for file in told["distribution"])
    assert len(as_rdf(told)) > 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_page_tells_search_engines_of_the_dataset(site, graph, language):
    told = thing(site, f"/{language}/data")
    check_dataset(told)
    assert told == thing(site, f"/{language}/")
    assert URIRef(told["@id"]) == WHOLE  # in both vocabularies one thing
    (days,) = graph.objects(WHOLE, DCTERMS.temporal)
    said = "/".join(str(graph.value(days, end)) for end in (DCAT.startDate, DCAT.endDate))
    assert told["temporalCoverage"] == said


@pytest.mark.parametrize("path", ["/en/data", "/kk/indicators/convicted"])
def test_the_files_that_search_engines_are_told_of_arrive_whole(site, path):
    for file in thing(site, path)["distribution"]:
        answer = site.get(file["contentUrl"].removeprefix(BASE))
        assert answer.status_code == 200, file
        assert answer.headers["content-type"].partition(";")[0] == file["encodingFormat"]
        assert 'rel="next"' not in answer.headers["link"]


def test_every_indicator_is_a_part_of_it_that_names_its_documents(site):
    for row in site.get("/api/indicators?limit=1000").json()["data"]:
        told = thing(site, f"/en/indicators/{row['code']}")
        check_dataset(told)
        assert told["isPartOf"] == {"@id": str(WHOLE)}
        figures = site.get(f"/api/observations?indicator={row['code']}&limit=1000").json()["data"]
        named = {one.rpartition("/")[2] for one in told["isBasedOn"]}
        assert named >= {one["source"] for one in figures}


def test_a_figure_is_a_claim_of_whoever_stated_it(site):
    told = thing(site, "/en/figures/s001-convicted")
    assert told["@type"] == "Claim"
    assert told["author"] == {"@type": "Organization", "name": "Anti-Terrorism Centre (at the KNB)"}
    assert told["appearance"]["@id"] == f"{BASE}/en/sources/knb-2019-12-12-atc-work-report"
    assert (told["datePublished"], told["temporalCoverage"]) == ("2019-12-12", "2019-01-01/2019-12-12")
    assert told["mainEntity"] == {
        "@type": "Observation",
        "variableMeasured": "People convicted",
        "unitText": "people",
        "value": 140,
    }
    page = site.get("/en/figures/s001-convicted").text
    assert told["text"] in unescape(page)


def test_a_number_is_handed_on_as_firmly_as_it_was_stated_and_never_more(site):
    """One figure of each kind: a bound is no value, what is about right is in words alone, what does not stand is nothing."""
    every = {
        tuple(row[name] for name in ("qualifier", "status", "confidence")) + (row["low"] is None,): row
        for row in site.get("/api/observations?limit=1000").json()["data"]
    }
    kinds = set()
    for row in every.values():
        told = thing(site, f"/en/figures/{row['id']}")
        if row["status"] != "current" or row["confidence"] == "low":
            assert told is None, row["id"]
        if told is None:
            continue
        number = told.get("mainEntity", {})
        given = {name: number[name] for name in ("value", "minValue", "maxValue") if name in number}
        if row["low"] is not None:
            assert given == {"minValue": row["low"], "maxValue": row["high"]}
        elif row["qualifier"] in ("over", "at_least"):
            assert given == {"minValue": row["value"]}
        else:
            wanted = {"exact": {"value": row["value"]}, "under": {"maxValue": row["value"]}}
            assert given == wanted.get(row["qualifier"], {}), row["id"]
        kinds.add((row["qualifier"], *given))
    assert len(kinds) >= 5


def test_an_incident_is_a_report_and_not_an_event(site):
    """That it was, and what it was, is said by those whose documents the report is based on."""
    for row in site.get("/api/incidents?limit=1000").json()["data"]:
        told = thing(site, f"/en/incidents/{row['id']}")
        assert told["@type"] == "Report"
        assert (told["headline"], told["abstract"]) == (row["title"], row["summary"])
        assert told["isBasedOn"]
        kinds = {str(kind).rpartition("/")[2] for kind in as_rdf(told).objects(None, RDF.type)}
        assert kinds == {"Report", "CreativeWork", "Organization", "Place"}


def test_what_is_said_today_is_not_said_on_a_page_of_another_day(site):
    for path in ("/en/", "/en/data", "/en/indicators/convicted", "/en/incidents/2016-06-aktobe"):
        assert thing(site, path)
        assert thing(site, f"{path}?as_of=2025-06-01") is None
