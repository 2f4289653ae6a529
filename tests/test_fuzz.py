"""What nobody would think of asking: requests made by the thousand from the contract itself.

Schemathesis reads the OpenAPI document, asks every operation for what it allows and for what it does not, follows the links
from answer to answer, and holds each answer against what was promised of it. `make bar-fuzz-api` asks 20,000 times and more.
"""

import copy
import inspect
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, quote_from_bytes, unquote, urlsplit

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.engine import events
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app import contract, deps, seed
from app.deps import AskedOEmbed, AskedSourcesPage
from app.models import Incident, Indicator, Observation, Place, Source, Text
from app.settings import Settings

FULL = os.environ.get("BAR") == "full"
CONTRACT = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
Document = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much is asked in a round."""

    each: int
    """Requests that are made up for each operation."""
    walks: int
    """Ways along the links, of a few steps each."""
    systematic: str
    """Of which operations every limit of every parameter is tried, by their paths."""
    least: int
    """Fewer requests than this would be no round."""
    reached: int
    """Operations, at least, to which a link has led."""


SHORT = {
    "sqlite": Size(each=4, walks=6, systematic=r"^/api/sources$", least=300, reached=3),
    "postgresql": Size(each=2, walks=6, systematic=r"^/api/places$", least=150, reached=2),
}
LONG = {
    "sqlite": Size(each=400, walks=1500, systematic="", least=20_000, reached=10),
    "postgresql": Size(each=60, walks=300, systematic=r"^/api/[^.]+$", least=4_000, reached=8),
}

CONTRADICTIONS = {"bad_range", "bad_date", "does_not_fit", "other_question", "other_release"}
"""What may be wrong with parameters each of which is right: 30 February, `to` before `from`, two that do not go together."""


@dataclass(frozen=True)
class Answered:
    """One request that was made, and its answer."""

    operation: str
    phase: str
    valid: bool
    """Whether it was meant to be right."""
    followed: bool
    """Whether a link led to it."""
    method: str
    address: str
    status: int
    content: bytes
    faults: tuple[str, ...]

    @property
    def codes(self) -> set[str]:
        """What a refusal found wrong."""
        return {fault["code"] for fault in json.loads(self.content)["errors"]}


def a_round(document: Document, app: Any, size: Size, checks: Mapping[str, Any]) -> Iterator[Answered]:
    """Every answer to what schemathesis makes of a document. What goes wrong in itself is a fault too."""

    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"  # whoever made the app opens and closes it
        await app(scope, receive, send)

    config = schemathesis.Config.from_dict(
        {
            "seed": 20261122,
            "continue-on-failure": True,
            "generation": {
                "mode": "all",
                "max-examples": size.each,
                "deterministic": not FULL,
                "no-shrink": not FULL,
                "allow-x00": True,
                "database": "none",
            },
            "phases": {
                # Only the links that the document declares.
                "coverage": {"extra-data-sources": {"responses": False}},
                "fuzzing": {"extra-data-sources": {"responses": False}},
                "stateful": {"generation": {"max-examples": size.walks}, "inference": {"algorithms": []}},
            },
            "operations": [
                {"exclude-path-regex": size.systematic, "phases": {"coverage": {"enabled": False}}}
            ]
            if size.systematic
            else [],
            "checks": checks,
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = without_lifespan
    for event in engine.from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError), event.value
        assert not isinstance(event, events.FatalError), event.exception
        if isinstance(event, events.ScenarioFinished):
            for key, made in event.recorder.interactions.items():
                node, answer = event.recorder.cases[key], made.response
                assert answer
                generated = node.value.meta and node.value.meta.generation.mode.value
                yield Answered(
                    node.value.operation.path,
                    event.phase.value,
                    generated == "positive",
                    node.is_transition_applied,
                    made.request.method,
                    made.request.uri,
                    answer.status_code,
                    answer.content,
                    tuple(
                        f"{one.name}: {one.failure_info.failure.message}"
                        for one in event.recorder.checks.get(key, ())
                        if one.failure_info
                    ),
                )


def codes(package: seed.Package, also: Mapping[str, str] = MappingProxyType({})) -> dict[str, list[str]]:
    """What there is of everything that is chosen by its code, by the name of the parameter."""
    tables: Mapping[Any, tuple[Any, ...]] = package.tables
    texts = tables[Text]
    known = {
        name: (
            sorted({text.code for text in texts if text.list == held})
            if isinstance(held, str)
            else sorted(row.id for row in tables[held])
        )
        for name, held in {**deps.CODED, **also}.items()
    }
    known["region"].append("none")
    known["year"] = ["2016", "2019", "none"]
    known["release"] = [package.version, package.digest, package.digest[:12]]
    known["since"] = [package.version, package.digest[:12], "2026-11-20"]
    return known


def narrowed(parameters: list[dict[str, Any]], known: Mapping[str, list[str]]) -> None:
    """Parameters that take codes, as those that take some codes of the release and no others."""
    few = None if FULL else 6
    for one in parameters:
        if one["name"] in known:
            shown = one.get("example", [])
            some = dict.fromkeys([*([shown] if isinstance(shown, str) else shown), *known[one["name"]]])
            one["schema"].get("items", one["schema"])["enum"] = list(some)[:few]


def of_release(document: Document, package: seed.Package, client: TestClient) -> Document:
    """The contract as it is with a release: what takes codes takes those of the release and no others."""
    document, known = copy.deepcopy(document), codes(package)
    for path, methods in document["paths"].items():
        parameters = methods["get"].setdefault("parameters", [])
        room = re.split(r"\.|/\{", path)[0]
        own = {one["name"]: one for one in parameters}
        if "cursor" in own:
            onward = client.get(f"{room}?limit=1").json()["links"]["next"] or ""
            known["cursor"] = parse_qs(urlsplit(onward).query).get("cursor", [])
            if own.keys() - {"release", "lang", "limit", "cursor", "bom"} or not known["cursor"]:
                # A cursor fits one question, so beside filters it would nearly always be refused.
                parameters.remove(own["cursor"])
        here = dict(known)
        for name in own if "{" in path else ():
            if own[name]["in"] == "path":
                rows = client.get(f"{room}?limit=1000").json()["data"]
                here[name] = [row[name] for row in rows]
        narrowed(parameters, here)
    return document


def told(answers: Iterable[Answered]) -> str:
    """The first faults of a few operations, as requests that can be made again."""
    found: dict[tuple[str, str], str] = {}
    for one in answers:
        for fault in one.faults:
            said = f"{one.method} {one.address[:600]}\n  {one.status} {fault[:600]}"
            found.setdefault((one.operation, fault.partition(":")[0]), said)
    return "\n".join(list(found.values())[:10])


# --- The API ------------------------------------------------------------------------------------------------


@pytest.mark.bar(suite="fuzz-api", least=150, full=4_000)
def test_every_answer_is_one_that_the_contract_promised(database, published, serve, bar):
    size = (LONG if FULL else SHORT)["sqlite" if database.file else "postgresql"]
    too_long = {"enabled": True, "expected-statuses": ["404", "405", "414", "422"]}
    contradictory = {"enabled": True, "expected-statuses": ["2xx", "404", "414", "422"]}
    checks = {"negative_data_rejection": too_long, "positive_data_acceptance": contradictory}
    with serve(database, published) as client:
        answers = list(a_round(of_release(CONTRACT, published, client), client.app, size, checks))
    assert not [one for one in answers if one.faults], told(answers)

    # Valid is accepted: what is refused in it is one of the contradictions, and never for being unknown.
    refused = [one for one in answers if one.valid and one.status == 422]
    assert not [one.address for one in refused if not one.codes <= CONTRADICTIONS]

    # It really was a round: so many requests, to all operations, in all ways, along the links, and not only at the door.
    assert len(answers) >= size.least
    assert {one.phase for one in answers} >= {"examples", "fuzzing", "stateful"}
    assert {one.operation for one in answers} == set(CONTRACT["paths"])
    assert len({one.operation for one in answers if one.followed}) >= size.reached
    assert {one.method for one in answers} >= {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
    # What is tried systematically is limits, from both sides; of the rest enough has to be answered: by each operation, or, in
    # a round that asks each a few times only, by each list in all its forms together.
    asked, answered = Counter[str](), Counter[str]()
    for one in answers:
        if one.phase != "coverage":
            name = one.operation if FULL else one.operation.partition(".")[0]
            asked[name] += 1
            answered[name] += one.status == 200
    assert {name: answered[name] / asked[name] for name in asked if answered[name] < 0.3 * asked[name]} == {}
    bar.case(times=len(answers))


# --- The pages ----------------------------------------------------------------------------------------------

SERVED = {200, 204, 302, 308, 404, 405, 414, 422, 501}
"""What a page, a picture or a file may answer, whatever it was asked. 501 is oEmbed's word for a form that is not served."""


def of_pages(client: TestClient, package: seed.Package, language: str) -> Document:
    """What an OpenAPI document would say of the addresses outside the API, each with the parameters that it reads."""
    assert isinstance(client.app, FastAPI)
    tables: Mapping[Any, tuple[Any, ...]] = package.tables
    paths: dict[str, Any] = {}
    known = codes(package, AskedSourcesPage.lists)
    known["url"] = [f"{Settings().base}/{language}/indicators/convicted"]
    known["format"] = ["json"]
    keys = {
        "incidents": [row.id for row in tables[Incident]],
        "indicators": [row.code for row in tables[Indicator]],
        "figures": [row.id for row in tables[Observation]],
        "places": [row.code for row in tables[Place]],
        "sources": [row.id for row in tables[Source]],
        "disagreements": [row["id"] for row in client.get("/api/disagreements?limit=1000").json()["data"]],
    }
    for route in iter_route_contexts(client.app.routes):
        path, wanted = str(route.path), getattr(route, "dependant", None)
        if wanted is None or path.startswith("/api") or ":" in path:
            continue
        if not FULL and path.endswith((".ris", ".csl.json", ".txt", "}.png")):
            continue  # the same as what stands beside it, in another form
        if f"/{language}/" not in path and path.startswith(("/en", "/ru", "/kk", "/embed")):
            continue
        shapes: list[Any] = [
            inspect.getclosurevars(one.call).nonlocals.get("shape")
            for one in wanted.dependencies
            if inspect.isfunction(one.call)
        ]
        parameters = [
            one
            for shape in (AskedOEmbed if path == "/oembed" else None, *shapes)
            if shape
            for one in contract.documented(shape, path)["parameters"]
            if one["name"] != "lang"  # it is in the path
        ]
        narrowed(parameters, known)
        for key in re.findall(r"\{(\w+)\}", path):
            some = keys[re.findall(r"/(\w+)/\{", path)[0]][: None if FULL else 6]
            parameters.append(
                {"name": key, "in": "path", "required": True, "schema": {"type": "string", "enum": some}}
            )
        paths[path] = {"get": {"parameters": parameters, "responses": {"default": {"description": "Any."}}}}
    return {"openapi": "3.1.0", "info": {"title": "Pages", "version": "1"}, "paths": paths}


@pytest.mark.bar(suite="fuzz-pages", least=90, full=1_000)
@pytest.mark.parametrize("language", ["en", "ru", "kk"] if FULL else ["kk"])
def test_no_page_picture_or_file_fails_whatever_it_is_asked(site, published, language, bar):
    document = of_pages(site, published, language)
    size = Size(each=60 if FULL else 2, walks=1, systematic="" if FULL else "^$", least=90, reached=0)
    expected = ["2xx", "3xx", "4xx", "501"]
    checks = {"enabled": False, "not_a_server_error": {"enabled": True, "expected-statuses": expected}}
    answers = list(a_round(document, site.app, size, checks))
    assert not [one for one in answers if one.faults], told(answers)
    assert {one.status for one in answers} <= SERVED
    assert len(answers) >= size.least
    assert {one.operation for one in answers} == set(document["paths"])
    asked = Counter(one.operation for one in answers if one.valid)
    served = Counter(one.operation for one in answers if one.valid and one.status in (200, 302))
    few = {name for name in asked if served[name] < 0.3 * asked[name]}
    bar.case(times=len(answers))
    assert few <= {"/oembed"}  # of which any width is valid, and most are too narrow for a chart


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "get", "BREW")
PATHS = (
    "/",
    "/en/",
    "/kk/incidents",
    "/ru/sources",
    "/embed/en/indicators/convicted",
    "/api/stats",
    "/oembed",
    "/static/app.css",
)


@given(
    st.sampled_from(METHODS),
    st.sampled_from(PATHS),
    st.binary(max_size=12),
    st.lists(
        st.sampled_from([b"q=", b"from=", b"&", b"=", b"%", b"%00", b"%ff", b";", b"+"])
        | st.binary(max_size=9)
    ),
)
@example("GET", "/api/stats", b"\0", [])
@example("GET", "/kk/incidents", b"", [b"q=", b"\xff\xfe", b"&", b"from=", b"%ED%A0%80"])
@settings(max_examples=4000 if FULL else 400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_in_an_address_and_no_method_make_an_answer_fail(site, method, path, end, query):
    """As a server hands them on: the path as text, whatever it was, and the query as the bytes that came."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path + unquote(quote_from_bytes(end)),
        "raw_path": path.encode() + quote_from_bytes(end).encode(),
        "query_string": b"".join(query),
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("testclient", 50_000),
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    site.portal.call(site.app, scope, receive, send)
    assert said[0]["status"] in SERVED
    assert (said[0]["status"] == 405) == (method not in ("GET", "HEAD", "OPTIONS")) or said[0]["status"] in (
        404,
        414,
    )
