"""From words to numbers: what a text is made of, in two blocks.

- meaning: the sum of its words' encoder vectors, rarer words counting more;
- wording: TF-IDF over the vocabulary of the FAQ, where a word also stands for those spelt alike (its other forms, what
  a typo was meant to be), found by the pieces of words (character n-grams within a word).

Both are sums over words, and what a word gives depends on that word alone: it is worked out once and remembered.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from scoring.faq.encoder import StaticEncoder
from scoring.faq.words import STOP_WORDS, words

REMEMBERED = 30_000
ALIKE = 0.45
MOST_ALIKE = 6
COMMONEST_WEIGHT = 0.8
WORDING_FLOOR = 0.3
LEAST = np.float32(1e-9)

Floats = NDArray[np.float32]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What one word gives. `places` and `values`: the vocabulary's words it stands for, itself first; `sure`: how well
    it is known (1: in the vocabulary, less: by its spelling); `weight`: how much it counts in a text's knownness."""

    meaning: Floats
    places: Places
    values: Floats
    sure: float
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """One text word by word. `lengths` are those of its two blocks before they were made 1 long."""

    words: tuple[str, ...]
    known: list[Known]
    times: Floats
    lengths: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """`meaning`: texts × width, each of length 1; `wording`: texts × vocabulary, each of length 1; `known`: the share
    (0 to 1) of each text's words, by weight, that the vocabulary has; `says`: whether a text has a known word or
    a letter, so that an entry can be near to it."""

    meaning: Floats
    wording: csr_matrix
    known: Floats
    says: NDArray[np.bool_]
    parts: list[Parts]


class Features:
    """Fitted once on the texts of an FAQ; then turns any text into numbers. Forgets what it remembered when pickled."""

    def __init__(self, documents: Sequence[str], encoder: StaticEncoder) -> None:
        counted = Counter(word for text in documents for word in words(text))
        self.vocabulary = {word: at for at, word in enumerate(sorted(counted))}
        often = np.array([counted[word] for word in self.vocabulary])
        self._rare: Floats = (np.log((1 + len(documents)) / (1 + often)) / log(1 + len(documents))).astype(np.float32)
        self._pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32)
        self._spelt: csr_matrix = csr_matrix(self._pieces.fit_transform(list(self.vocabulary)).T)
        self.encoder = encoder
        self._remembered: OrderedDict[str, Known] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_remembered": OrderedDict()}

    def texts(self, texts: Sequence[str], spelling: bool = True) -> Texts:
        """`spelling`: let a word stand for those spelt alike, in a question; not in what it is compared to."""
        counted = [words(text) for text in texts]
        self._learn({word for counts in counted for word in counts})
        meaning = np.zeros((len(texts), self.encoder.width), dtype=np.float32)
        parts, rows = [], []
        for at, counts in enumerate(counted):
            found = [self._remembered[word] for word in counts]
            times = np.array([n if n <= 1 else 1 + log(n) for n in counts.values()], dtype=np.float32)
            if found:
                meaning[at] = times @ np.array([one.meaning for one in found])
            rows.append(_wording(found, times, spelling))
            parts.append((tuple(counts), found, times))
        self._forget()
        lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", meaning, meaning)), LEAST)
        wording, worded = _matrix(rows, len(self.vocabulary))
        known = np.array(
            [
                0.0 if _says_nothing(text) else _knownness(found)
                for text, (_, found, _) in zip(texts, parts, strict=True)
            ],
            dtype=np.float32,
        )
        lettered = np.array([any(map(str.isalpha, text)) for text in texts], dtype=bool)
        says = (known > 0) | lettered & (lengths > LEAST)
        pairs = zip(lengths.tolist(), worded.tolist(), strict=True)
        described = [Parts(*part, pair) for part, pair in zip(parts, pairs, strict=True)]
        return Texts(meaning / lengths[:, None], wording, known, says, described)

    def _learn(self, asked: Iterable[str]) -> None:
        new = sorted(word for word in asked if word not in self._remembered)
        if not new:
            return
        meanings = self.encoder.vectors(new)
        alike = csr_matrix(self._pieces.transform(new) @ self._spelt)
        for at, word in enumerate(new):
            row = slice(alike.indptr[at], alike.indptr[at + 1])
            self._remembered[word] = self._known(word, meanings[at], alike.indices[row], alike.data[row])

    def _forget(self) -> None:
        """The longest known go first: the common ones are soon known again."""
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _known(self, word: str, meaning: Floats, places: Places, alike: Floats) -> Known:
        own = self.vocabulary.get(word)
        near = (alike >= ALIKE) & ((places == own) | any(map(str.isalnum, word)))  # a sign stands for itself alone
        places, alike = places[near], alike[near]
        best = np.lexsort((places, -alike, places != own))[:MOST_ALIKE]
        places, values = places[best], alike[best] ** 2
        if own is not None:
            values[0] = 1.0
        rare = float(self._rare[own]) if own is not None else 1.0
        return Known(
            meaning=meaning * np.float32(COMMONEST_WEIGHT + (1 - COMMONEST_WEIGHT) * rare),
            places=places,
            values=values * (self._rare[places] + np.float32(WORDING_FLOOR)),
            sure=float(values.max(initial=0.0)),
            weight=0.0 if word in STOP_WORDS else rare,
        )


def likeness(rows: Floats, to: Floats) -> Floats:
    """`rows` @ `to`.T, row by row: a product of several rows is rounded otherwise than of one, and what a question is
    answered must not depend on the questions beside it."""
    found = np.empty((len(rows), len(to)), dtype=np.float32)
    for row, out in zip(rows, found, strict=True):
        np.dot(to, row, out=out)
    return found


def unit(rows: Floats) -> Floats:
    lengths: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), LEAST)
    return rows / lengths


def _wording(found: Sequence[Known], times: Floats, spelling: bool) -> tuple[Places, Floats]:
    if not spelling:
        own = [(one, n) for one, n in zip(found, times, strict=True) if one.sure == 1]
        return _flat([one.places[:1] for one, _ in own], [one.values[:1] * n for one, n in own])
    if (times == 1).all():
        return _flat([one.places for one in found], [one.values for one in found])
    return _flat([one.places for one in found], [one.values * n for one, n in zip(found, times, strict=True)])


def _flat(places: list[Places], values: list[Floats]) -> tuple[Places, Floats]:
    if not places:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    return np.concatenate(places), np.concatenate(values)


def _says_nothing(text: str) -> bool:
    """Numbers alone, and signs that are no words of code: "....", but not "===" or "?."."""
    if any(map(str.isalpha, text)):
        return False
    pieces = text.split()
    return all(map(str.isdecimal, pieces)) or not all(piece in words(piece) for piece in pieces)


def _knownness(found: Sequence[Known]) -> float:
    whole = sum(one.weight for one in found)
    return sum(one.weight * one.sure for one in found) / whole if whole else 0.0


def _matrix(rows: Sequence[tuple[Places, Floats]], width: int) -> tuple[csr_matrix, Floats]:
    """The rows made 1 long, and how long they were."""
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    places, values = _flat([places for places, _ in rows], [values for _, values in rows])
    matrix = csr_matrix((values, places, ends), shape=(len(rows), width))
    matrix.sum_duplicates()
    of_row = np.repeat(np.arange(len(rows)), np.diff(matrix.indptr))
    lengths = np.maximum(np.sqrt(np.bincount(of_row, matrix.data**2, len(rows))), LEAST)
    matrix.data = (matrix.data / lengths[of_row]).astype(np.float32)
    return matrix, lengths.astype(np.float32)
