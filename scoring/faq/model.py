"""The FAQ model as the service wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from scoring.contract.faq import Match, Question, Word
from scoring.contract.limits import MAX_JSON_BYTES
from scoring.contract.receipt import Receipt
from scoring.faq import artefact, protocols
from scoring.faq.data import Entry
from scoring.faq.training import Trained
from scoring.faq.words import deciding
from scoring.service.json_body import read_json
from scoring.service.model import Body
from scoring.service.tensors import Tensor

FAST_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that may answer, its probability (0 to 1), and the words that decided with their shares."""

    entry: Entry
    score: float
    words: Sequence[tuple[str, float]]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.entry.id,
            "question": self.entry.question,
            "answer": self.entry.answer,
            "score": self.score,
            "words": [{"text": word, "weight": share} for word, share in self.words],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What `score` gives for one question, before its receipt is known; the best first. Nothing is near to signs
    alone; something is to any other question, though perhaps at a probability of 0."""

    hits: tuple[Hit, ...]
    answered: bool

    @property
    def matches(self) -> tuple[Match, ...]:
        return tuple(
            Match(hit.entry.id, hit.entry.question, hit.entry.answer, hit.score, tuple(Word(*one) for one in hit.words))
            for hit in self.hits
        )


class FaqModel:
    """Finds the entries that answer a question. Questions of a batch share one pass through the index."""

    max_batch = 32
    at_once = 1
    max_body_bytes = MAX_JSON_BYTES
    device = "cpu"
    reads_fast = True
    scores_fast = False
    described = protocols.DESCRIBED
    dialects = protocols.DIALECTS
    inputs = protocols.INPUTS
    outputs = protocols.OUTPUTS

    def __init__(self, name: str, version: str, entries: Sequence[Entry], trained: Trained) -> None:
        self.name = name
        self.version = version
        self.threshold = trained.calibration.threshold
        self._entries = entries
        self._index = trained.index
        self._calibration = trained.calibration

    @classmethod
    def load(cls, folder: Path) -> "FaqModel":
        """Raises ArtefactError, DataError, EncoderError."""
        manifest, entries, trained = artefact.load(folder)
        return cls(manifest["name"], manifest["version"], entries, trained)

    def warm(self) -> None:
        # Products this small are slower on several threads than on one.
        threadpool_limits(1)
        batch = [Question(entry.question) for entry in self._entries[: self.max_batch]]
        self.score(batch)
        # Its own time, not the machine's: what else runs here at the start says nothing of the model.
        started = thread_time()
        self.score(batch)
        self.scores_fast = self._index.sentences is None and thread_time() - started < FAST_SECONDS

    def read(self, body: Body) -> Question:
        return Question.from_json(read_json(body))

    def score(self, items: Sequence[Question]) -> list[Found]:
        fits = self._index.fits([item.question for item in items])
        order, scores = self._calibration.best(fits, max(item.top for item in items))
        chances = scores.tolist()
        best = [
            places[: item.top] if says else []
            for places, says, item in zip(order.tolist(), fits.texts.says.tolist(), items, strict=True)
        ]
        added = self._index.shares([item.question for item in items], fits.texts, best)
        return [self._found(*each) for each in zip(best, chances, added, strict=True)]

    def write(self, score: Found, receipt: Receipt) -> dict[str, Any]:
        """As `Matches.to_json` of the contract gives it."""
        return {
            "matches": [hit.to_json() for hit in score.hits],
            "answered": score.answered,
            "threshold": self.threshold,
            "receipt": receipt.to_json(),
        }

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Question]:
        """Raises ContractError."""
        return protocols.questions(tensors, parameters)

    def write_tensors(self, scores: Sequence[Found]) -> list[Tensor]:
        return protocols.answers(scores)

    def _found(self, best: Sequence[int], scores: Sequence[float], added: Sequence[Mapping[str, float]]) -> Found:
        hits = tuple(
            Hit(self._entries[entry], round(score, 4), deciding(gains))
            for entry, score, gains in zip(best, scores, added, strict=False)
        )
        return Found(hits, bool(hits) and scores[0] >= self.threshold)
