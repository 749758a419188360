"""What is learnt beside likeness: from askings to entries, and what the FAQ is about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import vstack
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression

from scoring.faq.features import Floats, Texts

LEAST_PARAPHRASES = 1.0
MOST_ENTRIES = 3_000
TOPICS = 256
STRENGTH = 100.0
DOMAIN_STRENGTH = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A linear model over meaning and topics: `topics` (vocabulary × topics) turns wording into topics. `meanings` and
    `themes` are its weights (entries × width, entries × topics), less their mean over entries."""

    topics: Floats
    meanings: Floats
    themes: Floats
    bias: Floats

    def logits(self, texts: Texts) -> Floats:
        found: Floats = texts.meaning @ self.meanings.T + (texts.wording @ self.topics) @ self.themes.T + self.bias
        return found

    def of_meaning(self, entries: NDArray[np.intp]) -> Floats:
        """Entries × width: the weights of meaning."""
        return self.meanings[entries]

    def of_wording(self, entries: NDArray[np.intp], places: NDArray[np.int32]) -> Floats:
        """Entries × places: the weights of words of the vocabulary."""
        found: Floats = self.themes[entries] @ self.topics[places].T
        return found


def learn(asked: Texts, owner: NDArray[np.int64], answered: Texts) -> Learnt | None:
    """From each asking and each answer to its entry; None where there are too few paraphrases to learn from."""
    entries = len(answered.meaning)
    if len(owner) < entries * (1 + LEAST_PARAPHRASES) or not 2 < entries <= MOST_ENTRIES:
        return None
    wording = vstack([asked.wording, answered.wording])
    size = min(TOPICS, min(wording.shape) - 1)
    topics = TruncatedSVD(size, random_state=0).fit(wording).components_.T.astype(np.float32)
    meaning = np.vstack([asked.meaning, answered.meaning])
    model = LogisticRegression(C=STRENGTH, max_iter=60, tol=1e-3)
    model.fit(np.hstack([meaning, wording @ topics]), np.concatenate([owner, np.arange(entries)]))
    weights = (model.coef_ - model.coef_.mean(axis=0)).astype(np.float32)
    bias = (model.intercept_ - model.intercept_.mean()).astype(np.float32)
    width = meaning.shape[1]
    return Learnt(np.ascontiguousarray(topics), weights[:, :width].copy(), weights[:, width:].copy(), bias)


def learn_domain(inside: Floats, outside: Floats) -> Floats:
    """Width + 1 numbers: weights, and last the bias, of the log-odds that a meaning is of the FAQ's domain."""
    rows = np.vstack([inside, outside])
    belongs = np.repeat([True, False], [len(inside), len(outside)])
    model = LogisticRegression(C=DOMAIN_STRENGTH, class_weight="balanced", max_iter=300).fit(rows, belongs)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)
