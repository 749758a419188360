"""A Keras model in two parts: up to its last maps of features, and from there to its outputs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True, slots=True)
class Parts:
    """`both` gives outputs and maps; `head` goes from maps to outputs, None where the model cannot be parted (`both`
    then gives the outputs twice)."""

    both: keras.Model
    head: keras.Model | None


def part(model: keras.Model) -> Parts:
    """The last maps are the last layer output of four dimensions: batch, height, width, channels."""
    if isinstance(model, keras.Sequential):
        return _part_sequence(model)
    found = [output for _, output in outputs_of_layers(model) if len(getattr(output, "shape", ())) == 4]
    try:
        maps = found[-1]
        head = keras.Model(maps, model.outputs[0])
    except (IndexError, ValueError, KeyError, TypeError):
        # There are none, or the outputs also depend on something before them.
        return Parts(keras.Model(model.inputs, [model.outputs[0], model.outputs[0]]), None)
    return Parts(keras.Model(model.inputs, [model.outputs[0], maps]), head)


def outputs_of_layers(model: keras.Model) -> Iterator[tuple[keras.layers.Layer, Any]]:
    """Each layer, and what it gives where it is first used."""
    if isinstance(model, keras.Sequential):
        start = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
        yield from zip(model.layers, _through(model.layers, start), strict=True)
    else:
        yield from ((layer, getattr(layer, "output", None)) for layer in model.layers)


def _part_sequence(model: keras.Sequential) -> Parts:
    """Its layers are called once more: those of a sequence that was loaded do not say what they give."""
    start = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
    steps = _through(model.layers, start)
    places = [place for place, step in enumerate(steps) if len(step.shape) == 4]
    if not places or places[-1] == len(steps) - 1:
        return Parts(keras.Model(start, [steps[-1], steps[-1]]), None)
    maps = steps[places[-1]]
    middle = keras.Input(maps.shape[1:], dtype=maps.dtype)
    head = keras.Model(middle, _through(model.layers[places[-1] + 1 :], middle)[-1])
    return Parts(keras.Model(start, [steps[-1], maps]), head)


def _through(layers: Sequence[keras.layers.Layer], start: Any) -> list[Any]:
    """What each layer gives in turn."""
    steps = []
    for layer in layers:
        start = layer(start)
        steps.append(start)
    return steps
