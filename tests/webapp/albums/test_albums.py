"""Many photos on their pages: the grid, its filters and what is kept of each photo; the tasks run by hand."""

import re

import pytest

from tests.webapp import scorer
from tests.webapp.albums.uploads import PNG, copy, jpeg, made, made_of, send, table, work, zipped
from webapp.albums import tasks
from webapp.albums.models import Album, Photo, PhotoBytes
from webapp.albums.receiving import leases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
CELL = re.compile(r'<li class="cell.*?</li>', re.DOTALL)


def names(page: str) -> list[str]:
    return [re.search(r'title="([^"]+)"', cell)[1] for cell in CELL.findall(page)]


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


MEANING = "The words say how many answers like this are right"


def test_percentages_and_words_are_explained_where_they_may_differ(client, album):
    assert client.get(album).text.count(MEANING) == 1


def test_words_of_a_model_that_was_never_calibrated_are_not_said_to_be_learnt(client, images):
    address, album = made_of(client, 1)
    work(album)
    page = client.get(address).text
    assert "tabby" in page and MEANING not in page


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
