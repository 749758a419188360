"""A comparison of two models: where either looked, and keeping it; bound to its photo, with and without a script."""

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import sealed
from webapp.results.models import KeptComparison
from webapp.results.tasks import purge

pytestmark = pytest.mark.django_db
COPY = encoded("JPEG", 16)
PNG = b"\x89PNG\r\n\x1a\n and the rest of it"
HTMX = {"HX-Request": "true"}
JSON = {"content-type": "application/json"}
FIRST = scorer.PREDICTIONS | {
    "crop": {"left": 75, "top": 0, "width": 300, "height": 300},
    "rendering": base64.b64encode(COPY).decode(),
}
SECOND = FIRST | {
    "predictions": [{"id": "n02124075", "label": "Egyptian cat", "score": 0.45}],
    "crop": {"left": 90, "top": 15, "width": 270, "height": 270},
    "receipt": {**FIRST["receipt"], "model": "ResNet-50", "version": "892bf4b"},
}


def answering(answer):
    """As the real one: a map only where one is asked for, of the class that is named."""

    def reply(asked):
        query = parse_qs(urlsplit(asked.path).query)
        overlay = base64.b64encode(PNG + query["class"][0].encode()).decode() if "class" in query else ""
        found = {"id": query["class"][0], "label": "x", "method": "gradcam", "overlay": overlay} if overlay else None
        return 200, JSON, json.dumps(answer | ({"explanation": found} if found else {})).encode()

    return reply


@pytest.fixture(autouse=True)
def other(images, settings):
    images.reply_to = answering(FIRST)
    with scorer.running(SECOND) as running:
        running.reply_to = answering(SECOND)
        settings.IMAGES_OTHER_URL = running.url
        yield running


@pytest.fixture(params=["with script", "without script"])
def compared(request, client, photo):
    """The page of a comparison, and what a browser sends of it with a button."""
    headers = HTMX if request.param == "with script" else {}
    page = client.post("/images/", {"image": file(photo), "compare": "1"}, headers=headers).text
    if headers:
        return page, lambda: {"sealed": sealed(page), "image": file(photo)}, photo
    return page, lambda: {"sealed": sealed(page), "copy": re.search(r'name="copy" value="([^"]+)"', page)[1]}, COPY


def file(content):
    return SimpleUploadedFile("holiday.jpg", content, "image/jpeg")


def overlays(page) -> list[str]:
    return [
        base64.b64decode(found)[len(PNG) :].decode() for found in re.findall(r"data:image/png;base64,([^\"]+)", page)
    ]


def keep(client, compared) -> str:
    response = client.post("/images/kept/both/", compared[1]())
    assert response.status_code == 302
    return response["Location"]


def test_what_each_model_saw_is_shown_beside_its_labels(compared):
    crops = re.findall(r'<svg class="saw" viewBox="([^"]+)"', compared[0])
    assert crops == ["75 0 300 300", "90 15 270 270"]


def chosen(page) -> str:
    return re.search(r'<option value="([^"]*)"[^>]* selected>', re.search(r'<select id="where".*?</select>', page)[0])[
        1
    ]


EACH = "The colours show where each model looked for "


@pytest.mark.parametrize(
    ("where", "classes", "words"),
    [
        ("best-of-each", ["n02123045", "n02124075"], f"{EACH}its best label."),
        ("n02124075", ["n02124075", "n02124075"], f"{EACH}“x”."),
    ],
)
def test_where_each_looked_is_shown_on_request(client, images, other, compared, where, classes, words):
    page, form, photo = compared
    assert overlays(page) == []
    response = client.post("/images/look/both", form() | {"where": where, "strength": "40"})
    assert (response.status_code, overlays(response.text)) == (200, classes)
    assert (chosen(response.text), f'<p class="muted">{words}</p>' in response.text) == (where, True)
    assert response.text.count('opacity="0.4"') == 2
    assert [one.asked[-1].body for one in (images, other)] == [photo, photo]
    assert sealed(response.text) == sealed(page)


def test_the_times_of_the_comparison_are_those_without_the_maps(client, compared):
    page, form, _photo = compared
    times = re.compile(r"Answered in <strong>[^<]+</strong>")
    again = client.post("/images/look/both", form() | {"where": "best-of-each"}).text
    assert times.findall(again) == times.findall(page)


def script_asks(client, form, model, where="best-of-each"):
    return client.post("/images/explanation/both", form | {"where": where, "model": model})


def test_a_script_gets_the_map_of_either_model(client, compared):
    form = compared[1]
    maps = [script_asks(client, form(), model) for model in ("0", "1")]
    assert [one.content for one in maps] == [PNG + b"n02123045", PNG + b"n02124075"]
    assert {one["Content-Type"] for one in maps} == {"image/png"}
    assert script_asks(client, form(), "1", "n02123045").content == PNG + b"n02123045"


AWAY = "ResNet-50: The model cannot be reached at the moment. Please try again in a few seconds."
UNKNOWN = {"type": "x", "title": "No", "status": 422, "detail": "No.", "code": "unknown-class"}


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        ((503, JSON, b"{}"), 503, AWAY),
        ((422, JSON, json.dumps(UNKNOWN).encode()), 422, "ResNet-50: This model does not know this label."),
    ],
    ids=["away", "of other labels"],
)
def test_a_model_that_does_not_explain_is_named_and_leaves_the_others_map(
    client, other, compared, reply, status, words
):
    other.reply_to = lambda asked: reply
    response = client.post("/images/look/both", compared[1]() | {"where": "n02123045"})
    beside = re.search(r'<p class="field-error" role="alert">([^<]+)</p>', response.text)
    assert (response.status_code, overlays(response.text), beside[1]) == (status, ["n02123045"], words)
    assert "They differ" in response.text
    of_script = script_asks(client, compared[1](), "1", "n02123045")
    assert (of_script.status_code, of_script["Content-Type"], of_script.text) == (
        status,
        "text/plain; charset=utf-8",
        words,
    )


def test_both_models_that_do_not_explain_are_named(client, images, other, compared):
    for one in (images, other):
        one.reply_to = lambda asked: (503, JSON, b"{}")
    response = client.post("/images/look/both", compared[1]() | {"where": "best-of-each"})
    beside = re.search(r'<p class="field-error" role="alert">([^<]+)</p>', response.text)[1]
    assert (response.status_code, beside) == (503, f"{AWAY.replace('ResNet-50', 'EfficientNet-Lite2')} {AWAY}")


def test_no_label_of_either_shows_no_map(client, images, compared):
    before = len(images.asked)
    response = client.post("/images/look/both", compared[1]() | {"where": "n00000000"})
    assert (response.status_code, overlays(response.text), len(images.asked)) == (200, [], before)


def test_it_is_kept_as_it_was_for_others_to_see(client, images, compared):
    address = keep(client, compared)
    images.reply_to = None
    page = Client().get(address).text
    for said in ("They differ", "EfficientNet-Lite2", "ResNet-50", "tabby", "Egyptian cat", "70\N{NO-BREAK SPACE}%"):
        assert said in page
    assert re.findall(r'<svg class="saw" viewBox="([^"]+)"', page) == ["75 0 300 300", "90 15 270 270"]
    assert f'href="{address}photo.jpg"' in page and "noindex" in page
    assert "Keep this result" not in page and "holiday" not in page and overlays(page) == []
    assert Client().get(f"{address}photo.jpg").content == COPY


def test_it_is_deleted_by_its_maker_alone_and_goes_in_time(client, compared):
    address = keep(client, compared)
    assert Client().post(f"{address}delete/").status_code == 404
    deleted = client.post(f"{address}delete/")
    assert (deleted["Location"], KeptComparison.objects.count()) == ("/images/", 0)
    keep(client, compared)
    KeptComparison.objects.update(expires_at=timezone.now())
    assert (purge(), KeptComparison.objects.count()) == (1, 0)


@pytest.mark.parametrize("address", ["/images/kept/both/", "/images/look/both", "/images/explanation/both"])
def test_another_photo_or_another_seal_is_refused(client, compared, address):
    form = compared[1]()
    of_one = sealed(client.post("/images/", {"image": file(COPY)}).text)
    for changes in ({"image": file(PNG)}, {"copy": "", "image": ""}, {"sealed": of_one}, {"sealed": "x"}):
        assert client.post(address, form | changes).status_code == 422
    assert KeptComparison.objects.count() == 0


def test_where_one_model_failed_there_is_nothing_to_keep(client, other, photo):
    other.reply_to = lambda asked: (500, JSON, b"{}")
    page = client.post("/images/", {"image": file(photo), "compare": "1"}).text
    assert "Only EfficientNet-Lite2 answered." in page and "Keep this result" not in page


def test_a_canary_is_asked_by_its_version_where_it_looked_and_kept_as_one(client, images, other, photo, settings):
    """It may be the stable one by then."""
    settings.IMAGES_OTHER_URL = ""
    images.canary = {"model": "EfficientNet-Lite2", "version": "892bf4b", "labels": [{"id": "a", "label": "b"}]}
    of_canary = FIRST | {"receipt": {**FIRST["receipt"], "version": "892bf4b"}}
    served = {"stable": FIRST, "3f2a91c": FIRST, "canary": of_canary, "892bf4b": of_canary}
    images.reply_to = lambda asked: answering(served[asked.headers.get("x-model-version", "stable")])(asked)
    page = client.post("/images/", {"image": file(photo), "compare": "1"}, headers=HTMX).text
    form = {"sealed": sealed(page)}
    looked = client.post("/images/look/both", form | {"image": file(photo), "where": "best-of-each"})
    assert (looked.status_code, len(overlays(looked.text))) == (200, 2)
    assert sorted(asked.headers["x-model-version"] for asked in images.asked[-2:]) == ["3f2a91c", "892bf4b"]
    kept = client.post("/images/kept/both/", form | {"image": file(photo)}, follow=True).text
    assert "Stable version" in kept and "Canary" in kept
