"""A photo at which the scorer fails keeps no other one waiting: asked about alone, then marked with its reason."""

import json
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.albums.uploads import made_of, table, work
from webapp.albums import tasks
from webapp.albums.models import Album, Chunk
from webapp.albums.receiving import leases

pytestmark = pytest.mark.django_db
JSON = {"content-type": "application/json"}
NAMED = (200, JSON, json.dumps(scorer.PREDICTIONS).encode())
FAILED = (500, JSON, b"{}")
BUSY = (429, JSON, b"{}")
BAD = 4


def number(asked) -> int:
    return int(re.search(rb"photo (\d+)", asked.body)[1])


def times_asked(images) -> Counter[int]:
    return Counter(map(number, images.asked))


def errors(client, address) -> dict[str, str]:
    return {row["row"]: row["error"] for row in table(client, address) if row["error"]}


def named(client, address) -> int:
    return sum(row["label_1"] == "tabby" for row in table(client, address))


@pytest.fixture
def failing(images):
    images.reply_to = lambda asked: FAILED if number(asked) == BAD else NAMED
    return images


def test_it_is_marked_after_three_tries_alone_and_the_rest_is_named_once(client, failing):
    address, album = made_of(client, 20)
    work(album)
    assert (album.state, album.rows_done) == (Album.State.DONE, 20)
    assert (errors(client, address), named(client, address)) == ({"4": "photo-fails"}, 19)
    assert times_asked(failing) == Counter(range(1, 21)) + Counter({BAD: 3})
    assert "The model failed on this photo three times. The others went on without it." in client.get(address).text
    assert client.get(f"{address}photos/{BAD}").status_code == 404


def test_each_try_waits_longer(client, failing):
    _address, album = made_of(client, 8)
    assert tasks.work_on(leases.claim(album.pk)) == 0.0
    assert [tasks.work_on(leases.claim(album.pk)) for _ in range(3)] == [2.0, 4.0, 0.0]


def test_what_a_dying_scorer_takes_along_is_named_when_it_is_back(client, images):
    """The scorer dies of one photo while it works on three others."""
    together = {1, 2, 3, BAD}

    def reply(asked):
        dies = number(asked) == BAD or (number(asked) in together and times_asked(images)[number(asked)] == 1)
        return None if dies else NAMED

    images.reply_to = reply
    address, album = made_of(client, 8)
    work(album)
    assert (album.state, errors(client, address)) == (Album.State.DONE, {"4": "photo-stops-model"})
    assert times_asked(images) == Counter({1: 2, 2: 2, 3: 2, BAD: 4, 5: 1, 6: 1, 7: 1, 8: 1})


def test_a_photo_that_takes_too_long_is_said_so(client, images, settings):
    settings.IMAGE_DEADLINE_SECONDS = 0.2

    def reply(asked):
        if number(asked) == BAD:
            images.let_go.wait(20)
        return NAMED

    images.reply_to = reply
    address, album = made_of(client, 5)
    work(album)
    assert errors(client, address) == {"4": "photo-late"}


def test_an_album_of_that_photo_alone_ends_too(client, images):
    images.reply_to = lambda asked: FAILED
    address, album = made_of(client, 2)
    work(album)
    assert (album.state, errors(client, address)) == (Album.State.DONE, {"1": "photo-fails", "2": "photo-fails"})
    assert times_asked(images) == Counter({1: 5, 2: 5}), "twice with the others, three times alone"


def test_a_scorer_that_is_away_is_not_the_photos_fault(client, failing):
    address, album = made_of(client, 8)
    tasks.work_on(leases.claim(album.pk))
    failing.ready = False
    before = len(failing.asked)
    pauses = [tasks.work_on(leases.claim(album.pk)) for _ in range(8)]
    assert (pauses[-1], len(failing.asked)) == (None, before)
    album.refresh_from_db()
    assert (album.state, Chunk.objects.get(is_suspect=True).failures) == (Album.State.STUCK, 0)
    failing.ready = True
    client.post(f"{address}continue/")
    work(album)
    assert (album.state, errors(client, address)) == (Album.State.DONE, {"4": "photo-fails"})


def test_a_busy_scorer_is_not_the_photos_fault(client, failing):
    _address, album = made_of(client, 8)
    tasks.work_on(leases.claim(album.pk))
    failing.reply_to = lambda asked: BUSY
    assert tasks.work_on(leases.claim(album.pk)) == 2.0
    assert Chunk.objects.get(is_suspect=True).failures == 0


def test_while_a_suspect_is_asked_about_nothing_else_of_its_album_is(client, failing):
    _address, album = made_of(client, 17)
    work_once = leases.claim(album.pk)
    tasks.work_on(work_once)
    under_way = leases.claim(album.pk)
    others = [leases.claim(album.pk), leases.claim(album.pk)]
    assert [chunk and chunk.is_suspect for chunk in (under_way, *others)] == [False, False, None]
    for chunk in (under_way, others[0]):
        tasks.work_on(chunk)
    suspect = leases.claim(album.pk)
    assert (suspect.is_suspect, leases.claim(album.pk)) == (True, None)
    # Its worker was killed.
    Chunk.objects.filter(pk=suspect.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert leases.claim(album.pk).pk == suspect.pk


def test_a_worker_that_lost_its_claim_sets_nothing_apart(client, failing):
    _address, album = made_of(client, 8)
    slow = leases.claim(album.pk)
    Chunk.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    quick = leases.claim(album.pk)
    leases.store(quick, [{"error": "image-unreadable"}] * 8)
    tasks.work_on(slow)
    assert Chunk.objects.filter(is_suspect=True).count() == 0
