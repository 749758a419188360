"""How much of what a question says each entry says too.

A word of the question is covered by an entry as far as that word of the entry is like it which is most like it (the
cosine of their vectors; of a word that only the answer has, somewhat less): "mails" is covered by "messages". What a
word is covered by depends on that word alone: it is worked out once and remembered.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from scoring.faq.features import Features, Floats, Known, Parts, likeness, unit
from scoring.faq.words import STOP_WORDS

COMMONEST_COUNTS = 0.2
MOST_REMEMBERED = 8_000_000

Places = NDArray[np.intp]


class Coverage:
    """`asked` and `answered`: entries × vocabulary, not zero where an entry's askings or its answer have the word; a
    word that only the answer has counts `answer` (0 to 1). `most_remembered`: numbers, one for each entry and word.
    Forgets what it remembered when pickled."""

    def __init__(
        self,
        features: Features,
        asked: csr_matrix,
        answered: csr_matrix,
        answer: float,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._most_remembered = most_remembered
        self._encoder = features.encoder
        self._words = [word for word in features.vocabulary if word not in STOP_WORDS]
        telling = [features.vocabulary[word] for word in self._words]
        said = (asked != 0).astype(np.float32)[:, telling]
        told = (answered != 0).astype(np.float32)[:, telling] * np.float32(answer)
        # The last column is of no word, so that no entry is without any.
        nothing = np.ones((said.shape[0], 1), dtype=np.float32)
        self._has = csr_matrix(hstack([said.maximum(told), nothing]))
        self._rows: dict[str, int] = {}

    def __getstate__(self) -> dict[str, Any]:
        kept = {key: value for key, value in self.__dict__.items() if key not in ("_vectors", "_table")}
        return {**kept, "_rows": {}}

    def shares(self, parts: Sequence[Parts]) -> Floats:
        """Questions × entries: the share (0 to 1) of the question's words, by weight, that the entry covers."""
        told = [[pair for pair in zip(part.words, part.known, strict=True) if pair[1].weight] for part in parts]
        counts = [len(pairs) for pairs in told]
        rows, weights = self._weighed([pair for pairs in told for pair in pairs], counts)
        asked = csr_matrix((weights, rows, np.cumsum([0, *counts])), shape=(len(parts), len(self._table)))
        found: Floats = asked @ self._table
        return found

    def of_pairs(
        self, words: Sequence[tuple[str, Known]], counts: Sequence[int], word: Places, entries: Places
    ) -> Floats:
        """What `words[word[i]]` adds to its question's share of `entries[i]`; `counts`: the words of each question."""
        rows, weights = self._weighed(words, counts)
        found: Floats = self._table[rows[word], entries] * weights[word]
        return found

    def _weighed(self, words: Sequence[tuple[str, Known]], counts: Sequence[int]) -> tuple[NDArray[np.int32], Floats]:
        """Each word's row of the table, and its share of what its question says."""
        rows = np.array(self._learnt([self._rows.get(word, -1) for word, _ in words], words), dtype=np.int32)
        weights = np.array([one.weight + COMMONEST_COUNTS if one.weight else 0.0 for _, one in words])
        question = np.repeat(np.arange(len(counts)), counts)
        whole = np.maximum(np.bincount(question, weights, len(counts)), 1e-9)
        return rows, (weights / whole[question]).astype(np.float32)

    def _learnt(self, rows: list[int], words: Sequence[tuple[str, Known]]) -> list[int]:
        """The rows of the words, of which one that is new has -1."""
        if -1 not in rows:
            return rows
        asked = dict(words)
        new = [word for word in asked if word not in self._rows]
        if len(self._rows) + len(new) > len(self._table):
            self._rows.clear()
            new = list(asked)
            if len(new) > len(self._table):
                self._table = self._empty(len(new))
        for word in new:
            alike = np.append(likeness(unit(asked[word].meaning[None]), self._vectors)[0], np.float32(0))
            row = len(self._rows)
            np.maximum.reduceat(self._has.data * alike[self._has.indices], self._has.indptr[:-1], out=self._table[row])
            self._rows[word] = row
        return [self._rows[word] for word, _ in words]

    @cached_property
    def _table(self) -> Floats:
        """Words × entries: how far each entry covers each word that is remembered."""
        return self._empty(self._most_remembered // self._has.shape[0])

    def _empty(self, rows: int) -> Floats:
        return np.zeros((rows, self._has.shape[0]), dtype=np.float32)

    @cached_property
    def _vectors(self) -> Floats:
        return unit(self._encoder.vectors(self._words))
