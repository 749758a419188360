"""python -m scoring.faq compare: whether a difference is more than luck."""

import re
from pathlib import Path

import pytest

from scoring.faq.__main__ import main
from scoring.faq.comparison import compare
from scoring.faq.data import Outcome
from tests.scoring.faq.garden import faq_rows, jsonl, shuffled_rows, train

MEASURES = ["accuracy@1", "accuracy@2", "accuracy@3", "mean_rank", "mrr", "false_reject", "false_accept"]


@pytest.fixture(scope="module")
def worse_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worse")
    assert train(jsonl(folder / "worse.jsonl", shuffled_rows()), folder / "models") == 0
    return folder / "models"


def compared(old: Path, new: Path, *file: Path) -> int:
    return main(["compare", str(old), str(new), *map(str, file)])


def rows_of(printed: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.split()[0] in MEASURES}


def test_a_worse_model_is_called_worse_and_the_other_way_better(
    garden_models: Path, worse_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert compared(garden_models, worse_models) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("At accuracy@1 the new one is significantly worse.\n")
    rows = rows_of(printed)
    assert list(rows) == MEASURES
    old, new, change, low, to, high, p = rows["accuracy@1"]
    assert float(change) == pytest.approx(float(new) - float(old), abs=0.0011)
    assert (to, float(low) <= float(change) <= float(high) < 0) == ("to", True)
    assert float(p.removeprefix("<")) < 0.05
    assert compared(worse_models, garden_models) == 0
    assert capsys.readouterr().out.endswith("At accuracy@1 the new one is significantly better.\n")


def test_a_model_is_neither_better_nor_worse_than_itself(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    asked = [{"question": "my tomatoes need water", "id": "water"}, {"question": "qqq zzz", "id": None}]
    assert compared(garden_models, garden_models, jsonl(tmp_path / "asked.jsonl", asked)) == 0
    printed = capsys.readouterr().out
    assert re.match(r"old: garden-faq (\w{12}), new: garden-faq \1\n", printed)
    assert "1 questions with an answer, 1 without" in printed
    assert {tuple(row[2:]) for row in rows_of(printed).values()} == {
        ("+0.000", "0.000", "to", "0.000", "1.0000"),
        ("+0.000", "0.000", "to", "0.000"),
    }
    assert printed.endswith("At accuracy@1 the new one is not significantly different.\n")


def test_models_with_nothing_in_common_need_a_file(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "id": f"other-{row['id']}"} for row in faq_rows()]
    for row in rows:
        row["paraphrases"] = [text[::-1] for text in row["paraphrases"]]
    assert train(jsonl(tmp_path / "other.jsonl", rows), tmp_path / "models") == 0
    asked = jsonl(tmp_path / "asked.jsonl", [{"question": "tomatoes", "id": "nowhere"}])
    assert compared(garden_models, tmp_path / "models", asked) == 1
    assert "no entry has the id 'nowhere'" in capsys.readouterr().err


def outcomes(rights: int, of: int) -> list[Outcome]:
    return [Outcome(f"q{at}", "x", 1.0 if at < rights else 3.0, 0.5) for at in range(of)]


def test_five_questions_lost_are_luck_and_six_are_not() -> None:
    """The exact test of McNemar: p = 2 / 2^5 = .0625 and 2 / 2^6 = .03125."""
    for lost, p, worse in ((5, 0.0625, False), (6, 0.0312, True)):
        found = compare(list(zip(outcomes(30, 40), outcomes(30 - lost, 40), strict=True)), 0.5, 0.5)
        assert (found.changes[0].p, found.worse, found.better) == (p, worse, False)
        assert found.changes[0].old - found.changes[0].new == pytest.approx(lost / 40)


def test_each_model_answers_by_its_own_threshold() -> None:
    known, unknown = Outcome("a", "x", 1.0, 0.4), Outcome("b", None, None, 0.4)
    found = compare([(known, known), (unknown, unknown)], 0.3, 0.5)
    figures = {each.measure: (each.old, each.new) for each in found.changes}
    assert (figures["false_reject"], figures["false_accept"]) == ((0.0, 1.0), (1.0, 0.0))


def test_a_question_that_only_one_of_them_may_answer_is_left_out() -> None:
    found = compare([(Outcome("a", "x", 1.0, 0.9), Outcome("a", None, None, 0.9))], 0.5, 0.5)
    assert (found.changes, found.worse) == ([], False)
