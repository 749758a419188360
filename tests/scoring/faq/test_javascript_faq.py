"""The project's own FAQ: its shape, its distinctness, and that its code prints what the answers say."""

import json
import re
import shutil
import subprocess
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

FAQ = Path(__file__).parents[3] / "scoring" / "faq"
RUNNER = Path(__file__).with_name("run_snippets.cjs")
BLOCK = re.compile(r"```js\n(.*?)\n```", re.DOTALL)
CLAIM = re.compile(r"^.*\bconsole\.log\(.*// → (.+)$")
TITLE_LIKENESS_LIMIT = 0.6
FILLER_WORDS = "how do i does a an the is are what why my in of to and or from with it for can js javascript"
FILLER = frozenset(re.findall(r"\w+", FILLER_WORDS))


def read(name: str) -> list[dict[str, Any]]:
    lines = (FAQ / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


ENTRIES = read("javascript.jsonl")
OFF_TOPIC = read("offtopic.jsonl")
HELD_OUT = read("held_out.jsonl")


def plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?")


def tokens(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+|[^\w\s]+", text.casefold())) - {"?", "`", "."}


def likeness(one: str, other: str) -> float:
    left, right = tokens(one) - FILLER, tokens(other) - FILLER
    return len(left & right) / max(len(left | right), 1)


def repeated(values: list[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def snippets() -> list[tuple[str, str]]:
    return [(entry["id"], code) for entry in ENTRIES for code in BLOCK.findall(entry["answer"])]


def as_job(code: str) -> dict[str, Any]:
    """Lines that claim an output call `said(LINE, …)` in place of `console.log(…)`."""
    lines, claims = code.split("\n"), {}
    for number, line in enumerate(lines):
        if found := CLAIM.match(line):
            claims[str(number)] = found[1]
            lines[number] = line.replace("console.log(", f"said({number}, ")
    return {"original": code, "code": "\n".join(lines), "claims": claims}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_an_entry_has_the_five_fields_in_shape(entry: dict[str, Any]) -> None:
    assert list(entry) == ["id", "question", "answer", "paraphrases", "tags"]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry["id"])
    assert 10 <= len(entry["question"]) <= 90
    assert entry["question"].endswith("?")
    assert 60 <= len(entry["answer"]) <= 1600
    assert 2 <= len(set(entry["tags"])) == len(entry["tags"]) <= 4
    assert len({plain(text) for text in entry["paraphrases"]}) == len(entry["paraphrases"]) >= 8
    assert all(text.strip() == text and 1 <= len(text) <= 300 for text in entry["paraphrases"])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_a_title_has_no_markdown_but_code(entry: dict[str, Any]) -> None:
    bare = re.sub(r"`[^`]+`", "", entry["question"])
    assert not re.search(r"[`*_#\[\]<>|]", bare)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_paraphrases_are_not_the_title_reordered(entry: dict[str, Any]) -> None:
    alike = [likeness(text, entry["question"]) for text in entry["paraphrases"]]
    assert max(alike) < 1, "a paraphrase has exactly the words of the title"
    assert sum(value <= 0.25 for value in alike) >= 2, "too few paraphrases leave the words of the title"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_the_code_fences_of_an_answer_are_closed(entry: dict[str, Any]) -> None:
    fences = re.findall(r"^```(\w*)$", entry["answer"], re.MULTILINE)
    assert len(fences) % 2 == 0
    assert all(fence in {"js", "html", "css", "json", "sh"} for fence in fences[::2])


def test_there_are_at_least_150_entries_with_ids_of_their_own() -> None:
    assert len(ENTRIES) >= 150
    assert repeated([entry["id"] for entry in ENTRIES]) == []


def test_no_two_titles_ask_the_same() -> None:
    titles = [entry["question"] for entry in ENTRIES]
    assert [(a, b) for a, b in combinations(titles, 2) if likeness(a, b) >= TITLE_LIKENESS_LIMIT] == []


def test_no_asked_text_belongs_to_two_entries() -> None:
    asked = [text for entry in ENTRIES for text in {entry["question"], *entry["paraphrases"]}]
    assert repeated([plain(text) for text in asked]) == []


def test_off_topic_questions_are_many_and_asked_once() -> None:
    assert all(list(row) == ["question"] and row["question"].strip() for row in OFF_TOPIC)
    assert len(OFF_TOPIC) >= 200
    assert repeated([plain(row["question"]) for row in OFF_TOPIC]) == []


def test_every_entry_has_two_held_out_questions_and_sixty_fit_none() -> None:
    assert all(list(row) == ["question", "id"] and row["question"].strip() for row in HELD_OUT)
    assert [row["id"] for row in HELD_OUT if row["id"]] == [entry["id"] for entry in ENTRIES for _ in range(2)]
    assert sum(row["id"] is None for row in HELD_OUT) >= 60


def test_held_out_questions_are_not_in_the_training_data() -> None:
    held_out = [plain(row["question"]) for row in HELD_OUT]
    seen = {plain(text) for entry in ENTRIES for text in (entry["question"], *entry["paraphrases"])}
    assert repeated(held_out) == []
    assert [text for text in held_out if text in seen | {plain(row["question"]) for row in OFF_TOPIC}] == []


def test_no_held_out_question_is_a_training_line_with_a_word_changed() -> None:
    asked = {entry["id"]: entry["paraphrases"] for entry in ENTRIES}
    near = [row for row in HELD_OUT if row["id"] and any(likeness(row["question"], t) > 0.85 for t in asked[row["id"]])]
    assert near == []


def test_every_claimed_output_is_on_a_line_that_prints() -> None:
    claiming = [(i, line) for i, code in snippets() for line in code.splitlines() if "// →" in line]
    silent = [(i, line) for i, line in claiming if not CLAIM.match(line)]
    assert silent == []


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js, which is not on the path")
def test_every_snippet_parses_and_prints_what_it_claims(tmp_path: Path) -> None:
    found = snippets()
    jobs = json.dumps({"snippets": [as_job(code) for _, code in found]})
    command = [shutil.which("node") or "node", "--no-warnings", "--experimental-vm-modules", str(RUNNER)]
    done = subprocess.run(command, input=jobs, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    problems = zip(found, json.loads(done.stdout), strict=True)
    assert [f"{i}: {problem}" for (i, _), faults in problems for problem in faults] == []
