"""The OpenAPI 3.1 document of one service: what every model has, and what the served one says of itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from scoring.contract.limits import DEADLINE_HEADER, REQUEST_ID_HEADER, VERSION_HEADER
from scoring.contract.problems import PROBLEM_TYPE
from scoring.service.answers import JSON_TYPE
from scoring.service.inference import BINARY_TYPE, HEADER_LENGTH
from scoring.service.model import Described, Model
from scoring.service.requests import LONGEST_DEADLINE_MS
from scoring.service.tensors import BYTES, TensorSpec

Json = dict[str, Any]
TEXT: Json = {"text/plain": {"schema": {"type": "string"}}}
SCORING_ERRORS = (400, 401, 404, 408, 413, 415, 422, 429, 500, 503, 504)
DEADLINE = (
    f"The header {DEADLINE_HEADER} says how many milliseconds you wait, from 1 to {LONGEST_DEADLINE_MS}; "
    "an answer that would come later is a 504."
)
WHICH = f"The header {VERSION_HEADER} asks for one version: stable, canary, or its name."
PHRASES = {
    400: "The request cannot be read.",
    401: "The key is missing or wrong.",
    404: "No such model or version.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The content type is not taken here.",
    422: "The request reads well and is not acceptable.",
    429: "Too many requests are waiting; see Retry-After.",
    500: "The model failed on this input.",
    503: "The model is loading, or this replica is stopping.",
    504: "The answer was not ready by the deadline.",
}


def document(model: Model[Any, Any], keyed: bool) -> Json:
    """`keyed`: this service asks for a key."""
    paths = _probes() | _scoring(model) | _protocol(model)
    found: Json = {
        "openapi": "3.1.0",
        "info": {"title": f"Scoring: {model.name}", "version": model.version},
        "paths": paths,
        "components": {"schemas": _schemas(model)},
    }
    if keyed:
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for operations in paths.values():
            for operation in operations.values():
                if 401 in _statuses(operation):
                    operation["security"] = [{"key": []}]
    return found


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _statuses(operation: Json) -> list[int]:
    return [int(status) for status in operation["responses"]]


def _answers(content: Mapping[str, Any], errors: Sequence[int], error_type: str = PROBLEM_TYPE) -> Json:
    name = "Problem" if error_type == PROBLEM_TYPE else "ProtocolError"
    found: Json = {"200": {"description": "The answer.", "content": dict(content)}}
    for status in errors:
        found[str(status)] = {"description": PHRASES[status], "content": {error_type: {"schema": ref(name)}}}
    return found


def _get(summary: str, content: Mapping[str, Any], errors: Sequence[int] = (), error_type: str = PROBLEM_TYPE) -> Json:
    return {"get": {"summary": summary, "responses": _answers(content, errors, error_type)}}


def _probes() -> Json:
    document_content = {JSON_TYPE: {"schema": {"type": "object"}}}
    return {
        "/": _get("Whether the process answers.", TEXT),
        "/version": _get("The version that is served.", TEXT, (503,)),
        "/livez": _get("Whether the process runs.", TEXT),
        "/readyz": _get("Whether this replica wants traffic.", TEXT, (503,)),
        "/metrics": _get("Measurements for Prometheus.", TEXT),
        "/openapi.json": _get("This document.", document_content, (503,)),
    }


def _scoring(model: Model[Any, Any]) -> Json:
    described = {"/v1/score": model.described} | {path: each.described for path, each in model.dialects.items()}
    return {path: {"post": _score(each)} for path, each in described.items()}


def _score(described: Described) -> Json:
    return {
        "summary": described.summary,
        "description": f"{DEADLINE} {WHICH}",
        "parameters": [*described.query, *_headers()],
        "requestBody": {"required": True, "content": dict(described.request)},
        "responses": _answers({JSON_TYPE: {"schema": dict(described.answer)}}, SCORING_ERRORS),
    }


def _headers() -> list[Json]:
    """The deadline is in the descriptions alone: as a parameter, 1 ms would promise an answer within it."""
    description = "Comes back with the answer, where it is letters, digits and ._:- alone."
    return [{"name": REQUEST_ID_HEADER, "in": "header", "description": description, "schema": {"type": "string"}}]


def _protocol(model: Model[Any, Any]) -> Json:
    live, ready = ({JSON_TYPE: {"schema": _flag(name)}} for name in ("live", "ready"))
    base = f"/v2/models/{model.name}"
    server = {JSON_TYPE: {"schema": ref("Server")}}
    paths = {
        "/v2": _get("The server.", server, (401,), JSON_TYPE),
        "/v2/health/live": _get("Whether the process runs.", live),
        "/v2/health/ready": _get("Whether this replica wants traffic.", ready, (503,), JSON_TYPE),
    }
    for path in (base, f"{base}/versions/stable"):
        about = {JSON_TYPE: {"schema": ref("Model")}}
        paths[path] = _get("The model and its tensors.", about, (401, 404, 503), JSON_TYPE)
        paths[f"{path}/ready"] = _get("Whether the model is loaded.", ready, (404, 503), JSON_TYPE)
        paths[f"{path}/infer"] = {"post": _infer()}
    return paths


def _infer() -> Json:
    answers = _answers({JSON_TYPE: {"schema": ref("Inference")}}, SCORING_ERRORS, JSON_TYPE)
    answers["200"]["content"][BINARY_TYPE] = {"schema": {"type": "string", "format": "binary"}}
    return {
        "summary": "Open Inference Protocol V2.",
        "description": f"Binary tensors follow the JSON, whose length is then in {HEADER_LENGTH}. {DEADLINE}",
        "parameters": _headers(),
        "requestBody": {"required": True, "content": {JSON_TYPE: {"schema": ref("InferenceRequest")}}},
        "responses": answers,
    }


def _flag(name: str) -> Json:
    return {"type": "object", "required": [name], "properties": {name: {"type": "boolean"}}}


def _schemas(model: Model[Any, Any]) -> Json:
    texts = {key: {"type": "string"} for key in ("type", "title", "detail", "code", "field")}
    problem = texts | {"status": {"type": "integer"}}
    needed = ["type", "title", "status", "detail", "code"]
    tensor = {
        "name": {"type": "string"},
        "datatype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}},
    }
    tensors = {"type": "array", "items": _closed(tensor)}
    output = tensor | {"data": {"type": "array"}, "parameters": {"type": "object"}}
    return {
        "Problem": _closed(problem, needed),
        "ProtocolError": _closed(problem | {"error": {"type": "string"}}, [*needed, "error"]),
        "Receipt": _closed(
            {key: {"type": "string"} for key in ("model", "version", "replica")}
            | {key: {"type": "number", "minimum": 0} for key in ("queue_ms", "decode_ms", "compute_ms")}
        ),
        "Server": _closed({"name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array"}}),
        "Model": _closed(
            {
                "name": {"type": "string"},
                "versions": {"type": "array", "items": {"type": "string"}},
                "platform": {"type": "string"},
                "inputs": tensors,
                "outputs": tensors,
                "parameters": _closed({"device": {"type": "string"}, "max_batch": {"type": "integer"}}),
            }
        ),
        "Inference": _closed(
            {
                "model_name": {"type": "string"},
                "model_version": {"type": "string"},
                "id": {"type": "string"},
                "parameters": {"type": "object"},
                "outputs": {
                    "type": "array",
                    "items": _closed(output, ["name", "datatype", "shape"]),
                },
            },
            ["model_name", "model_version", "outputs"],
        ),
        "InferenceRequest": _request(model),
    }


def _request(model: Model[Any, Any]) -> Json:
    """One shape for each number of items: only so can a schema say that the data is as long as the shape tells."""
    spec = model.inputs[0]
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string"},
            "inputs": {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": {"anyOf": [_input(spec, count) for count in range(1, model.max_batch + 1)]},
            },
            "outputs": {
                "type": "array",
                "items": _open({"name": {"enum": [output.name for output in model.outputs]}}),
            },
        },
    }


def _input(spec: TensorSpec, count: int) -> Json:
    element = dict(spec.element) or ({"type": "string"} if spec.datatype == BYTES else {"type": "number"})
    return _open(
        {
            "name": {"const": spec.name},
            "datatype": {"const": spec.datatype},
            "shape": {"enum": [[count], [count, 1]]},
            "data": {"type": "array", "minItems": count, "maxItems": count, "items": element},
        }
    )


def _closed(properties: Json, required: Sequence[str] | None = None) -> Json:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _open(properties: Json) -> Json:
    """Other clients send more than is understood here, and are answered."""
    return {"type": "object", "properties": properties, "required": list(properties)}
