"""A Stack Exchange data dump: Posts.xml and PostLinks.xml, plain or gzipped, each larger than memory if need be.

The format: https://meta.stackexchange.com/questions/2677 (one <row/> a post or link, all data in attributes). Three
passes, so that only what is kept is held: the links; the originals; their answers and duplicates.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from scoring.faq.data import DataError, Entry
from scoring.faq.sources.cleaning import asking, distinct, one_line, shortened
from scoring.faq.sources.files import BUFFER_BYTES, found, needed, opened
from scoring.faq.sources.markup import markdown
from scoring.faq.sources.tally import Tally

POSTS, LINKS = "Posts.xml", "PostLinks.xml"
QUESTION, ANSWER = "1", "2"
DUPLICATE_LINK = "3"

NO_ANSWER = (False, -math.inf, 0)
NUMBERS = {QUESTION: ("Id",), ANSWER: ("Id", "ParentId", "Score")}
BETWEEN_TAGS = re.compile(r"[<>|\s]+")

Row = dict[str, str]


@dataclass(slots=True)
class _Original:
    id: int
    line: int
    title: str
    text: str
    tags: tuple[str, ...]
    accepted: str | None
    answer: str = ""
    rank: tuple[bool, float, int] = NO_ANSWER
    duplicates: list[str] = field(default_factory=list)


def is_dump(folder: Path) -> bool:
    return found(folder, POSTS) is not None


def read(folder: Path, tag: str | None, min_text: int, min_dupes: int, tally: Tally) -> Iterator[tuple[int, Entry]]:
    """Entries with the line of their question. An entry is a question with an answer (the accepted one, or else the
    one with the highest score) that others are duplicates of; `tag` is asked of it alone. Raises DataError."""
    posts = needed(folder, POSTS)
    original_of = _links(needed(folder, LINKS), tally)
    originals = _originals(posts, original_of, tag, min_dupes, tally)
    for _, row in _rows(posts):
        if _fault(row) is None:
            _add(originals, original_of, row, min_text, tally)
    for original in originals.values():
        reason = _left_out(original, min_text, min_dupes)
        if reason:
            tally.count(reason)
        else:
            yield original.line, _entry(original, tally)


def _links(path: Path, tally: Tally) -> dict[int, int]:
    """Each duplicate's original, at the end of the chain where an original is itself a duplicate."""
    direct: dict[int, int] = {}
    for line, row in _rows(path):
        tally.count("rows_read")
        if row.get("LinkTypeId") != DUPLICATE_LINK:
            continue
        duplicate, original = _whole(row, "PostId"), _whole(row, "RelatedPostId")
        if duplicate is None or original is None:
            tally.bad(path, line, "PostId, RelatedPostId: whole numbers are needed.")
        elif duplicate != original:
            direct.setdefault(duplicate, original)
    ends = {duplicate: _end(duplicate, direct) for duplicate in direct}
    return {duplicate: original for duplicate, original in ends.items() if duplicate != original}


def _end(post: int, direct: dict[int, int]) -> int:
    """Where links go round in a circle, its lowest id is the original."""
    seen: dict[int, int] = {}
    while post in direct:
        if post in seen:
            return min(list(seen)[seen[post] :])
        seen[post] = len(seen)
        post = direct[post]
    return post


def _originals(
    path: Path, original_of: dict[int, int], tag: str | None, min_dupes: int, tally: Tally
) -> dict[int, _Original]:
    linked = Counter(original_of.values())
    originals: dict[int, _Original] = {}
    for line, row in _rows(path):
        tally.count("rows_read")
        if fault := _fault(row):
            tally.bad(path, line, fault)
            continue
        post, tags = int(row["Id"]), _tags(row)
        wanted = post not in original_of and linked[post] >= min_dupes and (tag is None or tag in tags)
        if row["PostTypeId"] != QUESTION or not wanted:
            continue
        if post in originals:
            tally.bad(path, line, f"Id: {post} comes twice.")
            continue
        title, text = one_line(row["Title"]), asking(row["Title"], row.get("Body", ""), tally)
        originals[post] = _Original(post, line, title, text, tags, row.get("AcceptedAnswerId"))
    return originals


def _add(originals: dict[int, _Original], original_of: dict[int, int], row: Row, min_text: int, tally: Tally) -> None:
    if row["PostTypeId"] == ANSWER:
        _add_answer(originals.get(int(row["ParentId"])), row)
    elif row["PostTypeId"] == QUESTION and (original := originals.get(original_of.get(int(row["Id"]), -1))):
        text = asking(row["Title"], row.get("Body", ""), tally)
        if len(text) < min_text:
            tally.count("duplicates_too_short")
        else:
            original.duplicates.append(shortened(text, tally))


def _add_answer(original: _Original | None, row: Row) -> None:
    """The accepted one comes before all, then the higher score, then the earlier."""
    if original is None:
        return
    rank = (row["Id"] == original.accepted, int(row.get("Score", "0")), -int(row["Id"]))
    if rank > original.rank and (answer := markdown(row.get("Body", ""))):
        original.rank, original.answer = rank, answer


def _left_out(original: _Original, min_text: int, min_dupes: int) -> str | None:
    if not original.answer:
        return "originals_without_answer"
    if len(original.text) < min_text:
        return "originals_too_short"
    return "originals_with_too_few_duplicates" if len(original.duplicates) < min_dupes else None


def _entry(original: _Original, tally: Tally) -> Entry:
    title = shortened(original.title, tally)
    body = shortened(original.text, tally) if original.text != original.title else ""
    return distinct(
        Entry(str(original.id), title, original.answer, tuple(original.duplicates), original.tags, body), tally
    )


def _fault(row: Row) -> str | None:
    """Why a post cannot be used; types of post other than questions and answers are never looked at."""
    kind = row.get("PostTypeId")
    if kind is None:
        return "PostTypeId: missing."
    for key in NUMBERS.get(kind, ("Id",)):
        if _whole(row, key) is None and not (key == "Score" and key not in row):
            return f"{key}: a whole number is needed."
    return "Title: missing." if kind == QUESTION and not one_line(row.get("Title", "")) else None


def _whole(row: Row, key: str) -> int | None:
    try:
        return int(row.get(key, ""))
    except ValueError:
        return None


def _tags(row: Row) -> tuple[str, ...]:
    """Written as <a><b> in older dumps and as |a|b| in newer ones."""
    return tuple(tag for tag in BETWEEN_TAGS.split(row.get("Tags", "")) if tag)


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The attributes of each row with its line. No tree is built. Raises DataError for what is not well-formed XML and
    for a document type, which no dump has: entities could make a small file huge or name other files."""
    found_rows: list[tuple[int, Row]] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: Row) -> None:
        if name == "row":
            found_rows.append((parser.CurrentLineNumber, attributes))

    def refuse(*_: object) -> None:
        raise DataError(f"{path}, line {parser.CurrentLineNumber}: a document type is not allowed here.")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    with opened(path) as file:
        at_end = False
        while not at_end:
            chunk = file.read(BUFFER_BYTES)
            at_end = not chunk
            try:
                parser.Parse(chunk, at_end)
            except expat.ExpatError as error:
                raise DataError(f"{path}, line {error.lineno}: this is not well-formed XML.") from error
            yield from found_rows
            found_rows.clear()
