"""Strict reading of JSON objects: every key named, every type checked, nothing unknown let through."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class ContractError(ValueError):
    """A message that does not keep to the contract.

    `code` is a stable word for programs, `field` the JSON key at fault ("" for the whole message).
    """

    def __init__(self, code: str, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field


def as_object(value: Any, field: str = "") -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ContractError("not-an-object", "A JSON object is needed here.", field)
    return value


def only_keys(value: Mapping[str, Any], required: set[str], optional: frozenset[str] = frozenset()) -> None:
    for key in value:
        if key not in required and key not in optional:
            known = ", ".join(sorted(required | optional))
            raise ContractError("unknown-field", f"Unknown field; known are: {known}.", str(key)[:100])
    for key in sorted(required):
        if key not in value:
            raise ContractError("missing-field", "This field is required.", key)


def text(value: Mapping[str, Any], key: str) -> str:
    found = value[key]
    if not isinstance(found, str):
        raise ContractError("not-text", "This must be a string.", key)
    return found


def number(value: Mapping[str, Any], key: str, low: float, high: float) -> float:
    found = value[key]
    if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
        raise ContractError("not-in-range", f"This must be a number from {low:g} to {high:g}.", key)
    return float(found)


def whole(value: Mapping[str, Any], key: str, low: int, high: int) -> int:
    """JSON knows one kind of number: 3.0 is whole, too."""
    found = value[key]
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
        raise ContractError("not-in-range", f"This must be a whole number from {low} to {high}.", key)
    return found


def rows(value: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    found = value[key]
    if not isinstance(found, list):
        raise ContractError("not-a-list", "This must be a list.", key)
    return tuple(read(row) for row in found)
