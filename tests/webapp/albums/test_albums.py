"""Many photos through the pages, the tasks run by hand; with real workers in test_workers."""

import gc
import json
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.albums.uploads import JPEG, PNG, errors, jpeg, made, made_of, send, table, work, zipped
from webapp.albums import tasks
from webapp.albums.found import MOST_BYTES
from webapp.albums.models import Album, Chunk, Photo, PhotoBytes
from webapp.albums.receiving import leases
from webapp.leases.leases import MOST_TRIES, STALLED_AFTER

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
CAT, CUP, DOG = ("n02123045", "tabby"), ("n07920052", "espresso"), ("n02088364", "beagle")
# What the scorer says of the photo of each number: class, score, known.
SAID = {1: (CAT, 0.91, True), 2: (CAT, 0.55, True), 3: (CUP, 0.97, True), 4: (DOG, 0.3, True), 5: (DOG, 0.1, True),
        6: (CUP, 0.4, False), 1001: (DOG, 0.26, True),
        1002: (DOG, 0.85, True)}  # fmt: skip
# How often it is right at scores like these, where that is not the score itself.
CONFIDENCE = {6: 0.2, 1001: 0.81, 1002: 0.6}
CELL = re.compile(r'<li class="cell.*?</li>', re.DOTALL)


@pytest.fixture(autouse=True)
def no_broker(settings):
    """Port 9 of loopback: messages are lost, as they may be; the database knows what is to be done."""
    assert settings.CELERY_BROKER_URL == "redis://127.0.0.1:9/0"


@pytest.fixture
def knowing(images):
    """A scorer that knows each photo by its number, and cannot read one that has none."""

    def reply(asked):
        number = re.search(rb"photo (\d+)", asked.body)
        if number is None:
            problem = {"type": "/problems/x", "title": "x", "status": 422, "detail": "x", "code": "image-truncated"}
            return 422, {"content-type": "application/problem+json"}, json.dumps(problem).encode()
        (class_id, label), score, known = SAID.get(int(number[1]), (CAT, 0.9, True))
        first = {"id": class_id, "label": label, "score": score}
        others = [{"id": f"n{n}", "label": f"other {n}", "score": 0.001} for n in range(4)]
        answer = {**scorer.PREDICTIONS, "predictions": [first, *others], "known": known,
                  "confidence": CONFIDENCE.get(int(number[1]), score),
                  "rendering": b64encode(copy(int(number[1]))).decode()}  # fmt: skip
        return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

    images.reply_to = reply
    return images


def copy(number: int) -> bytes:
    return JPEG + b"small copy %d" % number


def names(page: str) -> list[str]:
    return [re.search(r'title="([^"]+)"', cell)[1] for cell in CELL.findall(page)]


@pytest.fixture
def album(client, knowing):
    """Six photos of three classes, one that the scorer cannot read, and one file that is no photo."""
    files = [(f"{n}.jpg", jpeg(n)) for n in range(1, 7)]
    address, album = made(client, *files, ("cut.png", PNG + b"cut"), ("notes.txt", b"notes"))
    work(album)
    return address


def test_every_photo_is_named_in_its_row(client, knowing):
    address, album = made_of(client, 20)
    assert [(chunk.first_row, chunk.size) for chunk in album.chunks.all()] == [(1, 8), (9, 8), (17, 4)]
    work(album)
    assert (album.state, album.rows_done, album.file_name) == (Album.State.DONE, 20, "")
    assert sorted(asked.body for asked in knowing.asked) == sorted(jpeg(n) for n in range(1, 21))
    assert {asked.headers["content-type"] for asked in knowing.asked} == {"image/jpeg"}
    found = table(client, address)
    assert [(row["row"], row["file"], row["error"]) for row in found] == [
        (str(n), f"{n}.jpg", "") for n in range(1, 21)
    ]
    assert list(found[5].values()) == [
        *("6", "6.jpg", "espresso", "0.4", "other 0", "0.001", "other 1", "0.001", "other 2", "0.001", "other 3"),
        *("0.001", "no", "0.2", ""),
    ]


def test_the_grid_says_what_each_photo_shows_and_how_surely(client, album):
    page = client.get(album).text
    words = [re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", cell)).strip() for cell in CELL.findall(page)]
    space = "\N{NO-BREAK SPACE}"
    assert words == [
        f"tabby 91{space}% very likely 1 · 1.jpg",
        f"tabby 55{space}% likely 2 · 2.jpg",
        f"espresso 97{space}% very likely 3 · 3.jpg",
        f"beagle 30{space}% a guess 4 · 4.jpg",
        f"beagle 10{space}% unlikely 5 · 5.jpg",
        f"Probably none of the known classes nearest: espresso , 40{space}% 6 · 6.jpg",
        "▲ The end of this photo is missing. Save or send it again, then try once more. 7 · cut.png",
        "▲ This is not a photo that can be read. Use JPEG, PNG, WebP, GIF or AVIF. 8 · notes.txt",
    ]
    assert page.count('loading="lazy"') == 6 and "All photos are done" in page


def test_how_many_could_not_be_named_is_said_beside_the_count_and_leads_to_them(client, album):
    link = re.search(r'8 of 8 photos · <a href="([^"]+)">2 could not be named</a>', client.get(album).text)[1]
    assert names(client.get(f"{album}{link}").text) == ["cut.png", "notes.txt"]


def test_how_sure_is_said_by_the_calibration_as_on_the_page_for_one_photo(client, knowing):
    address, album = made(client, ("poodle.jpg", jpeg(1001)), ("other.jpg", jpeg(1002)))
    work(album)
    assert names(client.get(f"{address}?sure=very-likely").text) == ["poodle.jpg"]
    assert names(client.get(f"{address}?sure=likely").text) == ["other.jpg"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "cut.png", "notes.txt"]),
        ("label=n02123045", ["1.jpg", "2.jpg"]),
        ("label=n07920052", ["3.jpg"]),
        ("sure=very-likely", ["1.jpg", "3.jpg"]),
        ("sure=guess", ["4.jpg"]),
        ("sure=unknown", ["6.jpg"]),
        ("sure=unreadable", ["cut.png", "notes.txt"]),
        ("label=n02123045&sure=very-likely", ["1.jpg"]),
        ("label=n02123045&sure=unknown", []),
        ("label=nothing", []),
        ("sure=nothing", ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "cut.png", "notes.txt"]),
    ],
)
def test_filters_combine(client, album, query, shown):
    page = client.get(f"{album}?{query}").text
    assert names(page) == shown
    assert ("No photo fits these filters." in page) is (not shown)


def test_filters_count_what_they_would_show(client, album):
    page = client.get(f"{album}?sure=very-likely").text
    options = [re.sub(r"\s+", " ", text) for text in re.findall(r"<option[^>]*>([^<]+)</option>", page)]
    assert options == [
        *("All labels", "espresso (1)", "tabby (1)"),
        *("Any", "very likely (2)", "likely (1)", "a guess (1)", "unlikely (1)"),
        *("probably none of the known classes (1)", "could not be named (2)"),
    ]
    assert 'value="very-likely" selected' in page and "2 of 8 photos fit the filters" in page


def test_the_grid_comes_in_pages_that_keep_the_filters(client, knowing):
    address, album = made_of(client, 60)
    work(album)
    page = client.get(f"{address}?label=n02123045&sure=very-likely").text
    assert len(names(page)) == 48 and 'href="?label=n02123045&amp;sure=very-likely&amp;page=2"' in page
    second = client.get(f"{address}?label=n02123045&sure=very-likely&page=2").text
    assert len(names(second)) == 7 and 'href="?label=n02123045&amp;sure=very-likely&amp;page=1"' in second


def test_the_page_is_live_until_all_is_done(client, knowing):
    address, album = made_of(client, 10)
    tasks.work_on(leases.claim(album.pk))
    page = client.get(f"{address}?sure=waiting").text
    assert "8 of 10 photos" in page and "every 1s" in page and '<noscript><meta http-equiv="refresh"' in page
    assert f'hx-get="{address}?sure=waiting&amp;page=1"' in page and names(page) == ["9.jpg", "10.jpg"]
    fragment = client.get(f"{address}?page=1", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment and fragment.count('hx-swap-oob="true"') == 2 and len(names(fragment)) == 10
    work(album)
    fragment = client.get(f"{address}?page=1", headers={"HX-Request": "true"}).text
    assert "every 1s" not in fragment and "All photos are done</p>" in fragment
    finished = client.get(address).text
    said = 'role="status">All photos are done</p>'
    assert "refresh" not in finished and (page.count(said), finished.count(said)) == (0, 1)


def test_a_photo_is_served_as_the_picture_it_is_and_nothing_else(client):
    polyglot = PNG + b"<script>alert(1)</script>"
    address, _album = made(client, ("x.html", polyglot))
    answer = client.get(f"{address}photos/1")
    assert (answer.status_code, answer.content) == (200, polyglot)
    headers = ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Content-Disposition")
    assert [answer[name] for name in headers] == [
        *("image/png", "nosniff", "sandbox; default-src 'none'", 'attachment; filename="1.png"')
    ]
    assert (answer["Cache-Control"], answer["Cross-Origin-Resource-Policy"]) == ("private, max-age=600", "same-origin")


@pytest.mark.parametrize("path", ["{}photos/2", "{}photos/0", "/images/many/nothing/photos/1", "/images/many/nothing/"])
def test_what_is_not_there_is_not_found(client, path):
    address, _album = made_of(client, 1)
    assert client.get(path.format(address)).status_code == 404


def test_one_albums_address_shows_nothing_of_another(client):
    first = send(client, ("1.jpg", jpeg(1)))["Location"]
    second = send(client, ("2.jpg", jpeg(2)), ("3.jpg", jpeg(3)))["Location"]
    assert client.get(f"{second}photos/2").content == jpeg(3)
    assert client.get(f"{first}photos/2").status_code == 404


def test_once_it_is_named_only_a_small_copy_of_a_photo_is_kept(client, knowing):
    address, album = made(client, *((f"{n}.png", PNG + b"photo %d" % n) for n in range(1, 11)))
    tasks.work_on(leases.claim(album.pk))
    assert [bytes(stored.content) for stored in PhotoBytes.objects.order_by("photo__number")] == [
        *(copy(n) for n in range(1, 9)),
        *(PNG + b"photo %d" % n for n in (9, 10)),
    ]
    assert [client.get(f"{address}photos/{n}")["Content-Type"] for n in (8, 9)] == ["image/jpeg", "image/png"]
    assert {asked.path for asked in knowing.asked} == {"/v1/score?top=5&rendering=true"}


def test_a_photo_that_cannot_be_read_is_dropped_at_once(client, album):
    stored = Photo.objects.filter(stored__isnull=False).values_list("name", flat=True)
    assert sorted(stored) == [f"{n}.jpg" for n in range(1, 7)]
    assert client.get(f"{album}photos/7").status_code == 404
    assert [row["error"] for row in table(client, album)][6:] == ["image-truncated", "image-unreadable"]


@pytest.mark.parametrize("formula", ["=1+1.jpg", "+1.jpg", "-1.jpg", "@SUM(A1).jpg", '=cmd|"c calc"!A1.jpg'])
def test_a_spreadsheet_runs_nothing_of_it(client, images, formula):
    evil = {**scorer.PREDICTIONS, "predictions": [{"id": "x", "label": "=2+2", "score": 0.5}]}
    images.answers(evil)
    address, album = made(client, ("names.zip", zipped((formula, jpeg()))))
    work(album)
    row = table(client, address)[0]
    assert (row["file"], row["label_1"]) == (f"'{formula}", "'=2+2")


def test_markup_in_a_name_stays_text(client):
    page = client.get(made(client, ("<b>bold</b>.zip", zipped(("<script>x()<.jpg", jpeg()))))[0]).text
    assert "<script>x()" not in page and "&lt;script&gt;x()&lt;.jpg" in page and "<b>" not in page


def test_files_beside_photos_are_told_apart(client):
    zip_file = zipped(("inner.jpg", jpeg()))
    files = [("same.jpg", jpeg(1)), ("same.jpg", jpeg(2)), ("more.zip", zip_file), (".DS_Store", b"x"), ("empty", b"")]
    _address, album = made(client, *files)
    found = [(photo.number, photo.name, photo.error) for photo in album.photos.all()]
    assert found == [
        *((1, "same.jpg", ""), (2, "same.jpg", ""), (3, "more.zip", "zip-among-photos"), (4, "empty", "image-empty"))
    ]
    assert album.skipped == 1


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


def test_a_stopped_album_keeps_what_it_has_and_goes_on_when_told(client, knowing):
    address, album = made_of(client, 20)
    tasks.work_on(leases.claim(album.pk))
    assert "Stopped" in client.post(f"{address}cancel/", follow=True).text
    work(album)
    assert (album.state, album.rows_done, len(knowing.asked)) == (Album.State.CANCELLED, 8, 8)
    assert [row["error"] for row in table(client, address)] == [""] * 8 + ["not-scored"] * 12
    client.post(f"{address}continue/")
    work(album)
    assert (album.state, album.rows_done, len(knowing.asked)) == (Album.State.DONE, 20, 20)


def test_a_worker_whose_claim_was_taken_over_writes_nothing(client, images):
    _address, album = made_of(client, 8)
    slow = leases.claim(album.pk)
    Chunk.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    quick = leases.claim(album.pk)
    assert leases.store(quick, [{"error": "image-unreadable"}] * 8) is True
    tasks.work_on(slow)
    album.refresh_from_db()
    assert (album.rows_done, album.chunks.get().results) == (8, [{"error": "image-unreadable"}] * 8)


def test_a_failing_scorer_is_tried_again_then_the_album_waits_for_a_person(client, nobody, images, settings):
    address, album = made_of(client, 3)
    working, settings.IMAGES_URL = settings.IMAGES_URL, "http://127.0.0.1:9"
    pauses = [tasks.work_on(leases.claim(album.pk)) for _ in range(MOST_TRIES)]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0, None]
    assert "The model does not answer" in client.get(address).text
    settings.IMAGES_URL = working
    client.post(f"{address}continue/")
    work(album)
    assert (album.state, album.rows_done) == (Album.State.DONE, 3)


def test_an_album_stopped_while_its_last_photos_were_named_is_done(client, knowing):
    _address, album = made_of(client, 3)
    chunk = leases.claim(album.pk)
    leases.cancel(album)
    assert leases.store(chunk, [{"error": "image-unreadable"}] * 3) is True
    album.refresh_from_db()
    assert (album.state, album.rows_done) == (Album.State.DONE, 3)


def test_an_album_in_which_nothing_happens_is_taken_up_once(client):
    _address, album = made_of(client, 3)
    assert leases.stalled() == []
    Album.objects.update(touched_at=timezone.now() - STALLED_AFTER - timedelta(seconds=1))
    assert (leases.stalled(), leases.stalled()) == ([album.pk], [])


def test_after_a_day_it_is_gone(client):
    address, album = made_of(client, 3)
    assert timedelta(hours=23) < album.expires_at - timezone.now() <= timedelta(days=1)
    assert tasks.purge() == 0
    Album.objects.update(expires_at=timezone.now())
    paths = (address, f"{address}labels.csv", f"{address}photos/1")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    assert tasks.purge() > 0 and (Chunk.objects.count(), Photo.objects.count(), PhotoBytes.objects.count()) == (0, 0, 0)


def test_it_can_be_deleted_at_once(client):
    address, _album = made_of(client, 3)
    assert "are deleted." in client.post(f"{address}delete/", follow=True).text
    assert (Album.objects.count(), PhotoBytes.objects.count()) == (0, 0)
    assert client.get(f"{address}photos/1").status_code == 404


def test_a_deleted_album_is_no_fault_for_its_worker(client, images):
    _address, album = made_of(client, 3)
    chunk = leases.claim(album.pk)
    album.delete()
    assert tasks.work_on(chunk) == 0.0
    tasks.score_next(chunk.batch_id)
