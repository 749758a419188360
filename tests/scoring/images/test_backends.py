"""The same model code on PyTorch. Runs where torch is installed, or where SCOREDECK_TORCH_PYTHON names a Python that
has what `scoring/images/requirements-torch.txt` lists."""

import io
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.scoring.images.serving import chelsea

ROOT = Path(__file__).parents[3]
TORCH_PYTHON = os.environ.get("SCOREDECK_TORCH_PYTHON") or (sys.executable if find_spec("torch") else "")
SEEN = """
import sys
from pathlib import Path
import numpy as np
from scoring.images.decode import decode
from scoring.images.model import ImageModel
model = ImageModel(Path(sys.argv[1]))
model.warm()
photo = decode(Path(sys.argv[2]).read_bytes(), model.frame).pixels
pixels = np.stack([photo, photo[:, ::-1], 255 - photo])
logits, maps = model._network.forward(pixels)
strength = model._network.saliency(maps, 1, 285)
last = model._network.maps(maps, 1)[None].repeat(3, axis=0)
last[1, 2:5, 2:5] = 0
rest = model._network.rest(last)
np.savez(sys.stdout.buffer, logits=logits, probabilities=model.probabilities(pixels), strength=strength, rest=rest)
"""
MIXED = """
import io, sys
import keras
import numpy as np
from keras import layers
from scoring.images.network import framework

def normalised(x):
    norm = layers.BatchNormalization()
    y = norm(x)
    count = x.shape[-1]
    norm.set_weights([random.uniform(0.5, 2, count), *random.normal(size=(2, count)), random.uniform(0.5, 2, count)])
    return y

random = np.random.default_rng(5)
keras.utils.set_random_seed(5)
start = keras.Input((33, 33, 3))
x = layers.ReLU(6.0)(normalised(layers.Conv2D(8, 3, 2, "same", use_bias=False)(start)))
skipped = normalised(layers.DepthwiseConv2D(3, 1, "same")(x))
x = layers.Add()([x, layers.Activation("swish")(skipped), layers.Conv2D(8, 1)(x)])
x = layers.MaxPooling2D()(layers.Rescaling(3.0, 0.5)(layers.ZeroPadding2D()(x)))
x = normalised(layers.Conv2D(5, 3, activation="relu")(x))
model = keras.Model(start, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x)))
pixels = (random.integers(0, 256, (5, 1, 1, 3)) * random.uniform(0.5, 1, (5, 33, 33, 3))).astype(np.uint8)
plain = keras.ops.convert_to_numpy(model(pixels.astype(np.float32) / 127.5 - 1, training=False))
network = framework.KerasNetwork(model, "symmetric", 33, True)
got = [np.exp(network.forward(pixels[:count])[0]) for count in (1, 2, 5)]
rest = np.exp(network.rest(network.maps(network.forward(pixels)[1], 4)[None]))
np.savez(sys.stdout.buffer, plain=plain, one=got[0], two=got[1], five=got[2], rest=rest)
"""


def seen(python, backend, program, *arguments):
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    command = [python, "-c", program, *map(str, arguments)]
    ran = subprocess.run(command, env=environment, capture_output=True, timeout=110)
    assert ran.returncode == 0, ran.stderr.decode()
    return np.load(io.BytesIO(ran.stdout))


@pytest.mark.skipif(not TORCH_PYTHON, reason="torch is not installed")
def test_pytorch_and_tensorflow_give_the_same(model_folder, tmp_path):
    (tmp_path / "cat.png").write_bytes(chelsea())
    by_torch = seen(TORCH_PYTHON, "torch", SEEN, model_folder, tmp_path / "cat.png")
    by_tensorflow = seen(sys.executable, "tensorflow", SEEN, model_folder, tmp_path / "cat.png")

    assert np.abs(by_torch["probabilities"] - by_tensorflow["probabilities"]).max() <= 1e-4
    assert np.abs(by_torch["logits"] - by_tensorflow["logits"]).max() <= 1e-3
    assert np.abs(by_torch["rest"] - by_tensorflow["rest"]).max() <= 1e-3
    largest = by_tensorflow["strength"].max()
    assert np.abs(by_torch["strength"] - by_tensorflow["strength"]).max() <= 1e-3 * largest


@pytest.mark.skipif(not TORCH_PYTHON, reason="torch is not installed")
def test_a_graph_of_pytorch_gives_what_the_plain_model_gives():
    found = seen(TORCH_PYTHON, "torch", MIXED)
    plain = found["plain"]

    assert plain.std(axis=0).min() > 1e-3
    for name, expected in {"one": plain[:1], "two": plain[:2], "five": plain, "rest": plain[4:]}.items():
        assert np.abs(found[name] - expected).max() <= 1e-5, name
