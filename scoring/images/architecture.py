"""EfficientNet-Lite2 in Keras layers, and its weights put in place.

EfficientNet: Tan and Le, 2019 (arXiv:1905.11946). The Lite variants (TensorFlow, 2020) leave out squeeze-and-excite,
use ReLU6, and keep the stem, the head and the repeats of the first and last stage unscaled. A layer is named as its
torch counterpart without the leading underscores, and with dashes for dots, which Keras on PyTorch cannot have in
names: `blocks-3-expand_conv` is `_blocks.3._expand_conv`.

Each batch normalisation is folded into the convolution before it, which changes no answer (to 2e-5 on a logit) and
spares the server a third of the work.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from scoring.images.definitions import LITE2
from scoring.images.weights import Weights, WeightsError

CLASSES = 1000
_WIDTH, _DEPTH = 1.1, 1.2
_STEM, _HEAD = 32, 1280
_EPSILON = 1e-3
_NORM = {
    "_conv_stem": "_bn0",
    "_conv_head": "_bn1",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
}
# Pixels 0 to 255 become (x - 127) / 128, as in training.
_MEAN, _SCALE = 127.0, 128.0


@dataclass(frozen=True, slots=True)
class _Stage:
    repeats: int
    width: int
    stride: int
    expansion: int
    kernel: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A mobile inverted bottleneck: expand, filter by channel, project; skipped where nothing changes shape."""

    name: str
    into: int
    out: int
    stride: int
    expansion: int
    kernel: int


_STAGES = (
    _Stage(1, 16, 1, 1, 3),
    _Stage(2, 24, 2, 6, 3),
    _Stage(2, 40, 2, 6, 5),
    _Stage(3, 80, 2, 6, 3),
    _Stage(3, 112, 1, 6, 5),
    _Stage(4, 192, 2, 6, 5),
    _Stage(1, 320, 1, 6, 3),
)


def build(weights: Weights) -> keras.Model:
    """The model: uint8 RGB (batch, 260, 260, 3) to logits (batch, 1000). Raises WeightsError."""
    pixels = keras.Input((LITE2.size, LITE2.size, 3), dtype="uint8", name="pixels")
    x = layers.Rescaling(1 / _SCALE, -_MEAN / _SCALE, name="rescale")(pixels)
    x = _conv(x, "conv_stem", _STEM, kernel=3, stride=2)
    for block in _blocks():
        x = _bottleneck(x, block)
    x = _conv(x, "conv_head", _HEAD)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(pixels, layers.Dense(CLASSES, name="fc")(x), name="efficientnet_lite2")
    _put(weights, model)
    return model


def _blocks() -> Iterator[_Block]:
    into, number = _STEM, 0
    for stage in _STAGES:
        out = _scaled_width(stage.width)
        for repeat in range(_scaled_repeats(stage)):
            stride = stage.stride if repeat == 0 else 1
            yield _Block(f"blocks-{number}", into, out, stride, stage.expansion, stage.kernel)
            into, number = out, number + 1


def _scaled_width(width: int) -> int:
    """The nearest multiple of 8, and never less than nine tenths of the scaled width."""
    scaled = width * _WIDTH
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8


def _scaled_repeats(stage: _Stage) -> int:
    return stage.repeats if stage in (_STAGES[0], _STAGES[-1]) else math.ceil(stage.repeats * _DEPTH)


def _bottleneck(x: Any, block: _Block) -> Any:
    start = x
    if block.expansion != 1:
        x = _conv(x, f"{block.name}-expand_conv", block.into * block.expansion)
    name = f"{block.name}-depthwise_conv"
    x = _relu6(layers.DepthwiseConv2D(block.kernel, block.stride, "same", name=name)(x), name)
    x = layers.Conv2D(block.out, 1, name=f"{block.name}-project_conv")(x)
    if block.stride == 1 and block.into == block.out:
        x = layers.Add(name=f"{block.name}-skip")([start, x])
    return x


def _conv(x: Any, name: str, width: int, *, kernel: int = 1, stride: int = 1) -> Any:
    return _relu6(layers.Conv2D(width, kernel, stride, "same", name=name)(x), name)


def _relu6(x: Any, name: str) -> Any:
    return layers.ReLU(6.0, name=f"{name}-relu6")(x)


def _put(weights: Weights, model: keras.Model) -> None:
    left = {name: array for name, array in weights.items() if not name.endswith("num_batches_tracked")}
    for layer in model.layers:
        if layer.weights:
            _set(layer, left)
    if left:
        raise WeightsError(f"The model has no place for {', '.join(sorted(left)[:3])}.")


def _set(layer: keras.layers.Layer, left: Weights) -> None:
    """Take the layer's arrays out of those left over and put them in place."""
    try:
        layer.set_weights(_arrays(layer, left))
    except KeyError as error:
        raise WeightsError(f"The weights lack {error}.") from error
    except ValueError as error:
        raise WeightsError(f"The weights of {layer.name} do not fit: {error}") from error


def _arrays(layer: keras.layers.Layer, left: Weights) -> list[Any]:
    name = _torch_name(layer.name)
    kernel = left.pop(f"{name}.weight")
    if isinstance(layer, layers.Dense):
        return [kernel.T, left.pop(f"{name}.bias")]
    parent, _, own = name.rpartition(".")
    norm = f"{parent}.{_NORM[own]}".lstrip(".")
    scale = left.pop(f"{norm}.weight") / np.sqrt(left.pop(f"{norm}.running_var") + _EPSILON)
    bias = left.pop(f"{norm}.bias") - left.pop(f"{norm}.running_mean") * scale
    # The scale is the output channel's, which is torch's first axis for both kinds of convolution.
    turn = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return [(kernel * scale[:, None, None, None]).transpose(turn), bias]


def _torch_name(name: str) -> str:
    return ".".join(part if part.isdigit() else f"_{part}" for part in name.split("-"))
