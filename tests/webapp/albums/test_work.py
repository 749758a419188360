"""How an album is worked off, stopped, taken over, deleted; the tasks run by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webapp.albums.uploads import made_of, table, work
from webapp.albums import tasks
from webapp.albums.models import Album, Chunk, Photo, PhotoBytes
from webapp.albums.receiving import leases
from webapp.leases.leases import MOST_TRIES, STALLED_AFTER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


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
