"""A model folder: what it is named by, and that nothing but what was saved is loaded."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import pytest

from scoring.contract.faq import Question
from scoring.faq import artefact
from scoring.faq.artefact import ArtefactError
from scoring.faq.model import FaqModel


@pytest.fixture
def models(garden_models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(garden_models, tmp_path / "models"))


def served(models: Path) -> Path:
    return models / (models / "stable").read_text().strip()


def change_card(models: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = served(models) / "card.json"
    card = json.loads(path.read_bytes())
    change(card)
    path.write_text(json.dumps(card))


def unmeasured(version: artefact.Version) -> dict[str, Any]:
    return {"measured": False, "how": "Not.", "threshold": version.threshold}


def test_a_version_is_named_by_its_content(models: Path) -> None:
    card = json.loads((served(models) / "card.json").read_bytes())
    files = ["model.joblib", "entries.jsonl", "held_out.json", "metrics.json"]
    hashes = {file: sha256(served(models) / file) for file in [*files, "MODEL_CARD.md"]}
    naming = "".join([f"{card['name']}\n", *(f"{file} {hashes[file]}\n" for file in files)])
    assert card["files"] == hashes
    assert card["version"] == served(models).name == hashlib.sha256(naming.encode()).hexdigest()[:12]


@pytest.mark.parametrize("file", artefact.LISTED)
@pytest.mark.parametrize("change", ["a byte more", "gone"])
def test_a_version_with_a_changed_file_is_refused(models: Path, file: str, change: str) -> None:
    path = served(models) / file
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    for folder in (models, served(models)):
        with pytest.raises(ArtefactError, match=file):
            FaqModel.load(folder)


class Runs:
    """What a hostile model file would be: unpickling it calls something."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


class Gone:
    """Of a release that no longer exists: its class cannot be found."""

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (Path, "no_such_thing")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_strange_model_file_is_never_unpickled_even_with_its_hash_on_the_card(models: Path, tmp_path: Path) -> None:
    mark = tmp_path / "it ran"
    joblib.dump(Runs(mark), served(models) / "model.joblib")
    strange = sha256(served(models) / "model.joblib")
    change_card(models, lambda card: card["files"].update({"model.joblib": strange}))
    with pytest.raises(ArtefactError, match="this version is not the one its files make"):
        FaqModel.load(models)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda card: card.update(version="0" * 12), "this version is not the one its files make"),
        (
            lambda card: card.update(format=1),
            r"another version .* \(format 1, here \d+\)\. Train it again: python -m scoring",
        ),
        (lambda card: card.update(format="9"), "format: This must be"),
        (lambda card: card.update(files=[]), "files"),
        (lambda card: card.pop("threshold"), "threshold is missing"),
        (lambda card: card.update(threshold=0.999), "this version is not the one its files make"),
        (lambda card: card.update(name="another"), "this version is not the one its files make"),
        (lambda card: card["metrics"].update(ece=0.0), "this version is not the one its files make"),
        (lambda card: card["files"].pop("MODEL_CARD.md"), "MODEL_CARD.md"),
        (lambda card: card["libraries"].update(numpy="1.0"), "train again"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    models: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    change_card(models, change)
    with pytest.raises(ArtefactError, match=reason):
        FaqModel.load(models)


@pytest.mark.parametrize("thing", [{"a": "dictionary"}, Gone()])
def test_what_is_no_model_of_this_release_is_refused(models: Path, thing: Any) -> None:
    version = artefact.open_version(models)
    other = artefact.save(models, version.entries, version.trained(), unmeasured(version), facts(version))
    joblib.dump(thing, other.folder / "model.joblib")
    hashes = {**other.card["files"], "model.joblib": sha256(other.folder / "model.joblib")}
    lines = [other.card["name"], *(f"{file} {hashes[file]}" for file in artefact.NAMING), ""]
    name = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    (other.folder / "card.json").write_text(json.dumps({**other.card, "files": hashes, "version": name}))
    with pytest.raises(ArtefactError, match=r"model\.joblib: .*(not an FAQ model|Train again)"):
        FaqModel.load(other.folder)


def test_a_card_that_is_no_card_is_refused(models: Path) -> None:
    (served(models) / "card.json").write_text("[[[")
    with pytest.raises(ArtefactError, match="this is not a model's card"):
        FaqModel.load(models)


@pytest.mark.parametrize(
    ("named", "reason"), [("../evil", "names no version"), ("", "names no version"), ("0" * 12, "No such")]
)
def test_a_pointer_to_nothing_sensible_is_refused(models: Path, named: str, reason: str) -> None:
    (models / "stable").write_text(named)
    with pytest.raises(ArtefactError, match=reason):
        FaqModel.load(models)


def test_a_pointer_must_name_the_version_that_lies_there(models: Path) -> None:
    served(models).rename(models / ("a" * 12))
    (models / "stable").write_text("a" * 12)
    with pytest.raises(ArtefactError, match="this version is not the one its files make"):
        FaqModel.load(models)


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="Train a model first"):
        FaqModel.load(tmp_path)


def test_the_pointer_moves_to_another_version_and_back(models: Path) -> None:
    before = served(models)
    version = artefact.open_version(models)
    other = artefact.save(models, version.entries, version.trained(), unmeasured(version), facts(version))
    artefact.make_stable(models, other.name)
    assert FaqModel.load(models).version == other.name != before.name
    artefact.make_stable(models, before.name)
    assert FaqModel.load(models).version == before.name
    assert sorted(path.name for path in models.iterdir()) == sorted(["stable", before.name, other.name])


def test_saving_the_same_again_mends_a_damaged_version(models: Path) -> None:
    version = artefact.open_version(models)
    (served(models) / "metrics.json").unlink()
    again = artefact.save(models, version.entries, version.trained(), version.card["metrics"], facts(version))
    assert FaqModel.load(again.folder).score([Question("slugs on lettuce")])[0].matches[0].id == "slugs"
    assert [path for path in models.iterdir() if path.name.startswith(".")] == []


def facts(version: artefact.Version) -> dict[str, Any]:
    return {key: version.card[key] for key in ("name", "created", "data", "speed")}
