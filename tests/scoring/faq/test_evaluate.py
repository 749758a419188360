"""python -m scoring.faq evaluate: the figures, for people and for programs."""

import json
from pathlib import Path

import numpy as np
import pytest

from scoring.faq.__main__ import main
from scoring.faq.data import Outcome
from scoring.faq.evaluation import interval, intervals, report
from tests.scoring.faq.garden import jsonl

KEYS = ["accuracy@1", "accuracy@2", "accuracy@3", "mean_rank", "mrr", "ece", "false_accept", "false_reject", "n"]
ASKED = [
    {"question": "my tomatoes need water, how often", "id": "water"},
    {"question": "slugs on salad", "id": "slugs"},
    {"question": "qqq zzz xxxy", "id": None},
    {"question": "roses, when to prune them", "id": "roses"},
]


def evaluate(models: Path, file: Path, *options: str) -> int:
    return main(["evaluate", str(models), str(file), *options])


def test_programs_get_one_json_object(garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert evaluate(garden_models, jsonl(tmp_path / "asked.jsonl", ASKED), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert (found["accuracy@1"], found["mean_rank"], found["mrr"], found["n"]) == (1.0, 1.0, 1.0, 4)
    assert found["false_accept"] == 0.0
    assert 0 <= found["ece"] <= 1
    assert found["false_reject"] in (0.0, 0.3333, 0.6667, 1.0)


def test_people_get_a_table(garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert evaluate(garden_models / (garden_models / "stable").read_text().strip(), jsonl(tmp_path / "q", ASKED)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "garden-faq",
        (garden_models / "stable").read_text().strip(),
        "value",
        "95",
        "%",
        "interval",
    ]
    assert [line.split()[0] for line in lines[2:]] == KEYS
    assert lines[2].split() == ["accuracy@1", "1.000", "1.000", "to", "1.000"]
    assert lines[-1].split() == ["n", "4"]


def test_a_file_with_no_answerable_question_measures_false_accepts_alone(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert evaluate(garden_models, jsonl(tmp_path / "q.jsonl", [{"question": "qqq zzz"}]), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {**dict.fromkeys(KEYS), "ece": 0.0, "false_accept": 0.0, "n": 1}


def test_a_question_that_says_nothing_shares_the_last_places(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert (
        evaluate(garden_models, jsonl(tmp_path / "q.jsonl", [{"question": "??? 12 345", "id": "lawn"}]), "--json") == 0
    )
    assert json.loads(capsys.readouterr().out)["mean_rank"] == 3.5


def test_questions_that_were_trained_with_are_pointed_out(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [{"question": "slug trap with beer for lettuce bed", "id": "slugs"}, *ASKED]
    assert evaluate(garden_models, jsonl(tmp_path / "q.jsonl", asked), "--json") == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "was trained with 1 of these 5 questions: its figures are too good" in said


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "there are no questions"),
        (
            [{"question": "Q", "id": None}, {"question": "Q", "id": "weeds"}],
            "q.jsonl, line 2: no entry has the id 'weeds'.",
        ),
        ([{"question": "Q", "id": id_} for id_ in "abc"], "line 1: no entry has the id 'a'. 2 more lines name an"),
        ([{"question": "Q", "id": None}, {"question": ""}], "line 2: question: The question is empty"),
        ([{"question": "Q", "id": 7}], "line 1: id: This must be a string or null"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[object], reason: str
) -> None:
    assert evaluate(garden_models, jsonl(tmp_path / "q.jsonl", rows)) == 1
    assert reason in capsys.readouterr().err


OUTCOMES = [
    Outcome("a", "x", 1.0, 0.95),
    Outcome("b", "x", 1.0, 0.85),
    Outcome("c", "y", 2.0, 0.85),
    Outcome("d", "y", 4.0, 0.15),
    Outcome("e", None, None, 0.55),
    Outcome("f", None, None, 0.05),
]


def test_the_measures_are_those_of_the_books() -> None:
    """ECE by hand: bins .0 (.05), .1 (.15), .5 (.55), .8 (|.85 + .85 - 1| = .7), .9 (1 - .95)."""
    assert report(OUTCOMES, 0.5).to_json() == {
        **{"accuracy@1": 0.5, "accuracy@2": 0.75, "accuracy@3": 0.75, "mean_rank": 2.0, "mrr": 0.6875},
        **{"ece": round((0.05 + 0.15 + 0.55 + 0.7 + 0.05) / 6, 4), "false_accept": 0.5, "false_reject": 0.25, "n": 6},
    }


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    covered = 0
    for trial in range(200):
        low, high = interval((random.random(80) < 0.7).astype(float), trial) or (1.0, 0.0)
        covered += low <= 0.7 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_intervals_repeat_with_the_seed() -> None:
    assert intervals(OUTCOMES, 1) == intervals(OUTCOMES, 1)
    assert intervals([], 1)["mrr"] is None
