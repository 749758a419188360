"""The files an FAQ model is made from and measured with: one JSON object a line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scoring.contract.faq import clean_question
from scoring.contract.reading import ContractError, as_object, only_keys, rows, text

T = TypeVar("T")


class DataError(ValueError):
    """A file that cannot be used; the message names it and the line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`answer` is Markdown; `paraphrases` are other ways to ask the same; `body` is what the asker wrote under the
    question, matched and never shown."""

    id: str
    question: str
    answer: str
    paraphrases: tuple[str, ...]
    tags: tuple[str, ...]
    body: str = ""

    @property
    def own(self) -> tuple[str, ...]:
        """The entry's own wording, which is never held out."""
        return (self.question, self.body) if self.body else (self.question,)

    @property
    def askings(self) -> tuple[str, ...]:
        return (*self.own, *self.paraphrases)

    @property
    def texts(self) -> tuple[str, ...]:
        return (*self.askings, self.answer)

    @classmethod
    def from_json(cls, value: Any) -> "Entry":
        found = as_object(value)
        only_keys(found, {"id", "question", "answer"}, frozenset({"paraphrases", "tags", "body"}))
        entry = cls(
            id=text(found, "id").strip(),
            question=clean_question(text(found, "question")),
            answer=text(found, "answer").strip(),
            paraphrases=_texts(found, "paraphrases"),
            tags=_texts(found, "tags"),
            body=clean_question(text(found, "body")) if found.get("body") else "",
        )
        for key, value_found in (("id", entry.id), ("answer", entry.answer)):
            if not value_found:
                raise ContractError("empty", "This is empty.", key)
        return entry


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the entry that answers it; `id` is None where none does."""

    question: str
    id: str | None

    @classmethod
    def from_json(cls, value: Any) -> "Asked":
        found = as_object(value)
        only_keys(found, {"question"}, frozenset({"id"}))
        expected = found.get("id")
        if expected is not None and not isinstance(expected, str):
            raise ContractError("not-text", "This must be a string or null.", "id")
        return cls(clean_question(text(found, "question")), expected)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question whose entry is known: the place of that entry (1 is first; None where none answers),
    and the best entry's probability (0 to 1)."""

    question: str
    id: str | None
    place: float | None
    score: float


def read_entries(path: Path) -> list[Entry]:
    """Raises DataError: also for an id that comes twice, and for fewer than two entries."""
    entries: list[Entry] = []
    seen: set[str] = set()
    for number, entry in _lines(path, Entry.from_json):
        if entry.id in seen:
            raise DataError(f"{path}, line {number}: the id {entry.id!r} comes twice.")
        seen.add(entry.id)
        entries.append(entry)
    if len(entries) < 2:
        raise DataError(f"{path}: at least two entries are needed.")
    return entries


def read_asked(path: Path) -> list[Asked]:
    """Raises DataError."""
    return [asked for _, asked in read_asked_lines(path)]


def read_asked_lines(path: Path) -> list[tuple[int, Asked]]:
    """With the line of each. Raises DataError."""
    return list(_lines(path, Asked.from_json))


def _lines(path: Path, read: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
    try:
        raw = path.read_bytes().decode()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: this is not UTF-8 text.") from error
    for number, line in enumerate(raw.split("\n"), 1):
        if line.strip():
            yield number, _row(line, read, f"{path}, line {number}")


def _row(line: str, read: Callable[[Any], T], where: str) -> T:
    try:
        return read(json.loads(line))
    except ContractError as error:
        raise DataError(f"{where}: {error.field or 'row'}: {error.detail}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: this is not a JSON object.") from error


def _texts(found: Any, key: str) -> tuple[str, ...]:
    return rows(found, key, lambda row: clean_question(text({key: row}, key))) if key in found else ()
