"""Which words of a question decided, and by how much."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from sklearn.pipeline import FeatureUnion

from scoring.contract.faq import Word

MOST_WORDS = 8
LEAST_SHARE = 0.02
MARKS = "?!.,;:\"'()[]{}`«»“”‘’…¿¡"

# Each word of a question with the features it owns, and which part of each is its own.
Owners = list[tuple[str, list[tuple[int, float]]]]


class WordShares:
    """Shares what a question's features added out among its words."""

    def __init__(self, features: FeatureUnion) -> None:
        fitted = dict(features.transformer_list)
        self._words: Any = fitted["words"].build_analyzer()
        self._pieces: Any = fitted["pieces"].build_analyzer()
        self._word_at: dict[str, int] = fitted["words"].vocabulary_
        self._piece_at: dict[str, int] = fitted["pieces"].vocabulary_
        self._offset = len(self._word_at)

    def known(self, question: str) -> float:
        """The share (0 to 1) of the question's words that the model has seen."""
        words = [word for word in self._words(question) if " " not in word and word[0].isalnum()]
        return sum(word in self._word_at for word in words) / len(words) if words else 0.0

    def owners(self, question: str) -> Owners:
        tokens = question.split()
        owned = [self._features(token) for token in tokens]
        self._add_pairs(tokens, owned)
        total: Counter[int] = Counter()
        for features in owned:
            total.update(features)
        shown = [token.strip(MARKS).lower() or token for token in tokens]
        return [
            (word, [(at, count / total[at]) for at, count in features.items()])
            for word, features in zip(shown, owned, strict=True)
        ]

    def _features(self, token: str) -> Counter[int]:
        words = (self._word_at[word] for word in self._words(token) if word in self._word_at)
        pieces = (self._piece_at[piece] + self._offset for piece in self._pieces(token) if piece in self._piece_at)
        return Counter([*words, *pieces])

    def _add_pairs(self, tokens: list[str], owned: list[Counter[int]]) -> None:
        """A pair of neighbours belongs to both."""
        single = [[word for word in self._words(token) if " " not in word] for token in tokens]
        for (left, right), (first, second) in zip(pairwise(single), pairwise(owned), strict=True):
            at = self._word_at.get(f"{left[-1]} {right[0]}") if left and right else None
            if at is not None:
                first[at] += 1
                second[at] += 1


def deciding_words(owners: Owners, added: dict[int, float]) -> tuple[Word, ...]:
    """`added` is by feature. The most important first; each share is of all that counted for the match."""
    gained: defaultdict[str, float] = defaultdict(float)
    for word, features in owners:
        gained[word] += sum(added.get(at, 0.0) * part for at, part in features)
    positive = {word: gain for word, gain in gained.items() if gain > 0}
    whole = sum(positive.values())
    shares = [Word(word, round(gain / whole, 4)) for word, gain in positive.items()]
    deciding = [share for share in shares if share.weight >= LEAST_SHARE]
    return tuple(sorted(deciding, key=lambda share: (-share.weight, share.text))[:MOST_WORDS])
