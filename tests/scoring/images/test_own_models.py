"""Models of one's own as people make them: a network within a network, layers for training only, two heads."""

import json
import shutil

import numpy as np
import pytest

from scoring.contract.images import Label
from scoring.images import labels
from tests.scoring.images.commands import complaint, opacity, python, run
from tests.scoring.images.serving import chelsea, served

MADE = """
import sys
from pathlib import Path
import keras
from keras import layers

keras.utils.set_random_seed(3)
folder = Path(sys.argv[1])
base = keras.Sequential([
    keras.Input((32, 32, 3)), layers.Conv2D(8, 3, activation="relu"), layers.BatchNormalization(),
    layers.Conv2D(8, 3, activation="relu"),
], name="base")
start = keras.Input((32, 32, 3))
maps = base(layers.Rescaling(1 / 255)(layers.RandomFlip()(start)))
pooled = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(maps))
keras.Model(start, layers.Dense(3)(pooled)).save(folder / "transfer.keras")
keras.Model(start, [layers.Dense(3)(pooled), layers.Dense(2)(pooled)]).save(folder / "heads.keras")
wide = layers.Conv2D(3, 1)(layers.GlobalAveragePooling2D(keepdims=True)(maps))
keras.Model(start, layers.Flatten()(wide)).save(folder / "convolved.keras")
doubled = layers.Lambda(lambda photo: photo * 2)(start)
keras.Model(start, layers.Dense(3)(layers.GlobalAveragePooling2D()(doubled))).save(folder / "lambda.keras")
def twice(photo):
    return photo * 2
doubled = layers.Lambda(twice, output_shape=(32, 32, 3))(start)
keras.Model(start, layers.Dense(3)(layers.GlobalAveragePooling2D()(doubled))).save(folder / "named.keras")
(folder / "labels.txt").write_text("cat\\ndog\\nfish\\n")
"""
BESIDE = """
import sys
from pathlib import Path
import keras
import numpy as np
from scoring.images.model import ImageModel

pixels = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), np.uint8)
plain = keras.ops.convert_to_numpy(
    keras.saving.load_model(sys.argv[1], compile=False)(pixels.astype("float32"), training=False)
)
print(np.abs(ImageModel(Path(sys.argv[2])).logits(pixels) - plain).max() / np.abs(plain).max())
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    python(MADE, folder)
    return folder


def taken_in(files, name, out, expect=0):
    return run("import", files / f"{name}.keras", "--labels", files / "labels.txt", "--out", out, expect=expect)


@pytest.mark.parametrize("name", ["transfer", "convolved"])
def test_grad_cam_looks_at_the_last_maps_of_several_places(files, tmp_path, name):
    taken_in(files, name, tmp_path / "model")
    with served(tmp_path / "model", tmp_path) as scorer:
        explained = scorer.ask(chelsea(), query="?explain=gradcam").json["explanation"]
    assert explained["method"] == "gradcam"
    assert len(np.unique(opacity(explained))) > 10


@pytest.mark.parametrize(("precision", "most"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_layers_for_training_only_are_exported_too(files, tmp_path, precision, most):
    taken_in(files, "transfer", tmp_path / "model")
    run("export", tmp_path / "model", "--out", tmp_path / "saved", "--precision", precision)
    assert float(python(BESIDE, files / "transfer.keras", tmp_path / "saved")) <= most
    again = run("export", tmp_path / "saved", "--out", tmp_path / "again", expect=1)
    assert "is a SavedModel already" in complaint(again)


def test_an_index_of_classes_as_keras_has_it_names_the_outputs(files, tmp_path):
    index = {"2": ["n3", "fish"], "0": ["n1", "cat"], "1": ["n2", "dog"]}
    (tmp_path / "index.json").write_text(json.dumps(index))
    run("import", files / "transfer.keras", "--labels", tmp_path / "index.json", "--out", tmp_path / "model")
    assert labels.read(tmp_path / "model" / "labels.json") == (
        Label("n1", "cat"),
        Label("n2", "dog"),
        Label("n3", "fish"),
    )


def test_a_model_of_two_heads_is_refused(files, tmp_path):
    assert "The model has 2 outputs" in complaint(taken_in(files, "heads", tmp_path / "model", expect=1))


@pytest.mark.parametrize("name", ["lambda", "named"])
def test_a_model_that_runs_code_of_its_own_is_refused(files, tmp_path, name):
    said = complaint(taken_in(files, name, tmp_path / "model", expect=1))
    assert said.endswith(f"{name}.keras has a Lambda layer. Such models are not taken: they run code of their own.")


def test_weights_of_another_model_are_refused_in_one_line(files, tmp_path):
    ran = run("build", "resnet50", "--weights", files / "transfer.keras", "--out", tmp_path / "model", expect=1)
    assert complaint(ran).endswith(
        "does not hold the weights of ResNet-50: A total of 107 objects could not be loaded. Example error message for "
        "object <Conv2D name=conv1_conv, built=True>: Layer 'conv1_conv' expected 2 variables, but received 0 "
        "variables during loading. Expected: ['kernel', 'bias']"
    )
    assert "UserWarning" not in ran.stderr


@pytest.mark.parametrize("name", ["../x y/<b>", "two words", "", "-dash", "x" * 65])
def test_a_name_that_fits_no_address_is_refused(tmp_path, name):
    ran = run("import", "own.keras", "--labels", "labels.txt", "--out", tmp_path / "m", f"--name={name}", expect=2)
    assert "argument --name: a name is of letters, digits, '.', '_' and '-', 64 at most" in ran.stderr


def test_a_model_is_named_by_its_file_in_what_fits_an_address(files, tmp_path):
    file = shutil.copy(files / "transfer.keras", tmp_path / "my <b> model.keras")
    said = run("import", file, "--labels", files / "labels.txt", "--out", tmp_path / "model").stdout
    assert "Built my-b-model " in said
