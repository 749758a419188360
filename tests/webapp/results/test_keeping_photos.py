"""Keep this result: the scorer's copy of the photo and its labels, bound to each other, with an end."""

import base64
import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import sealed
from webapp.results.models import Feedback, KeptAnswer, KeptPhoto
from webapp.results.tasks import purge

pytestmark = pytest.mark.django_db
COPY = encoded("JPEG", 16)
BY_SCRIPT = {"HX-Request": "true"}
CROP = {"left": 75, "top": 0, "width": 300, "height": 300}
CROP_BOX = 'viewBox="75 0 300 300"'
SEEN = scorer.PREDICTIONS | {"crop": CROP}
WITH_COPY = SEEN | {"rendering": base64.b64encode(COPY).decode()}


@pytest.fixture(autouse=True)
def scorer_copies(images):
    images.answers(WITH_COPY)


def file(content):
    return SimpleUploadedFile("holiday at home.jpg", content, "image/jpeg")


def show(client, photo, **more):
    return client.post("/images/", {"image": file(photo), **more}, headers=BY_SCRIPT).text


def keep(client, photo):
    response = client.post("/images/kept/", {"sealed": sealed(show(client, photo)), "image": file(photo)})
    assert response.status_code == 302
    return response["Location"]


def stored():
    return [model.objects.count() for model in (KeptPhoto, KeptAnswer, Feedback, Session)]


def test_showing_a_photo_stores_nothing(client, photo):
    show(client, photo)
    client.post("/images/", {"image": file(photo)})
    assert (stored(), set(client.cookies)) == ([0, 0, 0, 0], {"csrftoken"})


def test_a_kept_photo_is_shown_with_its_labels_as_they_were(client, images, photo):
    address = keep(client, photo)
    images.answers(SEEN | {"predictions": scorer.PREDICTIONS["predictions"][3:]})
    page = Client().get(address)
    assert page.status_code == 200
    for said in ("tabby", "tiger cat", "70\N{NO-BREAK SPACE}%", "3f2a91c", f'href="{address}photo.jpg"', CROP_BOX):
        assert said in page.text
    assert "noindex" in page.text and "no-store" in page["Cache-Control"]
    assert "holiday" not in page.text and "Keep this result" not in page.text


def test_the_same_request_from_a_program_asks_for_as_many_labels_as_were_kept(client, images, photo):
    images.answers(WITH_COPY | {"predictions": scorer.PREDICTIONS["predictions"][:3]})
    words = unescape(re.sub("<[^>]+>", "", Client().get(keep(client, photo)).text))
    assert re.findall(r"/api/v1/images/predictions([^'\"\s]*)", words) == ["?top=3"] * 3


def test_the_scorers_copy_is_stored_and_never_what_was_sent(client, images, photo):
    with_tail = photo + b"<script>alert(1)</script>"
    address = keep(client, with_tail)
    assert images.asked[-1].body == with_tail and "rendering=true" in images.asked[-1].path
    assert bytes(KeptPhoto.objects.get().photo) == COPY
    assert Client().get(f"{address}photo.jpg").content == COPY


def test_the_stored_photo_is_served_so_that_no_browser_runs_it(client, photo):
    found = Client().get(f"{keep(client, photo)}photo.jpg")
    names = ("Content-Type", "X-Content-Type-Options", "Content-Disposition", "Content-Security-Policy", "X-Robots-Tag")
    assert [found[name] for name in names] == [
        "image/jpeg",
        "nosniff",
        'attachment; filename="photo.jpg"',
        "default-src 'none'; sandbox",
        "noindex",
    ]
    assert "no-store" in found["Cache-Control"]


def test_without_a_script_the_copy_in_the_page_is_kept(client, images, photo):
    page = client.post("/images/", {"image": file(photo)}).text
    copy = re.search(r'name="copy" value="([^"]+)"', page)[1]
    response = client.post("/images/kept/", {"sealed": sealed(page), "copy": copy})
    assert response.status_code == 302
    assert (images.asked[-1].body, bytes(KeptPhoto.objects.get().photo)) == (COPY, COPY)


@pytest.mark.parametrize("headers", [{}, BY_SCRIPT], ids=["without a script", "with one"])
def test_an_example_is_kept_by_its_name(client, images, settings, tmp_path, headers):
    settings.STATE_DIR = tmp_path
    call_command("prepare_examples")
    page = client.post("/images/", {"example": "chelsea"}, headers=headers).text
    assert 'name="example" value="chelsea"' in page
    response = client.post("/images/kept/", {"sealed": sealed(page), "example": "chelsea"})
    assert response.status_code == 302
    assert images.asked[-1].body == (tmp_path / "examples" / "chelsea.original.png").read_bytes()


@pytest.mark.parametrize("sent", ["another photo", "no photo", "no base64", "another example"])
def test_labels_are_kept_with_their_own_photo_alone(client, photo, sent):
    given = {
        "another photo": {"image": file(encoded("PNG"))},
        "no photo": {},
        "no base64": {"copy": "%%%"},
        "another example": {"example": "coffee"},
    }[sent]
    response = client.post("/images/kept/", {"sealed": sealed(show(client, photo)), **given})
    assert (response.status_code, "did not come along" in response.text, stored()) == (422, True, [0, 0, 0, 0])


@pytest.mark.parametrize("forged", ["", "x", "a:b:c", "of a question"])
def test_labels_that_no_model_gave_are_not_kept(client, faq, photo, forged):
    given = sealed(client.post("/", {"question": "why?"}).text) if forged == "of a question" else forged
    response = client.post("/images/kept/", {"sealed": given, "image": file(photo)})
    assert (response.status_code, "Show the photo again" in response.text, stored()) == (422, True, [0, 0, 0, 0])


def test_without_the_scorers_copy_nothing_is_kept(client, images, photo):
    sealed_labels = sealed(show(client, photo))
    images.answers(SEEN)
    without = client.post("/images/kept/", {"sealed": sealed_labels, "image": file(photo)})
    images.hangs_up()
    away = client.post("/images/kept/", {"sealed": sealed_labels, "image": file(photo)})
    assert (without.status_code, away.status_code in (502, 503), stored()) == (502, True, [0, 0, 0, 0])
    assert "Not stored" in away.text and 'href="/images/"' in away.text


def test_a_page_without_a_copy_offers_nothing_to_keep(client, images, photo):
    images.answers(SEEN)
    assert "Keep this result" not in client.post("/images/", {"image": file(photo)}).text


def test_it_ends_and_is_deleted_by_who_made_it(client, photo):
    second, first = keep(Client(), photo), keep(client, photo)
    assert "Delete it now" in client.get(first).text and "Delete it now" not in Client().get(first).text
    assert Client().post(f"{first}delete/").status_code == 404
    gone = client.post(f"{first}delete/", follow=True)
    assert ("The kept answer is deleted." in gone.text, gone.redirect_chain) == (True, [("/images/", 302)])
    KeptPhoto.objects.update(expires_at=timezone.now())
    after = [client.get(address).status_code for address in (first, f"{first}photo.jpg", second, f"{second}photo.jpg")]
    assert (after, purge(), stored()) == ([404] * 4, 1, [0, 0, 0, 0])


def test_a_kept_question_has_no_photo(client, faq):
    kept = client.post("/kept/", {"sealed": sealed(client.post("/", {"question": "why?"}).text)})["Location"]
    assert client.get(f"{kept}photo.jpg").status_code == 404


def test_labels_of_another_version_are_gone_and_no_fault(client, photo):
    address = keep(client, photo)
    KeptPhoto.objects.update(answer={"predictions": []})
    assert client.get(address).status_code == 404


def test_keeping_photos_without_end_is_refused(client, photo):
    form = {"sealed": sealed(show(client, photo))}
    statuses = [client.post("/images/kept/", {**form, "image": file(photo)}).status_code for _ in range(32)]
    assert (statuses.count(302), statuses[-1]) == (30, 429)
