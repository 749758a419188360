"""What each word of a question added to the fit of an entry, for all questions of a batch at once.

Every sum here is over one question's own numbers in their own order, so that it does not depend on the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scoring.faq.features import Floats, Known, Parts
from scoring.faq.words import STOP_WORDS, of_piece, shown

if TYPE_CHECKING:
    from scoring.faq.index import Index

Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Told:
    """A question's words that count, the entries asked about, and its pieces as a person reads them: `piece` is the
    place in `pieces` that each word belongs to. A repeated word belongs to the piece it comes in first."""

    words: list[str]
    known: list[Known]
    times: list[float]
    lengths: tuple[float, float]
    entries: Sequence[int]
    pieces: list[str]
    piece: list[int]


def shares(
    index: "Index", questions: Sequence[str], parts: Sequence[Parts], entries: Sequence[Sequence[int]]
) -> list[list[dict[str, float]]]:
    """For each question and each of its entries, what each piece of the question adds; stop words are left out."""
    told = [_told(*each) for each in zip(questions, parts, entries, strict=True)]
    asked = [one for one in told if one.known and one.entries]
    sums = iter(_sums(index, asked) if asked else ())
    return [[dict(zip(one.pieces, next(sums), strict=True)) if one.known else {} for _ in one.entries] for one in told]


def _told(question: str, parts: Parts, entries: Sequence[int]) -> Told:
    kept = [at for at, word in enumerate(parts.words) if word not in STOP_WORDS] or range(len(parts.words))
    words = {parts.words[at]: place for place, at in enumerate(kept)}
    pieces: dict[str, int] = {}
    owner = [-1] * len(words)
    for piece in question.split():
        for word, _ in of_piece(piece):
            place = words.get(word, -1)
            if place >= 0 and owner[place] < 0:
                owner[place] = pieces.setdefault(shown(piece), len(pieces))
    times = parts.times.tolist()
    known = [parts.known[at] for at in kept]
    return Told(list(words), known, [times[at] for at in kept], parts.lengths, entries, list(pieces), owner)


def _sums(index: "Index", told: Sequence[Told]) -> list[list[float]]:
    """One row for each entry of each question: what its pieces add."""
    hits = np.array([len(one.entries) for one in told])
    rows = np.array([entry for one in told for entry in one.entries])
    pieces = np.repeat([len(one.pieces) for one in told], hits)
    pair, word = _crossed(
        np.repeat([len(one.known) for one in told], hits), _first([len(one.known) for one in told], hits)
    )
    gains = _gains(index, told, rows, pair, word)
    ends = np.cumsum(pieces)
    place = (ends - pieces)[pair] + np.array([at for one in told for at in one.piece])[word]
    summed = np.bincount(place, gains, int(ends[-1])).tolist()
    return [summed[end - count : end] for end, count in zip(ends.tolist(), pieces.tolist(), strict=True)]


def _gains(index: "Index", told: Sequence[Told], rows: Whole, pair: Whole, word: Whole) -> Floats:
    """One number for each word of each pair of question and entry."""
    known = [one for each in told for one in each.known]
    meanings = np.array([one.meaning for one in known])
    meant = np.einsum("nw,nw->n", index.meanings(rows)[pair], meanings[word])
    counts = np.array([len(one.places) for one in known])
    places, values = np.concatenate([one.places for one in known]), np.concatenate([one.values for one in known])
    slot, at = _crossed(counts[word], (np.cumsum(counts) - counts)[word])
    worded = np.bincount(slot, index.wordings(rows[pair[slot]], places[at]) * values[at], len(word))
    lengths = np.repeat([each.lengths for each in told], [len(each.known) for each in told], axis=0)[word]
    times = np.array([n for each in told for n in each.times])[word]
    gains: Floats = times * (meant / lengths[:, 0] + worded / lengths[:, 1])
    if index.coverage is not None:
        named = [pair for each in told for pair in zip(each.words, each.known, strict=True)]
        gains += index.covered * index.coverage.of_pairs(named, [len(each.known) for each in told], word, rows[pair])
    return gains


def _first(counts: Sequence[int], hits: Whole) -> Whole:
    """The place of each question's first word, once for each of its entries."""
    return np.repeat(np.cumsum([0, *counts[:-1]]), hits)


def _crossed(counts: Whole, first: Whole) -> tuple[Whole, Whole]:
    """For `counts[i]` elements that begin at `first[i]`: i, and the place of the element."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts - first, counts)
