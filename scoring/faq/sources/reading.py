"""Which reader a source needs, and what it gives."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scoring.faq.data import DataError, Entry
from scoring.faq.sources import jsonl, stackexchange, tables, triple
from scoring.faq.sources.tally import Tally

FORMS = (
    "a .jsonl, .csv or .tsv file, a folder with orig-q.tsv, dup-q.tsv and ans.tsv, "
    "or a folder with Posts.xml and PostLinks.xml; any file may be gzipped (.gz)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`columns` is for tables, `tag` for dumps, `min_text` and `min_dupes` for dumps and triples."""

    tag: str | None = None
    min_text: int = 0
    min_dupes: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)


def read_source(path: Path, wanted: Wanted, tally: Tally) -> list[Entry]:
    """Raises DataError: for a source of no known form, for bad rows unless they may be skipped, for fewer than two
    entries."""
    rows_of, read = _reader(path, wanted, tally)
    entries: dict[str, Entry] = {}
    for line, entry in read():
        if entry.id in entries:
            tally.bad(rows_of, line, f"id: {entry.id!r} comes twice.")
        else:
            entries[entry.id] = entry
    tally.settle()
    if len(entries) < 2:
        counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.counts.items() if count)
        raise DataError(f"{path}: at least two entries are needed, here are {len(entries)} ({counts or 'no rows'}).")
    return list(entries.values())


def _reader(path: Path, wanted: Wanted, tally: Tally) -> tuple[Path, Callable[[], Iterator[tuple[int, Entry]]]]:
    """The file whose lines are named, and the reading itself."""
    if stackexchange.is_dump(path):
        args = (wanted.tag, wanted.min_text, wanted.min_dupes, tally)
        return path / stackexchange.POSTS, lambda: stackexchange.read(path, *args)
    if triple.is_triple(path):
        return path / triple.ORIGINALS, lambda: triple.read(path, wanted.min_text, wanted.min_dupes, tally)
    form = path.name.casefold().removesuffix(".gz").rpartition(".")[2]
    if path.is_dir() or form not in ("jsonl", "ndjson", "csv", "tsv"):
        raise DataError(f"{path}: not a source. One is {FORMS}.")
    if form in ("csv", "tsv"):
        return path, lambda: tables.read(path, wanted.columns, tally)
    return path, lambda: jsonl.read(path, tally)
