"""A batch's results as CSV."""

from collections.abc import Iterator
from typing import Any

from webapp import spreadsheets
from webapp.batches.models import Batch
from webapp.spreadsheets import harmless

COLUMNS = ("row", "question", "entry_id", "entry", "score", "answered", "error")
NOT_SCORED = {"error": "not-scored"}


def csv_bytes(batch: Batch) -> bytes:
    return spreadsheets.csv_bytes(COLUMNS, map(_cells, rows(batch)))


def rows(batch: Batch, first: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
    """Rows of the chunks from `first` up to before `last`: the row's number from 1, its question, its result."""
    for chunk in batch.chunks.order_by("number")[first:last].iterator(chunk_size=50):
        results = chunk.results or [NOT_SCORED] * len(chunk.questions)
        pairs = zip(chunk.questions, results, strict=True)
        for number, (question, result) in enumerate(pairs, start=chunk.first_row):
            yield {"number": number, "question": question, "result": result}


def _cells(row: dict[str, Any]) -> list[object]:
    found = row["result"]
    answered = "" if "answered" not in found else ("yes" if found["answered"] else "no")
    texts = map(harmless, (row["question"], found.get("id", ""), found.get("question", "")))
    return [row["number"], *texts, found.get("score", ""), answered, found.get("error", "")]
