"""A question, and the FAQ entries that answer it."""

from dataclasses import asdict, dataclass
from typing import Any

from scoring.contract.limits import DEFAULT_TOP, MAX_QUESTION_CHARACTERS, MAX_TOP
from scoring.contract.reading import ContractError, as_object, number, only_keys, rows, text, whole
from scoring.contract.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Question:
    """`question` is cleaned: stripped, without control characters except newline and tab, 1 to 2,000 characters."""

    question: str
    top: int = DEFAULT_TOP

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Question":
        """Read a request. Raises ContractError."""
        found = as_object(value)
        only_keys(found, {"question"}, frozenset({"top"}))
        top = whole(found, "top", 1, MAX_TOP) if "top" in found else DEFAULT_TOP
        return cls(clean_question(text(found, "question")), top)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question that decided, and its share (0 to 1) of the match's score."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Match:
    """One FAQ entry. `answer` is Markdown, `score` the probability (0 to 1) that it answers the question."""

    id: str
    question: str
    answer: str
    score: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """Best first. `answered` is False where even the best score lies under `threshold`."""

    matches: tuple[Match, ...]
    answered: bool
    threshold: float
    receipt: Receipt

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Matches":
        """Read an answer. Raises ContractError."""
        found = as_object(value)
        only_keys(found, {"matches", "answered", "threshold", "receipt"})
        if not isinstance(found["answered"], bool):
            raise ContractError("not-a-boolean", "This must be true or false.", "answered")
        return cls(
            matches=rows(found, "matches", _match),
            answered=found["answered"],
            threshold=number(found, "threshold", 0, 1),
            receipt=Receipt.from_json(found["receipt"]),
        )


def clean_question(raw: str) -> str:
    """Strip, and drop what no keyboard types. Raises ContractError for empty, too long or unpaired surrogates."""
    try:
        raw.encode()
    except UnicodeEncodeError as error:
        raise ContractError("not-utf8", "The question is not valid Unicode text.", "question") from error
    kept = (
        raw if raw.isprintable() else "".join(c for c in raw if c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f"))
    )
    kept = kept.strip()
    if not kept:
        raise ContractError("question-empty", "The question is empty. Type a few words.", "question")
    if len(kept) > MAX_QUESTION_CHARACTERS:
        detail = f"The question has {len(kept):,} characters; at most {MAX_QUESTION_CHARACTERS:,} are read."
        raise ContractError("question-too-long", detail, "question")
    return kept


def _match(value: Any) -> Match:
    found = as_object(value, "matches")
    only_keys(found, {"id", "question", "answer", "score", "words"})
    return Match(
        id=text(found, "id"),
        question=text(found, "question"),
        answer=text(found, "answer"),
        score=number(found, "score", 0, 1),
        words=rows(found, "words", _word),
    )


def _word(value: Any) -> Word:
    found = as_object(value, "words")
    only_keys(found, {"text", "weight"})
    return Word(text(found, "text"), number(found, "weight", 0, 1))
