"""A file of questions through the pages, its tasks run by hand; with real workers in test_workers."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.webapp import scorer
from webapp.batches import chunks, tasks
from webapp.batches.models import Batch, Chunk

pytestmark = pytest.mark.django_db
HEADER = ["row", "question", "entry_id", "entry", "score", "answered", "error"]


@pytest.fixture(autouse=True)
def no_broker(settings):
    """Port 9 of loopback: messages are lost, as they may be; the database knows what is to be done."""
    assert settings.CELERY_BROKER_URL == "redis://127.0.0.1:9/0"


def upload(client, content, name="my questions.csv"):
    return client.post("/questions/", {"file": SimpleUploadedFile(name, content)})


def made(client, count):
    content = "question\n" + "".join(f"question {n}\n" for n in range(1, count + 1))
    response = upload(client, content.encode())
    assert response.status_code == 302
    return response["Location"], Batch.objects.get()


def work(batch):
    """What the workers do, until nothing is free."""
    while (chunk := chunks.claim(batch.pk)) is not None:
        if tasks._score(chunk) is None:
            break
    batch.refresh_from_db()


def table(client, address):
    text = client.get(f"{address}answers.csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_every_question_is_answered_in_its_row(client, faq):
    address, batch = made(client, 120)
    assert [len(chunk.questions) for chunk in batch.chunks.all()] == [50, 50, 20]
    work(batch)
    rows = table(client, address)
    title = "Why is `this` undefined inside a callback?"
    assert rows[0] == HEADER
    assert rows[1:] == [[str(n), f"question {n}", "this-in-callback", title, "0.87", "yes", ""] for n in range(1, 121)]
    assert (batch.state, batch.rows_done, len(faq.asked)) == (Batch.State.DONE, 120, 120)
    assert sorted(json.loads(asked.body)["question"] for asked in faq.asked) == sorted(row[1] for row in rows[1:])


@pytest.mark.parametrize("is_up", [True, False])
def test_the_page_says_when_the_workers_queue_is_away(client, faq, monkeypatch, is_up):
    monkeypatch.setattr("webapp.health.redis_answers", lambda: is_up)
    address, batch = made(client, 2)
    page = client.get(address).text
    assert ("The queue of the workers cannot be reached" in page, ">Answering<" in page) == (not is_up, is_up)
    work(batch)
    assert "The queue of the workers" not in client.get(address).text


def test_the_page_shows_progress_a_table_in_pages_and_then_stops_asking(client, faq):
    address, batch = made(client, 120)
    tasks._score(chunks.claim(batch.pk))
    page = client.get(address).text
    assert "50 of 120 questions" in page and 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page and 'value="50"' in page
    assert page.count("<tr>") == 101 and "not scored yet" in page and "Page 1 of 2" in page
    assert f'hx-get="{address}?page=1&amp;table=1"' in page
    fragment = client.get(f"{address}?page=2&table=1", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment and fragment.count("<tr>") == 21 and ">101<" in fragment
    assert 'hx-swap-oob="true"' in fragment and f'hx-get="{address}?page=2&amp;table=1"' in fragment
    tasks._score(chunks.claim(batch.pk))
    complete = client.get(f"{address}?page=1&table=1", headers={"HX-Request": "true"}).text
    assert "not scored yet" not in complete and f'hx-get="{address}?page=1"' in complete
    assert "<table" not in client.get(f"{address}?page=1", headers={"HX-Request": "true"}).text
    work(batch)
    page = client.get(address).text
    assert "All answered" in page and "every 1s" not in page and "refresh" not in page


def test_rows_that_are_no_question_say_so_and_spoil_nothing(client, faq):
    content = f"id,question\n1,why?\n2,\n3,{'x' * 2001}\n".encode()
    address, batch = upload(client, content)["Location"], Batch.objects.get()
    work(batch)
    assert [row[6] for row in table(client, address)[1:]] == ["", "question-empty", "question-too-long"]
    assert "Type a question first." in client.get(address).text and batch.state == Batch.State.DONE


def test_no_good_match_is_said(client, faq):
    faq.answers(scorer.NO_MATCH)
    address, batch = made(client, 1)
    work(batch)
    assert table(client, address)[1][4:] == ["0.31", "no", ""]
    assert "No good match; nearest:" in client.get(address).text


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=cmd|"/c calc"!A1', " =1"])
def test_a_spreadsheet_runs_nothing_of_it(client, faq, formula):
    cell = formula.replace('"', '""')
    faq.answers({**scorer.MATCHES, "matches": [{**scorer.BIND, "question": formula}]})
    address, batch = upload(client, f'question\n"{cell}"\n'.encode())["Location"], Batch.objects.get()
    work(batch)
    row = table(client, address)[1]
    assert (row[1], row[3]) == (f"'{formula}", f"'{formula}")


def test_markup_in_a_question_stays_text(client, faq):
    address = upload(client, b"question\n<script>x()</script>\n", "<b>.csv")["Location"]
    page = client.get(address).text
    assert "<script>x()" not in page and "&lt;script&gt;" in page and "<b>" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no questions"),
        (b"\xff\xffx", "not UTF-8"),
        (b"question\n", "no questions"),
        (b"a b c d e\nx\n", "No column"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_beside_the_field(client, content, said):
    response = upload(client, content)
    assert (response.status_code, said in response.text, Batch.objects.count()) == (422, True, 0)
    assert 'aria-invalid="true"' in response.text


def test_no_file_and_too_large_a_file_are_said(client):
    assert "Choose a CSV file first." in client.post("/questions/").text
    response = upload(client, b"question\n" + b"x" * (10 * 1024 * 1024 + 70_000))
    assert (response.status_code, "larger than 10 MB" in response.text) == (413, True)


def test_uploads_without_end_are_refused(client):
    assert [upload(client, b"question\nwhy?\n").status_code for _ in range(21)][-2:] == [302, 429]


def test_a_stopped_batch_is_left_alone_keeps_what_it_has_and_goes_on_when_told(client, faq):
    address, batch = made(client, 120)
    tasks._score(chunks.claim(batch.pk))
    assert "Stopped" in client.post(f"{address}cancel/", follow=True).text
    work(batch)
    assert (batch.state, batch.rows_done, len(faq.asked)) == (Batch.State.CANCELLED, 50, 50)
    assert [row[6] for row in table(client, address)[1:]] == [""] * 50 + ["not-scored"] * 70
    client.post(f"{address}continue/")
    work(batch)
    assert (batch.state, batch.rows_done) == (Batch.State.DONE, 120)


def test_a_chunk_stopped_half_way_is_given_back(client, faq):
    _address, batch = made(client, 50)
    chunk = chunks.claim(batch.pk)
    chunks.cancel(batch)
    assert chunks.renew(chunk) is False


def test_a_claimed_chunk_is_nobody_elses_until_its_lease_ends(client):
    _address, batch = made(client, 60)
    first, second = chunks.claim(batch.pk), chunks.claim(batch.pk)
    assert (first.number, second.number, chunks.claim(batch.pk)) == (0, 1, None)
    Chunk.objects.filter(pk=first.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    again = chunks.claim(batch.pk)
    assert (again.number, again.claim != first.claim, again.tries) == (0, True, 2)


def test_a_worker_whose_claim_was_taken_over_writes_nothing(client, faq):
    _address, batch = made(client, 50)
    slow = chunks.claim(batch.pk)
    Chunk.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    quick = chunks.claim(batch.pk)
    assert chunks.store(quick, [{"answered": False}] * 50) is True
    assert chunks.store(slow, [{"answered": True}] * 50) is False
    batch.refresh_from_db()
    assert (batch.rows_done, batch.chunks.get().results[0]) == (50, {"answered": False})
    chunks.release(slow)
    assert chunks.claim(batch.pk) is None


def test_a_failing_scorer_is_tried_again_then_the_batch_waits_for_a_person(client, nobody, faq, settings):
    address, batch = made(client, 10)
    working, settings.FAQ_URL = settings.FAQ_URL, "http://127.0.0.1:9"
    pauses = [tasks._score(chunks.claim(batch.pk)) for _ in range(chunks.MOST_TRIES)]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0, None]
    assert "The model does not answer" in client.get(address).text
    settings.FAQ_URL = working
    client.post(f"{address}continue/")
    work(batch)
    assert (batch.state, batch.rows_done) == (Batch.State.DONE, 10)


def test_a_batch_in_which_nothing_happens_is_taken_up_once(client):
    _address, batch = made(client, 10)
    assert chunks.stalled() == []
    Batch.objects.update(touched_at=timezone.now() - chunks.STALLED_AFTER - timedelta(seconds=1))
    assert (chunks.stalled(), chunks.stalled()) == ([batch.pk], [])


def test_after_a_day_it_is_gone(client, faq):
    address, batch = made(client, 10)
    assert timedelta(hours=23) < batch.expires_at - timezone.now() <= timedelta(days=1)
    assert tasks.purge() == 0
    Batch.objects.update(expires_at=timezone.now())
    assert (client.get(address).status_code, client.get(f"{address}answers.csv").status_code) == (404, 404)
    assert tasks.purge() > 0 and Chunk.objects.count() == 0


def test_it_can_be_deleted_at_once(client):
    address, _batch = made(client, 10)
    assert "are deleted." in client.post(f"{address}delete/", follow=True).text
    assert (Batch.objects.count(), Chunk.objects.count(), client.get(address).status_code) == (0, 0, 404)


def test_a_deleted_batch_is_no_fault_for_its_worker(client, faq):
    _address, batch = made(client, 10)
    chunk = chunks.claim(batch.pk)
    batch.delete()
    assert chunks.store(chunk, [{}] * 10) is False
    tasks.score_next(chunk.batch_id)


def test_a_strange_address_is_not_found(client):
    for path in ("/questions/nothing/", "/questions/nothing/answers.csv"):
        assert client.get(path).status_code == 404
    for action in ("cancel", "continue", "delete"):
        assert client.post(f"/questions/nothing/{action}/").status_code == 404
