"""Fit a calibration on photos: those of the classes, named by their label, and those that show none of them.

Few photos are at hand as a rule, and good ones. So each also counts mirrored, closer and blurred, and the figures are
those of photos left out of the choice of the threshold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scoring.contract.images import Label
from scoring.images.calibration import RULES, Calibration, CalibrationError, Logits, softmax
from scoring.images.decode import Frame, decode

Forward = Callable[[NDArray[np.uint8]], Logits]
_FEWEST = 5
_TEMPERATURES = np.round(np.arange(0.2, 5.01, 0.05), 2)
_PHOTOS = (".jpg", ".jpeg", ".png", ".webp")
_CLOSER = 0.08
_TOLD_APART = 0.7
_BLUR = 2


@dataclass(frozen=True, slots=True)
class Fitted:
    """The calibration, and the area under the ROC curve of every rule that was tried."""

    calibration: Calibration
    areas: dict[str, float]

    def doubt(self) -> str | None:
        """What is to be said where no rule tells the photos apart."""
        if self.calibration.auroc >= _TOLD_APART:
            return None
        return (
            "The photos inside and outside are hardly told apart (area under the ROC curve "
            f'{self.calibration.auroc:.2f}; chance is 0.50), so that "probably none" will mean little. '
            "Do the folders hold what they should?"
        )


def fit(inside: Path, outside: Path, labels: Sequence[Label], frame: Frame, forward: Forward) -> Fitted:
    """`forward` gives the logits (n, classes) of pixels (n, side, side, 3). A file inside is named by its label, `_`
    for each space, and anything after `--`. Raises CalibrationError, ProblemError."""
    targets = np.array([named(path, labels) for path in photos(inside)])
    known, unknown = (_logits(folder, frame, forward) for folder in (inside, outside))
    areas = {name: area(rule(known).ravel(), rule(unknown).ravel()) for name, rule in RULES.items()}
    best = max(areas, key=lambda name: areas[name])
    scores, others = RULES[best](known), RULES[best](unknown)
    calibration = Calibration(
        temperature=_temperature(known, targets),
        rule=best,
        threshold=round(threshold(scores, others), 4),
        inside=len(known),
        outside=len(unknown),
        auroc=round(areas[best], 4),
        kept=round(_share(scores, lambda rest: threshold(rest, others), np.greater_equal), 4),
        refused=round(_share(others, lambda rest: threshold(scores, rest), np.less), 4),
    )
    return Fitted(calibration, {name: round(found, 4) for name, found in areas.items()})


def area(inside: Logits, outside: Logits) -> float:
    """How likely a photo inside scores above one outside: the area under the ROC curve, ties counting half."""
    above = (inside[:, None] > outside[None, :]).mean()
    return float(above + (inside[:, None] == outside[None, :]).mean() / 2)


def threshold(inside: Logits, outside: Logits) -> float:
    """Where the shares told right on both sides have the largest mean; the middle one where several do."""
    values = np.unique(np.concatenate([inside.ravel(), outside.ravel()]))
    between = (values[1:] + values[:-1]) / 2 if len(values) > 1 else values
    kept = (inside.ravel()[None, :] >= between[:, None]).mean(axis=1)
    refused = (outside.ravel()[None, :] < between[:, None]).mean(axis=1)
    return float(np.median(between[np.isclose(kept + refused, (kept + refused).max())]))


def _logits(folder: Path, frame: Frame, forward: Forward) -> Logits:
    """Of every view of every photo: (photos, views, classes)."""
    return np.stack([forward(_views(decode(path.read_bytes(), frame).pixels)) for path in photos(folder)])


def _views(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = len(pixels)
    photo = Image.fromarray(pixels)
    margin = side * _CLOSER
    closer = photo.resize((side, side), Image.Resampling.BICUBIC, (margin, margin, side - margin, side - margin))
    blurred = photo.resize((side // _BLUR, side // _BLUR), Image.Resampling.BICUBIC)
    blurred = blurred.resize((side, side), Image.Resampling.BICUBIC)
    return np.stack([pixels, pixels[:, ::-1], np.asarray(closer), np.asarray(blurred)])


def named(path: Path, labels: Sequence[Label]) -> int:
    """The place of the label that the file is named by. Raises CalibrationError."""
    name = path.stem.partition("--")[0].replace("_", " ")
    for number, label in enumerate(labels):
        if label.label == name:
            return number
    raise CalibrationError(f"{path.name} is named by no label of the model.")


def photos(folder: Path) -> list[Path]:
    """Raises CalibrationError where there is no such folder or it holds too few."""
    if not folder.is_dir():
        raise CalibrationError(f"There is no folder {folder}.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PHOTOS)
    if len(found) < _FEWEST:
        raise CalibrationError(f"{folder} holds {len(found)} photo(s); {_FEWEST} or more are needed.")
    return found


def _temperature(logits: Logits, targets: NDArray[np.intp]) -> float:
    """The one with the least mean negative log-likelihood."""

    def loss(temperature: float) -> float:
        right = softmax(logits, temperature)[np.arange(len(targets)), :, targets]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    return float(min(_TEMPERATURES, key=loss))


def _share(scores: Logits, choose: Callable[[Logits], float], holds: Callable[[Logits, float], Logits]) -> float:
    """The share of views told right by a threshold that is chosen without any view of the same photo."""
    return float(np.mean([holds(row, choose(np.delete(scores, one, axis=0))) for one, row in enumerate(scores)]))
