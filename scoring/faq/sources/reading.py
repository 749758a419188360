"""Which reader a source needs, and what it gives."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scoring.faq.data import DataError, Entry
from scoring.faq.sources import jsonl, stackexchange, tables, triple
from scoring.faq.sources.tally import Tally

WORD = re.compile(r"\w+")
MIN_TEXT = 0
MIN_DUPES = 1
FORMS = (
    "a .jsonl, .csv or .tsv file, a folder with orig-q.tsv, dup-q.tsv and ans.tsv, "
    "or a folder with Posts.xml and PostLinks.xml; any file may be gzipped (.gz)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`columns` is for tables, `tag` for dumps, `min_text` and `min_dupes` for dumps and triples; None: not said."""

    tag: str | None = None
    min_text: int | None = None
    min_dupes: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def only(self, path: Path, form: str, *usable: str) -> None:
        """Raises DataError where something is wanted of a source of this form that it cannot give."""
        said = {
            "--tag": self.tag is not None,
            "--min-text": self.min_text is not None,
            "--min-dupes": self.min_dupes is not None,
            "--column": bool(self.columns),
        }
        useless = [option for option, given in said.items() if given and option not in usable]
        if useless:
            raise DataError(f"{path}: {' and '.join(useless)} cannot be used with {form}.")


def read_source(path: Path, wanted: Wanted, tally: Tally) -> list[Entry]:
    """Raises DataError: for a source of no known form, for bad rows unless they may be skipped, for fewer than two
    entries."""
    rows_of, read = _reader(path, wanted, tally)
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    for line, entry in read():
        if entry.id in entries:
            tally.bad(rows_of, line, _again(entry, entries[entry.id], lines[entry.id]))
        else:
            entries[entry.id], lines[entry.id] = entry, line
    tally.settle()
    if len(entries) < 2:
        counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.counts.items() if count)
        raise DataError(f"{path}: at least two entries are needed, here are {len(entries)} ({counts or 'no rows'}).")
    return list(entries.values())


def _again(entry: Entry, first: Entry, line: int) -> str:
    """An id that was made from the question says nothing to who has none in the file."""
    if _bare(entry.question) == _bare(first.question):
        return f"question: {entry.question!r} comes twice, first in line {line}."
    return f"id: {entry.id!r} comes twice, first in line {line}."


def _bare(question: str) -> list[str]:
    return WORD.findall(question.casefold())


def _reader(path: Path, wanted: Wanted, tally: Tally) -> tuple[Path, Callable[[], Iterator[tuple[int, Entry]]]]:
    """The file whose lines are named, and the reading itself."""
    min_text = wanted.min_text or MIN_TEXT
    min_dupes = MIN_DUPES if wanted.min_dupes is None else wanted.min_dupes
    if stackexchange.is_dump(path):
        wanted.only(path, "a Stack Exchange dump", "--tag", "--min-text", "--min-dupes")
        return path / stackexchange.POSTS, lambda: stackexchange.read(path, wanted.tag, min_text, min_dupes, tally)
    if triple.is_triple(path):
        wanted.only(path, "three TSV files without a header", "--min-text", "--min-dupes")
        return path / triple.ORIGINALS, lambda: triple.read(path, min_text, min_dupes, tally)
    form = path.name.casefold().removesuffix(".gz").rpartition(".")[2]
    if path.is_dir() or form not in ("jsonl", "ndjson", "csv", "tsv"):
        raise DataError(f"{path}: not a source. One is {FORMS}.")
    if form in ("csv", "tsv"):
        wanted.only(path, "a table with named columns", "--column")
        return path, lambda: tables.read(path, wanted.columns, tally)
    wanted.only(path, "one JSON object a line")
    return path, lambda: jsonl.read(path, tally)
