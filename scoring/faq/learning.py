"""What is learnt beside likeness: from askings to entries, and what the FAQ is about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from scoring.faq.features import Floats, Texts, likeness

LEAST_PARAPHRASES = 1.0
MOST_WEIGHTS = 30_000_000
STRENGTH = 20.0
ITERATIONS = 40
DOMAIN_STRENGTH = 10.0


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
    width = meaning.shape[1]
    model = LogisticRegression(C=STRENGTH, max_iter=ITERATIONS, tol=1e-3)
    nothing = np.full(len(strange.meaning), entries)
    model.fit(hstack([csr_matrix(meaning), wording]).tocsr(), np.concatenate([owner, np.arange(entries), nothing]))
    weights = (model.coef_ - model.coef_.mean(axis=0)).astype(np.float32)
    bias = (model.intercept_ - model.intercept_.mean()).astype(np.float32)
    return Learnt(weights[:, :width].copy(), np.ascontiguousarray(weights[:, width:].T), bias)


def learn_domain(inside: Floats, outside: Floats) -> Floats:
    """Width + 1 numbers: weights, and last the bias, of the log-odds that a meaning is of the FAQ's domain."""
    rows = np.vstack([inside, outside])
    belongs = np.repeat([True, False], [len(inside), len(outside)])
    model = LogisticRegression(C=DOMAIN_STRENGTH, class_weight="balanced", max_iter=300).fit(rows, belongs)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)
