"""A model exported in bfloat16: what changes, what does not."""

import json

import numpy as np
import pytest

from scoring.images import artefact, processor
from scoring.images.definitions import BFLOAT16, FLOAT32
from tests.scoring.images.commands import complaint, opacity, python, run
from tests.scoring.images.serving import chelsea, package_photo, served

# Bfloat16 has 8 bits of precision: in some 50 layers, up to five hundredths of a probability are lost.
NEAR = 0.08
LOWERED = """
import json
import keras
import numpy as np
from keras import layers
from scoring.images.precision import in_bfloat16

keras.utils.set_random_seed(3)
pixels = keras.Input((32, 32, 3))
x = layers.Rescaling(1 / 255, name="scale")(pixels)
x = keras.Sequential([
    keras.Input((32, 32, 3)), layers.Conv2D(8, 3, name="inner"), layers.BatchNormalization(name="norm"),
], name="nested")(x)
squeezed = layers.Dense(8, activation="sigmoid", name="squeeze")(layers.GlobalAveragePooling2D(name="mean")(x))
x = keras.ops.multiply(x, layers.Reshape((1, 1, 8), name="excite")(squeezed))
x = layers.ReLU(name="last")(layers.SeparableConv2D(16, 3, name="outer")(x))
graph = keras.Model(pixels, layers.Dense(5, name="fc")(layers.GlobalAveragePooling2D(name="pool")(x)))
row = keras.Sequential([
    keras.Input((32, 32, 3)), layers.Conv2D(8, 3, name="inner"), layers.GlobalAveragePooling2D(name="pool"),
    layers.Dense(5, name="fc"),
])
start = keras.Input((32, 32, 3))
pooled = layers.GlobalAveragePooling2D(keepdims=True, name="pool")(layers.Conv2D(8, 3, name="inner")(start))
convolved = keras.Model(start, layers.Flatten(name="flat")(layers.Conv2D(5, 1, name="head")(pooled)))

def widths(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from widths(layer)
        elif isinstance(layer, layers.Layer) and not isinstance(layer, layers.InputLayer):
            yield layer.name, [layer.variable_dtype, layer.compute_dtype]

said = []
seen = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3)).astype("float32")
for model in (graph, row, convolved):
    lowered = in_bfloat16(model)
    before, after = (keras.ops.convert_to_numpy(one(seen, training=False)) for one in (model, lowered))
    said.append([dict(widths(lowered)), float(np.abs(before - after).max() / np.abs(before).max()), str(after.dtype)])
print(json.dumps(said))
"""


def test_in_bfloat16_a_model_says_nearly_the_same_under_a_version_of_its_own(model_folder, scorer, tmp_path):
    said = run("export", model_folder, "--out", tmp_path / "small", "--precision", BFLOAT16).stdout
    plain, made = artefact.verify(model_folder), artefact.verify(tmp_path / "small")

    assert (plain.precision, made.precision) == (FLOAT32, BFLOAT16)
    assert made.version == f"{plain.version}-bfloat16"
    assert f"Built {made.name} {made.version}" in said
    assert "computes | in bfloat16 up to" in (tmp_path / "small" / artefact.CARD_FILE).read_text()
    with served(tmp_path / "small", tmp_path) as small:
        for photo in (
            chelsea(),
            package_photo("skimage", "data/coffee.png"),
            package_photo("skimage", "data/rocket.jpg"),
        ):
            found, expected = small.ask(photo).json, scorer.ask(photo).json
            others = {one["id"]: one["score"] for one in expected["predictions"]}
            assert found["predictions"][0]["id"] == expected["predictions"][0]["id"]
            assert max(abs(one["score"] - others.get(one["id"], 0)) for one in found["predictions"]) < NEAR
            assert found["known"] == expected["known"]
            assert found["receipt"]["version"] == made.version
        for method in ("gradcam", "occlusion"):
            answers = [one.ask(chelsea(), query=f"?explain={method}").json for one in (small, scorer)]
            pair = [opacity(answer["explanation"]).ravel() for answer in answers]
            assert np.corrcoef(*pair)[0, 1] > 0.95


def test_a_model_is_not_exported_over_itself(model_folder):
    ran = run("export", model_folder, "--out", model_folder, "--precision", BFLOAT16, expect=1)
    assert "Name another folder with --out." in complaint(ran)
    assert artefact.verify(model_folder).precision == FLOAT32


def test_maps_are_computed_in_bfloat16_and_pixels_and_logits_are_not():
    (graph, row, convolved), off, types = zip(*json.loads(python(LOWERED)), strict=True)

    plain, small, mixed = [FLOAT32, FLOAT32], [BFLOAT16, BFLOAT16], [FLOAT32, BFLOAT16]
    assert graph == {
        "scale": plain,
        "inner": small,
        "norm": mixed,
        "mean": plain,
        "squeeze": plain,
        "excite": plain,
        "outer": small,
        "last": mixed,
        "pool": plain,
        "fc": plain,
    }
    assert row == {"inner": small, "pool": plain, "fc": plain}
    assert convolved == {"inner": small, "pool": plain, "head": plain, "flat": plain}
    assert types == (FLOAT32,) * 3
    assert all(0 < one < 0.02 for one in off)


@pytest.mark.parametrize(
    ("told", "is_slow"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16\n", False),
        ("flags : fpu amx_bf16\n", False),
        ("Features\t: fp asimd bf16\n", False),
        ("flags\t\t: fpu avx2 avx512f\n", True),
        ("processor: 0\n", False),
        (None, False),
    ],
)
def test_only_a_processor_that_says_it_has_no_bfloat16_is_slow_with_it(tmp_path, told, is_slow):
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    assert processor.is_slow_in_bfloat16(tmp_path / "cpuinfo") == is_slow
