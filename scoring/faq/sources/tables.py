"""CSV and TSV: with named columns, and without a header."""

import csv
import json
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from scoring.contract.reading import ContractError
from scoring.faq.data import DataError, Entry
from scoring.faq.sources.cleaning import entry_from_row, named
from scoring.faq.sources.files import lines
from scoring.faq.sources.tally import Tally

NEEDED = ("question", "answer")
FIELDS = ("id", "question", "answer", "paraphrases", "tags", "body")
LONGEST_ID = 60
SEPARATORS = (",", ";", "\t")
HINT = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
BETWEEN_TEXTS = re.compile(r"\n|(?<!\|)\|(?!\|)")
BETWEEN_TAGS = re.compile(r"[\s,;|]+")


def read(path: Path, columns: Mapping[str, str], tally: Tally) -> Iterator[tuple[int, Entry]]:
    """Entries with the line they begin on. `columns`: from our field to the file's own name for it.

    `question` and `answer` are needed. Without `id` it is made from the question. Paraphrases stand in one cell, one
    a line, or with `|` between them, or as a JSON list. Raises DataError for a header that lacks what is needed.
    """
    wanted = {field: columns.get(field, field).strip().casefold() for field in FIELDS}
    every = rows(path, tally, [wanted[field] for field in NEEDED])
    try:
        _, header = next(every)
    except StopIteration:
        raise DataError(f"{path}: this file is empty.") from None
    places = _places(path, header, wanted, {*NEEDED, *columns})
    for number, cells in every:
        tally.count("rows_read")
        try:
            yield number, entry_from_row(_row(cells, header, places), tally)
        except ContractError as error:
            tally.bad(path, number, f"{error.field or 'row'}: {error.detail}")


def rows(path: Path, tally: Tally, needed: Collection[str] = ()) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that is not empty, with the line it begins on; tabs separate where the name says tsv, or
    else what a line `sep=;` before the header says, or what makes its `needed` columns, or most columns."""
    text = _text(path)
    before: list[str] = []
    hinted = None
    for line in text:
        hint = HINT.fullmatch(line)
        before.append("\n" if hint else line)
        hinted = hint[1] if hint else hinted
        if before[-1].strip():
            break
    separator = "\t" if ".tsv" in path.suffixes else hinted or _separator("".join(before[-1:]), needed)
    reader = csv.reader(chain(before, text), delimiter=separator, strict=separator != "\t")
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.count("rows_read")
            tally.bad(path, number, f"row: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _separator(header: str, needed: Collection[str]) -> str:
    def makes(separator: str) -> tuple[int, int]:
        names = [cell.strip().casefold() for cell in header.replace('"', "").split(separator)]
        return sum(name in names for name in needed), len(names)

    return max(SEPARATORS, key=makes)


def _text(path: Path) -> Iterator[str]:
    """Bytes that are not UTF-8 become lone surrogates, so that the row they stand in is refused and no other."""
    for number, line in lines(path):
        yield line.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape")


def _places(path: Path, header: list[str], wanted: Mapping[str, str], needed: Collection[str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in header]
    missing = [wanted[field] for field in FIELDS if field in needed and wanted[field] not in names]
    if missing:
        raise DataError(f"{path}, line 1: no column {', '.join(missing)}; there are: {', '.join(header)}.")
    return {field: names.index(name) for field, name in wanted.items() if name in names}


def _row(cells: list[str], header: list[str], places: Mapping[str, int]) -> dict[str, Any]:
    if len(cells) > len(header):
        raise ContractError("too-many-cells", f"{len(cells)} cells under {len(header)} columns.")
    texts = {field: cells[at] for field, at in places.items() if at < len(cells)}
    _refuse_surrogates(texts)
    row: dict[str, Any] = {field: named(texts, field) for field in NEEDED}
    row["id"] = texts.get("id", "").strip() or _id(row["question"])
    row["body"] = texts.get("body", "")
    row["tags"] = [tag for tag in BETWEEN_TAGS.split(texts.get("tags", "")) if tag]
    row["paraphrases"] = _paraphrases(texts.get("paraphrases", "").strip())
    return row


def _refuse_surrogates(texts: Mapping[str, str]) -> None:
    for field, text in texts.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ContractError("not-utf8", "This is not UTF-8 text.", field) from error


def _id(question: str) -> str:
    words = "-".join(re.findall(r"\w+", question.lower()))[:LONGEST_ID].strip("-")
    if not words:
        raise ContractError("missing-field", "No id can be made from this question.", "id")
    return words


def _paraphrases(cell: str) -> Any:
    if cell.startswith("[") and cell.endswith("]"):
        try:
            return json.loads(cell)
        except ValueError:
            pass
    return [text.strip() for text in BETWEEN_TEXTS.split(cell) if text.strip()]
