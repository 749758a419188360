"""A Keras model in two parts: up to its last maps of features, and from there to its outputs."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True, slots=True)
class Parts:
    """`both` gives outputs and maps; `head` goes from maps to outputs, None where the model cannot be parted."""

    both: keras.Model
    head: keras.Model | None


def part(model: keras.Model) -> Parts:
    """The last maps are the last layer output of four dimensions: batch, height, width, channels."""
    maps = [layer.output for layer in model.layers if len(getattr(layer.output, "shape", ())) == 4]
    last = maps[-1] if maps else None
    try:
        head = keras.Model(last, model.outputs[0]) if last is not None else None
    except (ValueError, KeyError, TypeError):
        # The outputs also depend on something before the maps.
        head = None
    if head is None:
        return Parts(keras.Model(model.inputs, [model.outputs[0], model.outputs[0]]), None)
    return Parts(keras.Model(model.inputs, [model.outputs[0], last]), head)
