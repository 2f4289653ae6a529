"""The OpenAPI document: it moves only on purpose, and what it promises is what is given.

After a change on purpose, and after one of `app/examples.json`:

    derek openapi > tests/openapi.json

The answers it shows are in `app/examples.json`, which this file writes when it is run:

    python tests/test_contract.py > app/examples.json
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jsonschema  # type: ignore[import-untyped]
import pytest
from starlette.testclient import TestClient

from app import exports, series
from app.contract import NOWHERE, REFUSED
from app.main import create_app
from app.settings import Settings

COMMITTED = Path(__file__).parent / "openapi.json"
CONTRACT: dict[str, Any] = create_app(Settings(database_url="sqlite:///never-opened.db")).openapi()
OPERATIONS: dict[str, dict[str, Any]] = {path: methods["get"] for path, methods in CONTRACT["paths"].items()}
PROBLEM = {"$ref": "#/components/schemas/Refusal"}


def content_of(path: str) -> dict[str, Any]:
    ((_, content),) = OPERATIONS[path]["responses"]["200"]["content"].items()
    return dict(content)


SHOWN = [path for path in OPERATIONS if "examples" in content_of(path)]
"""Every address but those of files that are not read as text."""


def example(path: str) -> tuple[str, Any]:
    """An address that an operation shows, and the answer it shows."""
    shown = content_of(path)["examples"]["one"]
    return shown["summary"], shown["value"]


def schema(path: str) -> Any:
    return content_of(path)["schema"]


def validate(value: Any, promised: dict[str, Any]) -> None:
    jsonschema.validate(
        value, {**promised, "components": CONTRACT["components"]}, jsonschema.Draft202012Validator
    )


# --- The document -------------------------------------------------------------------------------------------


def test_the_contract_moves_only_on_purpose():
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == CONTRACT, (
        "The API's contract has changed: look, then `derek openapi > tests/openapi.json`."
    )


def test_the_contract_is_served_as_it_is_committed(client):
    assert client.get("/api/openapi.json").json() == CONTRACT


def test_every_address_of_the_api_is_in_the_contract(client, addresses):
    served = {
        path
        for path in addresses(client)
        if path.startswith("/api/") and not re.search(r"(?<!metadata)\.json$", path)
    }
    assert served == set(OPERATIONS)


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_operation_says_what_it_gives_takes_and_refuses(path):
    operation = OPERATIONS[path]
    assert operation["summary"]
    assert operation["description"]
    assert not operation["summary"].endswith(".")
    assert len(operation["summary"]) < 80
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]
        assert parameter["in"] == "query" or "example" in parameter
    refusals = set(operation["responses"]) - {"200"}
    if path.startswith("/api/health/"):
        assert refusals == ({"503"} if path.endswith("ready") else set())
    else:
        assert refusals == ({"404", "414", "422", "503"} if "{" in path else {"414", "422", "503"})
        assert {one["name"] for one in operation["parameters"]} >= {"release", "lang"}


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_every_field_of_every_shape_is_described():
    for name, shape in CONTRACT["components"]["schemas"].items():
        assert shape["description"], name
        for field, told in shape["properties"].items():
            assert told.get("description"), f"{name}.{field}"


def test_every_reference_leads_somewhere():
    def check(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found = CONTRACT
                for step in value["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            value = list(value.values())
        for one in value if isinstance(value, list) else ():
            check(one)

    check(CONTRACT)


def test_states_of_coverage_are_those_of_the_question():
    promised = CONTRACT["components"]["schemas"]["CoverageRow"]["properties"]["state"]["enum"]
    assert promised == list(series.CoverageState.__args__)  # type: ignore[attr-defined]


# --- What it shows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHOWN)
def test_the_answer_shown_is_one_that_was_given(site, published, path):
    """Compared in full while the dataset is the one the answer was taken from; figures may be added later."""
    address, shown = example(path)
    answer = site.get(address)
    assert answer.status_code == 200
    if path.endswith(".csv"):
        assert shown.splitlines()[0] == answer.text.splitlines()[0], REWRITE
        assert len(shown.splitlines()) == 2
        return
    validate(shown, schema(path))
    if shown.get("meta", {}).get("release") == published.digest and "/releases" not in path:
        assert shown == answer.json(), REWRITE
    data = shown.get("data", [])
    assert not isinstance(data, list) or len(data) <= 1


REWRITE = "The answers shown are out of date: `python tests/test_contract.py > app/examples.json`."


def test_the_refusals_shown_are_those_that_are_given(site):
    responses = CONTRACT["components"]["responses"]
    for status, address in ((404, NOWHERE), (422, REFUSED)):
        ((_, content),) = responses[str(status)]["content"].items()
        answer = site.get(address)
        assert (answer.status_code, answer.json()) == (status, content["example"]), REWRITE
    for response in responses.values():
        ((media, content),) = response["content"].items()
        assert media == "application/problem+json"
        validate(content["example"], PROBLEM)


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_example_of_a_parameter_has_an_answer(site, path):
    """Each by itself and all together, with codes that the published dataset has."""
    address = example(path)[0] if path in SHOWN else path
    names = {one["name"]: one for one in OPERATIONS[path].get("parameters", []) if one["in"] == "query"}
    assert set(dict(parse_qsl(urlsplit(address).query))) <= set(names)
    shown = [(name, one["example"]) for name, one in names.items() if "example" in one]
    everything = [(name, value) for name, value in shown if name != "view"]  # one view refuses most filters
    for some in (*([one] for one in shown), everything):
        answer = site.get(f"{urlsplit(address).path}?{urlencode(some, doseq=True)}")
        assert answer.status_code == 200, some


LINKS = [
    (path, name, link)
    for path, operation in OPERATIONS.items()
    for name, link in operation["responses"]["200"].get("links", {}).items()
]


@pytest.mark.parametrize(
    ("path", "name", "link"), LINKS, ids=[f"{path} leads to {name}" for path, name, _ in LINKS]
)
def test_a_link_leads_from_an_answer_to_what_belongs_to_it(site, path, name, link):
    """In the release of the answer, and with the value that stands where the link says."""
    answer = site.get(example(path)[0]).json()

    def value(expression: str) -> Any:
        found = answer
        for step in expression.removeprefix("$response.body#/").split("/"):
            found = found[int(step)] if isinstance(found, list) else found[step]
        return found

    assert link["operationId"] == name
    target, operation = next(one for one in OPERATIONS.items() if one[1]["operationId"] == name)
    asked = {parameter: value(expression) for parameter, expression in link["parameters"].items()}
    assert asked["release"] == answer["meta"]["release"]
    assert set(asked) <= {one["name"] for one in operation["parameters"]}
    in_path = {key: asked.pop(key) for key in set(asked) if f"{{{key}}}" in target}
    reached = site.get(target.format(**in_path), params=asked)
    assert reached.status_code == 200
    assert reached.json()["meta"]["release"] == answer["meta"]["release"]
    for key, wanted in in_path.items():
        assert reached.json()["data"][key] == wanted


def test_every_list_and_every_one_thing_leads_on():
    assert {path for path, _, _ in LINKS} >= {
        path for path in SHOWN if "." not in path and "health" not in path
    } - {"/api/observations/{id}"}


# --- What is given ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in SHOWN if not path.endswith(".csv")])
def test_what_is_given_is_what_was_promised(client, site, path):
    queries = ["", "?lang=kk"]
    if path == "/api/stats":
        queries += [
            "?view=observations",
            "?view=coverage",
            "?as_of=2019",
            "?population=foreigners",
            "?place=KZ&from=1950&to=1951",
        ]
    asked = [path + query for query in queries]
    if "{" in path:
        room, key = path.split("/")[2], "code" if "indicators" in path else "id"
        asked = [f"/api/{room}/{row[key]}" for row in client.get(f"/api/{room}?limit=1000").json()["data"]]
    if path.startswith("/api/health"):
        asked = [path]
    for address in asked:
        answer = client.get(address)
        assert answer.status_code == 200
        validate(answer.json(), schema(path))
        assert set(answer.json()) <= set(promised_shape(schema(path))["properties"])
    if "{" not in path:
        validate(site.get(path).json(), schema(path))


def promised_shape(promised: dict[str, Any]) -> Any:
    return CONTRACT["components"]["schemas"][promised["$ref"].rpartition("/")[2]]


def test_a_row_has_the_fields_that_were_promised_and_no_others(client):
    for path, name in (
        ("stats", "StatsRow"),
        ("stats?view=coverage", "CoverageRow"),
        ("observations", "ObservationOut"),
        ("indicators", "IndicatorOut"),
        ("sources", "SourceOut"),
        ("incidents", "IncidentOut"),
        ("places", "PlaceOut"),
        ("releases", "ReleaseOut"),
    ):
        row = client.get(f"/api/{path}").json()["data"][0]
        assert list(row) == list(CONTRACT["components"]["schemas"][name]["properties"]), path
        assert getattr(exports, name).__doc__


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (
            exports.StatsRow,
            "indicator year value low high qualifier unit status period scope population place stated_by "
            "rule observations n_origins caveat links",
        ),
        (
            exports.ObservationOut,
            "id indicator value low high qualifier period as_of scope population extent place stated_by "
            "stated_as source locator origin part_of incident status note",
        ),
        (exports.Period, "start end kind words"),
    ],
)
def test_a_row_holds_at_least_what_the_design_says(shape, fields):
    assert set(shape.model_fields) >= set(fields.split())


@pytest.mark.parametrize(
    "address",
    [
        "/api/stats?x=1",
        "/api/indicators/x",
        "/api/nowhere",
        "/api/stats?from=x&indicator=x&limit=x&lang=x&cursor=x&release=x",
    ],
)
def test_a_refusal_is_what_was_promised(client, address):
    told = client.get(address).json()
    validate(told, PROBLEM)
    assert set(told) == set(promised_shape(PROBLEM)["properties"])
    for fault in told["errors"]:
        assert set(fault) <= set(CONTRACT["components"]["schemas"]["Fault"]["properties"])


# --- Writing the answers ------------------------------------------------------------------------------------


def answers(client: TestClient) -> dict[str, Any]:
    shown = [example(path)[0] for path in SHOWN]
    given = {address: client.get(address) for address in (*shown, NOWHERE, REFUSED)}
    return {address: one.text if ".csv" in address else one.json() for address, one in given.items()}


if __name__ == "__main__":
    with TestClient(create_app(Settings(database_url=None))) as published_site:
        print(json.dumps(answers(published_site), ensure_ascii=False, indent=1))
