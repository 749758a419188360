"""The network in TensorFlow: one traced graph, so that no Python runs between its operations."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scoring.images.artefact import ArtefactError
from scoring.images.feature_maps import part
from scoring.images.preprocessing import prepare

_LEAST = 1e-30
INPUT, OUTPUT = "pixels", "logits"


class _Parted:
    """A network whose graphs are functions of TensorFlow: `forward`, and where it could be parted `rest` (from the last
    maps of features on) and `gradient`."""

    def __init__(self, graphs: Any) -> None:
        self._graphs = graphs
        self.has_parts = hasattr(graphs, "gradient")
        self._forward = graphs.forward.get_concrete_function()

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        logits, maps = self._forward(tf.constant(pixels))
        return logits.numpy(), maps

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        maps = features[row : row + 1]
        weights = tf.reduce_mean(self._graphs.gradient(maps, tf.constant(index)), axis=(1, 2), keepdims=True)
        found: NDArray[np.float32] = tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1))[0].numpy()
        return found

    def maps(self, features: Any, row: int) -> NDArray[np.float32]:
        found: NDArray[np.float32] = features[row].numpy()
        return found

    def rest(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self._graphs.rest(tf.constant(maps)).numpy()
        return logits


class KerasNetwork(_Parted):
    """A Keras model as `network.Network`."""

    def __init__(self, model: keras.Model, preprocessing: str, size: int, probabilities: bool) -> None:
        super().__init__(_graphs(model, preprocessing, size, probabilities))


class SavedNetwork(_Parted):
    """A SavedModel that `save` wrote, as `network.Network`. Raises ArtefactError where it is another one."""

    def __init__(self, folder: Path) -> None:
        loaded = tf.saved_model.load(str(folder))
        if not hasattr(loaded, "forward"):
            raise ArtefactError(f"{folder} was exported by an earlier version: export it again.")
        super().__init__(loaded)


def save(model: keras.Model, preprocessing: str, size: int, probabilities: bool, folder: Path) -> None:
    """Write a SavedModel that takes uint8 RGB (n, size, size, 3) and gives logits, preprocessing included."""
    module = _graphs(model, preprocessing, size, probabilities)

    def serve(pixels: Any) -> Any:
        return {OUTPUT: module.forward(pixels)[0]}

    signature = tf.function(serve, input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8, INPUT)])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": signature})


def _graphs(model: keras.Model, preprocessing: str, size: int, probabilities: bool) -> Any:
    parts = part(model)
    dtype = model.inputs[0].dtype
    module = tf.Module()
    # Its variables are saved with it, and live as long as it; the head's are among them. The seeds of layers that
    # change photos at random, in training only, are among the model's alone.
    module.both = parts.both
    module.variables_of_all = [variable.value for variable in model.variables]

    def forward(pixels: Any) -> Any:
        outputs, maps = parts.both(prepare(preprocessing, pixels, dtype), training=False)
        return _as_logits(outputs, probabilities), tf.cast(maps, tf.float32)

    module.forward = tf.function(forward, input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8, INPUT)])
    if parts.head is not None:
        _add_head(module, parts.head, probabilities)
    return module


def _add_head(module: Any, head: Any, probabilities: bool) -> None:
    middle = head.inputs[0]
    maps_like = tf.TensorSpec(middle.shape, tf.float32, "maps")

    def rest(maps: Any) -> Any:
        return _as_logits(head(tf.cast(maps, middle.dtype), training=False), probabilities)

    def gradient(maps: Any, index: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(maps)
            score = rest(maps)[0, index]
        return tape.gradient(score, maps)

    module.rest = tf.function(rest, input_signature=[maps_like])
    module.gradient = tf.function(gradient, input_signature=[maps_like, tf.TensorSpec((), tf.int32, "index")])


def use_cores(cores: int, batches: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // batches))
    tf.config.threading.set_inter_op_parallelism_threads(batches)
    for gpu in tf.config.list_physical_devices("GPU"):
        # Otherwise TensorFlow takes all of the card's memory at once.
        tf.config.experimental.set_memory_growth(gpu, True)


def at_once(cores: int) -> int:
    """On a CPU two batches on half of the cores each wait less for their threads than one on all of them."""
    return 1 if tf.config.list_physical_devices("GPU") else min(2, cores)


def device() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu")) if gpus else "cpu"


def _as_logits(outputs: Any, probabilities: bool) -> Any:
    """Log-probabilities are logits too: softmax takes both to the same place."""
    outputs = tf.cast(outputs, tf.float32)
    return tf.math.log(tf.maximum(outputs, _LEAST)) if probabilities else outputs
