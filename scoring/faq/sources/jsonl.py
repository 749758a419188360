"""One JSON object a line: id, question, answer, and where there are any paraphrases, tags, body."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoring.contract.reading import ContractError
from scoring.faq.data import Entry
from scoring.faq.sources.cleaning import entry_from_row
from scoring.faq.sources.files import MAX_LINE_BYTES, lines
from scoring.faq.sources.tally import Tally


def read(path: Path, tally: Tally) -> Iterator[tuple[int, Entry]]:
    """Entries with their line. Raises DataError for a file that cannot be read at all."""
    for number, line in lines(path):
        if not line.strip():
            continue
        tally.count("rows_read")
        try:
            yield number, entry_from_row(_parsed(line, first=number == 1), tally)
        except ContractError as error:
            tally.bad(path, number, f"{error.field or 'row'}: {error.detail}")


def _parsed(line: bytes, first: bool) -> Any:
    if len(line) > MAX_LINE_BYTES:
        raise ContractError("too-long", f"A row may have at most {MAX_LINE_BYTES:,} bytes.")
    try:
        return json.loads(line.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError as error:
        raise ContractError("not-utf8", "This is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        raise ContractError("not-json", "This is not a JSON object.") from error
