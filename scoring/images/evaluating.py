"""How good a served model is on photos of one's own: those of its classes, and those of none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.contract.images import Label
from scoring.images.calibrating import Forward, named, photos
from scoring.images.calibration import RULES, Calibration, Logits, softmax
from scoring.images.decode import Frame, decode


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares from 0 to 1, None where they cannot be told. `confidence` is the mean confidence of the best labels, which
    an honest model has near `top1`; `kept` counts inside photos that are known, `refused` outside ones that are not."""

    inside: int
    top1: float
    top5: float
    confidence: float | None
    kept: float | None
    outside: int = 0
    refused: float | None = None

    def lines(self) -> Iterator[str]:
        yield f"{self.inside} photos of the classes: top-1 {self.top1:.3f}, top-5 {self.top5:.3f}"
        if self.confidence is not None and self.kept is not None:
            yield f"mean confidence of the best label {self.confidence:.3f}; known {self.kept:.3f}"
        if self.refused is not None:
            yield f'{self.outside} photos of none: told as "probably none" {self.refused:.3f}'


def evaluate(
    inside: Path,
    outside: Path | None,
    labels: Sequence[Label],
    frame: Frame,
    forward: Forward,
    calibration: Calibration | None,
) -> Measured:
    """The photos as they are, named as for `calibrate`. Raises CalibrationError, ProblemError."""
    files = photos(inside)
    targets = np.array([named(path, labels) for path in files])
    logits = _logits(files, frame, forward)
    order = np.argsort(-logits, axis=-1)
    others = photos(outside) if outside else []
    return Measured(
        inside=len(files),
        top1=float((order[:, 0] == targets).mean()),
        top5=float((order[:, :5] == targets[:, None]).any(axis=1).mean()),
        confidence=_confidence(logits, calibration),
        kept=_known(logits, calibration),
        outside=len(others),
        refused=_unknown(_logits(others, frame, forward), calibration) if others else None,
    )


def _logits(files: Sequence[Path], frame: Frame, forward: Forward) -> Logits:
    pixels: list[NDArray[np.uint8]] = [decode(path.read_bytes(), frame).pixels for path in files]
    return forward(np.stack(pixels))


def _confidence(logits: Logits, calibration: Calibration | None) -> float | None:
    return None if calibration is None else float(softmax(logits, calibration.temperature).max(axis=-1).mean())


def _known(logits: Logits, calibration: Calibration | None) -> float | None:
    return None if calibration is None else float((RULES[calibration.rule](logits) >= calibration.threshold).mean())


def _unknown(logits: Logits, calibration: Calibration | None) -> float | None:
    known = _known(logits, calibration)
    return None if known is None else 1 - known
