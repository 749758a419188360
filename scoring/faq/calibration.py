"""From a fit to a probability, and from which probability on an entry is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from scoring.faq.index import Fits, Floats

CANDIDATES = 5
DEFAULT_THRESHOLD = 0.5
MOST_FALSE_ACCEPTS = 0.3
LOWEST_THRESHOLD = 0.05
HIGHEST_THRESHOLD = 0.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt, 1999) over an entry's fit, its lead, its nearest asking and the words that are known."""

    weights: Floats
    bias: float
    threshold: float

    def probabilities(self, fits: Fits, known: Floats) -> Floats:
        """Questions × entries, 0 to 1. A question without one known word has no match."""
        logits = evidence(fits, known) @ self.weights + self.bias
        return np.where(known[:, None] > 0, 1 / (1 + np.exp(-logits)), 0.0)


def evidence(fits: Fits, known: Floats) -> Floats:
    """Questions × entries × 4."""
    ordered = np.sort(fits.fit, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    rival = np.where(fits.fit >= best, second, best)
    shared = np.broadcast_to(known[:, None], fits.fit.shape)
    return np.stack([fits.fit, fits.fit - rival, fits.nearest, shared], axis=2)


def calibrate(folds: Sequence[tuple[Fits, Floats, NDArray[np.int64]]], seed: int) -> Calibration:
    """Each fold: the fits, the known shares, and the right entry of each question (-1 where none answers it)."""
    rows, right = [], []
    for fits, known, owner in folds:
        every = evidence(fits, known)
        for at, best in enumerate(np.argsort(-fits.fit, axis=1, kind="stable")[:, :CANDIDATES]):
            rows.append(every[at, best])
            right.append(best == owner[at])
    model = LogisticRegression(C=10.0, random_state=seed, max_iter=1000)
    model.fit(np.concatenate(rows), np.concatenate(right))
    open_ended = Calibration(model.coef_[0], float(model.intercept_[0]), 0.0)
    return Calibration(open_ended.weights, open_ended.bias, _threshold(open_ended, folds))


def _threshold(calibration: Calibration, folds: Sequence[tuple[Fits, Floats, NDArray[np.int64]]]) -> float:
    """The lowest at which few questions that no entry answers, near misses most of them, are answered."""
    wrong = [calibration.probabilities(fits, known)[owner < 0].max(axis=1) for fits, known, owner in folds]
    scores = np.concatenate(wrong)
    if not len(scores):
        return DEFAULT_THRESHOLD
    return float(np.clip(np.quantile(scores, 1 - MOST_FALSE_ACCEPTS), LOWEST_THRESHOLD, HIGHEST_THRESHOLD).round(4))
