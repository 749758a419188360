"""A Stack Exchange dump: which posts become entries, and that its size does not matter."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoring.faq.data import DataError, Entry
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import Tally
from tests.scoring.faq.garden import dump

MANY = 200_000
FEW = 2_000


def question(id_: int, title: str, body: str = "<p>Well?</p>", tags: str = "<garden>", **more: Any) -> dict[str, Any]:
    return {"Id": id_, "PostTypeId": 1, "Title": title, "Body": body, "Tags": tags, "Score": 1, **more}


def answer(id_: int, parent: int, body: str, score: int = 0) -> dict[str, Any]:
    return {"Id": id_, "PostTypeId": 2, "ParentId": parent, "Body": body, "Score": score}


def link(duplicate: Any, original: Any, kind: int = 3) -> dict[str, Any]:
    return {"Id": 1, "PostId": duplicate, "RelatedPostId": original, "LinkTypeId": kind}


POSTS = [
    answer(50, 1, "<p>Before its question.</p>", 2),
    question(1, "How do slugs stay off lettuce?", "<p>All <b>eaten</b>.</p><pre>x</pre>", AcceptedAnswerId=51),
    answer(51, 1, "<p>Copper <code>tape</code>.</p>", -3),
    answer(52, 1, "<p>Beer.</p>", 99),
    question(2, "Moss & lawn?", tags="|lawn|garden|"),
    answer(53, 2, "<p>Rake.</p>", 4),
    answer(54, 2, "<p>Lime.</p>", 7),
    answer(55, 2, "<p>Lime too.</p>", 7),
    question(
        11, "Slugs", "<blockquote><p>Possible Duplicate: <a>How do slugs stay off?</a></p></blockquote>Salad!", "<x>"
    ),
    question(12, "Snails in lettuce"),
    question(13, "Moss everywhere"),
    question(14, "Moss, asked a third time"),
    question(3, "Related only"),
    answer(56, 3, "<p>Yes.</p>"),
    question(4, "Nobody answered"),
    question(15, "Nobody answered again"),
    {"Id": 60, "PostTypeId": 5, "Body": "a tag's wiki"},
]
LINKS = [link(11, 1), link(12, 1), link(13, 2), link(14, 13), link(1, 3, kind=1), link(15, 4), link(2, 2), link(77, 78)]


def read(folder: Path, tally: Tally | None = None, **wanted: Any) -> list[Entry]:
    return read_source(folder, Wanted(**wanted), tally or Tally(print))


def test_originals_get_their_answer_and_their_duplicates(tmp_path: Path) -> None:
    tally = Tally(print)
    title = "How do slugs stay off lettuce?"
    assert read(dump(tmp_path, POSTS, LINKS), tally) == [
        Entry(
            "1",
            title,
            "Copper `tape`.",
            ("Slugs. Salad!", "Snails in lettuce. Well?"),
            ("garden",),
            f"{title}. All eaten.",
        ),
        Entry(
            "2",
            "Moss & lawn?",
            "Lime.",
            ("Moss everywhere. Well?", "Moss, asked a third time. Well?"),
            ("lawn", "garden"),
            "Moss & lawn?. Well?",
        ),
    ]
    assert tally.counts == {"rows_read": 25, "bad_rows": 0, "banners_removed": 1, "originals_without_answer": 1}


def test_a_tag_is_asked_of_originals_and_filters_count_what_is_left(tmp_path: Path) -> None:
    more = [question(5, "Lawn edges?", tags="<lawn>"), answer(57, 5, "<p>Cut.</p>"), question(16, "Edge of lawn")]
    folder = dump(tmp_path, [*POSTS, *more], [*LINKS, link(16, 5)])
    assert [entry.id for entry in read(folder, tag="lawn")] == ["2", "5"]
    assert [entry.id for entry in read(folder, min_dupes=2)] == ["1", "2"]
    assert [entry.id for entry in read(folder, min_text=len("Slugs. Salad!") + 1)] == ["1", "2", "5"]
    with pytest.raises(DataError, match="at least two entries are needed, here are 0"):
        read(folder, tag="roses")


def test_with_no_duplicates_asked_for_every_answered_question_is_an_entry(tmp_path: Path) -> None:
    assert [entry.id for entry in read(dump(tmp_path, POSTS, LINKS), min_dupes=0)] == ["1", "2", "3"]


def test_links_that_go_in_a_circle_end_at_the_lowest_id(tmp_path: Path) -> None:
    posts = [
        post for id_ in (1, 2, 3, 9) for post in (question(id_, f"Title {id_}"), answer(id_ + 50, id_, "<p>A.</p>"))
    ]
    links = [link(2, 3), link(3, 1), link(1, 2), link(4, 3), link(8, 9)]
    extra = [question(4, "Into the circle"), question(8, "Of another")]
    entries = read(dump(tmp_path, [*posts, *extra], links))
    assert [(entry.id, entry.paraphrases) for entry in entries] == [
        ("1", ("Title 2. Well?", "Title 3. Well?", "Into the circle. Well?")),
        ("9", ("Of another. Well?",)),
    ]


BAD_POSTS = {
    "no id": ({"PostTypeId": 1, "Title": "x"}, "Id: a whole number is needed."),
    "an id that is no number": ({"Id": "x", "PostTypeId": 1, "Title": "x"}, "Id: a whole number is needed."),
    "no type": ({"Id": 90}, "PostTypeId: missing."),
    "no title": ({"Id": 90, "PostTypeId": 1}, "Title: missing."),
    "an answer to nothing": ({"Id": 90, "PostTypeId": 2, "Body": "x"}, "ParentId: a whole number is needed."),
    "an original again": (question(1, "Once more"), "Id: 1 comes twice."),
}


@pytest.mark.parametrize("case", BAD_POSTS)
def test_a_bad_post_is_named_once_with_its_line(tmp_path: Path, case: str) -> None:
    row, reason = BAD_POSTS[case]
    folder = dump(tmp_path, [*POSTS, row], LINKS)
    said: list[str] = []
    assert len(read(folder, Tally(said.append, skip_bad=True))) == 2
    assert said == [f"bad row: {folder / 'Posts.xml'}, line {len(POSTS) + 3}: {reason}", "1 bad row left out"]
    with pytest.raises(DataError, match="1 bad row of 26"):
        read(folder)


def test_a_bad_link_is_named_with_its_line(tmp_path: Path) -> None:
    folder = dump(tmp_path, POSTS, [*LINKS, link("x", 1)])
    said: list[str] = []
    read(folder, Tally(said.append, skip_bad=True))
    path = folder / "PostLinks.xml"
    assert said[0] == f"bad row: {path}, line {len(LINKS) + 3}: PostId, RelatedPostId: whole numbers are needed."


def test_entities_are_refused_before_they_grow(tmp_path: Path) -> None:
    folder = dump(tmp_path, POSTS, LINKS)
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?>\n<!DOCTYPE posts [<!ENTITY l0 "ha">{levels}]>\n<posts><row Id="&l9;"/></posts>'
    (folder / "Posts.xml").write_text(laughs, encoding="utf-8")
    with pytest.raises(DataError, match=r"Posts\.xml, line 2: a document type is not allowed here"):
        read(folder)


def test_xml_that_breaks_off_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = dump(tmp_path, POSTS, LINKS)
    whole = (folder / "Posts.xml").read_text(encoding="utf-8")
    (folder / "Posts.xml").write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(DataError, match=r"Posts\.xml, line \d+: this is not well-formed XML"):
        read(folder)


def test_an_encoding_that_nobody_knows_is_not_looked_up(tmp_path: Path) -> None:
    folder = dump(tmp_path, POSTS, LINKS)
    text = (folder / "Posts.xml").read_text(encoding="utf-8").replace("utf-8", "klingon", 1)
    (folder / "Posts.xml").write_text(text, encoding="utf-8")
    assert len(read(folder)) == 2


def test_links_must_come_with_the_posts(tmp_path: Path) -> None:
    (dump(tmp_path, POSTS, LINKS) / "PostLinks.xml").unlink()
    with pytest.raises(DataError, match=r"PostLinks\.xml is missing"):
        read(tmp_path)


def unwanted(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        if number % 2:
            yield answer(1_000 + number, 999 + number, f"<p>{'An answer nobody needs. ' * 10}</p>", number % 7)
        else:
            yield question(1_000 + number, f"Question {number}", f"<p>{'Words without end. ' * 10}</p>", "<other>")


READ = r"""
import re, sys
from pathlib import Path
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import Tally
print(*[entry.id for entry in read_source(Path(sys.argv[1]), Wanted(tag="garden"), Tally(print))])
print(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak_bytes(folder: Path) -> int:
    """Of a process that reads the dump."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder)], capture_output=True, text=True, timeout=100, check=True
    )
    ids, peak = done.stdout.splitlines()
    assert ids == "1 2"
    return int(peak) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_depends_on_what_is_kept_and_not_on_the_size_of_the_dump(tmp_path: Path) -> None:
    small = dump(tmp_path / "small", [*POSTS, *unwanted(FEW)], LINKS)
    large = dump(tmp_path / "large", [*POSTS, *unwanted(MANY)], LINKS)
    assert (large / "Posts.xml").stat().st_size > 60_000_000
    assert peak_bytes(large) < peak_bytes(small) + 12_000_000
