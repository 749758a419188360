"""What a model wants of the pixels, as its publisher gave it in training: part of the graph, for a batch at once."""

from collections.abc import Callable, Mapping
from typing import Any

from keras import ops

# ImageNet's means, blue first, as Caffe's models take them; and means and deviations, red first, as torch's do.
_CAFFE_MEANS = (103.939, 116.779, 123.68)
_TORCH_MEANS = (0.485, 0.456, 0.406)
_TORCH_DEVIATIONS = (0.229, 0.224, 0.225)


def _none(pixels: Any) -> Any:
    return pixels


def _symmetric(pixels: Any) -> Any:
    return pixels / 127.5 - 1.0


def _unit(pixels: Any) -> Any:
    return pixels / 255.0


def _caffe(pixels: Any) -> Any:
    return ops.flip(pixels, axis=-1) - ops.convert_to_tensor(_CAFFE_MEANS, dtype="float32")


def _torch(pixels: Any) -> Any:
    means = ops.convert_to_tensor(_TORCH_MEANS, dtype="float32")
    return (pixels / 255.0 - means) / ops.convert_to_tensor(_TORCH_DEVIATIONS, dtype="float32")


_BY_NAME: Mapping[str, Callable[[Any], Any]] = {
    "none": _none,
    "symmetric": _symmetric,
    "unit": _unit,
    "caffe": _caffe,
    "torch": _torch,
}


def prepare(name: str, pixels: Any, dtype: str) -> Any:
    """uint8 RGB (n, side, side, 3) to what the model takes, in its input's `dtype`."""
    if dtype == "uint8":
        return pixels
    return ops.cast(_BY_NAME[name](ops.cast(pixels, "float32")), dtype)
