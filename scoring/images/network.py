"""The network itself, on whichever backend Keras runs: pixels to logits, and what spoke for a class."""

import importlib
import os
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from scoring.images.artefact import MODEL_FILE, SAVED_MODEL, ArtefactError, Manifest

# Only one of the two frameworks need be installed.
framework: Any = importlib.import_module(
    "scoring.images.torch_network" if keras.backend.backend() == "torch" else "scoring.images.tensorflow_network"
)


class Network(Protocol):
    """`has_parts`: whether the network comes in two parts, so that all but `forward` may be asked."""

    has_parts: bool

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        """uint8 RGB (n, side, side, 3) to logits (n, classes), and the last maps of features (the backend's)."""

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        """Grad-CAM (arXiv:1610.02391): how much each place of photo `row` spoke for class `index`, 0 or more."""

    def maps(self, features: Any, row: int) -> NDArray[np.float32]:
        """The last maps of photo `row`: (height, width, channels)."""

    def rest(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Last maps (n, height, width, channels) to logits."""


def load(folder: Path, manifest: Manifest) -> Network:
    """Raises ArtefactError for a layout that the backend cannot read."""
    probabilities = manifest.outputs == "probabilities"
    if manifest.layout == "saved_model":
        if keras.backend.backend() != "tensorflow":
            raise ArtefactError("A SavedModel is served by the TensorFlow backend alone.")
        found: Network = framework.SavedNetwork(folder / SAVED_MODEL)
        return found
    model = keras.saving.load_model(folder / MODEL_FILE, compile=False)
    loaded: Network = framework.KerasNetwork(model, manifest.preprocessing, manifest.size, probabilities)
    return loaded


def use_cores(cores: int | None = None, batches: int | None = None) -> None:
    """Let so many batches beside each other use so many cores together; without a word all cores of this process, and
    as many batches as are served `at_once`.

    Before the first operation only: TensorFlow raises RuntimeError afterwards.
    """
    framework.use_cores(cores or available_cores(), batches or at_once())


def at_once() -> int:
    """How many batches are computed beside each other."""
    return int(framework.at_once(available_cores()))


def device() -> str:
    """Where the network computes: "cpu", or the accelerator's name."""
    return str(framework.device())


def available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
