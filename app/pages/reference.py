"""The page of the API: every address, read from the contract itself, so that it cannot say anything else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.contract import NAMES
from app.pages.rendering import PageDep, render, router, settings_of


@dataclass(frozen=True)
class Parameter:
    """What may be asked of an address."""

    name: str
    takes: str
    """Its values: the words it accepts, or their type and limits."""
    default: str
    description: str
    example: str
    """The address with just this asked; empty where it says nothing by itself."""


@dataclass(frozen=True)
class Shape:
    """What stands in an answer: each field, what it may hold and what it means."""

    name: str
    description: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Operation:
    """One address of the API."""

    name: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example: str
    answer: str
    """What the example gives, as JSON."""
    forms: tuple[tuple[str, str], ...]
    """The example in the other forms of the list: what each is called, and where it is."""
    shapes: tuple[str, ...]
    """What its `data` holds."""


@dataclass(frozen=True)
class Reference:
    """The whole contract."""

    description: tuple[str, ...]
    operations: tuple[Operation, ...]
    shapes: tuple[Shape, ...]
    refusal: str
    base: str


Say = Callable[[str], str]
"""Puts a text of the contract into the reader's language."""


@router.get("/api")
def reference(request: Request, held: PageDep) -> HTMLResponse:
    context = _reference(request.app.openapi(), held.words.gettext, settings_of(request).base)
    return render(request, held, "reference.html", context, None)


def of_the_contract(file: IO[bytes], *_: Any, **options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """What this page shows of the contract, as pybabel takes texts for the catalogues."""
    said: list[str] = []

    def say(text: str) -> str:
        said.append(text)
        return text

    _reference(json.load(file), say, "")
    return ((0, "gettext", text, []) for text in said)


def _reference(document: dict[str, Any], say: Say, base: str) -> Reference:
    refused = document["components"]["responses"]["422"]["content"]["application/problem+json"]["example"]
    return Reference(
        tuple(map(say, document["info"]["description"].split("\n\n"))),
        tuple(_operations(document, say)),
        tuple(_shapes(document["components"]["schemas"], say)),
        _written(refused),
        base,
    )


def _operations(document: dict[str, Any], say: Say) -> Iterator[Operation]:
    paths, schemas = document["paths"], document["components"]["schemas"]
    for path, methods in paths.items():
        if "." in path:
            continue  # told with the list it is a form of
        told = methods["get"]
        shown = told["responses"]["200"]["content"]["application/json"]
        example = shown["examples"]["one"]
        asked = example["summary"].partition("?")[2]
        yield Operation(
            told["operationId"],
            path,
            say(told["summary"]),
            # Where the contract has no more to say than the summary, it says it again.
            "" if told["description"] == f"{told['summary']}." else say(told["description"]),
            tuple(_parameter(path, one, say) for one in told.get("parameters", ())),
            example["summary"],
            _written(example["value"]),
            tuple(
                (NAMES[other["get"]["operationId"].rpartition("_")[2]], f"{form}?{asked}")
                for form, other in paths.items()
                if form.startswith(f"{path}.")
            ),
            _of_data(shown["schema"], schemas),
        )


def _parameter(path: str, told: dict[str, Any], say: Say) -> Parameter:
    schema, name = told["schema"], told["name"]
    example = told.get("example")
    asked = ",".join(example) if isinstance(example, list) else example
    by_itself = told["in"] == "query" and asked is not None and "{" not in path
    return Parameter(
        name,
        _takes(schema),
        str(schema.get("default", "")).lower() if schema.get("default") != [] else "",
        say(told["description"]),
        f"{path}?{urlencode({name: asked}, safe=',')}" if by_itself else "",
    )


LIMITS = {"minimum": "≥ {}", "maximum": "≤ {}"}


def _takes(schema: dict[str, Any]) -> str:
    """What a schema lets through, in a few signs."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(_takes, schema["anyOf"])))
    if "enum" in schema or "const" in schema:
        return " | ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"{_takes(schema.get('items', {}))}, …"
    limits = [sign.format(schema[limit]) for limit, sign in LIMITS.items() if limit in schema]
    return ", ".join([str(schema.get("type", "object")), *limits])


def _of_data(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, ...]:
    """The shapes that an answer's `data` is made of; an answer without an envelope is one itself."""
    name = str(schema["$ref"].rpartition("/")[2])
    data = schemas[name]["properties"].get("data")
    if data is None:
        return (name,)
    return tuple(dict.fromkeys(one.rstrip(", …") for one in _takes(data).split(" | ")))


def _shapes(schemas: dict[str, Any], say: Say) -> Iterator[Shape]:
    """Everything that an answer is made of; envelopes differ in their `data` alone, so the first stands for all."""
    envelopes = [name for name in schemas if name.endswith("Answer")]
    for name, schema in schemas.items():
        if name in envelopes[1:]:
            continue
        fields = tuple(
            (field, _takes(told), say(told["description"]) if "description" in told else "")
            for field, told in schema.get("properties", {}).items()
        )
        yield Shape(
            "Answer" if name in envelopes else name,
            say(schema["description"]) if "description" in schema else "",
            fields,
        )


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
