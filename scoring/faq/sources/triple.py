"""Three headerless TSV files, plain or gzipped: orig-q.tsv and dup-q.tsv (Id, AnswerId, Text0, CreationDate), ans.tsv
(Id, Text0).

Text0 of a question is its title, ". " and its body in HTML. Cleaning and filters follow 00_Data_Prep.ipynb of
Azure/MLAKSDeployment; letter case stays, because the model's own features ignore it and people read the entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from scoring.contract.reading import ContractError
from scoring.faq.data import Entry
from scoring.faq.sources.cleaning import asking, distinct, one_line, shortened
from scoring.faq.sources.files import found, needed
from scoring.faq.sources.markup import markdown
from scoring.faq.sources.tables import rows
from scoring.faq.sources.tally import Tally

ORIGINALS, DUPLICATES, ANSWERS = "orig-q.tsv", "dup-q.tsv", "ans.tsv"
FEWEST_CELLS = {ORIGINALS: 3, DUPLICATES: 3, ANSWERS: 2}
BEFORE_BODY = ". <"


@dataclass(slots=True)
class _Original:
    id: str
    line: int
    title: str
    text: str
    answer: str = ""
    duplicates: list[str] = field(default_factory=list)


def is_triple(folder: Path) -> bool:
    return found(folder, ORIGINALS) is not None


def read(folder: Path, min_text: int, min_dupes: int, tally: Tally) -> Iterator[tuple[int, Entry]]:
    """Entries with the line of their original. `min_text`: fewest characters of an original and of a duplicate;
    `min_dupes`: fewest duplicates of an original. Raises DataError."""
    originals, ids = _originals(folder, tally)
    _add_answers(folder, originals, tally)
    _add_duplicates(folder, originals, ids, min_text, tally)
    for original in originals.values():
        reason = _left_out(original, min_text, min_dupes)
        if reason:
            tally.count(reason)
        else:
            yield original.line, _entry(original, tally)


def _originals(folder: Path, tally: Tally) -> tuple[dict[str, _Original], set[str]]:
    """By the id of their answer; and the ids of all originals."""
    originals: dict[str, _Original] = {}
    ids: set[str] = set()
    for line, (id_, answer_id, raw, *_) in _rows(folder, ORIGINALS, tally):
        title, text = _texts(raw, tally)
        if id_ in ids or answer_id in originals:
            tally.count("originals_repeated")
        elif text:
            originals[answer_id] = _Original(id_, line, title, text)
        ids.add(id_)
    return originals, ids


def _add_answers(folder: Path, originals: dict[str, _Original], tally: Tally) -> None:
    for _, (id_, raw, *_) in _rows(folder, ANSWERS, tally):
        original = originals.get(id_)
        if original and not original.answer:
            original.answer = markdown(raw)


def _add_duplicates(folder: Path, originals: dict[str, _Original], ids: set[str], min_text: int, tally: Tally) -> None:
    seen: set[str] = set()
    for _, (id_, answer_id, raw, *_) in _rows(folder, DUPLICATES, tally):
        original = originals.get(answer_id)
        if id_ in ids or id_ in seen or original is None:
            tally.count("duplicates_left_out")
            continue
        seen.add(id_)
        _, text = _texts(raw, tally)
        if len(text) < max(min_text, 1):
            tally.count("duplicates_too_short")
        else:
            original.duplicates.append(shortened(text, tally))


def _left_out(original: _Original, min_text: int, min_dupes: int) -> str | None:
    if not original.answer:
        return "originals_without_answer"
    if len(original.text) < min_text:
        return "originals_too_short"
    return "originals_with_too_few_duplicates" if len(original.duplicates) < max(min_dupes, 1) else None


def _entry(original: _Original, tally: Tally) -> Entry:
    title = shortened(original.title, tally)
    body = shortened(original.text, tally) if original.text != original.title else ""
    return distinct(Entry(original.id, title, original.answer, tuple(original.duplicates), (), body), tally)


def _rows(folder: Path, name: str, tally: Tally) -> Iterator[tuple[int, list[str]]]:
    """Cells, the ids stripped. Rows that lack cells or ids or are no UTF-8 text are bad."""
    path = needed(folder, name)
    for line, cells in rows(path, tally):
        tally.count("rows_read")
        try:
            yield line, _cells(cells, FEWEST_CELLS[name])
        except ContractError as error:
            tally.bad(path, line, f"{error.field or 'row'}: {error.detail}")


def _cells(cells: list[str], fewest: int) -> list[str]:
    if len(cells) < fewest:
        raise ContractError("too-few-cells", f"{len(cells)} cells, where at least {fewest} are needed.")
    ids = [cell.strip() for cell in cells[: fewest - 1]]
    if not all(ids):
        raise ContractError("missing-field", "An id is empty.", "Id")
    try:
        cells[fewest - 1].encode()
    except UnicodeEncodeError as error:
        raise ContractError("not-utf8", "This is not UTF-8 text.", "Text0") from error
    return [*ids, cells[fewest - 1]]


def _texts(raw: str, tally: Tally) -> tuple[str, str]:
    """The title, and title and body as one."""
    title, found_body, body = raw.partition(BEFORE_BODY)
    if not found_body:
        text = asking("", raw, tally)
        return text, text
    text = asking(unescape(title), f"<{body}", tally)
    return one_line(unescape(title)) or text, text
