"""`python -m scoring.images build`, and what a server makes of a folder that was altered."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from scoring.images import artefact
from tests.scoring.images.serving import bare_python


def run(*arguments):
    return subprocess.run(bare_python(*arguments), capture_output=True, text=True, timeout=110)


def test_a_port_that_makes_no_sense_is_refused():
    ran = run("serve", "folder", "--port", "65536")
    assert (ran.returncode, "65536 is not a number from 0 to 65535" in ran.stderr) == (2, True)


@pytest.fixture
def copy(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "copy")


def test_a_build_leaves_a_model_its_labels_and_a_manifest_that_vouches_for_both(model_folder):
    assert {path.name for path in model_folder.iterdir()} == {
        "model.keras",
        "labels.json",
        "calibration.json",
        "manifest.json",
        "MODEL_CARD.md",
    }
    manifest = artefact.verify(model_folder)

    assert (manifest.name, manifest.licence) == ("efficientnet-lite2", "Apache-2.0")
    assert len(manifest.version) == 12
    assert set(manifest.libraries) == {"keras", "tensorflow"}


def test_two_builds_of_the_same_have_the_same_version(model_folder, tmp_path):
    ran = run("build", "--out", str(tmp_path / "again"))

    assert ran.returncode == 0, ran.stderr
    assert artefact.verify(tmp_path / "again").version == artefact.verify(model_folder).version


def test_the_card_says_what_the_model_is_and_how_sure_it_may_be(model_folder):
    card = (model_folder / "MODEL_CARD.md").read_text()
    manifest = artefact.verify(model_folder)

    for said in (
        f"# EfficientNet-Lite2, version {manifest.version}",
        "| licence | Apache-2.0 |",
        "top-1 0.776",
        "softmax at temperature 0.6, fitted on 24 photos",
        "of 24 photos of the classes 94% are kept, of 19 others 96% are told",
        *(f"| {name} | `{digest}` |" for name, digest in manifest.files.items()),
    ):
        assert said in card


def test_a_folder_that_holds_the_build_is_left_alone_without_starting_tensorflow(model_folder):
    before = (model_folder / "model.keras").stat().st_mtime_ns
    command = [sys.executable, "-X", "importtime", "-m", "scoring.images", "build", "--out", str(model_folder)]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout == f"{model_folder} already holds efficientnet-lite2 {artefact.verify(model_folder).version}.\n"
    assert "tensorflow" not in ran.stderr
    assert "keras" not in ran.stderr
    assert (model_folder / "model.keras").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["model.keras", "labels.json", "calibration.json"])
def test_an_altered_file_is_refused(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)

    with pytest.raises(artefact.ArtefactError, match=f"{name} is not as it was built"):
        artefact.verify(copy)
    assert not artefact.is_current(copy)


@pytest.mark.parametrize("name", ["model.keras", "labels.json", "calibration.json", "manifest.json"])
def test_a_missing_file_is_refused(copy, name):
    (copy / name).unlink()

    with pytest.raises(artefact.ArtefactError):
        artefact.verify(copy)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1}'])
def test_a_manifest_that_is_none_is_refused(copy, text):
    (copy / "manifest.json").write_text(text)

    with pytest.raises(artefact.ArtefactError):
        artefact.verify(copy)


def test_a_manifest_that_names_a_file_elsewhere_is_refused(copy):
    manifest = artefact.verify(copy)
    files = dict(manifest.files)
    files["../model.keras"] = files.pop("model.keras")
    artefact.write(copy, replace(manifest, files=files))

    with pytest.raises(artefact.ArtefactError, match="does not name the files of a model"):
        artefact.verify(copy)


def test_an_altered_manifest_is_refused(copy):
    manifest = copy / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"size": 260', '"size": 261'))

    with pytest.raises(artefact.ArtefactError, match=r"manifest in .* is not as it was built"):
        artefact.verify(copy)


def test_a_build_of_other_libraries_is_not_current(copy):
    manifest = artefact.verify(copy)
    artefact.write(copy, replace(manifest, libraries={**manifest.libraries, "keras": "3.0.0"}))

    assert not artefact.is_current(copy)


def test_a_server_refuses_an_altered_model(copy):
    with (copy / "model.keras").open("ab") as file:
        file.write(b"more")

    ran = run("serve", str(copy), "--port", "0")

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"scoring.images: {copy / 'model.keras'} is not as it was built")
    assert len(ran.stderr.splitlines()) == 1


def test_a_server_without_a_model_says_how_to_make_one(tmp_path):
    ran = run("serve", str(tmp_path), "--port", "0")

    assert ran.returncode == 1
    assert ran.stderr == f"scoring.images: There is no model in {tmp_path}. Make one: python -m scoring.images build.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("build",),
        ("export", "model"),
        ("import", "file.keras", "--labels", "labels.txt"),
        ("fetch", "resnet50"),
    ],
    ids=lambda command: command[0],
)
def test_a_folder_that_holds_other_files_is_left_alone(command, tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")

    ran = run(*command, "--out", str(tmp_path))

    assert ran.returncode == 1
    assert ran.stderr == (
        f"scoring.images: {tmp_path} holds other files, such as thesis.txt. Name an empty folder with --out.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_build_that_cannot_write_says_so_in_one_line(tmp_path):
    (tmp_path / "file").touch()

    ran = run("build", "--out", str(tmp_path / "file" / "model"))

    assert ran.returncode == 1
    assert ran.stderr.startswith("scoring.images: ")
    assert len(ran.stderr.splitlines()) == 1
