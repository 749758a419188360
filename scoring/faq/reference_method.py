"""The method of the reference architecture (Azure/MLAKSDeployment, 2018), to measure ours against: two TF-IDF blocks,
the question's and the entry's, put side by side; gradient boosting over pairs of both.

It was run with LightGBM and 8,000 trees; here scikit-learn's own histogram boosting stands for it, over the commonest
words, with as many pairs as half a minute on one core allows: from 1,000 askings on, a sample of 1,000.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

MATCH = 20
WORDS = 800
MOST_PAIRS = 20_000
TREES = 200

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fold:
    """`known` askings and the places of their entries in `titles`; what is then `asked`."""

    titles: Sequence[str]
    known: Sequence[str]
    owner: NDArray[np.int64]
    asked: Sequence[str]


def scored(folds: Sequence[Fold], seed: int) -> Iterator[NDArray[np.float64]]:
    """Of each fold in turn, questions × entries. A core takes a fold: two cores on one model's small histograms mostly
    wait for each other."""
    with parallel_config("loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs=-1, return_as="generator")(delayed(_scores)(fold, seed) for fold in folds)


def _scores(fold: Fold, seed: int) -> NDArray[np.float64]:
    return PairModel(fold.titles, fold.known, fold.owner, seed).scores(fold.asked)


class PairModel:
    """Learns from askings whose entry is known; `titles[i]` is the text of entry i."""

    def __init__(self, titles: Sequence[str], askings: Sequence[str], owner: NDArray[np.int64], seed: int) -> None:
        self._asked = TfidfVectorizer(max_features=WORDS, dtype=np.float32)
        self._entry = TfidfVectorizer(max_features=WORDS, dtype=np.float32)
        asked = csr_matrix(self._asked.fit_transform(askings))
        self._entries: Floats = self._entry.fit_transform(titles).toarray()
        random = np.random.default_rng(seed)
        questions, entries = _pairs(owner, len(titles), random)
        rows = np.hstack([asked[questions].toarray(), self._entries[entries]])
        self._model = HistGradientBoostingClassifier(
            max_iter=TREES, early_stopping=False, class_weight="balanced", random_state=seed
        )
        self._model.fit(rows, owner[questions] == entries)

    def scores(self, questions: Sequence[str]) -> NDArray[np.float64]:
        """Questions × entries."""
        asked = self._asked.transform(questions).toarray()
        return np.stack([self._one(row) for row in asked])

    def _one(self, asked: Floats) -> NDArray[np.float64]:
        rows = np.hstack([np.broadcast_to(asked, (len(self._entries), len(asked))), self._entries])
        chances: NDArray[np.float64] = self._model.predict_proba(rows)[:, 1]
        return chances


def _pairs(owner: NDArray[np.int64], entries: int, random: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Each asking with its own entry and MATCH - 1 others."""
    most = MOST_PAIRS // MATCH
    chosen = random.permutation(len(owner))[:most]
    others = random.integers(1, entries, (len(chosen), MATCH - 1))
    wrong = (owner[chosen, None] + others) % entries
    right_and_wrong = np.hstack([owner[chosen, None], wrong])
    return np.repeat(chosen, MATCH), right_and_wrong.ravel()
