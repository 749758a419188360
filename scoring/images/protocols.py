"""The other ways to ask the image scorer: tensors of the Open Inference Protocol, and the reference's `/score`.

The reference (Azure's tutorial of 2018) took photos as base64, by names of the caller's choice, in three forms, and
answered each with the three best labels: https://github.com/microsoft/AKSDeploymentTutorial. All three are understood.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from scoring.contract.images import EXPLAIN_METHODS, Crop, Prediction
from scoring.contract.limits import DEFAULT_TOP, IMAGE_TYPES, MAX_TOP
from scoring.contract.reading import ContractError, as_object, only_keys, text, whole
from scoring.contract.receipt import Receipt
from scoring.images import upload
from scoring.images.decode import Frame, Photo, decode
from scoring.service.json_body import JSON_TYPE, read_json
from scoring.service.model import Asked, Body, Described, Dialect
from scoring.service.tensors import Tensor, TensorSpec, bad_tensor, each, place

REFERENCE_TOP = 3
_SURROGATE = re.compile("[\ud800-\udfff]")
IMAGE = TensorSpec(
    "image",
    "BYTES",
    (-1,),
    optional=True,
    text=False,
    element={"type": "string", "minLength": 1, "contentEncoding": "base64", "format": "photo"},
)
PIXELS = "pixels"
OUTPUTS = (
    TensorSpec("labels", "BYTES", (-1, -1)),
    TensorSpec("ids", "BYTES", (-1, -1)),
    TensorSpec("scores", "FP32", (-1, -1)),
)
Ask = Callable[[Photo, int], Any]
Decode = Callable[[bytes], Photo]
_TEXT = {"type": "string"}
_SCORE = {"type": "number", "minimum": 0, "maximum": 1}
_FILE = {"type": "string", "format": "binary"}


def _object(properties: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


DESCRIBED = Described(
    summary="What a photo shows, best first.",
    request={kind: {"schema": _FILE} for kind in IMAGE_TYPES}
    | {upload.FORM_TYPE: {"schema": _object({upload.FIELD: _FILE})}},
    answer=_object(
        {
            "predictions": {"type": "array", "items": _object({"id": _TEXT, "label": _TEXT, "score": _SCORE})},
            "width": {"type": "integer"},
            "height": {"type": "integer"},
            "receipt": {"$ref": "#/components/schemas/Receipt"},
        },
        {
            "known": {"type": "boolean"},
            "evidence": _object({"rule": _TEXT, "score": {"type": "number"}, "threshold": {"type": "number"}}),
            "confidence": _SCORE,
            "crop": _object({side: {"type": "integer"} for side in ("left", "top", "width", "height")}),
            "explanation": _object(
                {"id": _TEXT, "label": _TEXT, "method": _TEXT, "overlay": {**_TEXT, "contentEncoding": "base64"}}
            ),
            "rendering": {**_TEXT, "contentEncoding": "base64", "contentMediaType": "image/jpeg"},
        },
    ),
    query=(
        {
            "name": "top",
            "in": "query",
            "description": "How many labels to return.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_TOP, "default": DEFAULT_TOP},
        },
        {
            "name": "explain",
            "in": "query",
            "description": "How to show what spoke for a class.",
            "schema": {"type": "string", "enum": list(EXPLAIN_METHODS)},
        },
        {
            "name": "class",
            "in": "query",
            "description": "The id of the class to explain, with `explain`; the best one unless given.",
            "schema": _TEXT,
        },
        {
            "name": "rendering",
            "in": "query",
            "description": "Whether to return the photo itself, upright and small, as a JPEG without metadata.",
            "schema": {"type": "string", "enum": ["true"]},
        },
    ),
)


def inputs(size: int) -> tuple[TensorSpec, TensorSpec]:
    """`size` is the side in pixels of the square that the model takes."""
    return IMAGE, TensorSpec(PIXELS, "FP32", (-1, size, size, 3), optional=True)


def read_tensors(ask: Ask, frame: Frame, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Any]:
    """Photos as encoded files, or as RGB of 0 to 255. `parameters` may have `top`.

    Raises ContractError, ProblemError.
    """
    top = whole(parameters, "top", 1, MAX_TOP) if "top" in parameters else DEFAULT_TOP
    if len(tensors) != 1:
        raise bad_tensor("inputs", f"Send {IMAGE.name} or {PIXELS}.")
    if IMAGE.name in tensors:
        return each(IMAGE.name, tensors[IMAGE.name].values, lambda value: ask(decode(bytes(value), frame), top))
    return [ask(photo, top) for photo in _photos(tensors[PIXELS])]


def write_tensors(rows: Sequence[Sequence[Prediction]]) -> list[Tensor]:
    """All of OUTPUTS, for as many labels as were asked for."""
    shape = (len(rows), len(rows[0]))
    flat = [prediction for row in rows for prediction in row]
    return [
        Tensor.of_texts("labels", shape, [prediction.label for prediction in flat]),
        Tensor.of_texts("ids", shape, [prediction.id for prediction in flat]),
        Tensor.of_numbers("scores", "FP32", shape, [prediction.score for prediction in flat]),
    ]


def dialects(ask: Ask, read: Decode) -> dict[str, Dialect[Any, Any]]:
    """`ask` makes an item of a photo and the number of labels; scores have `predictions`."""
    return {"/score": Dialect(partial(_read_reference, ask, read), _REFERENCE)}


def _photos(tensor: Tensor) -> list[Photo]:
    values = np.asarray(tensor.values)
    wrong = np.flatnonzero(~((values >= 0) & (values <= 255)))
    if len(wrong):
        raise bad_tensor(place(PIXELS, int(wrong[0]), tensor.shape), "Every element is a number from 0 to 255.")
    side = tensor.shape[1]
    whole_square = Crop(0, 0, side, side)
    photos = values.reshape(tensor.shape).round().astype(np.uint8)
    return [Photo(pixels, side, side, whole_square) for pixels in photos]


def _read_reference(ask: Ask, read: Decode, body: Body) -> Asked[Any, Any]:
    """Raises ContractError, ProblemError."""
    if body.media_type == upload.FORM_TYPE:
        return Asked((ask(read(upload.photo(body)), REFERENCE_TOP),), _write_form)
    found = as_object(read_json(body))
    only_keys(found, {"input"})
    in_text = isinstance(found["input"], str)
    named = _inner(text(found, "input")) if in_text else as_object(found["input"], "input")
    if not named:
        raise ContractError("missing-field", "The input names no photo.", "input")
    names = list(named)
    if any(map(_SURROGATE.search, names)):
        raise ContractError("bad-name", "The names of photos may have no unpaired surrogates.", "input")
    items = [ask(read(_file(named, name)), REFERENCE_TOP) for name in names]
    return Asked(items, partial(_write_as_text if in_text else _write_as_json, names))


def _inner(inner: str) -> Mapping[str, Any]:
    try:
        return as_object(json.loads(inner), "input")
    except (ValueError, RecursionError) as error:
        raise ContractError("not-json", "The input is not JSON.", "input") from error


def _file(named: Mapping[str, Any], name: str) -> bytes:
    try:
        # The reference's clients send the base64 in quotes of its own.
        return base64.b64decode(text(named, name).strip('"'), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ContractError("not-base64", "The photo is not base64.", name[:100]) from error


def _write_as_json(names: Sequence[str], seen: Sequence[Any], receipt: Receipt) -> dict[str, Any]:
    found = {
        name: [[f"{each.id} {each.label}", each.score] for each in one.predictions]
        for name, one in zip(names, seen, strict=True)
    }
    return {"result": [found, _computed(receipt)]}


def _write_as_text(names: Sequence[str], seen: Sequence[Any], receipt: Receipt) -> dict[str, Any]:
    """A Python literal in a string, as the reference's Keras service answered."""
    found = {
        name: [(each.id, each.label, each.score) for each in one.predictions]
        for name, one in zip(names, seen, strict=True)
    }
    return {"result": str((found, _computed(receipt)))}


def _write_form(seen: Sequence[Any], receipt: Receipt) -> list[Any]:
    rows = [[each.id, each.label, each.score] for each in seen[0].predictions]
    return [{upload.FIELD: rows}, _computed(receipt)]


def _computed(receipt: Receipt) -> str:
    return f"Computed in {receipt.compute_ms:.2f} ms"


_NAMED = {"type": "object", "minProperties": 1, "additionalProperties": dict(IMAGE.element)}
_REFERENCE = Described(
    summary="As the reference of 2018 was asked.",
    request={
        JSON_TYPE: {
            "schema": _object({"input": {"type": "object", "minProperties": 1, "additionalProperties": _TEXT}})
        },
        upload.FORM_TYPE: {"schema": _object({upload.FIELD: _FILE})},
    },
    answer={"anyOf": [_object({"result": {"type": ["array", "string"]}}), {"type": "array"}]},
)
