"""From a fit to a probability, and from which probability on an entry is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from scoring.faq.features import Floats
from scoring.faq.index import Fits

CANDIDATES = 5
LEAST_KNOWN = 0.2
LEAST_QUESTIONS = 200
MOST_OFF_TOPIC = 0.01
MOST_REJECTED = 0.05
LOWEST_THRESHOLD = 0.05
HIGHEST_THRESHOLD = 0.9
HIGHEST_UNTRIED = 0.35
# Weights of `evidence` for an FAQ without paraphrases: printed by `python -m scoring.faq.quality --prior`.
PRIOR_WEIGHTS = (0.509, 1.083, 0.0, 0.0, 0.786, -0.005)
PRIOR_BIAS = -2.365

Order = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fold:
    """Questions an index had not seen, and the place of the entry that answers each (-1: none)."""

    fits: Fits
    owner: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt, 1999) over what speaks for a candidate. `middle` and `spread` are those of the best fits
    of questions that no entry answers: against them every FAQ's fits are of one scale."""

    middle: float
    spread: float
    weights: Floats
    bias: float
    threshold: float

    def best(self, fits: Fits, top: int) -> tuple[Order, Floats]:
        """Questions × top: the entries that fit best, the best first, and the probability (0 to 1) of each; 0 for a
        question that has hardly a known word."""
        order = _best(fits.fit, max(top, CANDIDATES) + 1)
        told = evidence(fits, order, self.middle, self.spread)
        # Not a product of matrices: that rounds otherwise for another number of questions.
        logits = np.einsum("qce,e->qc", told, self.weights) + self.bias
        scores = 1 / (1 + np.exp(-logits))
        scores[fits.texts.known < LEAST_KNOWN] = 0.0
        kept = order[:, :top]
        return kept, np.minimum.accumulate(scores[:, : kept.shape[1]], axis=1)


def evidence(fits: Fits, order: Order, middle: float, spread: float) -> Floats:
    """Questions × candidates × 6: the fit without learning, its lead, the learnt log-odds, their lead, the question's
    share of known words, the log-odds of its domain. `order`: the candidates, and where there are as many entries, at
    least CANDIDATES and the next, so that what leads does not depend on how many are asked for."""
    cold = np.take_along_axis(fits.cold, order, axis=1)
    learnt = np.zeros_like(cold) if fits.learnt is None else _log_odds(fits.learnt, order)
    known = np.broadcast_to(fits.texts.known[:, None], cold.shape)
    domain = np.broadcast_to(fits.domain[:, None], cold.shape)
    return np.stack([(cold - middle) / spread, _lead(cold) / spread, learnt, _lead(learnt), known, domain], axis=2)


def calibrate(folds: Sequence[Fold], seed: int) -> Calibration:
    """With few questions that have an answer, the weights are the ones that ship."""
    middle, spread = scale(folds)
    if sum(int((fold.owner >= 0).sum()) for fold in folds) < LEAST_QUESTIONS:
        weights, bias = np.array(PRIOR_WEIGHTS, dtype=np.float32), PRIOR_BIAS
    else:
        weights, bias = fit_weights(*examples(folds, middle, spread), seed)
    threshold = _threshold(Calibration(middle, spread, weights, bias, 0.0), folds)
    return Calibration(middle, spread, weights, bias, threshold)


def scale(folds: Sequence[Fold]) -> tuple[float, float]:
    """Middle and spread of the best fits of questions that no entry answers."""
    strange = np.concatenate([fold.fits.cold[fold.owner < 0].max(axis=1) for fold in folds])
    return float(strange.mean()), max(float(strange.std()), 1e-3)


def fit_weights(rows: Floats, right: NDArray[np.bool_], seed: int) -> tuple[Floats, float]:
    model = LogisticRegression(C=10.0, random_state=seed, max_iter=1000).fit(rows, right)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def examples(folds: Sequence[Fold], middle: float, spread: float) -> tuple[Floats, NDArray[np.bool_]]:
    """The evidence of each question's CANDIDATES best entries, and whether it is right."""
    rows, right = [], []
    for fold in folds:
        order = _best(fold.fits.fit, CANDIDATES + 1)
        candidates = evidence(fold.fits, order, middle, spread)[:, :CANDIDATES]
        rows.append(candidates.reshape(-1, candidates.shape[2]))
        right.append((order[:, :CANDIDATES] == fold.owner[:, None]).ravel())
    return np.concatenate(rows), np.concatenate(right)


def _threshold(calibration: Calibration, folds: Sequence[Fold]) -> float:
    """Where few strangers are answered, but never so high that many good answers are lost."""
    best = [calibration.best(fold.fits, 1) for fold in folds]
    owner = np.concatenate([fold.owner for fold in folds])
    first = np.concatenate([order[:, 0] for order, _ in best])
    score = np.concatenate([scores[:, 0] for _, scores in best])
    strange, good = score[owner < 0], score[first == owner]
    found = float(np.quantile(strange, 1 - MOST_OFF_TOPIC))
    if len(good) >= LEAST_QUESTIONS:
        found = min(found, float(np.quantile(good, MOST_REJECTED)))
    else:
        found = min(found, HIGHEST_UNTRIED)
    return round(float(np.clip(found, LOWEST_THRESHOLD, HIGHEST_THRESHOLD)), 4)


def _best(fit: Floats, top: int) -> Order:
    if top < fit.shape[1]:
        few = np.argpartition(-fit, top - 1, axis=1)[:, :top]
        few.sort(axis=1)
        return np.take_along_axis(few, np.argsort(-np.take_along_axis(fit, few, axis=1), axis=1, kind="stable"), axis=1)
    return np.argsort(-fit, axis=1, kind="stable")


def _lead(values: Floats) -> Floats:
    """Over the best of the others, among the first CANDIDATES and the next."""
    ordered = np.sort(values[:, : CANDIDATES + 1], axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    return values - np.where(values >= best, second, best)


def _log_odds(logits: Floats, order: Order) -> Floats:
    """Of the softmax over all entries, at the candidates."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    whole = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    chance = np.exp(np.take_along_axis(shifted, order, axis=1) - whole)
    odds: Floats = np.log(chance + 1e-6) - np.log1p(1e-6 - chance)
    return odds
