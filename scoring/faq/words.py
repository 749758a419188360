"""From a text to its words, and from what each word added to the words that decided."""

import re
from collections.abc import Mapping
from functools import lru_cache

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

MOST_WORDS = 8
LEAST_SHARE = 0.02
REMEMBERED_PIECES = 30_000
LONGEST_WORD = 40
MARKS = "?!.,;:\"'()[]{}`«»“”‘’…¿¡"
# Names and numbers; operators of code; single signs that stand alone, as in "what do ? and : mean".
WORD = re.compile(
    r"[^\W_][\w$]*|[$_]\w*|\.\.\.|\?\.|\[\]|\{\}|\(\)|[=!<>+\-*/%&|^~?@#$]{2,3}|(?<!\S)[^\w\s](?!\S)|[=<>%&|^~*+#]"
)
CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
ALONE_SAYS_NOTHING = frozenset(".,;'\"`()[]{}-")
FILLERS = frozenset(
    ["im", "ive", "dont", "doesnt", "isnt", "cant", "whats", "hows", "please", "pls", "plz", "want", "just"]
)
STOP_WORDS: frozenset[str] = frozenset(ENGLISH_STOP_WORDS) | FILLERS | frozenset("abcdefghijklmnopqrstuvwxyz")


def words(text: str) -> dict[str, float]:
    """Each word in lower case, in order, and how often it comes. A name in camel case also gives its parts, which
    together weigh as much again."""
    found: dict[str, float] = {}
    for piece in text.split():
        for word, weight in of_piece(piece):
            found[word] = found.get(word, 0.0) + weight
    return found


@lru_cache(REMEMBERED_PIECES)
def of_piece(piece: str) -> tuple[tuple[str, float], ...]:
    """The words of a text's piece between two spaces."""
    found: list[tuple[str, float]] = []
    for word in WORD.findall(piece):
        if word not in ALONE_SAYS_NOTHING:
            found.append((word[:LONGEST_WORD].lower(), 1.0))
            found.extend(_parts(word))
    return tuple(found)


def shown(piece: str) -> str:
    """As a person reads it: without the punctuation around it."""
    return piece.strip(MARKS).lower() or piece


def deciding(added: Mapping[str, float]) -> list[tuple[str, float]]:
    """The words that added most and the share (0 to 1) of each in all that counted for the match; the first first."""
    positive = [(word, gain) for word, gain in added.items() if gain > 0]
    whole = sum(gain for _, gain in positive)
    shares = [(word, round(gain / whole, 4)) for word, gain in positive if gain >= LEAST_SHARE * whole]
    return sorted(shares, key=_order)[:MOST_WORDS]


def _order(share: tuple[str, float]) -> tuple[float, str]:
    return -share[1], share[0]


def _parts(word: str) -> list[tuple[str, float]]:
    if word.islower() or not word.isascii():
        return []
    parts = CAMEL.findall(word)
    return [(part.lower(), 1 / len(parts)) for part in parts] if len(parts) > 1 else []
