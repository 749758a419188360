"""What may be sent as an album, and what is said of the rest."""

import gc
import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.webapp.albums.uploads import JPEG, errors, jpeg, made, made_of, send, zipped
from webapp.albums import tasks
from webapp.albums.found import MOST_BYTES
from webapp.albums.models import Album, PhotoBytes
from webapp.albums.receiving import leases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
MEGABYTE = 1024 * 1024


def test_an_upload_larger_than_memory_is_kept_byte_for_byte(client):
    contents = [jpeg(n, 4 * MEGABYTE + n) for n in range(1, 6)]
    address, _album = made(client, *((f"{n}.jpg", content) for n, content in enumerate(contents, start=1)))
    for number, content in enumerate(contents, start=1):
        assert sha256(client.get(f"{address}photos/{number}").content).digest() == sha256(content).digest()


def test_no_photo_stays_in_memory_once_it_is_stored(client):
    gc.collect()
    gc.disable()
    try:
        made_of(client, 3)
        assert [kept for kept in gc.get_objects() if type(kept) is PhotoBytes] == []
    finally:
        gc.enable()


def test_a_large_zip_is_read_from_the_disk(client):
    files = [(f"{n}.jpg", jpeg(n, 4 * MEGABYTE)) for n in range(4)]
    _address, album = made(client, ("large.zip", zipped(*files, method=0)))
    assert errors(album) == dict.fromkeys(("0.jpg", "1.jpg", "2.jpg", "3.jpg"), "")
    assert [stored.content for stored in PhotoBytes.objects.order_by("photo__number")] == [
        content for _, content in files
    ]


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([], 422, "Choose photos or a ZIP first."),
        ([("notes.txt", b"notes")], 422, "This is not a photo that can be read."),
        ([("large.jpg", JPEG + b"\0" * 10 * MEGABYTE)], 422, "larger than 10 MB"),
        ([("1.jpg", jpeg())] * 1001, 422, "more than 1,000 photos"),
        ([("1.jpg", jpeg())] * 5001, 422, "more than 1,000 photos. Send them in parts."),
    ],
    ids=["none", "no photo", "large", "many", "far too many"],
)
def test_what_cannot_be_used_is_said(client, files, status, said):
    response = send(client, *files)
    assert (response.status_code, said in response.text) == (status, True), response.text
    assert (Album.objects.count(), PhotoBytes.objects.count()) == (0, 0)


def test_more_than_200_mb_is_refused_unread(client):
    length = str(202 * MEGABYTE)
    response = client.post("/images/many/", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=length)
    assert (response.status_code, "This is more than 200 MB." in response.text) == (413, True)


def test_far_too_many_files_are_said_so_where_their_form_has_a_token_too():
    """Django takes the form apart before any view runs, to find the token in it."""
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/images/many/").text)[1]
    files = [SimpleUploadedFile(f"{n}.jpg", jpeg(n)) for n in range(5001)]
    response = client.post("/images/many/", {"csrfmiddlewaretoken": token, "photos": files})
    assert response.status_code == 422
    said = re.search(r'<p id="photos-error"[^>]*>(.*?)</p>', response.text)[1]
    assert said == "These are more than 1,000 photos. Send them in parts."


def test_htmx_is_sent_on_or_told_what_is_wrong(client):
    wrong = send(client, ("notes.txt", b"notes"), **{"HX-Request": "true"})
    assert (wrong.status_code, wrong.text.count("<p")) == (422, 1) and 'id="photos-error"' in wrong.text
    right = send(client, ("1.jpg", jpeg()), **{"HX-Request": "true"})
    assert (right.status_code, right["HX-Redirect"]) == (200, f"/images/many/{Album.objects.get().pk}/")


def test_uploads_without_end_are_refused(client):
    answers = [send(client, ("1.jpg", jpeg())) for _ in range(21)]
    assert [answer.status_code for answer in answers][-2:] == [302, 429] and answers[-1]["Retry-After"] == "600"


def test_what_all_albums_take_up_together_is_bounded(client, settings):
    settings.ALBUM_STORE_BYTES = MOST_BYTES + len(jpeg(1)) - 1
    made_of(client, 1)
    response = send(client, ("1.jpg", jpeg()))
    assert (response.status_code, "There is no room for more photos" in response.text) == (503, True)


def test_an_album_that_has_not_arrived_whole_is_found_by_nobody_and_soon_gone(client):
    address, album = made_of(client, 3)
    Album.objects.update(state=Album.State.RECEIVING, touched_at=timezone.now() - timedelta(hours=1))
    assert (client.get(address).status_code, leases.stalled(), leases.claim(album.pk)) == (404, [], None)
    Album.objects.update(expires_at=timezone.now())
    assert tasks.purge() > 0 and PhotoBytes.objects.count() == 0
