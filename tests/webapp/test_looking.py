"""Where the model looked for any of the labels that are shown: within the page, or as a picture for its script."""

import base64
import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from tests.webapp import scorer
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import sealed

COPY = encoded("JPEG", 16)
PNG = b"\x89PNG\r\n\x1a\n and the rest of it"
SEEN = scorer.PREDICTIONS | {
    "crop": {"left": 75, "top": 0, "width": 300, "height": 300},
    "rendering": base64.b64encode(COPY).decode(),
}
TIGER_CAT = "n02123159"
JSON = {"content-type": "application/json"}


def explaining(asked):
    """As the real one: a map only where one is asked for, of the class that is named."""
    query = parse_qs(urlsplit(asked.path).query)
    named = query.get("class", ["n02123045"])[0]
    label = next(row["label"] for row in SEEN["predictions"] if row["id"] == named)
    overlay = {"id": named, "label": label, "method": "gradcam", "overlay": base64.b64encode(PNG).decode()}
    return 200, JSON, json.dumps(SEEN | ({"explanation": overlay} if "explain" in query else {})).encode()


@pytest.fixture(autouse=True)
def explains(images):
    images.reply_to = explaining


@pytest.fixture
def examples(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    call_command("prepare_examples")
    return tmp_path / "examples"


def show(client, **form) -> str:
    return client.post("/images/", form or {"image": SimpleUploadedFile("cat.jpg", encoded("JPEG"), "image/jpeg")}).text


def look(client, page, where=TIGER_CAT, strength="40", **carried):
    return client.post("/images/look", {"sealed": sealed(page), "where": where, "strength": strength, **carried})


def carried_copy(page) -> dict[str, str]:
    return {"copy": re.search(r'name="copy" value="([^"]+)"', page)[1]}


def explanation(client, page, photo, where=TIGER_CAT, **changes):
    """As the page's script asks for it."""
    form = {"sealed": sealed(page), "where": where, "image": SimpleUploadedFile("cat.jpg", photo, "image/jpeg")}
    return client.post("/images/explanation", form | changes)


def said(response) -> tuple[int, str, str]:
    return response.status_code, response["Content-Type"], response.text


def chosen(page, name) -> str:
    field = re.search(rf'<select id="{name}".*?</select>', page, re.DOTALL)[0]
    return re.search(r'value="([^"]*)"[^>]* selected>', field)[1]


def labels(page) -> list[str]:
    return re.findall(r'<span class="label-name"[^>]*>(.*?)</span>.*?<span class="value">(.*?)</span>', page, re.DOTALL)


def test_the_same_answer_comes_back_with_the_map_of_the_label_that_was_chosen(client, images):
    page = show(client)
    response = look(client, page, **carried_copy(page))
    overlay = re.search(r'<image id="saliency"[^>]*opacity="0.4" href="(.*?)"', response.text)[1]
    assert (response.status_code, overlay) == (200, f"data:image/png;base64,{base64.b64encode(PNG).decode()}")
    assert (chosen(response.text, "where"), chosen(response.text, "strength")) == (TIGER_CAT, "40")
    assert labels(response.text) == labels(page) and len(labels(page)) == 5
    asked = images.asked[-1]
    wanted = {"top": ["1"], "explain": ["auto"], "class": [TIGER_CAT]}
    assert (parse_qs(urlsplit(asked.path).query), asked.body) == (wanted, COPY)


def test_the_map_of_an_example_comes_the_same_way(client, images, examples):
    page = show(client, example="chelsea")
    response = look(client, page, example="chelsea")
    assert chosen(response.text, "where") == TIGER_CAT
    assert 'href="/images/examples/chelsea.jpg"' in response.text
    assert images.asked[-1].body == (examples / "chelsea.original.png").read_bytes()


@pytest.fixture
def shown(client, photo) -> str:
    """The answer as a script gets it."""
    form = {"image": SimpleUploadedFile("cat.jpg", photo, "image/jpeg")}
    return client.post("/images/", form, headers={"HX-Request": "true"}).text


def test_a_script_gets_the_map_as_a_png(client, images, photo, shown):
    response = explanation(client, shown, photo)
    assert (response.status_code, response["Content-Type"], response.content) == (200, "image/png", PNG)
    assert "no-store" in response["Cache-Control"]
    wanted = {"top": ["1"], "explain": ["auto"], "class": [TIGER_CAT]}
    assert (parse_qs(urlsplit(images.asked[-1].path).query), images.asked[-1].body) == (wanted, photo)


def test_the_version_that_answered_is_asked_where_it_looked(client, images, photo, shown):
    page = show(client)
    look(client, page, **carried_copy(page))
    explanation(client, shown, photo)
    assert [asked.headers.get("x-model-version") for asked in images.asked] == [None, None, "3f2a91c", "3f2a91c"]


NO_SUCH = {"type": "x", "title": "No", "status": 404, "detail": "No.", "code": "no-such-model"}
NEWER = SEEN | {"receipt": SEEN["receipt"] | {"version": "0000000"}}
REPLACED = "The model was replaced after this answer and cannot say any more where it looked. Show the photo again."


def gone(asked):
    return 404, {"content-type": "application/problem+json"}, json.dumps(NO_SUCH).encode()


def deaf(asked):
    """Answers from the only version it has, whichever one is asked for."""
    return 200, JSON, json.dumps(NEWER | {"explanation": json.loads(explaining(asked)[2])["explanation"]}).encode()


@pytest.mark.parametrize("replaced", [gone, deaf])
def test_a_version_that_is_gone_is_said_so_instead_of_showing_a_map_of_another(client, images, photo, shown, replaced):
    page = show(client)
    images.reply_to = replaced
    response = look(client, page, **carried_copy(page))
    beside = re.search(r'<p class="field-error" role="alert">([^<]+)</p>', response.text)[1]
    assert (response.status_code, beside, labels(response.text)) == (410, REPLACED, labels(page))
    assert "data:image/png" not in response.text
    assert said(explanation(client, shown, photo)) == (410, "text/plain; charset=utf-8", REPLACED)


@pytest.mark.parametrize("where", ["", "a b", "n00000000", "n0&top=20"])
def test_a_script_gets_no_map_of_what_is_not_shown(client, images, photo, shown, where):
    found = said(explanation(client, shown, photo, where))
    assert found == (422, "text/plain; charset=utf-8", "Choose one of the labels that are shown.")
    assert len(images.asked) == 1


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        ((200, JSON, json.dumps(SEEN).encode()), 502, "The model gave an answer that cannot be shown."),
        ((503, JSON, b"{}"), 503, "The model cannot be reached at the moment."),
    ],
    ids=["explains nothing", "away"],
)
def test_a_script_is_told_why_there_is_no_map(client, images, photo, shown, reply, status, words):
    images.reply_to = lambda asked: reply
    code, kind, text = said(explanation(client, shown, photo))
    assert (code, kind, words in text) == (status, "text/plain; charset=utf-8", True)


def test_what_came_back_can_be_looked_at_again_and_kept(client, images):
    page = show(client)
    once = look(client, page, **carried_copy(page)).text
    again = look(client, once, "n02127052", "100", **carried_copy(once)).text
    assert (chosen(again, "where"), chosen(again, "strength")) == ("n02127052", "100")
    assert sealed(again) == sealed(page)


@pytest.mark.parametrize(("count", "query"), [(5, ""), (3, "?top=3")])
def test_as_many_labels_stay_chosen_and_are_asked_for_by_a_program(client, images, count, query):
    fewer = SEEN | {"predictions": SEEN["predictions"][:count]}
    images.reply_to = lambda asked: (200, JSON, json.dumps(fewer).encode())
    page = show(client)
    text = look(client, page, where="", **carried_copy(page)).text
    words = unescape(re.sub("<[^>]+>", "", text))
    assert re.findall(r"/api/v1/images/predictions([^'\"\s]*)", words) == [query] * 3
    assert re.search(r'<select id="top".*?<option selected>(\d+)<', text)[1] == str(count)


@pytest.mark.parametrize("where", ["", "n00000000", "../labels"])
def test_no_label_that_is_shown_shows_no_map(client, images, where):
    page = show(client)
    before = len(images.asked)
    response = look(client, page, where, **carried_copy(page))
    assert (response.status_code, len(images.asked)) == (200, before)
    assert re.search(r'<image id="saliency"[^>]*>', response.text)[0].count("href") == 0


def test_a_strength_that_is_not_on_offer_is_the_usual_one(client):
    page = show(client)
    assert chosen(look(client, page, strength="9999", **carried_copy(page)).text, "strength") == "70"


def test_a_scorer_that_fails_leaves_the_answer_and_is_said_beside_the_choice(client, images):
    page = show(client)
    images.reply_to = lambda asked: (503, JSON, b"{}")
    response = look(client, page, **carried_copy(page))
    beside = re.search(r'<p class="field-error" role="alert">([^<]+)</p>', response.text)[1]
    assert (response.status_code, labels(response.text)) == (503, labels(page))
    assert beside == "The model cannot be reached at the moment. Please try again in a few seconds."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"copy": ""}, "The photo did not come along. Show it again, then press the button."),
        ({"sealed": "x"}, "This page has been open for long. Show the photo again, then press the button."),
    ],
    ids=["no photo", "not sealed here"],
)
def test_what_this_site_has_not_shown_is_refused(client, images, changes, words):
    page = show(client)
    before = len(images.asked)
    form = {"sealed": sealed(page), "where": TIGER_CAT, **carried_copy(page)} | changes
    response = client.post("/images/look", form)
    asked_by_script = client.post("/images/explanation", form)
    assert (response.status_code, asked_by_script.status_code, len(images.asked)) == (422, 422, before)
    assert asked_by_script.text == words
    assert words in re.search(r'<p id="image-error".*?</p>', response.text)[0]


def test_with_a_script_the_slider_stays(client, photo):
    form = {"image": SimpleUploadedFile("cat.jpg", photo, "image/jpeg")}
    page = client.post("/images/", form, headers={"HX-Request": "true"}).text
    assert 'id="strength" type="range"' in page and "/images/look" not in page


@pytest.mark.parametrize(
    ("address", "page"),
    [("/images/look", "/images/"), ("/images/kept/", "/images/"), ("/images/corrections/", "/images/"),
     ("/kept/", "/"), ("/feedback/", "/")],
)  # fmt: skip
def test_who_changes_the_language_on_the_page_of_an_answer_comes_back_to_its_form(client, address, page):
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, page)
