"""The network in TensorFlow: one traced graph, so that no Python runs between its operations."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scoring.images.feature_maps import part
from scoring.images.preprocessing import prepare

_LEAST = 1e-30
INPUT, OUTPUT = "pixels", "logits"


class KerasNetwork:
    """A Keras model as `network.Network`."""

    def __init__(self, model: keras.Model, preprocessing: str, size: int, probabilities: bool) -> None:
        parts = part(model)
        head: Any = parts.head
        dtype = model.inputs[0].dtype
        self.has_gradients = head is not None

        def forward(pixels: Any) -> Any:
            outputs, maps = parts.both(prepare(preprocessing, pixels, dtype), training=False)
            return _as_logits(outputs, probabilities), maps

        def gradient(maps: Any, index: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(maps)
                score = _as_logits(head(maps, training=False), probabilities)[0, index]
            return tape.gradient(score, maps)

        self.traced = tf.function(forward, input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8, INPUT)])
        self._forward = self.traced.get_concrete_function()
        self._gradient = tf.function(gradient, reduce_retracing=True)

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        logits, maps = self._forward(tf.constant(pixels))
        return logits.numpy(), maps

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        maps = features[row : row + 1]
        weights = tf.reduce_mean(self._gradient(maps, tf.constant(index)), axis=(1, 2), keepdims=True)
        found: NDArray[np.float32] = tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1))[0].numpy()
        return found


class SavedNetwork:
    """A SavedModel that `save` wrote, as `network.Network`."""

    has_gradients = False

    def __init__(self, folder: Path, probabilities: bool) -> None:
        # The signature is part of what was loaded, which must stay alive for its variables.
        self._loaded = tf.saved_model.load(str(folder))
        self._forward = self._loaded.signatures["serving_default"]

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        return self._forward(tf.constant(pixels))[OUTPUT].numpy(), None

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        raise NotImplementedError("a SavedModel has no gradients here")


def save(model: keras.Model, preprocessing: str, size: int, probabilities: bool, folder: Path) -> None:
    """Write a SavedModel that takes uint8 RGB (n, size, size, 3) and gives logits, preprocessing included."""
    module = tf.Module()
    module.model = model
    dtype = model.inputs[0].dtype

    def serve(pixels: Any) -> Any:
        return {OUTPUT: _as_logits(model(prepare(preprocessing, pixels, dtype), training=False), probabilities)}

    module.serve = tf.function(serve, input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8, INPUT)])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})


def use_cores(cores: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        # Otherwise TensorFlow takes all of the card's memory at once.
        tf.config.experimental.set_memory_growth(gpu, True)


def device() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu")) if gpus else "cpu"


def _as_logits(outputs: Any, probabilities: bool) -> Any:
    """Log-probabilities are logits too: softmax takes both to the same place."""
    return tf.math.log(tf.maximum(outputs, _LEAST)) if probabilities else outputs
