"""Tensors of the Open Inference Protocol V2: as JSON, and as the bytes of its binary extension.

https://github.com/kserve/open-inference-protocol and Triton's `extension_binary_data.md`.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError, as_object, text

BYTES = "BYTES"
NUMBERS: Mapping[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
LENGTH = struct.Struct("<I")
SIZE_KEY = "binary_data_size"
Values = Sequence[bytes] | NDArray[Any]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """-1 in `shape` is any length. `optional` inputs may be left out. `text` says that BYTES in JSON are UTF-8 text;
    where they are not, they are base64 there. `element` is the JSON schema of one element, where it says more than the
    datatype."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    optional: bool = False
    text: bool = True
    element: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


@dataclass(frozen=True, slots=True)
class Tensor:
    """`values` in row-major order: a list of bytes for BYTES, a flat array for every other datatype."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Values

    @classmethod
    def of_texts(cls, name: str, shape: tuple[int, ...], values: Sequence[str]) -> "Tensor":
        return cls(name, BYTES, shape, [value.encode() for value in values])

    @classmethod
    def of_numbers(cls, name: str, datatype: str, shape: tuple[int, ...], values: Sequence[float]) -> "Tensor":
        return cls(name, datatype, shape, np.asarray(values, NUMBERS[datatype]))


def read_shape(spec: TensorSpec, given: Mapping[str, Any]) -> tuple[int, ...]:
    """The tensor's shape, which fits the model's. Raises ContractError.

    A column of one is taken as a list: what has the shape [-1] may come as [n, 1].
    """
    if text(given, "datatype") != spec.datatype:
        raise bad_tensor(spec.name, f"The datatype is {spec.datatype}.")
    shape = given["shape"]
    if not isinstance(shape, list) or any(type(size) is not int or not 0 <= size < 2**31 for size in shape):
        raise bad_tensor(spec.name, "The shape is a list of whole numbers.")
    fitting = shape[:1] if len(spec.shape) == 1 and shape[1:] == [1] else shape
    pairs = zip(spec.shape, fitting, strict=False)
    if len(fitting) != len(spec.shape) or any(want not in (-1, got) for want, got in pairs):
        raise bad_tensor(spec.name, f"The shape is {list(spec.shape)}, where -1 is any length.")
    return tuple(fitting)


def from_json(spec: TensorSpec, shape: tuple[int, ...], data: Any, decode: Any) -> Tensor:
    """`data` flat or nested. `decode` makes bytes of a string where the datatype is BYTES. Raises ContractError."""
    flat = _flat(spec, data, len(shape) + 1)
    if len(flat) != prod(shape):
        raise bad_tensor(spec.name, f"The shape asks for {prod(shape)} elements; the data has {len(flat)}.")
    if spec.datatype == BYTES:
        _check_types(spec.name, shape, flat, (str,), "a string")
        return Tensor(spec.name, BYTES, shape, each(spec.name, flat, decode))
    if spec.datatype == "BOOL":
        _check_types(spec.name, shape, flat, (bool,), "true or false")
    else:
        _check_types(spec.name, shape, flat, (int, float), "a number")
    return Tensor(spec.name, spec.datatype, shape, _array(spec, flat))


def from_binary(spec: TensorSpec, shape: tuple[int, ...], raw: bytes) -> Tensor:
    """Raises ContractError."""
    if spec.datatype == BYTES:
        return Tensor(spec.name, BYTES, shape, _pieces(spec, raw, prod(shape)))
    kind = NUMBERS[spec.datatype]
    if len(raw) != prod(shape) * kind.itemsize:
        raise bad_tensor(spec.name, f"The shape asks for {prod(shape) * kind.itemsize} bytes; {len(raw)} came.")
    return Tensor(spec.name, spec.datatype, shape, np.frombuffer(raw, kind))


def as_data(tensor: Tensor) -> list[Any]:
    """For JSON. BYTES that are not UTF-8 are shown with replacement characters: ask for them as binary data."""
    if isinstance(tensor.values, np.ndarray):
        return list(tensor.values.tolist())
    return [value.decode(errors="replace") for value in tensor.values]


def as_binary(tensor: Tensor) -> bytes:
    if isinstance(tensor.values, np.ndarray):
        return tensor.values.astype(NUMBERS[tensor.datatype], copy=False).tobytes()
    return b"".join(LENGTH.pack(len(value)) + value for value in tensor.values)


def each(name: str, elements: Iterable[T], read: Callable[[T], R]) -> list[R]:
    """The items of a request, one an element. What `read` raises names the item. Raises ContractError, ProblemError."""
    found: list[R] = []
    for at, element in enumerate(elements):
        try:
            found.append(read(element))
        except ContractError as error:
            raise ContractError(error.code, error.detail, place(name, at)) from error
        except ProblemError as error:
            raise ProblemError(replace(error.problem, field=place(name, at)), error.retry_after) from error
    return found


def place(name: str, at: int, shape: Sequence[int] = (1,)) -> str:
    """The item, from 0 on, that the element `at` of a tensor belongs to: `question[3]`."""
    return f"{name}[{at // prod(shape[1:])}]"


def bad_tensor(name: str, detail: str) -> ContractError:
    return ContractError("bad-tensor", detail, name[:100])


def binary_size(given: Mapping[str, Any], name: str) -> int | None:
    """How many bytes of binary data belong to this input; None where its data is in the JSON. Raises ContractError."""
    parameters = as_object(given.get("parameters", {}), "parameters")
    size = parameters.get(SIZE_KEY)
    if size is not None and (type(size) is not int or size < 0):
        raise bad_tensor(name, f"{SIZE_KEY} is a whole number.")
    return size


def _check_types(name: str, shape: tuple[int, ...], flat: list[Any], wanted: tuple[type, ...], kind: str) -> None:
    for at, element in enumerate(flat):
        if type(element) not in wanted:
            raise bad_tensor(place(name, at, shape), f"Every element is {kind}.")


def _array(spec: TensorSpec, flat: list[Any]) -> NDArray[Any]:
    try:
        return np.asarray(flat, NUMBERS[spec.datatype])
    except (OverflowError, ValueError) as error:
        raise bad_tensor(spec.name, f"An element does not fit {spec.datatype}.") from error


def _flat(spec: TensorSpec, data: Any, levels: int) -> list[Any]:
    if not isinstance(data, list):
        raise bad_tensor(spec.name, "The data is a list.")
    for _ in range(levels):
        if not any(type(element) is list for element in data):
            break
        if not all(type(element) is list for element in data):
            raise bad_tensor(spec.name, "The data is nested unevenly.")
        data = list(chain.from_iterable(data))
    return list(data)


def _pieces(spec: TensorSpec, raw: bytes, count: int) -> list[bytes]:
    pieces: list[bytes] = []
    at = 0
    while at < len(raw):
        if at + LENGTH.size > len(raw):
            raise bad_tensor(place(spec.name, len(pieces)), "An element's length is cut off.")
        (length,) = LENGTH.unpack_from(raw, at)
        at += LENGTH.size + length
        if at > len(raw):
            raise bad_tensor(place(spec.name, len(pieces)), "An element is cut off.")
        pieces.append(raw[at - length : at])
    if len(pieces) != count:
        raise bad_tensor(spec.name, f"The shape asks for {count} elements; {len(pieces)} came.")
    return pieces
