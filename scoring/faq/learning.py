"""What is learnt beside likeness: from askings to entries, and what the FAQ is about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from scoring.faq.features import Floats, Texts, likeness

LEAST_PARAPHRASES = 1.0
MOST_WEIGHTS = 30_000_000
STRENGTH = 20.0
ITERATIONS = 20
DOMAIN_STRENGTH = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A linear model: `meanings` (classes × width), `words` (vocabulary × classes) and `bias`, less their means over
    the classes. The classes are the entries and, last, "none of them"."""

    meanings: Floats
    words: Floats
    bias: Floats

    def logits(self, texts: Texts) -> Floats:
        found: Floats = likeness(texts.meaning, self.meanings) + texts.wording @ self.words + self.bias
        return found


def learn(asked: Texts, owner: NDArray[np.int64], answered: Texts, strange: Texts) -> Learnt | None:
    """From each asking and each answer to its entry, and from what is off topic to none; None where there are too few
    paraphrases to learn from, or so many entries that the model would be huge."""
    entries = len(answered.meaning)
    wording = vstack([asked.wording, answered.wording, strange.wording])
    if len(owner) < entries * (1 + LEAST_PARAPHRASES) or entries < 3 or entries * wording.shape[1] > MOST_WEIGHTS:
        return None
    meaning = np.vstack([asked.meaning, answered.meaning, strange.meaning])
    nothing = np.full(len(strange.meaning), entries)
    owners = np.concatenate([owner, np.arange(entries), nothing])
    rows = np.hstack([meaning, np.ones((len(meaning), 1), dtype=np.float32)])
    weights = _softmax_regression(rows, csr_matrix(wording), owners, entries + 1)
    weights -= weights.mean(axis=1, keepdims=True)
    width = meaning.shape[1]
    return Learnt(np.ascontiguousarray(weights[:width].T), np.ascontiguousarray(weights[width + 1 :]), weights[width])


def _softmax_regression(dense: Floats, sparse: csr_matrix, owner: NDArray[np.int64], classes: int) -> Floats:
    """Multinomial logistic regression, as scikit-learn's; apart because it keeps the dense columns dense, which makes
    it five times as fast. The last of `dense` is the bias, which is not held small."""
    width = dense.shape[1]
    shape = (width + sparse.shape[1], classes)
    across = csr_matrix(sparse.T)
    each = np.arange(len(owner))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        chance = dense @ weights[:width] + sparse @ weights[width:]
        chance -= chance.max(axis=1, keepdims=True)
        np.exp(chance, out=chance)
        chance /= chance.sum(axis=1, keepdims=True)
        missed = -np.log(np.maximum(chance[each, owner], 1e-30)).sum(dtype=np.float64)
        chance[each, owner] -= 1
        slope = STRENGTH * np.vstack([dense.T @ chance, across @ chance])
        weights[width - 1] = 0
        return STRENGTH * missed + 0.5 * float(np.vdot(weights, weights)), (slope + weights).ravel().astype(np.float64)

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    weights: Floats = found.x.reshape(shape).astype(np.float32)
    return weights


def learn_domain(inside: Floats, outside: Floats) -> Floats:
    """Width + 1 numbers: weights, and last the bias, of the log-odds that a meaning is of the FAQ's domain."""
    rows = np.vstack([inside, outside])
    belongs = np.repeat([True, False], [len(inside), len(outside)])
    model = LogisticRegression(C=DOMAIN_STRENGTH, class_weight="balanced", max_iter=300).fit(rows, belongs)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)
