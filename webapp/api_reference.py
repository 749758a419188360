"""The API's documentation as a page: the OpenAPI schema laid out in rows, so that it needs no script."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from webapp import receipts

Json = dict[str, Any]
FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Field:
    """`shape` is the name of the object that it holds, or empty."""

    name: str
    kind: str
    shape: str
    required: bool
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    media_type: str
    shape: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """`shape` is None where these kinds of body have no fields."""

    media_types: tuple[str, ...]
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]
    example: str


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    document: Json = SchemaGenerator().get_schema(request=None, public=True)
    endpoints = list(endpoints_of(document, request))
    shapes = shapes_of(document, {answer.shape for endpoint in endpoints for answer in endpoint.answers})
    return render(request, "api/reference.html", {"endpoints": endpoints, "shapes": shapes})


def endpoints_of(document: Json, request: HttpRequest) -> Iterator[Endpoint]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            yield Endpoint(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=translation.gettext(operation["summary"]),
                parameters=tuple(_parameter(found) for found in operation.get("parameters", ())),
                bodies=tuple(_bodies(document, content)),
                answers=tuple(_answer(*found) for found in sorted(operation["responses"].items())),
                example=_example(request, method, path, content),
            )


def shapes_of(document: Json, named: set[str]) -> list[Shape]:
    """The named shapes and those that they hold, by name."""
    found: dict[str, Shape] = {}
    waiting = sorted(named - {""})
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _shape(document, name)
            waiting += [field.shape for field in found[name].fields if field.shape]
    return [found[name] for name in sorted(found)]


def _shape(document: Json, name: str) -> Shape:
    schema = document["components"]["schemas"][name]
    required = set(schema.get("required", ()))
    fields = [_field(key, value, key in required) for key, value in schema.get("properties", {}).items()]
    return Shape(name, _said(schema), tuple(fields))


def _field(name: str, schema: Json, required: bool) -> Field:
    kind, shape = _kind(schema)
    return Field(name, kind, shape, required, _rule(schema), _said(schema))


def _parameter(found: Json) -> Field:
    schema = found["schema"] | {"description": found.get("description", "")}
    return _field(found["name"], schema, found.get("required", False))


def _kind(schema: Json) -> tuple[str, str]:
    """What it is in words, and the name of the shape it holds."""
    for wrapped in schema.get("allOf", ()):
        return _kind(wrapped)
    if schema.get("type") == "array":
        kind, shape = _kind(schema["items"])
        return ("list" if shape else _("list of %(kind)s") % {"kind": kind}), shape
    if "$ref" in schema:
        return "object", _referred(schema)
    return ("file" if schema.get("format") == "binary" else schema.get("type", "any")), ""


def _referred(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _rule(schema: Json) -> str:
    default = _("%(value)s unless given") % {"value": schema["default"]} if "default" in schema else ""
    return ", ".join(filter(None, (_limits(schema), default)))


def _limits(schema: Json) -> str:
    limits = {
        "least": schema.get("minimum", schema.get("minLength")),
        "most": schema.get("maximum", schema.get("maxLength")),
    }
    shown = {name: number_format(value, force_grouping=True) for name, value in limits.items() if value is not None}
    if "least" not in shown:
        return ""
    if "most" not in shown:
        return _("%(least)s or more") % shown
    texts = "maxLength" in schema or "minLength" in schema
    return (_("%(least)s to %(most)s characters") if texts else _("%(least)s to %(most)s")) % shown


def _said(described: Json) -> str:
    """The description in the reader's language; the schema itself stays English."""
    text = described.get("description", "")
    return translation.gettext(text) if text else ""


def _bodies(document: Json, content: Json) -> Iterator[Body]:
    names = {media_type: _referred(found["schema"]) for media_type, found in content.items()}
    for name in dict.fromkeys(names.values()):
        media_types = tuple(media_type for media_type, found in names.items() if found == name)
        yield Body(media_types, _shape(document, name) if name else None)


def _answer(status: str, response: Json) -> Answer:
    media_type, found = next(iter(response.get("content", {"": {}}).items()))
    return Answer(status, media_type, _referred(found.get("schema", {})), _said(response))


def _example(request: HttpRequest, method: str, path: str, content: Json) -> str:
    """The request for a terminal: with the schema's own example, or with a file where the body is one."""
    first: tuple[str, Json] = next(iter(content.items()), ("", {}))
    media_type, described = first
    if method != "post" or not media_type or "{" in path:
        return ""
    given = next((found["value"] for found in described.get("examples", {}).values()), None)
    body = f"@photo.{media_type.rpartition('/')[2]}" if given is None else json.dumps(given)
    return "" if media_type == FORM else receipts.curl(request, path, media_type, body)
