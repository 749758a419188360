"""The FAQ model as the service wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from scoring.contract.faq import Match, Matches, Question, Word
from scoring.contract.limits import MAX_JSON_BYTES
from scoring.contract.receipt import Receipt
from scoring.faq import artefact
from scoring.faq.data import Entry
from scoring.faq.index import Fits
from scoring.faq.training import Trained
from scoring.faq.words import WordShares, deciding_words
from scoring.service.json_body import read_json
from scoring.service.model import Body


@dataclass(frozen=True, slots=True)
class Found:
    """What `score` gives for one question, before its receipt is known."""

    matches: tuple[Match, ...]
    answered: bool


class FaqModel:
    """Finds the entries that answer a question. Questions of a batch share one pass through the index."""

    max_batch = 32
    max_body_bytes = MAX_JSON_BYTES
    reads_fast = True

    def __init__(self, name: str, version: str, entries: Sequence[Entry], trained: Trained) -> None:
        self.name = name
        self.version = version
        self.threshold = trained.calibration.threshold
        self._entries = entries
        self._index = trained.index
        self._calibration = trained.calibration
        self._shares = WordShares(trained.index.features)

    @classmethod
    def load(cls, folder: Path) -> "FaqModel":
        """Raises ArtefactError, DataError."""
        manifest, entries, trained = artefact.load(folder)
        return cls(manifest["name"], manifest["version"], entries, trained)

    def warm(self) -> None:
        # Products this small are slower on several threads than on one.
        threadpool_limits(1)
        self.score([Question(entry.question) for entry in self._entries[: self.max_batch]])

    def read(self, body: Body) -> Question:
        return Question.from_json(read_json(body))

    def score(self, items: Sequence[Question]) -> list[Found]:
        questions = [item.question for item in items]
        fits = self._index.fits(questions)
        known = np.array([self._shares.known(question) for question in questions])
        scores = self._calibration.probabilities(fits, known)
        return [self._found(item, fits, at, scores[at]) for at, item in enumerate(items)]

    def write(self, score: Found, receipt: Receipt) -> dict[str, Any]:
        return Matches(score.matches, score.answered, self.threshold, receipt).to_json()

    def _found(self, item: Question, fits: Fits, at: int, scores: Any) -> Found:
        order = np.lexsort((-fits.fit[at], -scores))[: item.top]
        best = [int(entry) for entry in order if scores[entry] > 0]
        matches = self._matches(item, fits, at, best, scores)
        return Found(matches, bool(matches) and matches[0].score >= self.threshold)

    def _matches(self, item: Question, fits: Fits, at: int, best: Sequence[int], scores: Any) -> tuple[Match, ...]:
        if not best:
            return ()
        owners = self._shares.owners(item.question)
        added = self._index.shares(fits.vectors[at], fits.near[at], best)
        return tuple(
            self._match(self._entries[entry], float(scores[entry]), deciding_words(owners, gains))
            for entry, gains in zip(best, added, strict=True)
        )

    def _match(self, entry: Entry, score: float, words: tuple[Word, ...]) -> Match:
        return Match(entry.id, entry.question, entry.answer, round(score, 4), words)
