"""Reviewed votes as paraphrases to train with."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from webapp.results.models import Feedback


class FaqError(ValueError):
    """An FAQ file that cannot be read; the message names the line."""


def accepted() -> dict[str, list[str]]:
    """Entry id → the questions that a maintainer accepted as asking for it, each once, oldest first."""
    found: dict[str, list[str]] = {}
    for row in Feedback.objects.filter(review=Feedback.Review.ACCEPTED).order_by("given_at", "pk"):
        questions = found.setdefault(row.answering_entry, [])
        if row.question not in questions:
            questions.append(row.question)
    found.pop("", None)
    return found


def lines(found: dict[str, list[str]]) -> Iterator[str]:
    """One JSON object an entry: `id` and `paraphrases`."""
    for entry in sorted(found):
        yield json.dumps({"id": entry, "paraphrases": found[entry]}, ensure_ascii=False)


def merged(faq: Iterable[str], found: dict[str, list[str]]) -> Iterator[str]:
    """The lines of an FAQ (JSONL) with the new paraphrases in their entries. Raises FaqError."""
    for number, line in enumerate(faq, start=1):
        if line.strip():
            yield json.dumps(_with_more(_entry(line, number), found), ensure_ascii=False)


def _entry(line: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise FaqError(f"line {number} is not JSON") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise FaqError(f"line {number} is not an entry with an id")
    return entry


def _with_more(entry: dict[str, Any], found: dict[str, list[str]]) -> dict[str, Any]:
    known = list(entry.get("paraphrases", []))
    new = [question for question in found.get(entry["id"], []) if question not in (entry.get("question"), *known)]
    return {**entry, "paraphrases": known + new} if new else entry
