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
SURENESS = 10.0
STRENGTH = 50.0
ITERATIONS = 30
STRENGTH_FROM_NOTHING = 20.0
ITERATIONS_FROM_NOTHING = 20
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


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What is known of the entries before anything is learnt: their profiles, and what is taken off for each."""

    meanings: Floats
    words: csr_matrix
    hubs: Floats


def learn(
    asked: Texts, owner: NDArray[np.int64], answered: Texts, strange: Texts, before: Likeness | None
) -> Learnt | None:
    """From each asking and each answer to its entry, and from what is off topic to none; None where there are too few
    paraphrases to learn from, or so many entries that the model would be huge. It begins with `before`, SURENESS times,
    and is held near it: six askings tell less of an entry than its likeness does."""
    entries = len(answered.meaning)
    wording = vstack([asked.wording, answered.wording, strange.wording])
    if len(owner) < entries * (1 + LEAST_PARAPHRASES) or entries < 3 or entries * wording.shape[1] > MOST_WEIGHTS:
        return None
    meaning = np.vstack([asked.meaning, answered.meaning, strange.meaning])
    nothing = np.full(len(strange.meaning), entries)
    owners = np.concatenate([owner, np.arange(entries), nothing])
    rows = np.hstack([meaning, np.ones((len(meaning), 1), dtype=np.float32)])
    width = meaning.shape[1]
    weights = np.zeros((width + 1 + wording.shape[1], entries + 1), dtype=np.float32)
    if before is not None:
        weights[:width, :-1] = SURENESS * before.meanings.T
        weights[width, :-1] = -SURENESS * before.hubs
        weights[width + 1 :, :-1] = SURENESS * before.words.T.toarray()
    weights += _softmax_regression(rows, csr_matrix(wording), owners, weights)
    weights -= weights.mean(axis=1, keepdims=True)
    return Learnt(np.ascontiguousarray(weights[:width].T), np.ascontiguousarray(weights[width + 1 :]), weights[width])


def _softmax_regression(dense: Floats, sparse: csr_matrix, owner: NDArray[np.int64], before: Floats) -> Floats:
    """Multinomial logistic regression, as scikit-learn's: what to add to the weights of `before`, held small; apart
    because it keeps the dense columns dense, which makes it five times as fast. The last of `dense` is the bias, which
    is not held small."""
    width, shape = dense.shape[1], before.shape
    strength, iterations = (STRENGTH, ITERATIONS) if before.any() else (STRENGTH_FROM_NOTHING, ITERATIONS_FROM_NOTHING)
    known = dense @ before[:width] + sparse @ before[width:]
    across = csr_matrix(sparse.T)
    each = np.arange(len(owner))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        chance = known + dense @ weights[:width] + sparse @ weights[width:]
        chance -= chance.max(axis=1, keepdims=True)
        np.exp(chance, out=chance)
        chance /= chance.sum(axis=1, keepdims=True)
        missed = -np.log(np.maximum(chance[each, owner], 1e-30)).sum(dtype=np.float64)
        chance[each, owner] -= 1
        slope = strength * np.vstack([dense.T @ chance, across @ chance])
        weights[width - 1] = 0
        return strength * missed + 0.5 * float(np.vdot(weights, weights)), (slope + weights).ravel().astype(np.float64)

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    weights: Floats = found.x.reshape(shape).astype(np.float32)
    return weights


def learn_domain(inside: Floats, outside: Floats) -> Floats:
    """Width + 1 numbers: weights, and last the bias, of the log-odds that a meaning is of the FAQ's domain."""
    rows = np.vstack([inside, outside])
    belongs = np.repeat([True, False], [len(inside), len(outside)])
    model = LogisticRegression(C=DOMAIN_STRENGTH, class_weight="balanced", max_iter=300).fit(rows, belongs)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)
