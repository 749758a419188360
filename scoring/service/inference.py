"""One inference request of the Open Inference Protocol V2, with or without its binary extension, and its answer."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson

from scoring.contract.reading import ContractError, as_object, rows, text
from scoring.contract.receipt import Receipt
from scoring.service.answers import Answer
from scoring.service.errors import bad_header, unsupported_type
from scoring.service.json_body import JSON_TYPE, parse_json
from scoring.service.model import Asked, Body, Model
from scoring.service.tensors import (
    Tensor,
    TensorSpec,
    as_binary,
    as_data,
    bad_tensor,
    binary_size,
    from_binary,
    from_json,
    read_shape,
)

HEADER_LENGTH = "inference-header-content-length"
BINARY_TYPE = "application/octet-stream"
BINARY_OUTPUT = "binary_data"
BINARY_OUTPUTS = "binary_data_output"
Wanted = Sequence[tuple[str, bool]]


def read_inference(model: Model[Any, Any], body: Body) -> Asked[Any, Any]:
    """Raises ContractError, ProblemError."""
    head, binary = _parts(body)
    request = as_object(parse_json(head))
    parameters = as_object(request.get("parameters", {}), "parameters")
    request_id = text(request, "id") if "id" in request else None
    wanted = _wanted(model, request, parameters)
    tensors = _tensors(model, request, binary)
    count = len({tensor.shape[0] for tensor in tensors.values()})
    if count > 1:
        raise bad_tensor("inputs", "All inputs have the same first dimension.")
    items = next(iter(tensors.values())).shape[0] if tensors else 0
    if not 1 <= items <= model.max_batch:
        raise bad_tensor("inputs", f"A request has 1 to {model.max_batch} items.")
    return Asked(model.read_tensors(tensors, parameters), partial(_write, model, request_id, wanted))


def _parts(body: Body) -> tuple[bytes, bytes]:
    """The JSON, and what follows it."""
    sent = body.headers.get(HEADER_LENGTH.encode())
    if sent is None:
        # Triton's client says nothing of JSON; an octet stream without the length is JSON alone, too.
        if body.media_type not in ("", JSON_TYPE, BINARY_TYPE):
            raise unsupported_type(JSON_TYPE)
        return body.content, b""
    if not (sent.isdigit() and len(sent) <= 9 and int(sent) <= len(body.content)):
        raise bad_header(HEADER_LENGTH, "This must be the length of the JSON, in bytes.")
    return body.content[: int(sent)], body.content[int(sent) :]


def _tensors(model: Model[Any, Any], request: Mapping[str, Any], binary: bytes) -> dict[str, Tensor]:
    if "inputs" not in request:
        raise ContractError("missing-field", "This field is required.", "inputs")
    specs = {spec.name: spec for spec in model.inputs}
    found: dict[str, Tensor] = {}
    at = 0
    for given in rows(request, "inputs", partial(as_object, field="inputs")):
        spec = _spec(specs, given)
        if spec.name in found:
            raise bad_tensor(spec.name, "This input comes twice.")
        size = binary_size(given, spec.name)
        found[spec.name] = _tensor(spec, given, None if size is None else binary[at : at + size], size)
        at += size or 0
    if at != len(binary):
        raise ContractError("bad-tensor", f"The inputs name {at} bytes of binary data; {len(binary)} came.", "inputs")
    for spec in model.inputs:
        if not spec.optional and spec.name not in found:
            raise bad_tensor(spec.name, "This input is required.")
    return found


def _spec(specs: Mapping[str, TensorSpec], given: Mapping[str, Any]) -> TensorSpec:
    for key in ("name", "datatype", "shape"):
        if key not in given:
            raise ContractError("missing-field", "This field is required.", key)
    name = text(given, "name")
    if name not in specs:
        raise bad_tensor(name, f"Unknown input; known are: {', '.join(specs)}.")
    return specs[name]


def _tensor(spec: TensorSpec, given: Mapping[str, Any], raw: bytes | None, size: int | None) -> Tensor:
    shape = read_shape(spec, given)
    if raw is not None:
        if "data" in given or len(raw) != size:
            raise bad_tensor(spec.name, "The data comes once, whole: in the JSON, or after it.")
        return from_binary(spec, shape, raw)
    if "data" not in given:
        raise bad_tensor(spec.name, "The data is missing.")
    return from_json(spec, shape, given["data"], partial(_decoded, spec))


def _decoded(spec: TensorSpec, value: str) -> bytes:
    try:
        return value.encode() if spec.text else base64.b64decode(value, validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise bad_tensor(spec.name, "UTF-8 text is needed." if spec.text else "Base64 is needed.") from error


def _wanted(model: Model[Any, Any], request: Mapping[str, Any], parameters: Mapping[str, Any]) -> Wanted:
    """The outputs by name, and whether each goes as binary data."""
    default = _flag(parameters, BINARY_OUTPUTS, False)
    known = [spec.name for spec in model.outputs]
    asked = rows(request, "outputs", partial(as_object, field="outputs")) if "outputs" in request else ()
    if not asked:
        return [(name, default) for name in known]
    wanted: dict[str, bool] = {}
    for output in asked:
        name = text(output, "name") if "name" in output else ""
        if name not in known:
            raise ContractError("unknown-output", f"Known outputs are: {', '.join(known)}.", "outputs")
        more = as_object(output.get("parameters", {}), "outputs")
        wanted[name] = _flag(more, BINARY_OUTPUT, default)
    return list(wanted.items())


def _flag(parameters: Mapping[str, Any], key: str, default: bool) -> bool:
    found = parameters.get(key, default)
    if not isinstance(found, bool):
        raise ContractError("not-a-boolean", "This must be true or false.", key)
    return found


def _write(
    model: Model[Any, Any], request_id: str | None, wanted: Wanted, scores: Sequence[Any], receipt: Receipt
) -> Answer:
    tensors = {tensor.name: tensor for tensor in model.write_tensors(scores)}
    outputs: list[dict[str, Any]] = []
    binaries: list[bytes] = []
    for name, in_binary in wanted:
        tensor = tensors[name]
        output: dict[str, Any] = {"name": name, "datatype": tensor.datatype, "shape": tensor.shape}
        if in_binary:
            binaries.append(as_binary(tensor))
            output["parameters"] = {"binary_data_size": len(binaries[-1])}
        else:
            output["data"] = as_data(tensor)
        outputs.append(output)
    content = {"model_name": model.name, "model_version": model.version, "outputs": outputs}
    content |= {"id": request_id} if request_id is not None else {}
    times = {"queue_ms": receipt.queue_ms, "decode_ms": receipt.decode_ms, "compute_ms": receipt.compute_ms}
    head = orjson.dumps(content | {"parameters": times})
    if not binaries:
        return Answer(HTTPStatus.OK, head, JSON_TYPE)
    length = (HEADER_LENGTH.encode(), str(len(head)).encode())
    return Answer(HTTPStatus.OK, b"".join([head, *binaries]), BINARY_TYPE, (length,))
