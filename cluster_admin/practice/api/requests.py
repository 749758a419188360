"""What a request asks for: its body, its flags and the form of answer it accepts."""

from typing import Any

import orjson
from starlette.requests import Request

from cluster_admin.practice.api import protobuf
from cluster_admin.practice.errors import (
    BadRequest,
    Invalid,
    NotAcceptable,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from cluster_admin.practice.store import Obj

LARGEST_BODY = 3 * 1024 * 1024
DEEPEST_BODY = 64
LONGEST_SECONDS = 86_400


async def body_object(request: Request) -> Obj:
    """The JSON object in the body. Raises BadRequest, RequestEntityTooLarge."""
    value = await body_json(request)
    if not isinstance(value, dict):
        raise BadRequest("the body of the request is not a JSON object")
    return value


async def body_json(request: Request) -> Any:
    """The JSON in the body, whatever it is. Raises BadRequest, RequestEntityTooLarge."""
    raw = await _body(request)
    if media_type(request) == protobuf.MEDIA_TYPE:
        return protobuf.read_object(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body of the request is not JSON: {error}") from error
    if not _depth_within(value, DEEPEST_BODY):
        raise BadRequest(f"the body of the request is nested more than {DEEPEST_BODY} levels deep")
    return value


async def optional_body_object(request: Request) -> Obj:
    """As `body_object`; an empty body is an empty object (`DELETE` may come without options)."""
    return await body_object(request) if await _body(request) else {}


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()


def require_object(request: Request) -> None:
    """Raises UnsupportedMediaType for YAML, CBOR and the rest."""
    if media_type(request) not in ("application/json", protobuf.MEDIA_TYPE):
        raise UnsupportedMediaType("the practice cluster takes application/json; with kubectl, create from a file")


def dry_run(request: Request) -> bool:
    """Whether nothing may be stored. Raises Invalid for any value but `All`."""
    values = request.query_params.getlist("dryRun")
    if any(value != "All" for value in values):
        raise Invalid(f'dryRun: Unsupported value: "{",".join(values)}": supported values: "All"')
    return bool(values)


def warns_of_fields(request: Request) -> bool:
    """Whether the client asked to hear of fields that mean nothing here. Raises BadRequest."""
    value = request.query_params.get("fieldValidation", "Ignore")
    if value not in {"Ignore", "Warn", "Strict"}:
        raise BadRequest(f'fieldValidation: Unsupported value: "{value}": supported values: "Ignore", "Strict", "Warn"')
    return value != "Ignore"


def flag(request: Request, name: str) -> bool:
    """A true or false query parameter; absent is false. Raises BadRequest."""
    value = request.query_params.get(name, "false").lower()
    if value not in {"true", "false", "1", "0"}:
        raise BadRequest(f"{name}: {value!r} is neither true nor false")
    return value in {"true", "1"}


def count(request: Request, name: str, largest: int) -> int | None:
    """A whole number from 0 to `largest` in the query, None where absent. Raises BadRequest."""
    text = request.query_params.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(largest)) and int(text) <= largest):
        raise BadRequest(f"{name}: {text!r} is not a whole number from 0 to {largest}")
    return int(text)


def wants_table(request: Request) -> bool:
    """Whether a `Table` is the first accepted form this API can give. Raises NotAcceptable when it can give none."""
    accepted = request.headers.get("accept") or "*/*"
    for alternative in accepted.split(","):
        media, *parameters = [part.strip() for part in alternative.split(";")]
        options = dict(part.split("=", 1) for part in parameters if "=" in part)
        if media not in {"application/json", "application/*", "*/*"}:
            continue
        if "as" not in options:
            return False
        if options["as"] == "Table" and options.get("v", "v1") == "v1":
            return True
    raise NotAcceptable("only application/json is served, plain or as meta.k8s.io/v1 Table")


async def _body(request: Request) -> bytes:
    """The body, read once and kept, as Starlette's own `body()` would without a limit."""
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is None:
        kept = request.state.body = await _limited(request)
    return kept


async def _limited(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise RequestEntityTooLarge(f"the body of the request is larger than {LARGEST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _depth_within(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return True
    return False
