"""Without a script: where the model looked for any of the labels that are shown, as strongly as wished."""

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


def test_an_example_can_be_explained_at_once(client, examples):
    assert chosen(show(client, example="chelsea", explain="auto"), "where") == "n02123045"


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
    said = re.search(r'<p class="field-error" role="alert">([^<]+)</p>', response.text)[1]
    assert (response.status_code, labels(response.text)) == (503, labels(page))
    assert said == "The model cannot be reached at the moment. Please try again in a few seconds."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"copy": ""}, "The photo did not come along. Show it again, then press the button."),
        ({"sealed": "x"}, "This page has been open for long. Show the photo again, then press the button."),
    ],
    ids=["no photo", "not sealed here"],
)
def test_what_this_site_has_not_shown_is_refused(client, images, changes, said):
    page = show(client)
    before = len(images.asked)
    form = {"sealed": sealed(page), "where": TIGER_CAT, **carried_copy(page)} | changes
    response = client.post("/images/look", form)
    assert (response.status_code, len(images.asked)) == (422, before)
    assert said in re.search(r'<p id="image-error".*?</p>', response.text)[0]


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
