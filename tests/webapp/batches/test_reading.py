"""CSV files as people send them."""

import pytest

from webapp.batches import reading
from webapp.batches.reading import UnreadableError, read_questions


@pytest.mark.parametrize(
    ("content", "questions"),
    [
        (b"question\nwhy?\nhow?\n", ["why?", "how?"]),
        (b"id,Question ,more\n1,why?,x\n2,how?,y\n", ["why?", "how?"]),
        (b"text,other\nwhy?,x\n", ["why?"]),
        (b"id;question\n1;why, oh why?\n", ["why, oh why?"]),
        (b"id\tquestion\n1\twhy?\n", ["why?"]),
        (b"sep=;\r\nid;question\r\n1;why, oh why?\r\n", ["why, oh why?"]),
        (b'question\n"two\nlines, one cell"\n', ["two\nlines, one cell"]),
        (b"question\r\nwhy?\r\n\r\n,\r\nhow?", ["why?", "how?"]),
        ("\ufeffquestion\n¿por qué? 🐈\n".encode(), ["¿por qué? 🐈"]),
        ("question\nwhy?\n".encode("utf-16"), ["why?"]),
        (b"id,question\n1\n2,why?\n", ["", "why?"]),
        (b"question\n" + b"a\n" * reading.MAX_ROWS, ["a"] * reading.MAX_ROWS),
    ],
)
def test_questions_are_read(content, questions):
    assert read_questions(content) == questions


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", reading.EMPTY),
        (b"\n\n", reading.EMPTY),
        (b"question\n", reading.EMPTY),
        (b"question\nwhy \xe9?\n", reading.ENCODING),
        (b"PK\x03\x04\x00\x00", reading.ENCODING),
        (b"question\n" + b"a\n" * (reading.MAX_ROWS + 1), reading.TOO_MANY),
        (b"x" * (10 * 1024 * 1024 + 1), reading.TOO_LARGE),
        (b"why is this undefined?\nhow?\n", reading.NO_COLUMN),
        (b",b\nwhy?,x\n", reading.NO_COLUMN),
        (b'question\n"why\n', "This file cannot be read as CSV. Look at line 2."),
        (b"question\n" + b"a" * 200_000, "This file cannot be read as CSV. Look at line 2."),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content, said):
    with pytest.raises(UnreadableError) as refused:
        read_questions(content)
    assert str(refused.value) == str(said)
