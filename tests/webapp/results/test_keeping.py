"""Keep this answer: a link that cannot be guessed, with an end, and deleted by who made it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.results.pages import ask
from webapp.batches.models import Batch
from webapp.results.models import Feedback, KeptAnswer
from webapp.results.tasks import purge

pytestmark = pytest.mark.django_db


def keep(client, **answer):
    response = client.post("/kept/", {"sealed": ask(client, **answer)})
    assert response.status_code == 302
    return response["Location"]


def test_asking_stores_nothing(client, faq):
    ask(client)
    stored = [model.objects.count() for model in (KeptAnswer, Feedback, Batch, Session)]
    assert (stored, set(client.cookies)) == ([0, 0, 0, 0], {"csrftoken"})


def test_a_kept_answer_is_shown_as_it_was(client, faq):
    address = keep(client)
    faq.answers({**scorer.MATCHES, "matches": [scorer.BIND]})
    page = Client().get(address)
    assert page.status_code == 200
    for said in ("undefined</mark> in a", "Why is <code>this</code> undefined", "3f2a91c", "What is bind?", "87"):
        assert said in page.text
    assert len(faq.asked) == 1
    assert "noindex" in page.text and "no-store" in page["Cache-Control"]


def test_the_link_cannot_be_guessed_and_differs(client, faq):
    first, second = keep(client), keep(client)
    assert first != second and len(first.split("/")[2]) >= 22
    assert client.get("/kept/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_it_ends_after_the_configured_days(client, faq, settings):
    settings.KEEP_DAYS = 3
    address = keep(client)
    kept = KeptAnswer.objects.get()
    assert timedelta(days=2, hours=23) < kept.expires_at - timezone.now() <= timedelta(days=3)
    KeptAnswer.objects.update(expires_at=timezone.now())
    gone = client.get(address)
    assert (gone.status_code, "No answer is kept here" in gone.text) == (404, True)
    assert (purge(), KeptAnswer.objects.count()) == (1, 0)


def test_a_purge_leaves_what_lasts(client, faq):
    keep(client)
    assert (purge(), KeptAnswer.objects.count()) == (0, 1)


def test_who_made_it_deletes_it(client, faq):
    address = keep(client)
    assert "Delete it now" in client.get(address).text
    response = client.post(f"{address}delete/", follow=True)
    assert "The kept answer is deleted." in response.text
    assert (client.get(address).status_code, KeptAnswer.objects.count()) == (404, 0)


def test_another_browser_reads_it_and_cannot_delete_it(client, faq):
    address = keep(client)
    other = Client()
    assert "Delete it now" not in other.get(address).text
    other.cookies["kept"] = "guess"
    assert other.post(f"{address}delete/").status_code == 404
    assert client.get(f"{address}delete/").status_code == 405
    assert KeptAnswer.objects.count() == 1


def test_the_key_is_in_the_browser_alone(client, faq):
    address = keep(client)
    cookie = client.cookies["kept"]
    assert (cookie["path"], bool(cookie["httponly"]), cookie["samesite"]) == (address, True, "Lax")
    assert cookie.value not in str(KeptAnswer.objects.values().get())


@pytest.mark.parametrize("forged", ["", "x", "a:b:c", "anothers"])
def test_what_the_site_has_not_shown_is_not_kept(client, faq, forged):
    given = signing.dumps({"question": "x"}, salt="another") if forged == "anothers" else forged
    response = client.post("/kept/", {"sealed": given})
    assert (response.status_code, "Ask again" in response.text, KeptAnswer.objects.count()) == (422, True, 0)


def test_a_page_of_yesterday_is_not_kept(client, faq, monkeypatch):
    sealed = ask(client)
    monkeypatch.setattr(signing.time, "time", lambda now=signing.time.time(): now + 86_500)
    assert client.post("/kept/", {"sealed": sealed}).status_code == 422


def test_an_answer_of_another_version_is_gone_and_no_fault(client, faq):
    address = keep(client)
    KeptAnswer.objects.update(answer={"matches": []})
    assert client.get(address).status_code == 404


def test_keeping_without_end_is_refused(client, faq):
    sealed = ask(client)
    statuses = [client.post("/kept/", {"sealed": sealed}).status_code for _ in range(32)]
    assert (statuses.count(302), statuses[-1]) == (30, 429)


def test_a_post_needs_its_token(client, faq):
    assert Client(enforce_csrf_checks=True).post("/kept/", {"sealed": ask(client)}).status_code == 403


def test_no_match_can_be_kept(client, faq):
    faq.answers(scorer.NO_MATCH)
    assert "No good match" in client.get(keep(client)).text
