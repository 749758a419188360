"""The main navigation says where the visitor is, on pages below an entry too."""

import base64
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.webapp import scorer
from tests.webapp.albums.uploads import made_of
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import ask, sealed

ASK, IMAGES, API = "/", "/images/", "/api/docs/"
JPEG = encoded("JPEG")
RENDERING = base64.b64encode(JPEG).decode()


def photo_file():
    return SimpleUploadedFile("photo.jpg", JPEG, "image/jpeg")


def current(response) -> list[tuple[str, str]]:
    header = re.search(r'<header class="top">.*?</header>', response.text, re.DOTALL)[0]
    return re.findall(r'<a href="([^"]+)" aria-current="(page|true)">', header)


@pytest.mark.parametrize("address", [ASK, IMAGES, API])
def test_an_entrys_own_page_is_the_current_one(client, images, address):
    assert current(client.get(address)) == [(address, "page")]


@pytest.mark.parametrize(("address", "entry"), [("/?q=", ASK), ("/questions/", ASK), ("/images/many/", IMAGES)])
def test_a_page_below_an_entry_belongs_to_it(client, images, faq, address, entry):
    wanted = "page" if address.startswith("/?") else "true"
    assert current(client.get(address)) == [(entry, wanted)]


@pytest.mark.parametrize("address", ["/sign-in/", "/nothing/", "/kept/nothing/"])
@pytest.mark.django_db
def test_what_belongs_to_none_marks_none(client, address):
    assert current(client.get(address)) == []


@pytest.mark.django_db
def test_an_album_belongs_to_images(client):
    address, _album = made_of(client, 1)
    assert current(client.get(address)) == [(IMAGES, "true")]


@pytest.mark.django_db
def test_what_is_said_after_a_form_belongs_where_the_form_was(client, faq):
    assert current(client.post("/feedback/", {"sealed": ask(client), "verdict": "helpful"})) == [(ASK, "true")]
    assert current(client.post("/images/corrections/", {})) == [(IMAGES, "true")]


@pytest.mark.django_db
def test_a_kept_result_belongs_to_what_it_is_of(client, faq, images):
    kept = client.post("/kept/", {"sealed": ask(client)}, follow=True)
    assert current(kept) == [(ASK, "true")]
    page = client.post("/images/", {"image": photo_file()}, headers={"HX-Request": "true"}).text
    images.answers(scorer.PREDICTIONS | {"rendering": RENDERING})
    assert current(client.post("/images/kept/", {"sealed": sealed(page), "image": photo_file()}, follow=True)) == [
        (IMAGES, "true")
    ]
