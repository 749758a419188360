"""`/openapi/v3`: what `kubectl apply` and `kubectl explain` ask before they send or say anything.

Made from the table of kinds and from the models that check what is stored, so that it can claim nothing else. A patch
names no bodies: kubectl would then make strategic patches from these schemas, which leave out all that is only kept.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cluster_admin.practice.api.kinds import KINDS, Kind
from cluster_admin.practice.api.models import model_of
from cluster_admin.practice.errors import NotFound
from cluster_admin.practice.store import Obj

DESCRIPTION = "The fields listed are those that the practice cluster acts on. Any other is kept as it comes."
SCHEMAS = "#/components/schemas/"
SEVERAL_TYPES: Obj = {
    "IntOrString": {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
    "Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
METHODS = {"get": "get", "list": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
ACTIONS = {"get": "get", "list": "list", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
ON_COLLECTION = ("list", "create")
WRITING = ("create", "update", "patch")


def openapi_routes() -> list[Route]:
    return [Route("/openapi/v3", _index), Route("/openapi/v3/{root:path}", _document)]


async def _index(request: Request) -> Response:
    paths = {root: {"serverRelativeURL": f"/openapi/v3/{root}?hash={_digest(root)}"} for root in _roots()}
    return Response(orjson.dumps({"paths": paths}), media_type="application/json")


async def _document(request: Request) -> Response:
    root = request.path_params["root"]
    if root not in _roots():
        raise NotFound("the server could not find the requested resource")
    return Response(document(root), media_type="application/json")


@cache
def document(root: str) -> bytes:
    """The OpenAPI 3.0 document of one group and version, such as `apis/apps/v1`."""
    paths: Obj = {}
    schemas: Obj = dict(SEVERAL_TYPES)
    for kind in KINDS:
        if kind.root == f"/{root}":
            schemas |= _schemas(kind)
            for path, operations in _operations(kind):
                paths[path] = operations
    info = {"title": "Scoredeck practice cluster", "version": "v1", "description": DESCRIPTION}
    return orjson.dumps({"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}})


@cache
def _roots() -> tuple[str, ...]:
    return tuple(dict.fromkeys(kind.root.removeprefix("/") for kind in KINDS))


@cache
def _digest(root: str) -> str:
    return hashlib.sha256(document(root)).hexdigest()[:32].upper()


def _operations(kind: Kind) -> list[tuple[str, Obj]]:
    here, one = kind.collection_path, f"{kind.collection_path}/{{name}}"
    listed: list[tuple[str, Obj]] = [
        (here, _methods(kind, lambda verb: verb in ON_COLLECTION)),
        (one, _methods(kind, lambda verb: verb not in ON_COLLECTION)),
    ]
    if kind.namespaced:
        listed.insert(0, (kind.all_path, _methods(kind, lambda verb: verb == "list")))
    return listed


def _methods(kind: Kind, wanted: Callable[[str], bool]) -> Obj:
    return {METHODS[verb]: _operation(kind, verb) for verb in kind.verbs if verb in METHODS and wanted(verb)}


def _operation(kind: Kind, verb: str) -> Obj:
    answer = {"application/json": {"schema": {"$ref": f"{SCHEMAS}{_component(kind)}"}}}
    operation: Obj = {
        "operationId": f"{verb}{kind.kind}",
        "responses": {"200": {"description": "OK", **({} if verb in ("list", "delete") else {"content": answer})}},
        "x-kubernetes-action": ACTIONS[verb],
        "x-kubernetes-group-version-kind": _group_version_kind(kind),
    }
    if verb in WRITING:
        operation["parameters"] = [_in_query("dryRun"), _in_query("fieldValidation")]
    return operation


def _in_query(name: str) -> Obj:
    return {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}


def _group_version_kind(kind: Kind) -> Obj:
    return {"group": kind.group, "version": "v1", "kind": kind.kind}


def _component(kind: Kind) -> str:
    return f"io.k8s.api.{kind.group or 'core'}.v1.{kind.kind}"


def _schemas(kind: Kind) -> Obj:
    """The kind's own schema and those it refers to."""
    whole = model_of(kind.resource).model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    described = {"description": DESCRIPTION}
    parts = {name: described | _plain(part) for name, part in whole.pop("$defs", {}).items()}
    own = _plain(whole)
    type_fields = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    own["properties"] = type_fields | own["properties"]
    own |= described | {"x-kubernetes-group-version-kind": [_group_version_kind(kind)]}
    return {**parts, _component(kind): own}


def _plain(schema: Any) -> Any:
    """JSON Schema as pydantic writes it → OpenAPI as kubectl reads it."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("title", "default")}
    if kept.get("additionalProperties") is True:
        del kept["additionalProperties"]
        kept["x-kubernetes-preserve-unknown-fields"] = True
    if "anyOf" in kept:
        return _one_of(kept)
    if "properties" in kept:
        return kept | {"properties": {name: _plain(part) for name, part in kept["properties"].items()}}
    return {key: _plain(value) for key, value in kept.items()}


def _one_of(schema: Obj) -> Obj:
    choices: list[Obj] = [_plain(choice) for choice in schema.pop("anyOf") if choice.get("type") != "null"]
    if len(choices) == 1:
        return schema | choices[0]
    name = "Quantity" if {"type": "number"} in choices else "IntOrString"
    return schema | {"allOf": [{"$ref": f"{SCHEMAS}{name}"}]}
