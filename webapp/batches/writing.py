"""A batch's results as CSV, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from webapp.batches.models import Batch

COLUMNS = ("row", "question", "entry_id", "entry", "score", "answered", "error")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NOT_SCORED = {"error": "not-scored"}


def csv_bytes(batch: Batch) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheets misread it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows(batch):
        found = row["result"]
        answered = "" if "answered" not in found else ("yes" if found["answered"] else "no")
        cells = (row["question"], found.get("id", ""), found.get("question", ""))
        writer.writerow(
            [row["number"], *map(harmless, cells), found.get("score", ""), answered, found.get("error", "")]
        )
    return out.getvalue().encode("utf-8-sig")


def rows(batch: Batch, first: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
    """Rows of the chunks from `first` up to before `last`: the row's number from 1, its question, its result."""
    for chunk in batch.chunks.order_by("number")[first:last].iterator(chunk_size=50):
        results = chunk.results or [NOT_SCORED] * len(chunk.questions)
        pairs = zip(chunk.questions, results, strict=True)
        for number, (question, result) in enumerate(pairs, start=chunk.first_row):
            yield {"number": number, "question": question, "result": result}


def harmless(cell: str) -> str:
    """An apostrophe before what would be run as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
