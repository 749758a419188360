"""From a fit to a probability, and from which probability on an entry is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from scoring.faq.features import Floats
from scoring.faq.index import Fits

CANDIDATES = 3
LEAST_KNOWN = 0.2
LEAST_QUESTIONS = 200
MOST_OFF_TOPIC = 0.01
MOST_OUTSIDE = 0.05
MOST_SALADS = 0.01
MOST_SENSELESS = 0.04
MOST_UNSURE = 0.01
LOWEST_THRESHOLD = 0.05
HIGHEST_THRESHOLD = 0.9
HIGHEST_UNTRIED = 0.33
# By a whole percent, so that what is not answered reads as less, too.
JUST_BELOW = 0.01

Ranked = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Prior:
    """The weights of Calibration for an FAQ with too few paraphrases."""

    belongs: tuple[float, ...]
    fits: tuple[float, ...]


# By encoder; printed by `python -m scoring.faq.quality --prior`.
PRIORS = {
    "static": Prior(belongs=(1.039, 1.908, 0.047, -3.04), fits=(0.113, 2.579, 0.0, 0.0, -0.485)),
    "minilm": Prior(belongs=(1.189, 1.948, -0.202, -3.977), fits=(0.194, 5.18, 0.0, 0.0, -0.634)),
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Questions an index had not seen, and the place of the entry that answers each (-1: none); word salads."""

    fits: Fits
    owner: NDArray[np.int64]
    salads: Fits


@dataclass(frozen=True, slots=True)
class Sense:
    """Tells questions from word salads: the weights of the log-odds that it is a question, and those below which it is
    taken for none. No score is made of it: nobody knows how often a salad comes."""

    weights: Floats
    least: float

    def lacks(self, rows: Floats) -> NDArray[np.bool_]:
        """`rows`: those of `making_sense`."""
        lacking: NDArray[np.bool_] = np.einsum("qe,e->q", rows, self.weights) < self.least
        return lacking


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt, 1999), twice: the chance that any entry answers a question, and, given that one does, that
    it is this one. Of `belongs` and `fits` the last number is the bias. `middle` and `spread` are those of the best
    fits of questions that no entry answers: against them every FAQ's fits are of one scale. `weighs_learnt`: whether
    `belongs` was fitted to what was learnt; that of a few paraphrases has no scale which the prior could know.
    `least`: the chance of belonging below which nothing is an answer; `threshold`: the same for an entry's
    probability. `sense`: with too few paraphrases to learn it from, None."""

    middle: float
    spread: float
    belongs: Floats
    fits: Floats
    weighs_learnt: bool
    least: float
    threshold: float
    sense: Sense | None = None

    def best(self, fits: Fits, top: int) -> tuple[Ranked, Floats]:
        """Questions × top: the entries that fit best, the best first, and the probability (0 to 1) of each; 0 for a
        question that has hardly a known word, below the threshold for one that hardly belongs or makes no sense."""
        order = _best(fits.fit, max(top, CANDIDATES) + 1)
        rows = belonging(fits, self.middle, self.spread, self.weighs_learnt)
        belongs = _chance(rows, self.belongs)
        scores = belongs[:, None] * _chance(evidence(fits, order, self.middle, self.spread), self.fits)
        outside = belongs < self.least
        if self.sense is not None:
            outside |= self.sense.lacks(making_sense(rows, fits, order[:, 0]))
        scores[outside] = np.minimum(scores[outside], self.threshold - JUST_BELOW)
        scores[fits.texts.known < LEAST_KNOWN] = 0.0
        kept = order[:, :top]
        return kept, np.minimum.accumulate(scores[:, : kept.shape[1]], axis=1)


def belonging(fits: Fits, middle: float, spread: float, weighs_learnt: bool = True) -> Floats:
    """Questions × 3: how far the best entry is before "none of them" (where that is not learnt or not weighed: the
    log-odds of the domain), the best fit without learning, the share of known words."""
    learnt = fits.learnt if weighs_learnt else None
    inside = fits.domain if learnt is None else learnt[:, :-1].max(axis=1) - learnt[:, -1]
    return np.stack([inside, (fits.cold.max(axis=1) - middle) / spread, fits.texts.known], axis=1)


def making_sense(belonging: Floats, fits: Fits, first: NDArray[np.intp]) -> Floats:
    """Questions × 6: what speaks for its belonging, how much of it the entry that fits best covers, its order."""
    covered = fits.covered[np.arange(len(first)), first]
    return np.concatenate([belonging, covered[:, None], fits.order], axis=1)


def evidence(fits: Fits, order: Ranked, middle: float, spread: float) -> Floats:
    """Questions × candidates × 4: the likeness, its lead when coverage is added, the learnt log-odds, their lead.
    `order`: the candidates, and where there are as many entries, at least CANDIDATES and the next, so that what leads
    does not depend on how many are asked for."""
    cold = np.take_along_axis(fits.cold, order, axis=1)
    covered = np.take_along_axis(fits.covered, order, axis=1)
    learnt = np.zeros_like(cold) if fits.learnt is None else _log_odds(fits.learnt[:, :-1], order)
    return np.stack([(cold - middle) / spread, _lead(cold + covered) / spread, learnt, _lead(learnt)], axis=2)


def calibrate(folds: Sequence[Fold], seed: int, prior: Prior) -> Calibration:
    """With few questions that have an answer, the weights are those of `prior`."""
    middle, spread = scale(folds)
    enough = sum(int((fold.owner >= 0).sum()) for fold in folds) >= LEAST_QUESTIONS
    if enough:
        belongs = fit_weights(*inside(folds, middle, spread), seed)
        fitting = fit_weights(*examples(folds, middle, spread), seed)
    else:
        belongs, fitting = np.array(prior.belongs, dtype=np.float32), np.array(prior.fits, dtype=np.float32)
    calibration = Calibration(middle, spread, belongs, fitting, enough, 0.0, 1.0)
    sense = _sense(folds, middle, spread, seed) if enough else None
    calibration = replace(calibration, least=_least(calibration, folds), sense=sense)
    return replace(calibration, threshold=_threshold(calibration, folds))


def scale(folds: Sequence[Fold]) -> tuple[float, float]:
    """Middle and spread of the best fits of questions that no entry answers."""
    strange = np.concatenate([fold.fits.cold[fold.owner < 0].max(axis=1) for fold in folds])
    return float(strange.mean()), max(float(strange.std()), 1e-3)


def fit_weights(rows: Floats, right: NDArray[np.bool_], seed: int) -> Floats:
    model = LogisticRegression(C=10.0, random_state=seed, max_iter=1000).fit(rows, right)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)


def inside(
    folds: Sequence[Fold], middle: float, spread: float, weighs_learnt: bool = True
) -> tuple[Floats, NDArray[np.bool_]]:
    """What speaks for each question's belonging, and whether it does."""
    rows = [belonging(fold.fits, middle, spread, weighs_learnt) for fold in folds]
    return np.concatenate(rows), np.concatenate([fold.owner >= 0 for fold in folds])


def examples(folds: Sequence[Fold], middle: float, spread: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Of the questions whose entry is among their CANDIDATES best: the evidence of each of those, and which is right.
    From the others nothing is learnt about which it is."""
    rows, right = [], []
    for fold in folds:
        order = _best(fold.fits.fit, CANDIDATES + 1)
        candidates = evidence(fold.fits, order, middle, spread)[:, :CANDIDATES]
        hit = order[:, :CANDIDATES] == fold.owner[:, None]
        among = hit.any(axis=1)
        rows.append(candidates[among].reshape(-1, candidates.shape[2]))
        right.append(hit[among].ravel())
    return np.concatenate(rows), np.concatenate(right)


def _sense(folds: Sequence[Fold], middle: float, spread: float, seed: int) -> Sense:
    """Which few salads have, but never so much of it that many good questions lack it."""
    good = np.concatenate([_making_sense(fold.fits, middle, spread)[fold.owner >= 0] for fold in folds])
    salads = np.concatenate([_making_sense(fold.salads, middle, spread) for fold in folds])
    fitted = fit_weights(np.concatenate([good, salads]), np.repeat([True, False], [len(good), len(salads)]), seed)
    weights = fitted[:-1]
    least = min(np.quantile(salads @ weights, 1 - MOST_SALADS), np.quantile(good @ weights, MOST_SENSELESS))
    return Sense(weights, float(least))


def _making_sense(fits: Fits, middle: float, spread: float) -> Floats:
    return making_sense(belonging(fits, middle, spread), fits, fits.fit.argmax(axis=1))


def _least(calibration: Calibration, folds: Sequence[Fold]) -> float:
    """Where few strangers belong, but never so high that many good questions do not."""
    rows, good = inside(folds, calibration.middle, calibration.spread, calibration.weighs_learnt)
    chance = _chance(rows, calibration.belongs)
    found = float(np.quantile(chance[~good], 1 - MOST_OFF_TOPIC))
    tried = good.sum() >= LEAST_QUESTIONS
    return min(found, float(np.quantile(chance[good], MOST_OUTSIDE)) if tried else HIGHEST_UNTRIED)


def _threshold(calibration: Calibration, folds: Sequence[Fold]) -> float:
    """Where few strangers are answered, but never so high that many good answers are lost."""
    best = [calibration.best(fold.fits, 1) for fold in folds]
    owner = np.concatenate([fold.owner for fold in folds])
    first = np.concatenate([order[:, 0] for order, _ in best])
    score = np.concatenate([scores[:, 0] for _, scores in best])
    strange, good = score[owner < 0], score[first == owner]
    found = float(np.quantile(strange, 1 - MOST_OFF_TOPIC))
    found = min(found, float(np.quantile(good, MOST_UNSURE)) if len(good) >= LEAST_QUESTIONS else HIGHEST_UNTRIED)
    return round(float(np.clip(found, LOWEST_THRESHOLD, HIGHEST_THRESHOLD)), 4)


def _best(fit: Floats, top: int) -> Ranked:
    """The first of those that fit alike comes first. A few times the maximum is far faster than a partition."""
    left = fit.copy()
    rows = np.arange(len(fit))
    order = np.empty((len(fit), min(top, fit.shape[1])), dtype=np.intp)
    for place in range(order.shape[1]):
        order[:, place] = best = left.argmax(axis=1)
        left[rows, best] = -np.inf
    return order


def _chance(rows: Floats, weights: Floats) -> Floats:
    # Not a product of matrices: that rounds otherwise for another number of questions.
    chance: Floats = 1 / (1 + np.exp(-(np.einsum("...e,e->...", rows, weights[:-1]) + weights[-1])))
    return chance


def _lead(values: Floats) -> Floats:
    """Over the best of the others, among the first CANDIDATES and the next."""
    ordered = np.sort(values[:, : CANDIDATES + 1], axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    return values - np.where(values >= best, second, best)


def _log_odds(logits: Floats, order: Ranked) -> Floats:
    """Of the softmax over all entries, at the candidates."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    whole = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    chance = np.exp(np.take_along_axis(shifted, order, axis=1) - whole)
    odds: Floats = np.log(chance + 1e-6) - np.log1p(1e-6 - chance)
    return odds
