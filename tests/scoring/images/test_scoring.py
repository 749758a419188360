"""Photos through a real scorer process, in a Python without Django, scikit-learn, SciPy and scikit-image."""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from scoring.contract.images import Predictions
from scoring.images import artefact
from tests.scoring.images.files import blank_png, encoded, opened, png, with_scans, with_zip
from tests.scoring.images.serving import chelsea, package_photo

PHOTOS = Path(os.environ.get("SCOREDECK_PHOTOS", Path(__file__).parents[4] / "shared" / "data" / "photos"))
BATCHES = """
import sys
from pathlib import Path
import numpy as np
from scoring.images.decode import decode
from scoring.images.model import ImageModel
model = ImageModel(Path(sys.argv[1]))
content = Path(sys.argv[2]).read_bytes()
photo = decode(content, model.frame).pixels
batch = np.stack([photo, photo[::-1], photo[:, ::-1], 255 - photo, photo // 2])
together = model.probabilities(batch)
alone = np.concatenate([model.probabilities(one[None]) for one in batch])
print(np.abs(together - alone).max(), np.abs(together.sum(axis=1) - 1).max())
"""


def form(*parts: tuple[str, bytes], boundary: str = "limit") -> tuple[bytes, str]:
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def test_a_photo_is_answered_by_the_contract(scorer, model_folder):
    answer = scorer.ask(chelsea(), "image/png")
    found = Predictions.from_json(answer.json)

    assert answer.status == 200
    assert (found.width, found.height) == (451, 300)
    assert len(found.predictions) == 5
    scores = [prediction.score for prediction in found.predictions]
    assert scores == sorted(scores, reverse=True)
    assert (found.receipt.model, found.receipt.version) == (
        "efficientnet-lite2",
        artefact.verify(model_folder).version,
    )
    assert found.receipt.decode_ms > 0
    assert found.receipt.compute_ms > 0


@pytest.mark.parametrize(
    ("package", "path", "label", "score"),
    [
        ("skimage", "data/chelsea.png", "Egyptian cat", 0.62),
        ("skimage", "data/coffee.png", "espresso", 0.89),
        ("sklearn", "datasets/images/china.jpg", "palace", None),
    ],
)
def test_known_photos_give_what_the_original_weights_give(scorer, package, path, label, score):
    best = scorer.ask(package_photo(package, path)).best

    assert best["label"] == label
    assert score is None or best["score"] == pytest.approx(score, abs=0.05)


def test_a_person_is_none_of_the_classes_and_scores_low(scorer):
    assert scorer.ask(package_photo("skimage", "data/astronaut.png")).best["score"] <= 0.18


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the sixteen photos are no part of the project (SCOREDECK_PHOTOS)")
def test_photos_named_by_their_class_are_recognised(scorer):
    first = among_five = 0
    for path in sorted(PHOTOS.glob("*.jpg")):
        name = path.stem.replace("_", " ")
        labels = [prediction["label"] for prediction in scorer.ask(path.read_bytes()).json["predictions"]]
        first += labels[0] == name
        among_five += name in labels

    assert first >= 14
    assert among_five == 16


def test_top_says_how_many_labels(scorer):
    answer = scorer.ask(chelsea(), query="?top=20")

    assert len(answer.json["predictions"]) == 20
    assert 0.8 < sum(prediction["score"] for prediction in answer.json["predictions"]) <= 1 + 1e-6
    assert len(scorer.ask(chelsea(), query="?top=1").json["predictions"]) == 1


@pytest.mark.parametrize("query", ["?top=0", "?top=21", "?top=-1", "?top=abc", "?top=", "?top=%D9%A3", "?tip=5"])
def test_a_wrong_query_is_refused(scorer, query):
    answer = scorer.ask(chelsea(), query=query)

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"


# A JPEG of the turned photo has other blocks than one of the upright photo, which alone moves the score by some
# hundredths; a PNG loses nothing.
@pytest.mark.parametrize(("kind", "near"), [("PNG", 1e-6), ("JPEG", 0.12)])
def test_a_photo_that_its_exif_turns_gives_what_the_upright_one_gives(scorer, kind, near):
    photo = opened(chelsea())
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = scorer.ask(encoded(photo, kind, quality=95))
    turned = scorer.ask(encoded(photo.transpose(Image.Transpose.ROTATE_90), kind, quality=95, exif=exif))

    assert (turned.json["width"], turned.json["height"]) == (451, 300)
    assert turned.best["id"] == upright.best["id"] == "n02124075"
    assert turned.best["score"] == pytest.approx(upright.best["score"], abs=near)


@pytest.mark.parametrize("mode", ["CMYK", "RGBA", "P", "I;16"])
def test_photos_of_every_mode_are_recognised(scorer, mode):
    photo = opened(chelsea())
    if mode == "I;16":
        content = encoded(photo.convert("L").convert("I").point(lambda value: value * 257).convert("I;16"), "PNG")
        assert "cat" in " ".join(prediction["label"] for prediction in scorer.ask(content).json["predictions"])
    else:
        content = encoded(photo.convert(mode), "JPEG" if mode == "CMYK" else "PNG")
        assert scorer.ask(content).best["label"] == "Egyptian cat"


def test_a_form_with_a_photo_is_answered(scorer):
    body, media_type = form(("image", chelsea()))

    assert scorer.ask(body, media_type).best["label"] == "Egyptian cat"


def test_what_the_file_is_its_bytes_decide(scorer):
    assert scorer.ask(chelsea(), "image/webp").best["label"] == "Egyptian cat"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(("picture", chelsea())), "image-missing"),
        (form(), "image-missing"),
        (form(("image", chelsea()), ("image", chelsea())), "image-missing"),
        (form(*[("image", b"")] * 9), "image-form"),
        (form(("image", b"")), "image-empty"),
        ((form(("image", chelsea()))[0][:-20], "multipart/form-data; boundary=limit"), "image-form"),
        ((b"garbage", "multipart/form-data; boundary=limit"), "image-form"),
        ((b"", "multipart/form-data; boundary=limit"), "image-form"),
        ((form(("image", chelsea()))[0], "multipart/form-data"), "image-form"),
        ((form(("image", chelsea()))[0], f"multipart/form-data; boundary={'b' * 5000}"), "image-form"),
        ((form(("image", chelsea()))[0], 'multipart/form-data; boundary="\xff\xfe"; boundary*=x'), "image-form"),
        ((b"--limit\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n", "multipart/form-data; boundary=limit"), "image-form"),
    ],
)
def test_a_form_that_is_wrong_is_refused(scorer, body, code):
    answer = scorer.ask(*body)

    assert (answer.status, answer.code) == (422, code)


@pytest.mark.parametrize("media_type", ["image/bmp", "application/json", "text/plain", "", "image/jpeg2", ";;;="])
def test_another_type_is_refused(scorer, media_type):
    answer = scorer.ask(chelsea(), media_type)

    assert (answer.status, answer.code) == (415, "image-type")
    accepted = "image/jpeg, image/png, image/webp, image/gif, image/avif, multipart/form-data"
    assert answer.json["detail"] == f"Send one of {accepted} and say so in Content-Type."


def test_a_body_of_20_mb_is_refused_without_being_read(scorer):
    with socket.create_connection(("127.0.0.1", scorer.port), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/score HTTP/1.1\r\nhost: a\r\ncontent-type: image/jpeg\r\ncontent-length: 20000000\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_hostile_files_are_refused_or_read_and_leave_the_scorer_as_it_was(scorer):
    photo = opened(chelsea())
    bomb_jpeg = bytearray(encoded(photo, "JPEG"))
    frame = bomb_jpeg.index(b"\xff\xc0")
    bomb_jpeg[frame + 5 : frame + 9] = b"\xff" * 4
    files = {
        "13,000 by 13,000": (blank_png(13_000, 13_000), 422),
        "81 megapixels of 16 bits": (blank_png(9_000, 9_000, depth=16, colour=6), 422),
        "65,535 by 65,535": (png(65_535, 65_535), 422),
        "JPEG of 65,535 by 65,535": (bytes(bomb_jpeg), 422),
        "cut short": (encoded(photo, "JPEG")[:5000], 422),
        "BMP named .jpg": (encoded(photo, "BMP"), 422),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 422),
        "a thousand scans": (with_scans(encoded(photo, "JPEG", progressive=True), 1000), 422),
        "one byte": (b"\xff", 422),
        "empty": (b"", 422),
        "JPEG and ZIP": (with_zip(encoded(photo, "JPEG")), 200),
        "JPEG and script": (encoded(photo, "JPEG") + b"<script>alert(1)</script>", 200),
        "24 megapixels": (blank_png(6_000, 4_000, colour=2), 200),
    }
    scorer.ask(chelsea())
    before = scorer.memory_mb()

    found = {name: scorer.ask(content).status for name, (content, _) in files.items()}

    assert found == {name: status for name, (_, status) in files.items()}
    assert scorer.memory_mb() - before < 150
    assert scorer.ask(chelsea()).best["label"] == "Egyptian cat"


def test_twenty_photos_of_24_megapixels_at_once_leave_memory_flat(scorer):
    large = encoded(opened(chelsea()).resize((6_000, 4_000)), "JPEG", quality=60)
    scorer.ask(large)
    before = scorer.memory_mb()

    with ThreadPoolExecutor(20) as senders:
        answers = list(senders.map(scorer.ask, [large] * 20))

    assert {answer.status for answer in answers} == {200}
    assert {answer.best["label"] for answer in answers} == {"Egyptian cat"}
    assert scorer.memory_mb() - before < 150


def test_every_line_on_stdout_is_json_in_one_spacing(scorer):
    scorer.ask(chelsea())

    lines = scorer.log.read_text().splitlines()
    assert {json.loads(line)["event"] for line in lines} >= {"start", "ready", "request"}
    assert lines == [json.dumps(json.loads(line), separators=(",", ":")) for line in lines]


def test_a_batch_of_five_gives_what_one_by_one_gives(model_folder, tmp_path):
    (tmp_path / "cat.png").write_bytes(chelsea())
    command = [sys.executable, "-c", BATCHES, str(model_folder), str(tmp_path / "cat.png")]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    difference, excess = map(float, ran.stdout.split())

    assert difference <= 1e-4
    assert excess <= 1e-6
