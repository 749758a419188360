"""An uploaded CSV file as a list of questions. What cannot be read is refused whole, with a sentence that says why."""

import csv
import io
import re
from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webapp.body_limits import MAX_BATCH_BYTES

MAX_ROWS = 50_000
COLUMN = "question"
DELIMITERS = ",;\t"
NAMED_DELIMITER = re.compile(r"\Asep=.?\r?\n", re.IGNORECASE)
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
MOST_WORDS_IN_A_NAME = 4

EMPTY = _("This file has no questions. The first row names the columns; each further row is a question.")
ENCODING = _("This file is not UTF-8 text. In a spreadsheet, save it as “CSV UTF-8”.")
NOT_CSV = _("This file cannot be read as CSV. Look at line %(line)d.")
NO_COLUMN = _("No column with questions was found. Write “question” above the column that holds them.")
TOO_MANY = _("This file has more than 50,000 questions. Split it.")
TOO_LARGE = _("This file is larger than 10 MB. Split it.")


class UnreadableError(ValueError):
    """The file cannot be used; the message is for the visitor, in the visitor's language."""

    def __init__(self, sentence: Promise | str) -> None:
        super().__init__(str(sentence))


def read_questions(content: bytes) -> list[str]:
    """The column named `question` (in any case), else the first one; rows that are empty throughout are left out.

    Raises UnreadableError.
    """
    if len(content) > MAX_BATCH_BYTES:
        raise UnreadableError(TOO_LARGE)
    rows = _rows(_text(content))
    header = next(rows, None)
    if header is None:
        raise UnreadableError(EMPTY)
    column = _column(header)
    questions: list[str] = []
    for row in rows:
        if len(questions) == MAX_ROWS:
            raise UnreadableError(TOO_MANY)
        questions.append(row[column] if column < len(row) else "")
    if not questions:
        raise UnreadableError(EMPTY)
    return questions


def _text(content: bytes) -> str:
    encoding = "utf-16" if content.startswith(UTF_16_MARKS) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(ENCODING) from error
    if "\0" in text:
        raise UnreadableError(ENCODING)
    return text


def _rows(text: str) -> Iterator[list[str]]:
    """The rows that hold anything."""
    # A spreadsheet may begin with a line of its own that names the delimiter.
    text = NAMED_DELIMITER.sub("", text)
    first_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error as error:
        raise UnreadableError(NOT_CSV % {"line": reader.line_num}) from error


def _column(header: list[str]) -> int:
    names = [name.strip().casefold() for name in header]
    if COLUMN in names:
        return names.index(COLUMN)
    # A question in the place of the name: without this, a file without names would lose its first question unseen.
    if not names[0] or "?" in names[0] or len(names[0].split()) > MOST_WORDS_IN_A_NAME:
        raise UnreadableError(NO_COLUMN)
    return 0
