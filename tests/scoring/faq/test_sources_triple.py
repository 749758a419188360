"""The reference's three headerless TSV files: its cleaning and its filters."""

import gzip
from pathlib import Path

import pytest

from scoring.faq.data import DataError, Entry
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import Tally
from tests.scoring.faq.garden import triple

DATE = "2010-01-02 03:04:05.678"
ORIGINALS = [
    ["1", "101", "Keeping Slugs away?. <p>They eat <b>all</b> my lettuce.</p><pre><code>slug()</code></pre>", DATE],
    ["2", "102", "Moss in the lawn. <p>Too wet, says <a href='http://x.org'>http://x.org</a>.</p>", DATE],
    ["3", "103", "Roses. <p>No answer was kept.</p>", DATE],
    ["4", "104", "Lonely. <p>Nobody asked this again.</p>", DATE],
]
DUPLICATES = [
    [
        "11",
        "101",
        "Slugs. <blockquote><p><strong>Possible Duplicate:</strong><br><a>Keeping Slugs away?</a></p>"
        "</blockquote><p>On lettuce!</p>",
        DATE,
    ],
    ["12", "101", "Snails in salad, \"help\". <p>First\nsecond <a href='/q'>link</a></p>", DATE],
    ["13", "102", "Moss?. <p>In grass.</p>", DATE],
    ["14", "103", "Roses again. <p>Prune when?</p>", DATE],
    ["2", "101", "An original's own id. <p>x</p>", DATE],
    ["11", "102", "An id that came before. <p>x</p>", DATE],
    ["15", "999", "Of no original. <p>x</p>", DATE],
]
ANSWERS = [["101", "<p>Copper <em>tape</em>.</p>"], ["102", "<p>Lime.</p>"], ["104", "<p>Yes.</p>"], ["9", "x"]]


def read(folder: Path, tally: Tally | None = None, min_text: int = 0, min_dupes: int = 1) -> list[Entry]:
    return read_source(folder, Wanted(min_text=min_text, min_dupes=min_dupes), tally or Tally(print))


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_three_files_are_cleaned_joined_and_filtered(tmp_path: Path, ending: str) -> None:
    tally = Tally(print)
    assert read(triple(tmp_path, ending, orig=ORIGINALS, dup=DUPLICATES, ans=ANSWERS), tally) == [
        Entry(
            "1",
            "Keeping Slugs away?",
            "Copper *tape*.",
            ("Slugs. On lettuce!", 'Snails in salad, "help". First second link'),
            (),
            "Keeping Slugs away?. They eat all my lettuce.",
        ),
        Entry("2", "Moss in the lawn", "Lime.", ("Moss?. In grass.",), (), "Moss in the lawn. Too wet, says ."),
    ]
    assert tally.counts == {
        **{"rows_read": 15, "bad_rows": 0, "banners_removed": 1, "duplicates_left_out": 3},
        **{"originals_without_answer": 1, "originals_with_too_few_duplicates": 1},
    }


def test_min_text_counts_the_cleaned_characters_of_originals_and_duplicates(tmp_path: Path) -> None:
    folder = triple(tmp_path, orig=ORIGINALS, dup=DUPLICATES, ans=ANSWERS)
    tally = Tally(print)
    shortest = len("Moss?. In grass.")
    assert [len(entry.paraphrases) for entry in read(folder, tally, min_text=shortest)] == [2, 1]
    with pytest.raises(DataError, match=r"here are 1 .*duplicates too short 1,.*with too few duplicates 2"):
        read(folder, min_text=shortest + 1)


def test_min_dupes_counts_the_duplicates_that_are_left(tmp_path: Path) -> None:
    more = ["16", "102", "Green lawn. <p>Full of moss.</p>", DATE]
    folder = triple(tmp_path, orig=ORIGINALS, dup=[*DUPLICATES, more], ans=ANSWERS)
    assert [entry.id for entry in read(folder, min_dupes=2)] == ["1", "2"]
    with pytest.raises(DataError, match="originals with too few duplicates"):
        read(folder, min_dupes=3)


def test_a_long_question_is_cut_behind_a_word(tmp_path: Path) -> None:
    long = ["17", "101", f"Long. <p>{'word ' * 1_000}</p>", DATE]
    tally = Tally(print)
    entries = read(triple(tmp_path, orig=ORIGINALS, dup=[*DUPLICATES, long], ans=ANSWERS), tally)
    assert 1_990 < len(entries[0].paraphrases[-1]) <= 2_000
    assert entries[0].paraphrases[-1].endswith("word")
    assert tally.counts["texts_shortened"] == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["5", "105"], "row: 2 cells, where at least 3 are needed."),
        ([" ", "105", "Text. <p>x</p>"], "Id: An id is empty."),
    ],
)
def test_a_bad_row_is_named_with_its_file(tmp_path: Path, row: list[str], reason: str) -> None:
    said: list[str] = []
    folder = triple(tmp_path, orig=[*ORIGINALS, row], dup=DUPLICATES, ans=ANSWERS)
    assert len(read(folder, Tally(said.append, skip_bad=True))) == 2
    assert said == [f"bad row: {folder / 'orig-q.tsv'}, line 5: {reason}", "1 bad row left out"]
    with pytest.raises(DataError, match="1 bad row of 16"):
        read(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = triple(tmp_path, orig=ORIGINALS, dup=DUPLICATES, ans=ANSWERS)
    (folder / "ans.tsv").rename(folder / "answers.tsv")
    with pytest.raises(DataError, match=r"ans\.tsv is missing"):
        read(folder)


def test_a_gzip_that_ends_early_is_refused(tmp_path: Path) -> None:
    folder = triple(tmp_path, orig=ORIGINALS, dup=DUPLICATES, ans=ANSWERS)
    whole = gzip.compress((folder / "ans.tsv").read_bytes() * 100)
    (folder / "ans.tsv").unlink()
    (folder / "ans.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"ans\.tsv\.gz: this is not a whole gzip file"):
        read(folder)
