"""Files of rows: JSONL, and tables with named columns."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scoring.faq.data import DataError, Entry
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import MOST_SAID, Tally
from tests.scoring.faq.garden import faq_rows, jsonl, table

GOOD = [["id", "question", "answer"], ["a", "How?", "So."], ["b", "When?", "Now."]]


class Said(list[str]):
    """What a reader says, and its counts."""

    def __init__(self, skip_bad: bool = False) -> None:
        super().__init__()
        self.tally = Tally(self.append, skip_bad)


def read(path: Path, said: Said | None = None, **wanted: object) -> list[Entry]:
    return read_source(path, Wanted(**wanted), (Said() if said is None else said).tally)  # type: ignore[arg-type]


def texts(entries: Sequence[Entry]) -> list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]:
    return [(entry.id, entry.question, entry.answer, entry.paraphrases, entry.tags) for entry in entries]


def test_jsonl_gives_its_entries(tmp_path: Path) -> None:
    rows = [{**row, "tags": ["garden"]} for row in faq_rows()]
    expected = [(r["id"], r["question"], r["answer"], tuple(r["paraphrases"]), ("garden",)) for r in rows]
    assert texts(read(jsonl(tmp_path / "faq.jsonl", rows))) == expected


def test_a_byte_order_mark_blank_lines_and_numbers_as_ids_are_read(tmp_path: Path) -> None:
    path = tmp_path / "faq.jsonl"
    lines = [json.dumps({"id": id_, "question": f"Q{id_}?", "answer": "A"}) for id_ in (1, 2)]
    path.write_text("\n\n".join(lines), encoding="utf-8-sig")
    assert [entry.id for entry in read(path)] == ["1", "2"]


BAD_LINES = {
    "not json": (b"{nonsense", "row: This is not a JSON object."),
    "a list": (b"[1]", "row: A JSON object is needed here."),
    "no answer": (b'{"id": "x", "question": "Why?"}', "answer: This field is required."),
    "empty question": (b'{"id": "x", "question": " ", "answer": "A"}', "question: The question is empty."),
    "a wrong name": (b'{"id": "x", "question": "Q", "answer": "A", "paraphrase": []}', "paraphrase: Unknown field"),
    "a wrong type": (b'{"id": "x", "question": "Q", "answer": "A", "paraphrases": [3]}', "paraphrases: This must be"),
    "not utf-8": (b'{"id": "x", "question": "\xff", "answer": "A"}', "row: This is not UTF-8 text."),
    "an id again": (b'{"id": "water", "question": "Q", "answer": "A"}', "id: 'water' comes twice, first in line 1."),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_row_is_named_and_ends_the_reading_unless_it_may_be_skipped(tmp_path: Path, case: str) -> None:
    line, reason = BAD_LINES[case]
    path = jsonl(tmp_path / "faq.jsonl", faq_rows())
    path.write_bytes(path.read_bytes() + line + b"\n")
    said = Said()
    with pytest.raises(DataError, match=r"1 bad row of 7\. .*--skip-bad"):
        read(path, said)
    assert said[0].startswith(f"bad row: {path}, line 7: {reason}")
    said = Said(skip_bad=True)
    assert [entry.id for entry in read(path, said)] == [row["id"] for row in faq_rows()]
    assert said.tally.counts["bad_rows"] == 1


def test_of_many_bad_rows_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    said = Said(skip_bad=True)
    read(jsonl(tmp_path / "faq.jsonl", [*range(1_500), *faq_rows()]), said)
    assert len([line for line in said if line.startswith("bad row: ")]) == MOST_SAID
    assert said[-2:] == ["… and 1,480 more", "1,500 bad rows left out"]


@pytest.mark.parametrize("name", ["faq.csv", "faq.tsv", "faq.csv.gz", "faq.tsv.gz"])
def test_a_table_is_read_by_the_names_of_its_columns(tmp_path: Path, name: str) -> None:
    header = ["Answer", "unused", " Question ", "ID", "paraphrases", "tags"]
    rows = [
        ['One,\ntwo\t"three"', "x", "How?", "a", "how so\nin what way", "one, two"],
        ["Now", "", "When?", "b", "a || b|since when", ""],
        ["There", "", "Where?", "c", '["in which place", "a|b"]', "x"],
    ]
    assert texts(read(table(tmp_path / name, [header, *rows]))) == [
        ("a", "How?", 'One,\ntwo\t"three"', ("how so", "in what way"), ("one", "two")),
        ("b", "When?", "Now", ("a || b", "since when"), ()),
        ("c", "Where?", "There", ("in which place", "a|b"), ("x",)),
    ]


def test_a_table_may_name_its_columns_otherwise_and_have_no_ids(tmp_path: Path) -> None:
    path = table(tmp_path / "faq.csv", [["Frage", "Antwort"], ["Wie oft gießen?", "Oft."], ["Wann säen?", "Bald."]])
    entries = read(path, columns={"question": "frage", "answer": "Antwort"})
    assert [(entry.id, entry.question) for entry in entries] == [
        ("wie-oft-gießen", "Wie oft gießen?"),
        ("wann-säen", "Wann säen?"),
    ]


def test_where_there_are_no_ids_a_repeated_question_is_named_with_both_lines(tmp_path: Path) -> None:
    rows = [["question", "answer"], ["How?", "So."], ["When?", "Now."], ["how", "Otherwise."]]
    said = Said(skip_bad=True)
    path = table(tmp_path / "faq.csv", rows)
    assert [entry.answer for entry in read(path, said)] == ["So.", "Now."]
    assert said[0] == f"bad row: {path}, line 4: question: 'how' comes twice, first in line 2."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("separator", "hint"), [(";", ""), ("\t", ""), (",", ""), ("^", "sep=^")])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, encoding: str, separator: str, hint: str) -> None:
    rows = [
        ["Frage", "answer", "note, tabbed"],
        [f"Wie{separator} grün?", "So,\nund so.", "a,b"],
        ["Wann\u2028nun?", "Jetzt; bald.", ""],
    ]
    cells = [hint, *(separator.join(f'"{cell}"' for cell in row) for row in rows)]
    path = tmp_path / "faq.csv"
    path.write_bytes("\r\n".join(cells).encode(encoding))
    found = [(entry.question, entry.answer) for entry in read(path, columns={"question": "Frage"})]
    assert found == [(f"Wie{separator} grün?", "So,\nund so."), ("Wann\u2028nun?", "Jetzt; bald.")]


def test_jsonl_may_be_in_utf_16(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "faq.jsonl", faq_rows())
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert [entry.id for entry in read(path)] == [row["id"] for row in faq_rows()]


def test_half_a_letter_of_utf_16_is_named(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "faq.jsonl", faq_rows())
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16") + b"x")
    with pytest.raises(DataError, match="this begins as UTF-16 text and is not"):
        read(path)


def test_what_separates_unknown_columns_is_told_by_their_number(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("Frage;Antwort\nWie?;So.\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column question, answer; there are: Frage, Antwort"):
        read(path)


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("faq.csv", {"tag": "x", "min_dupes": 1}, "--tag and --min-dupes cannot be used with a table"),
        ("faq.tsv", {"min_text": 0}, "--min-text cannot be used with a table"),
        ("faq.jsonl", {"columns": {"question": "Frage"}}, "--column cannot be used with one JSON object a line"),
        ("orig-q.tsv", {"tag": "x"}, "--tag cannot be used with three TSV files"),
        ("Posts.xml", {"columns": {"question": "Frage"}}, "--column cannot be used with a Stack Exchange dump"),
    ],
)
def test_what_a_source_of_that_form_cannot_give_is_refused(
    tmp_path: Path, name: str, wanted: dict[str, object], message: str
) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match=message):
        read(tmp_path / name if name.startswith("faq") else tmp_path, **wanted)


def test_a_table_without_a_needed_column_is_refused_by_name(tmp_path: Path) -> None:
    path = table(tmp_path / "faq.csv", [["id", "title", "answer"], ["a", "How?", "So."]])
    with pytest.raises(DataError, match="line 1: no column question; there are: id, title, answer"):
        read(path)
    with pytest.raises(DataError, match="no column solution"):
        read(path, columns={"question": "title", "answer": "solution"})


BAD_CELLS = {
    "no answer": (["c", "Who?", ""], "answer: This field is required."),
    "too many cells": (["c", "Who?", "Me", "5"], "row: 4 cells under 3 columns."),
    "no id possible": (["", "???", "Me"], "id: No id can be made from this question."),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_bad_row_of_a_table_is_named_by_the_line_it_begins_on(tmp_path: Path, case: str) -> None:
    cells, reason = BAD_CELLS[case]
    rows = [GOOD[0], ["a", "How?", "One\ntwo\nthree."], cells, GOOD[2]]
    said = Said(skip_bad=True)
    path = table(tmp_path / "faq.csv", rows)
    assert [entry.id for entry in read(path, said)] == ["a", "b"]
    assert said[0] == f"bad row: {path}, line 5: {reason}"


def test_bytes_that_are_no_text_spoil_one_row_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_bytes(b"id,question,answer\na,How?,So.\nx,\xff\xfe?,So.\nb,When?,Now.\n")
    said = Said(skip_bad=True)
    assert [entry.id for entry in read(path, said)] == ["a", "b"]
    assert said[0] == f"bad row: {path}, line 3: question: This is not UTF-8 text."


def test_a_quote_that_is_never_closed_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text('id,question,answer\na,How?,So.\nb,When?,Now.\nc,Who?,"never closed\n', encoding="utf-8")
    said = Said(skip_bad=True)
    assert [entry.id for entry in read(path, said)] == ["a", "b"]
    assert said[0] == f"bad row: {path}, line 4: row: unexpected end of data."


def test_html_is_cleaned_and_its_code_becomes_markdown(tmp_path: Path) -> None:
    html = "<p>Use <code>map</code>:</p><pre><code>xs.map(f)\n</code></pre><p>See <a href='https://x.org'>x</a>.</p>"
    rows = [
        ["id", "question", "answer", "paraphrases"],
        ["a", "<p>How to <b>map</b>?<br></p>", html, "<p>each &amp; every</p>"],
        ["b", "What is <b>?", "A `</p>` and <br in code: `<br>`", "<b>x</b> is not bold"],
        ["c", "Which?", "<b>This</b> one", ""],
    ]
    said = Said()
    entries = read(table(tmp_path / "faq.csv", rows), said)
    assert texts(entries) == [
        ("a", "How to map?", "Use `map`:\n\n```\nxs.map(f)\n```\n\nSee [x](https://x.org).", ("each & every",), ()),
        ("b", "What is <b>?", "A `</p>` and <br in code: `<br>`", ("<b>x</b> is not bold",), ()),
        ("c", "Which?", "**This** one", (), ()),
    ]
    assert said.tally.counts["html_texts"] == 4


def test_banners_that_leak_the_answer_are_removed_and_counted(tmp_path: Path) -> None:
    rows = faq_rows()[:2]
    title = rows[0]["question"]
    rows[0]["paraphrases"] = [
        f"Dry leaves. Possible Duplicate: {title} Mine hang down",
        f"> **Possible Duplicate:**\n> [{title}](https://x.org)\n\nToo much water?",
        "Possible duplicate: some other words.\nIs rain enough",
    ]
    said = Said()
    entries = read(jsonl(tmp_path / "faq.jsonl", rows), said)
    assert entries[0].paraphrases == ("Dry leaves. Mine hang down", "Too much water?", "Is rain enough")
    assert said.tally.counts["banners_removed"] == 3


def test_a_paraphrase_that_repeats_another_or_the_title_is_left_out(tmp_path: Path) -> None:
    rows = faq_rows()[:2]
    rows[0]["paraphrases"] = ["one way", "How often should I water  TOMATOES?", "One Way", "another"]
    said = Said()
    assert read(jsonl(tmp_path / "faq.jsonl", rows), said)[0].paraphrases == ("one way", "another")
    assert said.tally.counts["paraphrases_repeated"] == 2


def test_a_source_of_no_known_form_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "faq.xlsx"
    path.write_bytes(b"PK")
    for unknown in (path, tmp_path):
        with pytest.raises(DataError, match=r"not a source\. One is a \.jsonl, \.csv or \.tsv file"):
            read(unknown)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.jsonl", None, "No such file"),
        ("empty.csv", b"", "this file is empty"),
        ("one.jsonl", b'{"id": "a", "question": "Q", "answer": "A"}\n', "at least two entries are needed, here are 1"),
        ("cut.jsonl.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab", "not a whole gzip file"),
        ("plain.csv.gz", b"id,question,answer\n", "Not a gzipped file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as refused:
        read(path)
    assert str(path) in str(refused.value)
