"""How sure a model may be: a temperature for its best label, and a rule that says "probably none of the classes".

Temperature: Guo et al., 2017 (arXiv:1706.04599). The rules are the usual ones for photos from outside the classes:
largest probability (arXiv:1610.02136), entropy, margin, energy (arXiv:2010.03759); `prominence` counts by how many
standard deviations the best logit stands out of all of them, which a shift of the logits does not change.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.contract.images import Evidence

Logits = NDArray[np.float64]
# Fitted by `python -m scoring.images calibrate`; docs/models.md says on what.
LITE2 = Path(__file__).with_name("calibration.json")
_LEAST = 1e-12


def softmax(logits: Logits, temperature: float = 1.0) -> NDArray[np.float64]:
    """Over the last axis; each row sums to 1."""
    scaled = logits / temperature
    weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def prominence(logits: Logits) -> Logits:
    spread = logits.std(axis=-1)
    return np.asarray((logits.max(axis=-1) - logits.mean(axis=-1)) / np.maximum(spread, _LEAST))


def probability(logits: Logits) -> Logits:
    return np.asarray(softmax(logits).max(axis=-1))


def margin(logits: Logits) -> Logits:
    best = np.partition(logits, -2, axis=-1)
    return np.asarray(best[..., -1] - best[..., -2])


def entropy(logits: Logits) -> Logits:
    """Negative, so that more is surer here too."""
    found = softmax(logits)
    return np.asarray((found * np.log(found + _LEAST)).sum(axis=-1))


def energy(logits: Logits) -> Logits:
    most = logits.max(axis=-1)
    return np.asarray(most + np.log(np.exp(logits - most[..., None]).sum(axis=-1)))


RULES: Mapping[str, Callable[[Logits], Logits]] = {
    "prominence": prominence,
    "probability": probability,
    "margin": margin,
    "entropy": entropy,
    "energy": energy,
}


class CalibrationError(Exception):
    """The file of a calibration cannot be read, or photos do not suffice for one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`inside` and `outside` count the photos it was fitted on, `auroc` is the rule's area under the ROC curve there,
    `kept` the share of the inside photos that are known, `refused` the share of the outside ones that are not; both
    with the photo in question left out of the choice of the threshold."""

    temperature: float
    rule: str
    threshold: float
    inside: int
    outside: int
    auroc: float
    kept: float
    refused: float

    def confidence(self, logits: Logits) -> float:
        """How likely the best label of one photo is right, 0 to 1."""
        return float(softmax(logits, self.temperature).max())

    def evidence(self, logits: Logits) -> Evidence:
        return Evidence(self.rule, float(RULES[self.rule](logits)), self.threshold)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> Calibration | None:
    """None where the model has no calibration. Raises CalibrationError."""
    if not path.exists():
        return None
    try:
        found = Calibration(**json.loads(path.read_text(encoding="utf-8")))
        _check(found)
    except (ValueError, TypeError, OSError) as error:
        raise CalibrationError(f"{path} is no calibration: {error}") from error
    return found


def _check(found: Any) -> None:
    if found.rule not in RULES or not found.temperature > 0 or not np.isfinite(found.threshold):
        raise ValueError(f"its rule must be one of {', '.join(RULES)}, its temperature positive")
