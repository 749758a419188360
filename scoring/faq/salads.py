"""Word salads: words of the FAQ and of off-topic questions in any order, which no entry answers."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from scoring.faq.data import Entry
from scoring.faq.words import words

SHARES_OF_ITS_WORDS = (0.0, 0.25, 0.5, 0.75, 1.0)
FEWEST_WORDS = 3
MOST_WORDS = 12
MOST_ENTRIES = 2_000


def salads(entries: Sequence[Entry], off_topic: Sequence[str], count: int, seed: int) -> list[str]:
    """Deterministic. Half of them of words drawn as often as they come, half of words drawn alike."""
    random = np.random.default_rng(seed)
    read = entries[:: len(entries) // MOST_ENTRIES + 1]
    others = _said(off_topic)
    own = _said([text for entry in read for text in entry.texts]) or others
    alike = sorted(set(own)), sorted(set(others))
    return [_salad(*(alike if at % 2 else (own, others)), random) for at in range(count)]


def of_commonest(texts: Sequence[str], choice: int, length: int, count: int, seed: int) -> list[str]:
    """To measure with: each of `length` different ones of the `choice` words that come in most texts."""
    random = np.random.default_rng(seed)
    commonest = [word for word, _ in Counter(_said(texts)).most_common(choice)]
    return [" ".join(random.permutation(commonest)[:length].tolist()) for _ in range(count)]


def _said(texts: Sequence[str]) -> list[str]:
    return [word for text in texts for word in words(text) if word.isalpha()]


def _salad(own: Sequence[str], others: Sequence[str], random: Generator) -> str:
    share = random.choice(SHARES_OF_ITS_WORDS)
    drawn = random.random(random.integers(FEWEST_WORDS, MOST_WORDS, endpoint=True)) < share
    return " ".join(_one(own if its else others, random) for its in drawn.tolist())


def _one(of: Sequence[str], random: Generator) -> str:
    return of[int(random.integers(len(of)))]
