"""Bodies that the API reads. Strict: what is not exactly what it says is refused, and never repaired."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from rest_framework.parsers import BaseParser

from scoring.contract.limits import CONVERT_TYPES, IMAGE_TYPES, MAX_IMAGE_BYTES, MAX_JSON_BYTES
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from webapp.problems import problem


class StrictJSONParser(BaseParser):
    """UTF-8, no field twice, no NaN, no nesting deep enough to hurt, at most MAX_JSON_BYTES."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, context: Mapping[str, Any] | None = None) -> Any:
        """Raises ContractError for what is no JSON, ProblemError for what is too large."""
        raw = _read(stream, MAX_JSON_BYTES)
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise ContractError("not-utf8", "The body is not UTF-8 text.") from error
        try:
            return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
        except ContractError:
            raise
        except (ValueError, RecursionError) as error:
            raise ContractError("not-json", "The body is not JSON.") from error


class PhotoParser(BaseParser):
    """The bytes of a photo as they are. One class for each type, since a parser has one."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, context: Mapping[str, Any] | None = None) -> Any:
        """One byte more than allowed at most, for whoever checks the photo to see."""
        return stream.read(MAX_IMAGE_BYTES + 1)


PHOTO_PARSERS = [
    type("PhotoParser", (PhotoParser,), {"media_type": media_type}) for media_type in (*IMAGE_TYPES, *CONVERT_TYPES)
]


def _read(stream: IO[bytes], most: int) -> bytes:
    raw = stream.read(most + 1)
    if len(raw) > most:
        detail = f"At most {most:,} bytes are read here."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail))
    return raw


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ContractError("repeated-field", "A field comes twice.")
    return found


def _no_constant(name: str) -> Any:
    raise ContractError("not-json", f"{name} is not JSON.")
