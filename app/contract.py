"""What the API promises: the shape of every answer, and the OpenAPI document that tells it."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, create_model

from app.deps import Asked, Problem

Data = TypeVar("Data")


class Meta(BaseModel):
    """What an answer is made of."""

    release: str = Field(description="Digest of the one release the whole answer is made from.")
    version: str = Field(description="The release's name.")
    dated: str = Field(description="The release's own date: data through.")
    as_of: str | None = Field(description="The day up to which statements were counted.")
    lang: str = Field(description="Language of labels and sentences.")
    view: str | None = Field(description="How figures are arranged.")
    rule: str | None = Field(description="The published rule that picks the figure of a year.")
    count: int = Field(description="Rows in this answer.")
    total: int = Field(description="Rows in all answers together.")
    hidden_by_as_of: int | None = Field(
        description="Figures, incidents or documents that as_of left out: made public later, or on a day not known."
    )
    units: dict[str, str] = Field(description="What the units in the rows are called.")
    license: str = Field(description="Licence of the data, by its SPDX name.")
    notes: list[str] = Field(description="What to know of this answer; why it is empty, if it is.")


class Answer(BaseModel, Generic[Data]):
    """Every answer is an object with the data, what it is made of, and where to go on."""

    data: Data = Field(description="The rows, or the one thing asked for.")
    meta: Meta = Field(description="What the answer is made of.")
    links: dict[str, str | None] = Field(
        description="self; of a list also next, null at its end, and the list in other forms: csv, xlsx, csvw (what the CSV's "
        "columns hold); of figures jsonstat and sdmx."
    )


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: Literal["query"] = Field(alias="in", description="Where it is.")
    name: str = Field(description="The parameter.")
    code: str = Field(
        description="unknown_parameter, repeated, unknown_code, unknown_release, too_many, bad_value, "
        "bad_date, bad_range, does_not_fit, other_release or other_question."
    )
    reason: str = Field(description="What is wrong, or what would be right.")
    did_you_mean: str = Field(
        default="", description="What was likely meant; absent where nothing is like it."
    )


class Refusal(BaseModel):
    """A refusal, as RFC 9457 has it."""

    type: str = Field(description="What kind it is, for programs: a name that stays.")
    title: str = Field(description="What kind it is, for people.")
    status: int = Field(description="The HTTP status.")
    detail: str | None = Field(description="What is the matter this time.")
    instance: str = Field(description="The address that was refused.")
    errors: list[Fault] = Field(description="Every fault of the parameters.")


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok", "no release", "unavailable", "tampered"] = Field(
        description="ok, or what it lacks; tampered: its rows are not those that were loaded."
    )
    release: str | None = Field(default=None, description="Digest of the current release.")
    version: str | None = Field(default=None, description="Name of the current release.")


def answer(name: str, data: Any) -> type[BaseModel]:
    """The shape of an answer, under a name that generated clients can bear."""
    base: Any = Answer.__class_getitem__(data)
    return create_model(f"{name.capitalize()}Answer", __base__=base, __doc__=Answer.__doc__)


def refusal(error: Problem, address: str) -> dict[str, Any]:
    """A refusal of an address, as `Refusal` has it."""
    return {
        "type": error.kind,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": address,
        "errors": list(error.errors),
    }


# --- As OpenAPI tells it ------------------------------------------------------------------------------------

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
"""Answers of the packaged dataset by address; tests/test_contract.py writes the file."""
REFUSED, NOWHERE = "/api/stats?indcator=convicted&from=20x9", "/api/indicators/convictd"


def documented(asked: type[Asked], example: str) -> dict[str, Any]:
    """What OpenAPI tells of an address besides what FastAPI knows: its parameters, and an answer."""
    return {"parameters": deepcopy(_parameters(asked)), **answered(example)}


def in_form(asked: type[Asked], path: str, media: str, *, any_view: bool) -> dict[str, Any]:
    """What OpenAPI tells of a list as a file that is not read as text."""
    parameters = documented(asked, path)["parameters"]
    for parameter in parameters if not any_view else ():
        if parameter["name"] == "view":
            parameter.pop("example", None)  # the one that this form cannot hold
    binary = {"type": "string", "format": "binary"} if "json" not in media else {"type": "object"}
    return {"parameters": parameters, "responses": {"200": {"content": {media: {"schema": binary}}}}}


def answered(example: str) -> dict[str, Any]:
    """That an address, the example, has an answer to show."""
    media = "text/csv" if ".csv" in example else "application/json"
    answer: dict[str, Any] = {"examples": {"one": {"summary": example}}}
    if media == "text/csv":
        answer["schema"] = {"type": "string"}
    return {"responses": {"200": {"content": {media: answer}}}}


@cache
def _parameters(asked: type[Asked]) -> list[dict[str, Any]]:
    """Each start tells them for some fifty addresses, of a few shapes."""
    return [_parameter(name, told) for name, told in asked.model_json_schema()["properties"].items()]


def _parameter(name: str, told: dict[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = next((one for one in told.get("anyOf", ()) if one["type"] != "null"), {})
    apart = ("title", "description", "examples", "anyOf")
    schema = {key: value for key, value in (told | chosen).items() if key not in apart}
    if schema.get("default", 0) in (None, []):
        del schema["default"]
    if schema.pop("format", None) == "date":
        schema["pattern"] = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
    parameter = {"name": name, "in": "query", "description": told["description"], "schema": schema}
    if examples := told.get("examples"):
        parameter["example"] = examples if schema["type"] == "array" else examples[0]
    return parameter


NAMES = {
    "csv": "CSV",
    "xlsx": "XLSX",
    "jsonstat": "JSON-stat",
    "sdmx": "SDMX-CSV",
    "csvw": "CSVW",
}
"""What the forms of a list beside JSON are called."""
FORM_RULES = {
    "csv": """The rows of the JSON, its fields in its order. Lists are separated by spaces, null is an empty
cell and never 0, and a text that a spreadsheet may run as a formula has an apostrophe in front. A file that
is not the whole list says `incomplete` in its name, and where it goes on in the header `Link`.""",
    "xlsx": """The rows of the CSV as a workbook, with a sheet of notes and one that says what each column holds. No cell is
a formula, and a missing figure is an empty cell.""",
    "jsonstat": """JSON-stat 2.0: a cube of indicator, year and body. Cells of one row may differ in scope, days and
firmness: `status` and `extension.cells` say so. What has no year is not in the cube.""",
    "sdmx": """SDMX-CSV 2.0, its concepts by SDMX's names. `TIME_PERIOD` is empty where no first or no last day was
stated; `OBS_STATUS` is A, U (of low confidence) or O (no number).""",
    "csvw": """What the columns of the CSV file at the same address hold, as CSV on the Web (W3C) describes tables.""",
}
"""What to know of each."""


LINKED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "stats": (("indicator", "code", "indicator"), ("observation", "id", "observations/0")),
    "observations": (
        ("observation", "id", "id"),
        ("source", "id", "source"),
        ("indicator", "code", "indicator"),
    ),
    "indicators": (
        ("indicator", "code", "code"),
        ("stats", "indicator", "code"),
        ("observations", "indicator", "code"),
        ("disagreements", "indicator", "code"),
        ("changes", "indicator", "code"),
    ),
    "sources": (("source", "id", "id"), ("observations", "source", "id")),
    "incidents": (
        ("incident", "id", "id"),
        ("observations", "incident", "id"),
        ("disagreements", "incident", "id"),
    ),
    "disagreements": (
        ("disagreement", "id", "id"),
        ("observation", "id", "observations/0"),
        ("indicator", "code", "indicator"),
    ),
    "changes": (("observation", "id", "observation"), ("indicator", "code", "indicator")),
    "places": (("observations", "place", "code"), ("incidents", "place", "code")),
    "releases": (("stats", "release", "release"), ("changes", "release", "release")),
}
"""Where one goes on from a row: the operation, its parameter, and where in the row the value for it is. It is the same from
the list, of which the first row is meant, and from the one thing, save that none leads to itself."""


def _links(name: str) -> dict[str, Any]:
    """The links of an operation, all of which stay in the release of its answer."""
    row, single = (name, "/0") if name in LINKED else (f"{name}s", "")
    found = {}
    for target, parameter, field in LINKED.get(row, ()):
        if target != name:
            asked = {parameter: f"$response.body#/data{single}/{field}"}
            found[target] = {
                "operationId": target,
                "parameters": {"release": "$response.body#/meta/release", **asked},
                "description": f"`{parameter}` is `{field}` of {'the first row' if single else 'the thing'}.",
            }
    return found


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's OpenAPI document, completed with what `deps` does before FastAPI hears of it."""
    schemas = document["components"]["schemas"]
    schema = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**schema.pop("$defs"), "Refusal": schema}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    unavailable = refusal(Problem(503, "Try again in a few seconds."), "/api/stats")
    too_long = refusal(Problem(414), "/api/stats")
    document["components"]["responses"] = {
        str(status): {
            "description": said,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Refusal"},
                    "example": example,
                }
            },
        }
        for status, said, example in (
            (404, "Nothing by that name.", EXAMPLES.get(NOWHERE)),
            (414, "The address is longer than 4 kB.", too_long),
            (422, "A parameter is unknown, stands twice or cannot be used.", EXAMPLES.get(REFUSED)),
            (503, "The record cannot be read at the moment.", unavailable),
        )
    }
    for path, operation in ((path, found["get"]) for path, found in document["paths"].items()):
        summary, _, rest = operation["description"].partition("\n\n")
        operation["summary"] = summary.rstrip(".")
        operation["description"] = " ".join((rest or summary).split())
        (content,) = operation["responses"]["200"]["content"].values()
        shown = content.get("examples", {}).get("one")
        if shown:
            shown["value"] = EXAMPLES.get(shown["summary"])  # here, since FastAPI leaves every null out
        if path.startswith("/api/health/"):
            continue
        if links := _links(operation["operationId"]):
            operation["responses"]["200"]["links"] = links
        for status in ("404", "414", "422", "503") if "{" in path else ("414", "422", "503"):
            operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter |= {"description": "Its key.", "example": shown["summary"].rpartition("/")[2]}
    return document
