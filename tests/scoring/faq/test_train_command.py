"""python -m scoring.faq train: from a source to a version that is served."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scoring.contract.faq import Question
from scoring.faq.model import FaqModel
from tests.scoring.faq.garden import (
    GARDEN,
    card_of,
    dump,
    entries_of,
    faq_rows,
    jsonl,
    shuffled_rows,
    table,
    train,
    triple,
)

ROOT = Path(__file__).parents[3]
MEASURES = ["accuracy@1", "accuracy@2", "accuracy@3", "mean_rank", "mrr"]


def stable(models: Path) -> str:
    return (models / "stable").read_text().strip()


def copy_of(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models, tmp_path / "models"))


def test_a_user_trains_from_a_csv_and_the_model_answers(tmp_path: Path) -> None:
    rows = [["id", "question", "answer", "paraphrases"]]
    rows += [[id_, question, answer, "\n".join(texts)] for id_, (question, answer, texts) in GARDEN.items()]
    source, models = table(tmp_path / "garden.csv", rows), tmp_path / "models" / "faq"
    command = [sys.executable, "-m", "scoring.faq", "train", str(source), "--out", str(models)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "6 entries, 36 paraphrases\n" in done.stdout
    assert "That are few: strangers who share a word with an entry may be answered" in done.stdout
    assert re.search(r"^accuracy@1 +[01]\.\d{3} +[01]\.\d{3} to [01]\.\d{3}$", done.stdout, re.MULTILINE)
    assert re.search(r"^garden-faq [0-9a-f]{12} in .*", done.stdout.splitlines()[-1])
    assert "garden.csv" in done.stderr
    assert "100%" not in done.stdout
    model = FaqModel.load(models)
    assert (model.name, model.version) == ("garden-faq", stable(models))
    assert model.score([Question("slugs eat my lettuce")])[0].matches[0].id == "slugs"
    assert FaqModel.load(models / stable(models)).version == stable(models)


def as_triple(folder: Path) -> Path:
    numbers = {id_: str(at) for at, id_ in enumerate(GARDEN, 1)}
    return triple(
        folder,
        ".gz",
        orig=[
            [numbers[id_], f"a{id_}", f"{question}. <p>Tell me.</p>", "2010"]
            for id_, (question, _, _) in GARDEN.items()
        ],
        ans=[[f"a{id_}", f"<p>{answer}</p>"] for id_, (_, answer, _) in GARDEN.items()],
        dup=[
            [f"{numbers[id_]}0{at}", f"a{id_}", f"{text}. <p>Please.</p>", "2011"]
            for id_, (_, _, texts) in GARDEN.items()
            for at, text in enumerate(texts)
        ],
    )


def as_dump(folder: Path) -> Path:
    posts: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for at, (question, answer, texts) in enumerate(GARDEN.values(), 1):
        posts += [
            {"Id": at, "PostTypeId": 1, "Title": question, "Body": "<p>Tell me.</p>", "Tags": "<garden>"},
            {"Id": at + 50, "PostTypeId": 2, "ParentId": at, "Score": 1, "Body": f"<p>{answer}</p>"},
        ]
        for place, text in enumerate(texts):
            posts.append({"Id": at * 100 + place, "PostTypeId": 1, "Title": text, "Body": "<p>Please.</p>", "Tags": ""})
            links.append({"Id": 1, "PostId": at * 100 + place, "RelatedPostId": at, "LinkTypeId": 3})
    return dump(folder, posts, links)


@pytest.mark.parametrize(("make", "options"), [(as_triple, ["--min-text", "10"]), (as_dump, ["--tag", "garden"])])
def test_folders_of_duplicates_are_trained_from_too(tmp_path: Path, make: Any, options: list[str]) -> None:
    assert train(make(tmp_path / "source"), tmp_path / "models", "--min-dupes", "6", *options) == 0
    assert [row["question"] for row in entries_of(tmp_path / "models").values()] == [row[0] for row in GARDEN.values()]
    found = FaqModel.load(tmp_path / "models").score([Question("slugs eat my lettuce")])[0]
    assert found.matches[0].question == GARDEN["slugs"][0]
    assert card_of(tmp_path / "models")["data"] == {
        **{"source": "source", "entries": 6, "paraphrases": 36, "bad_rows": 0, "banners_removed": 0},
        "rows_read": 48 + (36 if make is as_dump else 0),
    }


def test_the_card_says_what_the_model_is(garden_models: Path) -> None:
    card = card_of(garden_models)
    folder = garden_models / stable(garden_models)
    assert card["data"] == {
        **{"source": "garden.jsonl", "entries": 6, "paraphrases": 36},
        **{"rows_read": 6, "bad_rows": 0, "banners_removed": 0},
    }
    assert (card["name"], card["version"], card["seed"]) == ("garden-faq", folder.name, 0)
    assert {"python", "numpy", "scikit-learn", "scipy"} <= set(card["libraries"])
    assert 0 <= card["threshold"] <= 1
    assert card["speed"]["one_question_ms"] > 0
    assert card["size_bytes"] == sum(
        (folder / file).stat().st_size for file in card["files"] if file != "MODEL_CARD.md"
    )
    text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert all(sha in text for file, sha in card["files"].items() if file != "MODEL_CARD.md")
    assert text.startswith(f"# garden-faq {folder.name}\n")


def test_the_metrics_hold_together(garden_models: Path) -> None:
    metrics = json.loads((garden_models / stable(garden_models) / "metrics.json").read_bytes())
    outcomes = json.loads((garden_models / stable(garden_models) / "held_out.json").read_bytes())
    places = [outcome["place"] for outcome in outcomes if outcome["id"] is not None]
    assert metrics == card_of(garden_models)["metrics"]
    assert sorted(outcome["question"] for outcome in outcomes if outcome["id"] is not None) == sorted(
        text for _, _, texts in GARDEN.values() for text in texts
    )
    for k in (1, 2, 3):
        assert metrics[f"accuracy@{k}"] == pytest.approx(sum(place <= k for place in places) / len(places), abs=1e-4)
    assert metrics["mean_rank"] == pytest.approx(sum(places) / len(places), abs=1e-4)
    assert metrics["mrr"] == pytest.approx(sum(1 / place for place in places) / len(places), abs=1e-4)
    for name in MEASURES:
        low, high = metrics["intervals"][name]
        assert low <= metrics[name] <= high
    assert metrics["accuracy@1"] > 1 / len(GARDEN)


def test_the_same_data_give_the_same_bytes_of_metrics(garden_models: Path, tmp_path: Path) -> None:
    source = jsonl(tmp_path / "garden.jsonl", faq_rows())
    command = [sys.executable, "-m", "scoring.faq", "train", str(source), "--out", str(tmp_path / "again")]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=100, check=True)
    for file in ("metrics.json", "held_out.json", "entries.jsonl"):
        first, again = (models / stable(models) / file for models in (garden_models, tmp_path / "again"))
        assert first.read_bytes() == again.read_bytes()


def test_without_paraphrases_the_accuracy_is_not_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row, "paraphrases": []} for row in faq_rows()]
    assert train(jsonl(tmp_path / "bare.jsonl", rows), tmp_path / "models") == 0
    assert "Not measured: there are no paraphrases to hold out." in capsys.readouterr().out
    metrics = card_of(tmp_path / "models")["metrics"]
    assert metrics["measured"] is False
    assert not set(MEASURES) & set(metrics)
    assert FaqModel.load(tmp_path / "models").score([Question("slugs on lettuce")])[0].matches[0].id == "slugs"


def test_bad_rows_end_training_unless_they_may_be_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = jsonl(tmp_path / "garden.jsonl", [*faq_rows(), {"id": "x"}])
    assert train(source, tmp_path / "models") == 1
    said = capsys.readouterr().err
    assert f"bad row: {source}, line 7: answer: This field is required." in said
    assert "error: 1 bad row of 7. Mend them, or leave them out with --skip-bad." in said
    assert not (tmp_path / "models").exists()
    assert train(source, tmp_path / "models", "--skip-bad") == 0
    assert card_of(tmp_path / "models")["data"]["bad_rows"] == 1
    assert list(entries_of(tmp_path / "models")) == list(GARDEN)


def test_a_worse_model_does_not_replace_the_served_one_unless_told_to(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = copy_of(garden_models, tmp_path)
    served = stable(models)
    worse = jsonl(tmp_path / "worse.jsonl", shuffled_rows())
    assert train(worse, models) == 1
    said = capsys.readouterr()
    assert "At accuracy@1 the new one is significantly worse." in said.out
    assert f"still names {served}. The new one is kept in" in said.err
    assert stable(models) == served
    versions = [path.name for path in models.iterdir() if path.is_dir()]
    assert len(versions) == 2
    assert FaqModel.load(models).version == served
    assert train(worse, models, "--replace-worse") == 0
    assert stable(models) != served


def test_losing_the_paraphrases_is_noticed_on_the_served_models_questions(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = copy_of(garden_models, tmp_path)
    nonsense = [{**row, "question": f"Topic {at}", "paraphrases": []} for at, row in enumerate(faq_rows())]
    for row in nonsense:
        row["answer"] = "See above."
    assert train(jsonl(tmp_path / "bare.jsonl", nonsense), models) == 1
    assert stable(models) == stable(garden_models)
    assert "36 questions with an answer, " in capsys.readouterr().out


def test_a_model_that_is_no_worse_replaces_the_served_one(garden_models: Path, tmp_path: Path) -> None:
    models = copy_of(garden_models, tmp_path)
    rows = faq_rows()
    rows[0]["paraphrases"].append("tomatoes thirsty?")
    assert train(jsonl(tmp_path / "more.jsonl", rows), models) == 0
    assert stable(models) != stable(garden_models)
    assert (models / stable(garden_models)).is_dir(), "the version before stays, to go back to"


def test_another_faq_is_not_compared(garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = copy_of(garden_models, tmp_path)
    rows = [
        {"id": f"n{at}", "question": f"What is {word}?", "answer": "A tool."} for at, word in enumerate(["rake", "hoe"])
    ]
    assert train(jsonl(tmp_path / "tools.jsonl", rows), models) == 0
    assert "not compared with the served version: they have no held-out question in common" in capsys.readouterr().out
    assert stable(models) != stable(garden_models)


def test_a_model_keeps_its_name_when_the_source_has_another(garden_models: Path, tmp_path: Path) -> None:
    models = copy_of(garden_models, tmp_path)
    source = jsonl(tmp_path / "garden of november.jsonl", shuffled_rows())
    assert train(source, models, "--replace-worse") == 0
    assert card_of(models)["name"] == "garden-faq"
    assert train(source, models, "--name", "renamed") == 0
    assert card_of(models)["name"] == "renamed"
    assert train(source, tmp_path / "new") == 0
    assert card_of(tmp_path / "new")["name"] == "garden-of-november-faq"


@pytest.mark.parametrize("name", ["../up", "two words", "", "-dash", "x" * 65])
def test_a_name_that_fits_no_address_is_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train(jsonl(tmp_path / "garden.jsonl", faq_rows()), tmp_path / "models", f"--name={name}")
    assert "a name is of letters, digits" in capsys.readouterr().err


def test_answers_of_one_word_are_enough(tmp_path: Path) -> None:
    rows = [
        {"id": "ship", "question": "Do you ship abroad?", "answer": "Yes"},
        {"id": "店", "question": "店はどこですか", "answer": "東京にあります。"},
    ]
    assert train(jsonl(tmp_path / "short.jsonl", rows), tmp_path / "models") == 0
    model = FaqModel.load(tmp_path / "models")
    best = [found.matches[0].id for found in model.score([Question("shipping abroad"), Question("店はどこ")])]
    assert best == ["ship", "店"]


def test_a_damaged_served_version_cannot_defend_its_place(
    garden_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = copy_of(garden_models, tmp_path)
    (models / stable(models) / "entries.jsonl").write_text("{}")
    assert train(jsonl(tmp_path / "other.jsonl", shuffled_rows()), models) == 0
    assert "not compared with the served version:" in capsys.readouterr().out
    assert stable(models) != stable(garden_models)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--column", "title=x"], "FIELD=NAME is needed"),
        (["--column", "question"], "FIELD=NAME is needed"),
        (["--min-dupes", "-1"], "-1 is not a number from 0 to 999999999"),
        (["--min-text", "many"], "many is not a number from 0 to 999999999"),
        (["--min-text", "٣"], "٣ is not a number from 0 to 999999999"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        train(tmp_path / "x.csv", tmp_path / "models", *options)
    assert refused.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").write_text("a file")
    assert train(jsonl(tmp_path / "garden.jsonl", faq_rows()), tmp_path / "models") == 1
    said = capsys.readouterr()
    assert f"error: {tmp_path / 'models'}: File exists." in said.err
    assert "fold" not in said.out


def test_a_source_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path / "none.csv", tmp_path / "models") == 1
    assert f"error: {tmp_path / 'none.csv'}: No such file or directory." in capsys.readouterr().err
