"""A Keras model in two parts: up to its last maps of features, and from there to its outputs."""

from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True, slots=True)
class Parts:
    """`both` gives outputs and maps; `head` goes from maps to outputs, None where the model cannot be parted (`both`
    then gives the outputs twice)."""

    both: keras.Model
    head: keras.Model | None


@dataclass(frozen=True, slots=True)
class Steps:
    """A model as one graph: its input, what each of its layers gives in turn, its outputs."""

    start: Any
    taken: list[tuple[Any, Any]]
    outputs: list[Any]


def part(model: keras.Model) -> Parts:
    """At the last maps, where all of its outputs come from them."""
    steps = steps_of(model)
    maps = next((output for _, output in reversed(steps.taken) if are_maps(output)), None)
    outputs = steps.outputs[0]
    try:
        head = keras.Model(maps, outputs) if maps is not None and maps is not outputs else None
    except ValueError:
        # The outputs also depend on something before them.
        head = None
    return Parts(keras.Model(steps.start, [outputs, outputs if head is None else maps]), head)


def steps_of(model: keras.Model) -> Steps:
    """The model's own layers are called once more: what they gave before may belong to a graph within the model."""
    taken = []

    def called(layer: Any, *arguments: Any, **named: Any) -> Any:
        output = layer(*arguments, **named)
        taken.append((layer, output))
        return output

    if isinstance(model, keras.Sequential):
        start = output = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
        for layer in model.layers:
            output = called(layer, output)
        return Steps(start, taken, [output])
    again = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=called)
    return Steps(again.inputs[0], taken, again.outputs)


def are_maps(output: Any) -> bool:
    """(batch, height, width, channels), of more than one place."""
    shape = getattr(output, "shape", ())
    return len(shape) == 4 and tuple(shape[1:3]) != (1, 1)
