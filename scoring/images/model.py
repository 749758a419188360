"""The served model: photos in batches through one network, and what is said of each."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.contract.images import Crop, Evidence, Explanation, Labels, Prediction, Predictions
from scoring.contract.limits import MAX_IMAGE_BYTES
from scoring.contract.problems import Problem, ProblemError
from scoring.contract.reading import ContractError
from scoring.contract.receipt import Receipt
from scoring.images import artefact, calibration, labels, network, protocols, upload
from scoring.images.calibration import softmax
from scoring.images.decode import Frame, Photo, decode
from scoring.images.explain import GREY, Map, hidden_halves, hidden_places, overlay
from scoring.service.model import Body
from scoring.service.tensors import Tensor

# Every batch is filled up to one of these sizes, so that memory is planned for a few shapes and no more. On a CPU each
# photo costs the same in any of them (bench/images.py prints it): one that only fills up is time lost, and more than
# eight gain nothing. On a GPU two take hardly longer than one, and 32 a fifth of the time for each.
CPU_BATCH_SIZES = (1, 2, 3, 4, 5, 6, 7, 8)
GPU_BATCH_SIZES = (1, 2, 4, 8, 16, 32)
_ROOM_FOR_A_FORM = 16 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo, how many labels its sender wants, and of what an explanation ("" is none; None is the best class)."""

    photo: Photo
    top: int
    explain: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a photo shows, best first; sizes are pixels of the upright photo."""

    predictions: tuple[Prediction, ...]
    width: int
    height: int
    crop: Crop
    evidence: Evidence | None = None
    confidence: float | None = None
    explanation: Explanation | None = None
    rendering: bytes | None = None


class ImageModel:
    """Any model of this package's folders, as `scoring.service` serves it."""

    max_body_bytes = MAX_IMAGE_BYTES + _ROOM_FOR_A_FORM
    reads_fast = False
    scores_fast = False
    described = protocols.DESCRIBED
    outputs = protocols.OUTPUTS

    def __init__(self, folder: Path) -> None:
        """Load a build. Raises ArtefactError where it is missing or altered, CalibrationError."""
        manifest = artefact.verify(folder)
        self.name = manifest.name
        self.version = manifest.version
        self.device = network.device()
        self.batch_sizes = CPU_BATCH_SIZES if self.device == "cpu" else GPU_BATCH_SIZES
        self.max_batch = self.batch_sizes[-1]
        self.at_once = network.at_once()
        self.frame = Frame(manifest.size, manifest.resample)
        self.inputs = protocols.inputs(manifest.size)
        self.dialects = protocols.dialects(Asked, partial(decode, frame=self.frame))
        self._labels = labels.read(folder / artefact.LABELS_FILE)
        self._places = {label.id: place for place, label in enumerate(self._labels)}
        self._calibration = calibration.read(folder / artefact.CALIBRATION_FILE)
        self._network = network.load(folder, manifest)

    def warm(self) -> None:
        side = self.frame.size
        black = np.zeros((self.max_batch, side, side, 3), np.uint8)
        # TensorFlow's kernels keep what they prepare once for each thread.
        with ThreadPoolExecutor(self.at_once) as threads:
            for size in self.batch_sizes:
                *_, (_, maps) = threads.map(self._forward, [black[:size]] * self.at_once)
        if self._network.has_parts:
            self._network.saliency(maps, 0, 0)
            hidden_places(self._network.maps(maps, 0), 0, self._rest)
        else:
            self._nothing  # noqa: B018  computed once, and kept

    def read(self, body: Body) -> Asked:
        wanted = upload.options(body.query)
        index = self._index(wanted.class_id) if wanted.class_id else None
        if wanted.explain == "gradcam" and not self._network.has_parts:
            raise _no_gradients()
        return Asked(decode(upload.photo(body), self.frame, wanted.rendering), wanted.top, wanted.explain, index)

    def score(self, items: Sequence[Asked]) -> Sequence[Seen | Exception]:
        logits, maps = self._forward(np.stack([item.photo.pixels for item in items]))
        return [self._seen(item, logits[row], maps, row) for row, item in enumerate(items)]

    def write(self, score: Seen, receipt: Receipt) -> dict[str, Any]:
        evidence = score.evidence
        return Predictions(
            predictions=score.predictions,
            width=score.width,
            height=score.height,
            receipt=receipt,
            known=evidence.score >= evidence.threshold if evidence else None,
            evidence=evidence,
            confidence=score.confidence,
            crop=score.crop,
            explanation=score.explanation,
            rendering=score.rendering,
        ).to_json()

    def labels(self) -> dict[str, Any]:
        return Labels(self.name, self.version, self._labels).to_json()

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Asked]:
        """Raises ContractError, ProblemError."""
        return protocols.read_tensors(Asked, self.frame, tensors, parameters)

    def write_tensors(self, scores: Sequence[Seen]) -> list[Tensor]:
        return protocols.write_tensors([one.predictions for one in scores])

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """uint8 RGB (n, side, side, 3), n of any size, to (n, classes)."""
        parts = range(0, len(pixels), self.max_batch)
        return np.concatenate([self._forward(pixels[start : start + self.max_batch])[0] for start in parts])

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Softmax over the classes of `logits`: each row sums to 1."""
        return softmax(self.logits(pixels))

    def _forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], Any]:
        count = len(pixels)
        size = next(size for size in self.batch_sizes if size >= count)
        if size > count:
            pixels = np.concatenate([pixels, np.zeros((size - count, *pixels.shape[1:]), np.uint8)])
        logits, maps = self._network.forward(pixels)
        return logits[:count].astype(np.float64), maps

    def _seen(self, item: Asked, logits: NDArray[np.float64], maps: Any, row: int) -> Seen:
        scores = softmax(logits)
        best = np.argsort(-scores, kind="stable")[: item.top]
        known = self._calibration
        return Seen(
            predictions=tuple(Prediction(self._labels[i].id, self._labels[i].label, float(scores[i])) for i in best),
            width=item.photo.width,
            height=item.photo.height,
            crop=item.photo.crop,
            evidence=known.evidence(logits) if known else None,
            confidence=known.confidence(logits) if known else None,
            explanation=self._explanation(item, logits, maps, row, int(best[0])) if item.explain else None,
            rendering=item.photo.rendering or None,
        )

    def _explanation(self, item: Asked, logits: NDArray[np.float64], maps: Any, row: int, best: int) -> Explanation:
        index = best if item.index is None else item.index
        if item.explain != "occlusion" and self._network.has_parts:
            method, strength = "gradcam", self._network.saliency(maps, row, index)
        else:
            method, strength = "occlusion", self._occlusion(item.photo.pixels, logits, maps, row, index)
        label = self._labels[index]
        return Explanation(label.id, label.label, method, overlay(strength, self.frame.size))

    def _occlusion(
        self, pixels: NDArray[np.uint8], logits: NDArray[np.float64], maps: Any, row: int, index: int
    ) -> Map:
        if self._network.has_parts:
            return hidden_places(self._network.maps(maps, row), index, self._rest)
        return hidden_halves(pixels, index, logits, self._nothing, self.logits)

    def _rest(self, maps: NDArray[np.float32]) -> NDArray[np.float64]:
        return self._network.rest(maps).astype(np.float64)

    @cached_property
    def _nothing(self) -> NDArray[np.float64]:
        """What the network says of a photo that shows nothing."""
        side = self.frame.size
        logits: NDArray[np.float64] = self.logits(np.full((1, side, side, 3), GREY, np.uint8))[0]
        return logits

    def _index(self, class_id: str) -> int:
        found = self._places.get(class_id)
        if found is None:
            raise ContractError(
                "unknown-class", "The model has no class of this id; GET /v1/labels lists them.", "class"
            )
        return found


def _no_gradients() -> ProblemError:
    detail = "This model has no gradients. Ask with explain=occlusion or explain=auto."
    return ProblemError(Problem(422, "explain-unavailable", "Grad-CAM is not available", detail, field="explain"))
