"""The model that the peers of the image comparison serve: the same Keras file, decoded and computed in one of two ways.

BENCH_FOLDER is the model's folder. BENCH_KIND is `documented` (Pillow and `predict_on_batch`, as Keras and the peers
document it) or `borrowed` (this project's decoder and traced graph, warm for every batch shape). Imported by the peers.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scoring.images import labels
from scoring.images.artefact import MODEL_FILE
from scoring.images.calibration import softmax
from scoring.images.decode import decode
from scoring.images.model import ImageModel
from scoring.images.network import use_cores

MAX_BATCH = 8
TOP = 5
_MARGIN = 32


class Scorer(Protocol):
    def decode(self, content: bytes) -> NDArray[np.uint8]:
        """The square that the model sees, uint8 RGB."""

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Of a batch: (n, classes)."""


class Documented:
    def __init__(self, folder: Path) -> None:
        self._model = keras.saving.load_model(folder / MODEL_FILE, compile=False)
        self._side = self._model.input_shape[1]

    def decode(self, content: bytes) -> NDArray[np.uint8]:
        photo = Image.open(io.BytesIO(content)).convert("RGB")
        side = min(photo.size) * self._side / (self._side + _MARGIN)
        left, top = (photo.width - side) / 2, (photo.height - side) / 2
        size = (self._side, self._side)
        return np.asarray(photo.resize(size, Image.Resampling.BICUBIC, (left, top, left + side, top + side)))

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return softmax(np.asarray(self._model.predict_on_batch(pixels), np.float64))


class Borrowed:
    def __init__(self, folder: Path) -> None:
        # The peers ask for one batch at a time.
        use_cores(batches=1)
        self._model = ImageModel(folder)
        self._model.warm()

    def decode(self, content: bytes) -> NDArray[np.uint8]:
        return decode(content, self._model.frame).pixels

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return self._model.probabilities(pixels)


def load() -> Scorer:
    """Warm for every number of photos in a batch."""
    folder = Path(os.environ["BENCH_FOLDER"])
    scorer: Scorer = Documented(folder) if os.environ["BENCH_KIND"] == "documented" else Borrowed(folder)
    side = len(scorer.decode(_grey()))
    for count in range(1, MAX_BATCH + 1):
        scorer.probabilities(np.zeros((count, side, side, 3), np.uint8))
    return scorer


def _grey() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(file, "PNG")
    return file.getvalue()


class Answers:
    """Photos in, the best labels out, ready for JSON."""

    def __init__(self) -> None:
        self._scorer = load()
        self._labels = labels.read()

    def decode(self, content: bytes) -> NDArray[np.uint8]:
        return self._scorer.decode(content)

    def score(self, photos: Sequence[NDArray[np.uint8]]) -> list[Any]:
        return [self._best(row) for row in self._scorer.probabilities(np.stack(photos))]

    def _best(self, row: NDArray[np.float64]) -> list[dict[str, Any]]:
        places = np.argsort(-row)[:TOP]
        return [
            {"id": self._labels[place].id, "label": self._labels[place].label, "score": float(row[place])}
            for place in places
        ]
