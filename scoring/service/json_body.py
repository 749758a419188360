"""Read a JSON body strictly: UTF-8, no field twice, no NaN, no nesting deep enough to hurt."""

import json
from typing import Any

from scoring.contract.reading import ContractError
from scoring.service.errors import unsupported_type
from scoring.service.model import Body

JSON_TYPE = "application/json"


def read_json(body: Body) -> Any:
    """Raises ProblemError for another content type, ContractError for what is no JSON."""
    if body.media_type != JSON_TYPE:
        raise unsupported_type(JSON_TYPE)
    return parse_json(body.content)


def parse_json(content: bytes) -> Any:
    """Raises ContractError."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ContractError("not-utf8", "The body is not UTF-8 text.") from error
    try:
        return _decoder.decode(text)
    except ContractError:
        raise
    except (ValueError, RecursionError) as error:
        raise ContractError("not-json", "The body is not JSON.") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ContractError("repeated-field", "A field comes twice.")
    return found


def _no_constant(name: str) -> Any:
    raise ContractError("not-json", f"{name} is not JSON.")


_decoder = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_constant)
