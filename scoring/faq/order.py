"""Whether the words of a question follow each other as in what people write.

Words drawn at random may each be the FAQ's own, and together be near one of its entries; they stand in no order. Two
measures of neighbouring words tell it, where the beginning and the end of a text are neighbours too. Both know a text
by that text alone, and need no grammar: what was read (askings, answers, off-topic questions) shows what may follow.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise
from math import log
from typing import Any

import numpy as np

from scoring.faq.features import Floats
from scoring.faq.words import STOP_WORDS, words

EDGE = "\n"
TELLING = ""
REMEMBERED = 100_000
SMOOTHING = 3.0
MOST = 3.0
MOST_TEXTS = 20_000

Pair = tuple[str, str]


class Order:
    """Of very many texts only some are read. Forgets what it remembered when pickled."""

    def __init__(self, texts: Sequence[str]) -> None:
        read = [[EDGE, *words(text), EDGE] for text in texts[:: len(texts) // MOST_TEXTS + 1]]
        seen = {pair for found in read for pair in pairwise(found)}
        kinds = Counter(pair for found in read for pair in pairwise(map(_kind, found)))
        before, after = _counted(kinds, 0), _counted(kinds, 1)
        whole = kinds.total()
        ratios = {(one, other): _ratio(n * whole / after[other], before[one]) for (one, other), n in kinds.items()}
        self._pairs = Pairs(seen, ratios, {one: _ratio(0, n) for one, n in before.items()})

    def __getstate__(self) -> dict[str, Any]:
        """In an order, and of strings, that are the same in every process: a model is named by its bytes."""
        return {
            "seen": sorted(" ".join(pair) for pair in self._pairs.seen),
            "ratios": [(" ".join(pair), ratio) for pair, ratio in sorted(self._pairs.ratios.items())],
            "never": [(f"{word} ", ratio) for word, ratio in sorted(self._pairs.never.items())],
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._pairs = Pairs(
            {_split(pair) for pair in state["seen"]},
            {_split(pair): ratio for pair, ratio in state["ratios"]},
            {_split(pair)[0]: ratio for pair, ratio in state["never"]},
        )

    def measures(self, questions: Sequence[Iterable[str]]) -> Floats:
        """`questions`: the different words of each, in order. Questions × 2: the mean over its pairs of the logarithm
        (-MOST to MOST) of how much oftener the second comes after the first than anywhere, where all words that are no
        stop words count as one; and the share (0 to 1) of the pairs that were read."""
        means = [self._mean([EDGE, *question, EDGE]) for question in questions]
        return np.array(means, dtype=np.complex64).view(np.float32).reshape(-1, 2)

    def _mean(self, found: Sequence[str]) -> complex:
        return sum(map(self._pairs.__getitem__, pairwise(found))) / (len(found) - 1)


class Pairs(dict[Pair, complex]):
    """Each pair's logarithm and, as the imaginary part, 1 where it was read: both are then added up at once. Worked out
    once and remembered. `never`: the logarithm for a pair of kinds that was not read, by its first."""

    def __init__(self, seen: Set[Pair], ratios: Mapping[Pair, float], never: Mapping[str, float]) -> None:
        super().__init__()
        self.seen, self.ratios, self.never = seen, ratios, never

    def __missing__(self, pair: Pair) -> complex:
        if len(self) >= REMEMBERED:
            self.clear()
        one, other = map(_kind, pair)
        ratio = self.ratios.get((one, other), self.never.get(one, 0.0))
        found = self[pair] = complex(ratio, pair in self.seen)
        return found


def _split(pair: str) -> Pair:
    one, _, other = pair.partition(" ")
    return one, other


def _kind(word: str) -> str:
    return word if word in STOP_WORDS or word == EDGE else TELLING


def _counted(pairs: Counter[Pair], side: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for pair, n in pairs.items():
        found[pair[side]] += n
    return found


def _ratio(expected: float, before: int) -> float:
    return min(max(log((expected + SMOOTHING) / (before + SMOOTHING)), -MOST), MOST)
