"""The page on which a visitor shows a photo."""

import base64
import io
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from scoring.contract.limits import MAX_IMAGE_BYTES
from tests.webapp import scorer
from tests.webapp.conftest import encoded

CROP = {"left": 75, "top": 0, "width": 300, "height": 300}
UNKNOWN = {"known": False, "evidence": {"rule": "energy", "score": 1.5, "threshold": 4.0}, "confidence": 0.4}
SEEN = scorer.PREDICTIONS | UNKNOWN | {"crop": CROP}


def alert(response) -> str:
    return re.search(r'<p id="image-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)[1].strip()


def upload(content: bytes, name="photo.jpg", kind="image/jpeg"):
    return {"image": SimpleUploadedFile(name, content, content_type=kind)}


@pytest.fixture
def examples(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    call_command("prepare_examples")
    return tmp_path / "examples"


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_a_photo_is_named(client, images, kind, media_type):
    content = encoded(kind)
    response = client.post("/images/", upload(content))
    page = response.text
    assert response.status_code == 200
    for said in (
        "tabby",
        "tiger cat",
        "Egyptian cat",
        "lynx",
        "carton",
        "EfficientNet-Lite2",
        "scoring-images-5c6-abcde",
    ):
        assert said in page
    for said in (
        "70\N{NO-BREAK SPACE}%",
        "20\N{NO-BREAK SPACE}%",
        "&lt;\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%",
        'width="70.0"',
    ):
        assert said in page
    (asked,) = images.asked
    assert (asked.path, asked.headers["content-type"], asked.body) == (
        "/v1/score?top=5&rendering=true",
        media_type,
        content,
    )


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({}, 422, "Choose a photo first."),
        (upload(b""), 422, "This file is empty. Choose another one."),
        (upload(b"no photo at all"), 422, "This is not a photo that can be read. Use JPEG, PNG, WebP, GIF or AVIF."),
        (
            upload(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50, "photo.heic", "image/heic"),
            422,
            "Photos of this kind, such as HEIC, cannot be read here. Save or export it as JPEG first.",
        ),
        (upload(b"BM" + b"\0" * 50), 422, "This is not a photo that can be read. Use JPEG, PNG, WebP, GIF or AVIF."),
        (upload(b"\xff\xd8\xff" * MAX_IMAGE_BYTES), 413, "This is larger than 10 MB. Choose a smaller photo."),
        (
            upload(b"\xff\xd8\xff" + b"\0" * (MAX_IMAGE_BYTES - 2)),
            413,
            "This is larger than 10 MB. Choose a smaller photo.",
        ),
        ({"example": "../../etc/passwd"}, 422, "This example photo is not here any more. Choose another one."),
        ({"image": "text in a text field"}, 422, "Choose a photo first."),
    ],
    ids=["nothing", "empty", "text", "HEIC", "BMP", "30 MB", "one byte too large", "strange example", "no file"],
)
def test_what_is_no_photo_is_said_beside_the_field(client, images, form, status, said):
    response = client.post("/images/", form)
    assert (response.status_code, alert(response), images.asked) == (status, said, [])


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("image-too-many-pixels", 422, "This photo has more than 25 megapixels. Choose a smaller one."),
        ("image-truncated", 422, "The end of this photo is missing. Save or send it again, then try once more."),
        ("image-unreadable", 422, "This is not a photo that can be read. Use JPEG, PNG, WebP, GIF or AVIF."),
        ("a-code-from-the-future", 422, "This input cannot be used. Please try another one."),
    ],
)
def test_what_the_scorer_refuses_is_said_beside_the_field(client, images, photo, code, status, said):
    images.answers({"type": "x", "title": "No", "status": status, "detail": "No.", "code": code}, status)
    response = client.post("/images/", upload(photo))
    assert (response.status_code, alert(response)) == (status, said)


def test_a_heic_photo_is_refused_in_spanish_too(client, images):
    content = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + b"\0" * 50
    response = client.post("/images/", upload(content), headers={"Accept-Language": "es"})
    said = "Las fotos de este tipo, como HEIC, no se pueden leer aquí. Guárdala o expórtala antes como JPEG."
    assert (response.status_code, alert(response), images.asked) == (422, said, [])


def test_an_upload_that_is_too_large_needs_no_token(images):
    """Its token lies in the body, which nobody has read."""
    response = Client(enforce_csrf_checks=True).post("/images/", upload(b"\xff\xd8\xff" * MAX_IMAGE_BYTES))
    assert (response.status_code, alert(response)) == (413, "This is larger than 10 MB. Choose a smaller photo.")


def test_an_unreachable_scorer_is_said_so(client, nobody, photo):
    response = client.post("/images/", upload(photo))
    assert response.status_code == 503 and "The model cannot be reached" in response.text


def test_a_late_scorer_is_said_so(client, images, photo, settings):
    settings.IMAGE_DEADLINE_SECONDS = 0.3
    images.never_answers()
    response = client.post("/images/", upload(photo), headers={"HX-Request": "true"})
    assert response.status_code == 504 and "did not answer in time" in response.text


def test_a_scorer_that_hangs_up_is_said_so(client, images, photo):
    images.hangs_up()
    response = client.post("/images/", upload(photo))
    assert response.status_code in (502, 503) and "No answer this time" in response.text


def test_without_prepared_examples_the_page_has_none(client, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    response = client.get("/images/")
    assert response.status_code == 200 and 'name="example"' not in response.text


def test_an_example_asks_about_the_whole_photo(client, images, examples):
    response = client.post("/images/", {"example": "chelsea"})
    assert response.status_code == 200
    (asked,) = images.asked
    assert asked.headers["content-type"] == "image/png"
    assert asked.body == (examples / "chelsea.original.png").read_bytes()


def test_thumbnails_come_on_one_small_sheet_that_browsers_keep(client, examples):
    page = client.get("/images/").text
    found = re.findall(r'<img class="place-(\d)" src="([^"]+)" width="1440" height="180" loading="lazy"', page)
    assert found == [(str(place), "/images/examples/all.jpg") for place in range(1, 7)]
    sheet = client.get("/images/examples/all.jpg")
    with Image.open(io.BytesIO(sheet.content)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1440, 180))
    assert len(sheet.content) < 60_000
    assert (sheet["Content-Type"], "max-age=86400" in sheet["Cache-Control"]) == ("image/jpeg", True)


def test_the_photo_of_an_example_is_small_and_kept_by_browsers(client, examples):
    names = re.findall(r'data-photo="(/images/examples/[a-z]+\.jpg)"', client.get("/images/").text)
    answers = [client.get(address) for address in names]
    assert len(names) == 6 and sum(len(answer.content) for answer in answers) < 80_000
    assert {(answer["Content-Type"], answer["Cache-Control"]) for answer in answers} == {
        ("image/jpeg", "max-age=86400, public")
    }


def test_an_unknown_thumbnail_is_not_found(client, examples):
    assert client.get("/images/examples/nothing.jpg").status_code == 404
    (examples / "all.jpg").unlink()
    assert client.get("/images/examples/all.jpg").status_code == 404


@pytest.mark.parametrize(("top", "asked_for"), [("1", "1"), ("20", "20"), ("7", "5"), ("many", "5")])
def test_as_many_labels_are_asked_for_as_were_chosen(client, images, photo, top, asked_for):
    assert client.post("/images/", upload(photo) | {"top": top}).status_code == 200
    assert images.asked[0].path == f"/v1/score?top={asked_for}&rendering=true"


@pytest.mark.parametrize(("top", "query"), [("5", ""), ("3", "?top=3"), ("20", "?top=20")])
def test_the_same_request_from_a_program_asks_for_as_many_labels(client, photo, images, top, query):
    page = client.post("/images/", upload(photo) | {"top": top}).text
    words = unescape(re.sub("<[^>]+>", "", page))
    assert re.findall(r"/api/v1/images/predictions([^'\"\s]*)", words) == [query] * 3


def test_a_photo_of_none_of_the_classes_is_said_so(client, images, photo):
    images.answers(SEEN)
    assert "Probably none of the things that the model knows." in client.post("/images/", upload(photo)).text


def test_what_the_model_saw_is_marked_on_the_photo(client, images, photo):
    images.answers(SEEN)
    page = client.post("/images/", upload(photo)).text
    assert 'viewBox="0 0 451 300"' in page and 'viewBox="75 0 300 300"' in page


def test_without_a_script_the_photo_comes_inside_the_page(client, images, photo):
    copy = encoded("JPEG", 16)
    images.answers(SEEN | {"rendering": base64.b64encode(copy).decode()})
    page = client.post("/images/", upload(photo)).text
    assert parse_qs(urlsplit(images.asked[0].path).query) == {"top": ["5"], "rendering": ["true"]}
    assert f'href="data:image/jpeg;base64,{base64.b64encode(copy).decode()}"' in page


def test_with_a_script_the_photo_is_not_sent_back(client, images, photo):
    page = client.post("/images/", upload(photo), headers={"HX-Request": "true"}).text
    assert "data-own-photo" in page and "data:image" not in page
    assert images.asked[0].path == "/v1/score?top=5"
