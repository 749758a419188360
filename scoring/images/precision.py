"""A Keras model whose features are computed in bfloat16: half the bits of a float, and about half the time where the
processor has instructions for it."""

from collections.abc import Iterator
from typing import Any

import keras

from scoring.images.definitions import BFLOAT16
from scoring.images.feature_maps import are_maps, steps_of

# What comes in are pixels: scaled in bfloat16, they would lose more than all that follows.
_SCALING = (keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Normalization)
_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)


def in_bfloat16(model: keras.Model) -> keras.Model:
    """The same model, in which the layers that give maps (`feature_maps.are_maps`) compute in bfloat16, and its
    convolutions also keep their weights so; all others stay as they are, so that logits keep their places.

    Raises ValueError for a model that is no graph of layers.
    """
    lowered = {id(layer) for layer in _with_maps(model)}

    def copy(layer: Any) -> Any:
        config = layer.get_config()
        if id(layer) in lowered:
            config["dtype"] = BFLOAT16 if isinstance(layer, _CONVOLUTIONS) else f"mixed_{BFLOAT16}"
        return layer.__class__.from_config(config)

    made = keras.models.clone_model(model, clone_function=copy, recursive=True)
    made.set_weights(model.get_weights())
    return made


def _with_maps(model: keras.Model) -> Iterator[Any]:
    for layer, output in steps_of(model).taken:
        if isinstance(layer, keras.Model):
            yield from _with_maps(layer)
        elif are_maps(output) and _is_lowered(layer):
            yield layer


def _is_lowered(layer: Any) -> bool:
    """Plain operations among the layers take the type of what they are given."""
    return isinstance(layer, keras.layers.Layer) and not isinstance(layer, _SCALING)
