"""Photos by other ways than the scorer's own: the Open Inference Protocol V2, and the reference's `/score`."""

import ast
import base64
import json
import subprocess
import sys

import httpx2
import pytest

from scoring.images import artefact
from tests.scoring.images.serving import chelsea, package_photo

COFFEE = "data/coffee.png"


@pytest.fixture(scope="module")
def photos():
    return {"cat": chelsea(), "cup": package_photo("skimage", COFFEE)}


def in_base64(photo):
    return base64.b64encode(photo).decode()


def post(scorer, path, **more):
    return httpx2.post(f"http://127.0.0.1:{scorer.port}{path}", trust_env=False, timeout=60, **more)


def own_answer(scorer, photo, top):
    """What `/v1/score` says: ids, labels, scores."""
    found = scorer.ask(photo, query=f"?top={top}").json["predictions"]
    return [[each[key] for each in found] for key in ("id", "label", "score")]


def test_tritons_client_asks_about_several_photos_in_one_request(scorer, photos, model_folder, tmp_path):
    for name, photo in photos.items():
        (tmp_path / name).write_bytes(photo)
    command = [sys.executable, "-m", "tests.scoring.images.triton", str(scorer.port)]
    ran = subprocess.run(
        [*command, *(str(tmp_path / name) for name in photos)], capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)

    expected = [own_answer(scorer, photo, 2) for photo in photos.values()]
    assert found["binary"]["ids"] == [ids for ids, _, _ in expected]
    assert found["binary"]["labels"] == [labels for _, labels, _ in expected]
    for row, (_, _, scores) in zip(found["binary"]["scores"], expected, strict=True):
        assert row == pytest.approx(scores, abs=1e-4)
    first, second = found["pixels_binary"]["ids"]
    assert first == second == found["pixels_json"]["ids"][0]
    assert {name: found[name][0] for name in ("damaged", "too_bright", "too_many")} == {
        "damaged": "422",
        "too_bright": "422",
        "too_many": "422",
    }
    model = found["model"]
    assert model["versions"] == [artefact.verify(model_folder).version]
    assert model["parameters"] == {"device": "cpu", "max_batch": 8}
    assert [(one["name"], one["datatype"], one["shape"]) for one in model["inputs"]] == [
        ("image", "BYTES", [-1]),
        ("pixels", "FP32", [-1, 260, 260, 3]),
    ]


def test_v2_takes_photos_as_base64_in_json(scorer, photos):
    tensor = {
        "name": "image",
        "datatype": "BYTES",
        "shape": [2],
        "data": [in_base64(photo) for photo in photos.values()],
    }
    path = "/v2/models/efficientnet-lite2/infer"
    answer = post(scorer, path, json={"inputs": [tensor], "outputs": [{"name": "labels"}], "parameters": {"top": 1}})

    assert answer.status_code == 200
    assert [(out["shape"], out["data"]) for out in answer.json()["outputs"]] == [([2, 1], ["Egyptian cat", "espresso"])]


def test_v2_names_the_photo_that_cannot_be_read(scorer, photos):
    data = [in_base64(next(iter(photos.values()))), in_base64(b"no photo")]
    tensor = {"name": "image", "datatype": "BYTES", "shape": [2], "data": data}
    answer = post(scorer, "/v2/models/efficientnet-lite2/infer", json={"inputs": [tensor]})
    assert (answer.status_code, answer.json()["field"]) == (422, "image[1]")


def reference_rows(scorer, photo):
    ids, labels, scores = own_answer(scorer, photo, 3)
    return ids, labels, pytest.approx(scores, abs=1e-4)


def test_the_references_json_takes_several_photos_by_name(scorer, photos):
    asked = {"input": {name: in_base64(photo) for name, photo in photos.items()}}
    answer = post(scorer, "/score", json=asked)
    found, computed = answer.json()["result"]

    assert list(found) == ["cat", "cup"]
    for name, photo in photos.items():
        ids, labels, scores = reference_rows(scorer, photo)
        assert [label for label, _ in found[name]] == [f"{one} {label}" for one, label in zip(ids, labels, strict=True)]
        assert [score for _, score in found[name]] == scores
    assert computed.startswith("Computed in ") and computed.endswith(" ms")


def test_the_references_text_takes_several_photos_and_answers_a_literal(scorer, photos):
    """As the tutorial's client sends them: JSON in a string, the base64 in quotes of its own."""
    named = {name: f'"{in_base64(photo)}"' for name, photo in photos.items()}
    answer = post(scorer, "/score", json={"input": json.dumps(named)})
    found, computed = ast.literal_eval(answer.json()["result"])

    for name, photo in photos.items():
        ids, labels, scores = reference_rows(scorer, photo)
        assert [(one, label) for one, label, _ in found[name]] == list(zip(ids, labels, strict=True))
        assert [score for _, _, score in found[name]] == scores
    assert computed.startswith("Computed in ")


def test_the_references_form_takes_one_photo(scorer, photos):
    answer = post(scorer, "/score", files={"image": ("cat.png", photos["cat"], "image/png")})
    found, computed = answer.json()

    ids, labels, scores = reference_rows(scorer, photos["cat"])
    assert [(one, label) for one, label, _ in found["image"]] == list(zip(ids, labels, strict=True))
    assert [score for _, _, score in found["image"]] == scores
    assert computed.startswith("Computed in ")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"input": {}}, 422, "missing-field"),
        ({"input": "not JSON"}, 400, "not-json"),
        ({"input": {"a": "%%%"}}, 422, "not-base64"),
        ({"input": {"a": ""}}, 422, "image-empty"),
        ({"input": {"a": in_base64(b"<svg/>")}}, 422, "image-unreadable"),
        ({"input": {"a": 7}}, 422, "not-base64"),
        ({"input": {"\ud800": in_base64(b"<svg/>")}}, 422, "bad-name"),
        ({"picture": {}}, 422, "unknown-field"),
        ([], 422, "not-an-object"),
    ],
)
def test_a_reference_request_that_is_wrong_is_refused(scorer, asked, status, code):
    answer = post(scorer, "/score", content=json.dumps(asked), headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_more_photos_than_there_can_ever_be_places_for_are_refused(scorer):
    photo = in_base64(package_photo("skimage", "data/page.png"))
    answer = post(scorer, "/score", json={"input": {str(number): photo for number in range(40)}})

    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-items")
    assert "retry-after" not in answer.headers


def test_the_metrics_name_the_model_and_its_device(scorer, model_folder):
    page = httpx2.get(f"http://127.0.0.1:{scorer.port}/metrics", trust_env=False).text
    version = artefact.verify(model_folder).version

    assert f'scoring_model_loaded{{device="cpu",model="efficientnet-lite2",version="{version}"}} 1.0' in page
