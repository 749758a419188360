"""The served model: photos in batches through one traced graph."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scoring.contract.images import Labels, Prediction, Predictions
from scoring.contract.limits import MAX_IMAGE_BYTES
from scoring.contract.receipt import Receipt
from scoring.images import artefact, labels, protocols, upload
from scoring.images.decode import SIZE, Photo, decode
from scoring.service.model import Body
from scoring.service.tensors import Tensor

# Every batch is filled up to one of these sizes, so that TensorFlow plans memory for four shapes and no more.
BATCH_SIZES = (1, 2, 4, 8)
_ROOM_FOR_A_FORM = 16 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo, and how many labels its sender wants."""

    photo: Photo
    top: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a photo shows, best first, and the size of the upright photo in pixels."""

    predictions: tuple[Prediction, ...]
    width: int
    height: int


class ImageModel:
    """EfficientNet-Lite2 as `scoring.service` serves it."""

    max_batch = BATCH_SIZES[-1]
    max_body_bytes = MAX_IMAGE_BYTES + _ROOM_FOR_A_FORM
    reads_fast = False
    scores_fast = False
    described = protocols.DESCRIBED
    dialects = protocols.dialects(Asked)
    inputs = protocols.INPUTS
    outputs = protocols.OUTPUTS

    def __init__(self, folder: Path) -> None:
        """Load a build. Raises ArtefactError where it is missing or altered."""
        manifest = artefact.verify(folder)
        self.name = manifest.name
        self.version = manifest.version
        self._labels = labels.read(folder / artefact.LABELS_FILE)
        self._logits = _traced(keras.saving.load_model(folder / artefact.MODEL_FILE, compile=False))

    def warm(self) -> None:
        black = np.zeros((max(BATCH_SIZES), SIZE, SIZE, 3), np.uint8)
        for size in BATCH_SIZES:
            self.probabilities(black[:size])

    def read(self, body: Body) -> Asked:
        top = upload.top(body.query)
        return Asked(decode(upload.photo(body)), top)

    def score(self, items: Sequence[Asked]) -> Sequence[Seen | Exception]:
        scores = self.probabilities(np.stack([item.photo.pixels for item in items]))
        return [self._seen(item, row) for item, row in zip(items, scores, strict=True)]

    def write(self, score: Seen, receipt: Receipt) -> dict[str, Any]:
        return Predictions(score.predictions, score.width, score.height, receipt).to_json()

    def labels(self) -> dict[str, Any]:
        return Labels(self.name, self.version, self._labels).to_json()

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Asked]:
        """Raises ContractError, ProblemError."""
        return protocols.read_tensors(Asked, tensors, parameters)

    def write_tensors(self, scores: Sequence[Seen]) -> list[Tensor]:
        return protocols.write_tensors([one.predictions for one in scores])

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Softmax over the classes: uint8 (n, 260, 260, 3) with n from 1 to 8, to (n, 1000). Each row sums to 1."""
        padded = np.zeros((_batch_size(len(pixels)), SIZE, SIZE, 3), np.uint8)
        padded[: len(pixels)] = pixels
        logits = self._logits(tf.constant(padded)).numpy()[: len(pixels)].astype(np.float64)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def _seen(self, item: Asked, scores: NDArray[np.float64]) -> Seen:
        best = np.argsort(-scores, kind="stable")[: item.top]
        predictions = (Prediction(self._labels[i].id, self._labels[i].label, float(scores[i])) for i in best)
        return Seen(tuple(predictions), item.photo.width, item.photo.height)


def use_cores(cores: int | None = None) -> None:
    """Let one batch use this many cores, those this process may use unless said otherwise.

    TensorFlow takes this before its first operation only; RuntimeError afterwards.
    """
    tf.config.threading.set_intra_op_parallelism_threads(cores or _available_cores())
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batch_size(items: int) -> int:
    return next(size for size in BATCH_SIZES if size >= items)


def _traced(model: keras.Model) -> Any:
    signature = [tf.TensorSpec((None, SIZE, SIZE, 3), tf.uint8)]
    return tf.function(lambda pixels: model(pixels, training=False), input_signature=signature).get_concrete_function()
