"""Fitting how sure a model may be, and measuring it: on photos that a folder holds, named by their label."""

import shutil

import numpy as np
import pytest
from PIL import Image

from scoring.contract.images import Label
from scoring.images import artefact, calibrating
from scoring.images.calibration import CalibrationError
from scoring.images.decode import Frame
from scoring.images.evaluating import Measured, evaluate
from tests.scoring.images.commands import complaint, run
from tests.scoring.images.files import encoded
from tests.scoring.images.serving import package_photo

FRAME = Frame(32, "bilinear")
LABELS = (Label("0", "red thing"), Label("1", "green thing"), Label("2", "blue thing"))
COLOURS = {"red_thing": (220, 20, 20), "green_thing": (20, 220, 20), "blue_thing": (20, 20, 220)}


def by_colour(pixels):
    """A model: the more of a colour, the surer."""
    return pixels.mean(axis=(1, 2)).astype(np.float64) / 64


def painted(folder, colours):
    folder.mkdir()
    for name, colour in colours.items():
        (folder / f"{name}.png").write_bytes(encoded(Image.new("RGB", (40, 40), colour), "PNG"))
    return folder


@pytest.fixture
def inside(tmp_path):
    colours = {f"{name}--{number}": colour for name, colour in COLOURS.items() for number in range(2)}
    return painted(tmp_path / "inside", colours)


@pytest.fixture
def outside(tmp_path):
    return painted(tmp_path / "outside", {f"grey-{shade}": (shade,) * 3 for shade in (10, 60, 120, 180, 240)})


def test_the_threshold_lies_between_what_is_inside_and_what_is_not():
    assert calibrating.threshold(np.array([[5.0], [7.0]]), np.array([[1.0], [3.0]])) == 4


def test_where_all_score_alike_the_threshold_is_what_they_score():
    assert calibrating.threshold(np.array([[3.0], [3.0]]), np.array([[3.0]])) == 3


def test_the_area_is_the_share_of_pairs_told_apart():
    assert calibrating.area(np.array([3.0, 1.0]), np.array([2.0, 1.0])) == pytest.approx(0.625)


def test_a_fit_keeps_what_shows_a_class_and_refuses_what_does_not(inside, outside):
    fitted = calibrating.fit(inside, outside, LABELS, FRAME, by_colour)
    found = fitted.calibration

    assert (found.inside, found.outside) == (6, 5)
    assert fitted.areas[found.rule] == found.auroc == max(fitted.areas.values()) == 1
    assert (found.kept, found.refused) == (1, 1)
    assert evaluate(inside, outside, LABELS, FRAME, by_colour, found) == Measured(
        inside=6, top1=1, top5=1, confidence=pytest.approx(1, abs=0.01), kept=1, outside=5, refused=1
    )


def test_a_wrong_label_counts_as_wrong(inside, outside):
    (inside / "red_thing--3.png").write_bytes((inside / "green_thing--0.png").read_bytes())
    found = evaluate(inside, None, LABELS, FRAME, by_colour, None)

    assert found == Measured(inside=7, top1=pytest.approx(6 / 7), top5=1, confidence=None, kept=None)
    assert list(found.lines()) == ["7 photos of the classes: top-1 0.857, top-5 1.000"]


def test_a_photo_named_by_no_label_is_refused(inside, outside):
    (inside / "pink_thing.png").write_bytes((inside / "green_thing--0.png").read_bytes())

    with pytest.raises(CalibrationError, match=r"pink_thing\.png is named by no label"):
        calibrating.fit(inside, outside, LABELS, FRAME, by_colour)


def test_too_few_photos_are_refused(inside, tmp_path):
    with pytest.raises(CalibrationError, match=r"few holds 1 photo\(s\); 5 or more are needed"):
        calibrating.fit(inside, painted(tmp_path / "few", {"grey": (9, 9, 9)}), LABELS, FRAME, by_colour)


@pytest.mark.parametrize("command", ["evaluate", "calibrate"])
def test_a_missing_folder_is_noticed_before_the_model_is_loaded(inside, tmp_path, command):
    ran = run(command, tmp_path / "model", "--inside", inside, "--outside", tmp_path / "none", expect=1)
    assert complaint(ran) == f"There is no folder {tmp_path / 'none'}."
    assert "Starting" not in ran.stdout


def test_photos_that_are_hardly_told_apart_are_doubted(inside, outside):
    same = calibrating.fit(inside, inside, LABELS, FRAME, by_colour)
    assert same.doubt() == (
        "The photos inside and outside are hardly told apart (area under the ROC curve 0.50; chance is 0.50), so that "
        '"probably none" will mean little. Do the folders hold what they should?'
    )
    assert calibrating.fit(inside, outside, LABELS, FRAME, by_colour).doubt() is None


def gathered(folder, photos):
    folder.mkdir()
    for name, place in photos.items():
        (folder / name).write_bytes(package_photo(*place))
    return folder


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    photos = {
        "Egyptian_cat--chelsea.png": ("skimage", "data/chelsea.png"),
        "espresso--coffee.png": ("skimage", "data/coffee.png"),
        "tripod--camera.png": ("skimage", "data/camera.png"),
        "palace--china.jpg": ("sklearn", "datasets/images/china.jpg"),
        "lynx--astronaut.png": ("skimage", "data/astronaut.png"),
    }
    return gathered(tmp_path_factory.mktemp("photos") / "inside", photos)


def test_the_shipped_model_is_measured_by_a_command(model_folder, known):
    said = run("evaluate", model_folder, "--inside", known).stdout

    assert "5 photos of the classes: top-1 0.800, top-5 0.800" in said
    assert "known 0.800" in said


def test_a_model_that_is_calibrated_anew_has_another_version_and_card(model_folder, known, tmp_path):
    names = ("brick", "coins", "grass", "gravel", "text")
    others = gathered(tmp_path / "outside", {f"{name}.png": ("skimage", f"data/{name}.png") for name in names})
    folder = shutil.copytree(model_folder, tmp_path / "model")
    told = run("calibrate", folder, "--inside", known, "--outside", others)
    manifest = artefact.verify(folder)

    assert "hardly told apart" not in told.stderr
    assert manifest.version != artefact.verify(model_folder).version
    assert f"version {manifest.version}" in (folder / "MODEL_CARD.md").read_text()
    assert "fitted on 5 photos" in (folder / "MODEL_CARD.md").read_text()


def test_the_command_warns_where_the_same_photos_are_inside_and_outside(model_folder, known, tmp_path):
    folder = shutil.copytree(model_folder, tmp_path / "model")
    ran = run("calibrate", folder, "--inside", known, "--outside", known)
    assert "Warning: The photos inside and outside are hardly told apart (area under the ROC curve 0.50;" in ran.stderr
