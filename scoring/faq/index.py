"""How well each entry fits a question: similarity to every known way of asking it, and a linear model over them.

A question becomes a TF-IDF vector of words, word pairs and pieces of words. Each entry's fit is the sum of
- the mean similarity (cosine) to the three nearest of its askings,
- PROSE_WEIGHT × the similarity to its tags and the prose of its answer,
- LINEAR_WEIGHT × a ridge regression from askings to entries, in its dual form (Saunders et al., 1998), so that it needs
  the same similarities and nothing else.
For a given question all three are linear in its vector, so the fit can be shared out exactly among its words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import FeatureUnion

from scoring.faq.data import Entry

WORD = r"[A-Za-z0-9_$]+|[^\sA-Za-z0-9_$]{1,3}"
NEAREST = 3
PROSE_WEIGHT = 0.3
LINEAR_WEIGHT = 0.3
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fits:
    """`vectors`: questions × features; `near`: questions × askings; `fit`: questions × entries."""

    vectors: Any
    near: Floats
    fit: Floats
    nearest: Floats


class Index:
    """Fitted once, asked many times; holds nothing of the process it was fitted in."""

    def __init__(self, entries: Sequence[Entry], askings: Sequence[Sequence[str]]) -> None:
        """`askings[i]` are the ways of asking `entries[i]`; at least one each."""
        texts = [text for group in askings for text in group]
        owner = np.repeat(np.arange(len(entries)), [len(group) for group in askings])
        self.features = _features()
        asked = self.features.fit_transform(texts)
        prose = self.features.transform([_prose(entry) for entry in entries])
        self.count = len(texts)
        self.known: csr_matrix = csr_matrix(vstack([asked, prose]).T)
        self.groups = _groups(owner, len(entries))
        ridge = KernelRidge(alpha=1.0, kernel="precomputed")
        ridge.fit((asked @ asked.T).toarray(), np.eye(len(entries))[owner])
        self.dual: Floats = ridge.dual_coef_

    def fits(self, questions: Sequence[str]) -> Fits:
        vectors = csr_matrix(self.features.transform(questions))
        near = (vectors @ self.known).toarray()
        asked, prose = near[:, : self.count], near[:, self.count :]
        ordered = np.sort(self._by_entry(asked), axis=2)
        similar = ordered[:, :, -NEAREST:].mean(axis=2)
        fit = similar + PROSE_WEIGHT * prose + LINEAR_WEIGHT * (asked @ self.dual)
        return Fits(vectors, asked, fit, ordered[:, :, -1])

    def shares(self, vector: Any, near: Floats, entries: Sequence[int]) -> list[dict[int, float]]:
        """For each of `entries`, what each feature of one question adds to its fit; `near` is its row of `Fits`."""
        weights = np.stack([self._weights(near, entry) for entry in entries], axis=1)
        added = vector.data[:, None] * (self.known[vector.indices] @ weights)
        places = vector.indices.tolist()
        return [dict(zip(places, column, strict=True)) for column in added.T.tolist()]

    def _weights(self, near: Floats, entry: int) -> Floats:
        weights = np.zeros(self.known.shape[1])
        weights[: self.count] = LINEAR_WEIGHT * self.dual[:, entry]
        weights[self.count + entry] = PROSE_WEIGHT
        group = self.groups[entry]
        best = group[np.argsort(np.append(near, 0.0)[group])[-NEAREST:]]
        np.add.at(weights, best[best < self.count], 1 / NEAREST)
        return weights

    def _by_entry(self, asked: Floats) -> Floats:
        padded = np.hstack([asked, np.zeros((len(asked), 1))])
        return padded[:, self.groups]


def _features() -> FeatureUnion:
    words = TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    half = 0.5**0.5
    return FeatureUnion([("words", words), ("pieces", pieces)], transformer_weights={"words": half, "pieces": half})


def _groups(owner: NDArray[np.int64], entries: int) -> NDArray[np.int64]:
    """Entries × places: the askings of each entry, filled up with the column that is always 0."""
    sizes = np.bincount(owner, minlength=entries)
    groups = np.full((entries, max(NEAREST, int(sizes.max()))), len(owner))
    for entry in range(entries):
        groups[entry, : sizes[entry]] = np.flatnonzero(owner == entry)
    return groups


def _prose(entry: Entry) -> str:
    return " ".join([entry.question, *entry.tags, CODE_BLOCK.sub(" ", entry.answer)])
