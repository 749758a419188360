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
np.savez(sys.stdout.buffer, logits=logits, probabilities=model.probabilities(pixels), strength=strength)
"""


def seen(python, backend, *arguments):
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    command = [python, "-c", SEEN, *map(str, arguments)]
    ran = subprocess.run(command, env=environment, capture_output=True, timeout=110)
    assert ran.returncode == 0, ran.stderr.decode()
    return np.load(io.BytesIO(ran.stdout))


@pytest.mark.skipif(not TORCH_PYTHON, reason="torch is not installed")
def test_pytorch_and_tensorflow_give_the_same(model_folder, tmp_path):
    (tmp_path / "cat.png").write_bytes(chelsea())
    by_torch = seen(TORCH_PYTHON, "torch", model_folder, tmp_path / "cat.png")
    by_tensorflow = seen(sys.executable, "tensorflow", model_folder, tmp_path / "cat.png")

    assert np.abs(by_torch["probabilities"] - by_tensorflow["probabilities"]).max() <= 1e-4
    assert np.abs(by_torch["logits"] - by_tensorflow["logits"]).max() <= 1e-3
    largest = by_tensorflow["strength"].max()
    assert np.abs(by_torch["strength"] - by_tensorflow["strength"]).max() <= 1e-3 * largest
