"""One photo through two models, where two are served."""

import base64
import json
import re
from html import unescape
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.webapp import scorer
from tests.webapp.conftest import encoded

OTHER = scorer.PREDICTIONS | {
    "predictions": [
        {"id": "n02124075", "label": "Egyptian cat", "score": 0.45},
        {"id": "n02123045", "label": "tabby", "score": 0.3},
    ],
    "receipt": {**scorer.PREDICTIONS["receipt"], "model": "ResNet-50", "version": "892bf4b", "compute_ms": 158.0},
}
EVIDENCE = {"rule": "energy", "score": 1.5, "threshold": 4.0}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def other(settings):
    """The second model's scorer."""
    with scorer.running(OTHER) as running:
        running.labels = {"model": "ResNet-50", "version": "892bf4b", "labels": [{"id": "a", "label": "b"}]}
        settings.IMAGES_OTHER_URL = running.url
        yield running


@pytest.fixture
def asked(photo):
    return lambda: {"image": SimpleUploadedFile("photo.jpg", photo, "image/jpeg"), "compare": "1"}


def sides(page: str) -> list[str]:
    return re.findall(r'<section aria-labelledby="side-\d">(.*?)</section>', page, re.DOTALL)


def sentence(page: str) -> str:
    return unescape(re.sub("<[^>]+>", "", re.search(r'<h2 id="compared">(.*?)</h2>', page, re.DOTALL)[1]))


def words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


def best(label, score, **more):
    predictions = [{"id": label, "label": label, "score": score}]
    return scorer.PREDICTIONS | {"predictions": predictions} | more


def test_both_answers_stand_side_by_side(client, images, other, asked, photo):
    page = client.post("/images/", asked()).text
    one, two = map(words, sides(page))
    assert one.startswith("EfficientNet-Lite2 The model is fairly sure of this. tabby 70 % tiger cat 20 %")
    assert two.startswith("ResNet-50 This is a guess. Egyptian cat 45 % tabby 30 %")
    assert "version 3f2a91c · pod scoring-images-5c6-abcde" in one and "queue 0.2 ms" in one
    assert "version 892bf4b" in two and "model 158 ms" in two
    assert [(ask.path, ask.body) for ask in (*images.asked, *other.asked)] == [
        ("/v1/score?top=5&rendering=true", photo)
    ] * 2


def test_without_a_script_the_photo_comes_as_a_copy_within_the_page(client, images, other, asked):
    copy = base64.b64encode(encoded("JPEG", 16)).decode()
    for one in (images, other):
        one.answers(scorer.PREDICTIONS | {"rendering": copy})
    assert f'href="data:image/jpeg;base64,{copy}"' in client.post("/images/", asked()).text


def test_with_a_script_no_copy_is_asked_for(client, images, other, asked):
    page = client.post("/images/", asked(), headers=HTMX).text
    assert "data-own-photo" in page and "data:image" not in page
    assert [ask.path for ask in (*images.asked, *other.asked)] == ["/v1/score?top=5"] * 2


def test_they_are_asked_at_the_same_time_with_the_same_deadline(client, images, other, asked, settings):
    """Each answers only once both were asked."""
    settings.IMAGE_DEADLINE_SECONDS = 20.0
    both = Barrier(2, timeout=15)
    for one, answer in ((images, scorer.PREDICTIONS), (other, OTHER)):
        one.answers(answer)
        one.reply = after(both, one.reply)
    page = client.post("/images/", asked()).text
    assert len(sides(page)) == 2 and "No answer this time" not in page
    deadlines = [int(ask.headers["x-request-timeout-ms"]) for ask in (*images.asked, *other.asked)]
    assert all(0 < deadline <= 20_000 for deadline in deadlines)


def after(barrier, reply):
    def wait():
        barrier.wait()
        return reply()

    return wait


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (best("tabby", 0.7), best("tabby", 0.6), "Both say tabby."),
        (
            best("tabby", 0.4),
            best("tabby", 0.9),
            "Both say tabby; ResNet-50 is surer of it, with 90 % against 40 %.",
        ),
        (
            best("tabby", 0.7),
            best("lynx", 0.6),
            "They differ: EfficientNet-Lite2 says tabby, ResNet-50 says lynx.",
        ),
        (
            best("tabby", 0.7),
            best("lynx", 0.1, known=False, evidence=EVIDENCE, confidence=0.1),
            "They differ: EfficientNet-Lite2 says tabby, ResNet-50 that it is probably none of the things it knows.",
        ),
        (
            best("lynx", 0.1, known=False, evidence=EVIDENCE, confidence=0.1),
            best("lynx", 0.1, known=False, evidence=EVIDENCE, confidence=0.1),
            "Both say that it is probably none of the things they know.",
        ),
        (best("<b>", 0.7), best("<b>", 0.7), "Both say <b>."),
    ],
    ids=["the same", "one surer", "different", "one does not know", "neither knows", "HTML in a label"],
)
def test_what_differs_is_said_in_one_sentence(client, images, other, asked, one, two, said):
    images.answers(one)
    other.answers(two | {"receipt": OTHER["receipt"]})
    response = client.post("/images/", asked(), headers=HTMX)
    assert sentence(response.text).replace("\N{NO-BREAK SPACE}", " ") == said
    announced = re.search(r'<p id="announcement"[^>]*>(.*?)</p>', response.text, re.DOTALL)[1]
    assert words(announced) == words(re.search(r'<h2 id="compared">(.*?)</h2>', response.text, re.DOTALL)[1])


def test_the_same_model_twice_is_told_apart_by_version(client, images, other, asked):
    name = {"model": "EfficientNet-Lite2"}
    images.labels = {**name, "version": "3f2a91c", "labels": [{"id": "a", "label": "b"}]}
    other.labels = {**images.labels, "version": "892bf4b"}
    other.answers(OTHER | {"receipt": {**OTHER["receipt"], **name}})

    page = client.post("/images/", asked()).text
    one, two = map(words, sides(page))
    assert "Compare with EfficientNet-Lite2 892bf4b<" in page
    assert one.startswith("EfficientNet-Lite2 3f2a91c The model") and two.startswith("EfficientNet-Lite2 892bf4b This")
    assert sentence(page) == (
        "They differ: EfficientNet-Lite2 3f2a91c says tabby, EfficientNet-Lite2 892bf4b says Egyptian cat."
    )


@pytest.mark.parametrize("silent", ["images", "other"])
def test_one_that_fails_leaves_the_other_ones_answer(client, images, other, asked, silent, settings):
    settings.IMAGE_DEADLINE_SECONDS = 1.0
    {"images": images, "other": other}[silent].never_answers()
    response = client.post("/images/", asked())
    failed, answered = sorted(map(words, sides(response.text)), key=lambda side: "No answer" not in side)
    name, left = ("The first model", "ResNet-50") if silent == "images" else ("ResNet-50", "EfficientNet-Lite2")
    said = "No answer this time The model did not answer in time. Please try again in a few seconds."
    assert (response.status_code, failed) == (200, f"{name} {said}")
    assert answered.startswith(left) and sentence(response.text) == f"Only {left} answered."


def test_where_neither_answers_the_page_says_so_once_and_why_of_each(client, images, other, asked):
    images.answers({}, 429)
    other.answers_raw(b"nonsense")
    response = client.post("/images/", asked())
    assert (response.status_code, sides(response.text)) == (503, [])
    notice = re.search(r'<div class="notice error">(.*?)</div>', response.text, re.DOTALL)[1]
    assert words(notice) == (
        "No answer this time The first model: The model has too much to do at the moment. Please try again in a few "
        "seconds. ResNet-50: The model gave an answer that cannot be shown. Please try again later. Try again"
    )


def test_a_photo_that_one_refuses_while_the_other_fails_is_said_beside_the_field(client, images, other, asked):
    images.answers({}, 429)
    other.answers({"type": "x", "title": "No", "status": 422, "detail": "No.", "code": "image-truncated"}, 422)
    response = client.post("/images/", asked())
    assert response.status_code == 422
    assert "The end of this photo is missing." in re.search(r'<p id="image-error".*?</p>', response.text)[0]


def test_a_photo_that_both_refuse_is_said_beside_the_field(client, images, other, asked):
    for one in (images, other):
        one.answers({"type": "x", "title": "No", "status": 422, "detail": "No.", "code": "image-truncated"}, 422)
    response = client.post("/images/", asked())
    assert response.status_code == 422
    assert "The end of this photo is missing." in re.search(r'<p id="image-error".*?</p>', response.text)[0]


def test_the_choice_names_the_second_model_and_stays_made(client, images, other, asked):
    choice = r'<input id="compare" type="checkbox" name="compare" value="1"( checked)?> Compare with ResNet-50</label>'
    assert re.search(choice, client.get("/images/").text)[1] is None
    assert re.search(choice, client.post("/images/", asked()).text)[1] == " checked"


def test_a_second_model_that_is_away_has_no_name_and_costs_no_answer(client, images, asked, settings):
    settings.IMAGES_OTHER_URL = "http://127.0.0.1:9"
    assert "Compare with the second model" in client.get("/images/").text
    response = client.post("/images/", asked())
    assert (response.status_code, sentence(response.text)) == (200, "Only EfficientNet-Lite2 answered.")
    assert words(sides(response.text)[1]).startswith("The second model No answer this time The model cannot be reached")


def test_where_one_is_served_nothing_is_compared(client, images, asked, settings):
    assert settings.IMAGES_OTHER_URL == "" and 'name="compare"' not in client.get("/images/").text
    page = client.post("/images/", asked()).text
    assert sides(page) == [] and 'id="best"' in page


@pytest.fixture
def canary(images):
    """The only service has a canary besides its stable version."""
    images.canary = {"model": "EfficientNet-Lite2", "version": "892bf4b", "labels": [{"id": "a", "label": "b"}]}
    of_canary = OTHER | {"receipt": {**OTHER["receipt"], "model": "EfficientNet-Lite2"}}
    answers = {"stable": (200, scorer.PREDICTIONS), "canary": (200, of_canary)}
    images.reply_to = by_version(answers)
    return images


def by_version(answers):
    def reply(asked):
        status, content = answers[asked.headers["x-model-version"]]
        kind = "application/json" if status == 200 else "application/problem+json"
        return status, {"content-type": kind}, json.dumps(content).encode()

    return reply


def test_a_canary_is_compared_with_the_stable_version(client, canary, asked):
    assert "Compare with the canary<" in client.get("/images/").text
    page = client.post("/images/", asked()).text
    one, two = map(words, sides(page))
    assert one.startswith("Stable version ") and two.startswith("Canary ")
    assert "version 3f2a91c" in one and "version 892bf4b" in two
    assert sentence(page) == "They differ: the stable version says tabby, the canary says Egyptian cat."
    assert sorted(ask.headers["x-model-version"] for ask in canary.asked) == ["canary", "stable"]


def test_a_canary_that_is_gone_is_said_so(client, canary, asked):
    client.get("/images/")
    gone = {"type": "x", "title": "No", "status": 404, "detail": "No.", "code": "no-such-model"}
    canary.reply_to = by_version({"stable": (200, scorer.PREDICTIONS), "canary": (404, gone)})
    page = client.post("/images/", asked()).text
    assert sentence(page) == "Only the stable version answered."
    assert words(sides(page)[1]) == "Canary No answer this time This version is not served any more."


def test_another_model_goes_before_a_canary(client, canary, other):
    assert "Compare with ResNet-50<" in client.get("/images/").text


def test_without_the_choice_only_the_first_is_asked(client, images, other, asked):
    client.post("/images/", asked() | {"compare": ""})
    assert (len(images.asked), other.asked) == (1, [])


def test_in_spanish(client, images, other, asked):
    page = client.post("/images/", asked(), headers={"Accept-Language": "es"}).text
    assert sentence(page) == "Discrepan: EfficientNet-Lite2 dice tabby; ResNet-50, Egyptian cat."
