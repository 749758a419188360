"""Other models than the default: ResNets from fetched or mounted weights, saved models of one's own, SavedModels."""

import hashlib
import http.server
import json
import os
import re
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from scoring.images import artefact
from scoring.images.definitions import DEFINITIONS
from tests.scoring.images.commands import complaint, opacity, python, run
from tests.scoring.images.files import encoded
from tests.scoring.images.serving import chelsea, package_photo, served

# Each starts TensorFlow several times; ResNet-152 takes a minute of two cores and 4 GB besides.
SLOW = pytest.mark.skipif("SCOREDECK_SLOW_TESTS" not in os.environ, reason="slow: set SCOREDECK_SLOW_TESTS=1")
COMPARED = """
import sys
from pathlib import Path
import keras
import numpy as np
from scoring.images.model import ImageModel
folder, file, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
model = ImageModel(folder)
model.warm()
side = model.frame.size
pixels = np.random.default_rng(1).integers(0, 256, (3, side, side, 3), np.uint8)
plain = keras.saving.load_model(file, compile=False)
prepared = pixels.astype("float32")
if kind == "resnet":
    prepared = keras.applications.resnet.preprocess_input(prepared.copy())
expected = keras.ops.convert_to_numpy(plain(prepared, training=False))
found = model.logits(pixels)
if kind == "probabilities":
    found = np.exp(found)
print(np.abs(found - expected).max() / np.abs(expected).max())
"""
SMALL = """
import sys
import keras
from keras import layers
keras.utils.set_random_seed(3)
model = keras.Sequential([
    keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"),
    layers.GlobalAveragePooling2D(), layers.Dense(3, activation=sys.argv[2]),
])
model.save(sys.argv[1])
"""
# Bright is what is bright in the lower left quarter; there are no maps of features.
FLAT = """
import sys
import keras
import numpy as np
from keras import layers
model = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(2)])
weights = np.zeros((32, 32, 3, 2))
weights[16:, :16, :, 0] = 0.001
model.layers[-1].set_weights([weights.reshape(-1, 2), np.zeros(2)])
model.save(sys.argv[1])
"""


def test_every_definition_names_its_source_licence_and_accuracy():
    assert set(DEFINITIONS) == {"efficientnet-lite2", "resnet50", "resnet152"}
    for definition in DEFINITIONS.values():
        assert definition.licence and definition.source and 0.7 < definition.top1 < 1
        assert definition.download is None or re.fullmatch("[0-9a-f]{32}", definition.download.md5)


@SLOW
@pytest.mark.parametrize("name", ["resnet50", "resnet152"])
def test_a_resnet_serves_and_gives_what_the_plain_model_gives(name, tmp_path):
    run("build", name, "--random-weights", "--out", tmp_path / "model")

    assert float(python(COMPARED, tmp_path / "model", tmp_path / "model" / "model.keras", "resnet")) <= 1e-5
    with served(tmp_path / "model", tmp_path) as scorer:
        answer = scorer.ask(chelsea(), query="?explain=gradcam")
    assert answer.status == 200
    assert answer.json["receipt"]["model"] == name
    assert answer.json["crop"]["width"] == round(300 * 224 / 256)
    assert answer.json["explanation"]["method"] == "gradcam"
    assert "known" not in answer.json
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    assert "its answers mean nothing" in card and "Not calibrated" in card


def test_a_resnet_without_its_weights_says_how_to_get_them(tmp_path):
    ran = run("build", "resnet152", "--out", tmp_path / "model", expect=1)
    assert "python -m scoring.images fetch resnet152" in complaint(ran)


@pytest.mark.parametrize("decoders", ["0", "33", "-1", "two"])
def test_a_server_with_no_fit_number_of_decoders_does_not_start(decoders, tmp_path):
    ran = run("serve", tmp_path, "--port", "0", f"--decoders={decoders}", expect=2)
    assert ran.stderr.splitlines()[-1].endswith(f"error: argument --decoders: {decoders} is not a number from 1 to 32")


@pytest.mark.parametrize(
    ("name", "content"), [("weights.h5", None), ("weights.h5", b"no weights"), ("weights.keras", b"no weights")]
)
def test_a_file_that_holds_no_weights_is_refused(tmp_path, name, content):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    ran = run("build", "resnet50", "--weights", file, "--out", tmp_path / "model", expect=1)
    assert str(file) in complaint(ran)
    assert not (tmp_path / "model" / "manifest.json").exists()


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    """A real file of ResNet-50 weights, though of random ones."""
    file = tmp_path_factory.mktemp("weights") / "resnet50.weights.h5"
    python("import sys, keras; keras.applications.ResNet50(weights=None).save_weights(sys.argv[1])", file)
    return file


@contextmanager
def website(content, cut_at=None):
    """Serves the content with ranges; the first answer breaks off at `cut_at`."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            asked.append(wanted)
            start = int(wanted[6:-1]) if wanted else 0
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : cut_at if cut_at and not wanted else None])

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/resnet50.weights.h5", asked
        finally:
            server.shutdown()
            thread.join(10)


def test_a_broken_download_is_taken_up_again_and_makes_the_model(weights_file, tmp_path):
    content = weights_file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with website(content, cut_at=1_000_000) as (url, asked):
        command = ("fetch", "resnet50", "--out", tmp_path / "model", "--url", url, "--sha256", sha256)
        broken = run(*command, expect=1)
        ran = run(*command)

    assert "broke off" in complaint(broken)
    assert asked == [None, "bytes=1000000-"]
    assert "100%" in ran.stderr
    assert artefact.verify(tmp_path / "model").source_sha256 == sha256


def test_a_download_that_is_another_file_is_refused_and_removed(tmp_path):
    with website(b"not the weights") as (url, _):
        ran = run("fetch", "resnet152", "--out", tmp_path / "model", "--url", url, expect=1)

    assert "is not the published file" in complaint(ran)
    assert not list(tmp_path.glob("*.h5*"))


@pytest.mark.parametrize("sha256", ["zz", "", "0" * 65])
def test_what_is_no_sha256_is_refused_before_anything_is_asked(tmp_path, sha256):
    with website(b"weights") as (url, asked):
        ran = run("fetch", "resnet50", "--out", tmp_path / "m", "--url", url, f"--sha256={sha256}", expect=2)
    assert ran.stderr.endswith("argument --sha256: a SHA-256 is 64 hexadecimal digits\n")
    assert asked == []


@pytest.fixture(scope="module", params=["softmax", pytest.param("linear", marks=SLOW)])
def own_model(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    python(SMALL, folder / "own.keras", request.param)
    (folder / "labels.txt").write_text("cat\ndog\nfish\n")
    run("import", folder / "own.keras", "--labels", folder / "labels.txt", "--out", folder / "model")
    return folder, request.param


def test_a_saved_model_of_ones_own_is_served_with_its_labels(own_model):
    folder, activation = own_model
    kind = "probabilities" if activation == "softmax" else "logits"

    assert float(python(COMPARED, folder / "model", folder / "own.keras", kind)) <= 1e-5
    with served(folder / "model", folder) as scorer:
        answer = scorer.ask(chelsea(), query="?explain=gradcam&class=1")
    assert {(one["id"], one["label"]) for one in answer.json["predictions"]} == {
        ("0", "cat"),
        ("1", "dog"),
        ("2", "fish"),
    }
    assert answer.json["explanation"]["label"] == "dog"


@pytest.mark.parametrize(
    ("labels", "said"),
    [("cat\ndog\n", "there are 2 labels"), pytest.param("cat\ncat\nfish\n", "comes twice", marks=SLOW)],
)
def test_labels_that_do_not_fit_are_refused(own_model, tmp_path, labels, said):
    (tmp_path / "labels.txt").write_text(labels)
    ran = run(
        "import", own_model[0] / "own.keras", "--labels", tmp_path / "labels.txt", "--out", tmp_path / "m", expect=1
    )
    assert said in complaint(ran)


def test_a_model_that_cannot_be_parted_is_explained_by_occlusion_in_the_quarter_that_decides(tmp_path):
    python(FLAT, tmp_path / "flat.keras")
    (tmp_path / "labels.txt").write_text("bright\ndark\n")
    run("import", tmp_path / "flat.keras", "--labels", tmp_path / "labels.txt", "--out", tmp_path / "model")

    with served(tmp_path / "model", tmp_path) as scorer:
        explained = scorer.ask(encoded(Image.new("RGB", (40, 40), "white"), "PNG"), query="?explain=auto&class=0")
        refused = scorer.ask(chelsea(), query="?explain=gradcam")
    assert explained.json["explanation"]["method"] == "occlusion"
    strength = opacity(explained.json["explanation"])
    # Of a map of two by two, smoothly enlarged, four fifths lie in the one quarter that has anything.
    assert strength[16:, :16].sum() > 0.75 * strength.sum() > 0
    assert (refused.status, refused.code) == (422, "explain-unavailable")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file {file}."),
        (b"PK\x03\x04 nothing", "{file} is no .keras file: it is not the archive that keras.Model.save writes."),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path, content, said):
    (tmp_path / "labels.json").write_text(json.dumps(["cat"]))
    file = tmp_path / "own.keras"
    if content is not None:
        file.write_bytes(content)
    ran = run("import", file, "--labels", tmp_path / "labels.json", "--out", tmp_path / "m", expect=1)
    assert complaint(ran) == said.format(file=file)


METHODS = ("gradcam", "occlusion")


def test_a_saved_model_gives_and_explains_what_the_keras_file_does_and_is_vouched_for(model_folder, scorer, tmp_path):
    run("export", model_folder, "--out", tmp_path / "saved")
    photo = package_photo("skimage", "data/coffee.png")

    with served(tmp_path / "saved", tmp_path) as exported:
        found = exported.ask(photo).json
        explained = [exported.ask(photo, query=f"?explain={method}").json["explanation"] for method in METHODS]

    expected = scorer.ask(photo).json
    pairs = zip(found["predictions"], expected["predictions"], strict=True)
    assert all(one["id"] == other["id"] and abs(one["score"] - other["score"]) <= 1e-4 for one, other in pairs)
    assert found["known"] is True
    assert [one["method"] for one in explained] == list(METHODS)
    for method, one in zip(METHODS, explained, strict=True):
        same = scorer.ask(photo, query=f"?explain={method}").json["explanation"]
        assert np.abs(opacity(one) - opacity(same)).max() <= 2

    with (tmp_path / "saved" / "saved_model" / "saved_model.pb").open("ab") as file:
        file.write(b"x")
    assert "is not as it was built" in complaint(run("serve", tmp_path / "saved", "--port", "0", expect=1))
