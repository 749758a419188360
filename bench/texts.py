"""The texts of the comparison: entries and questions made of the FAQ that ships."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).resolve().parent.parent / "scoring" / "faq" / "javascript.jsonl"
HELD_OUT = SHIPPED.with_name("held_out.jsonl")


def write_entries(path: Path, count: int) -> None:
    """So many entries as JSON lines: the shipped ones, then their paraphrases as entries of their own, then all of them
    again with a number, until there are enough."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in islice(_entries(), count))


def write_questions(path: Path) -> None:
    """The bodies that `POST /v1/score` takes, one a line: questions that no entry was made of."""
    asked = [row["question"] for row in _rows(HELD_OUT)]
    path.write_text("".join(json.dumps({"question": question, "top": 3}) + "\n" for question in asked))


def _entries() -> Iterator[dict[str, Any]]:
    shipped = list(_rows(SHIPPED))
    texts = [(row["question"], row["answer"]) for row in shipped]
    texts += [(asking, row["answer"]) for row in shipped for asking in row["paraphrases"]]
    number = 0
    while True:
        again = f" {number // len(texts)}" if number >= len(texts) else ""
        question, answer = texts[number % len(texts)]
        yield {"id": f"e{number}", "question": question + again, "answer": answer + again}
        number += 1


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())
