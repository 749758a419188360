"""POST /suggestions/: titles of entries for what is typed so far."""

import json

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory

from tests.webapp import scorer
from webapp.faq import suggestions

WHERE = "/suggestions/"


@pytest.fixture(autouse=True)
def nothing_counted():
    LocMemCache("throttles", {}).clear()


def suggested(response):
    assert response.status_code == 200
    return [row["text"] for row in response.json()["suggestions"]]


def test_suggestions_are_titles_of_entries(client, faq):
    response = client.post(WHERE, {"question": " why this "})
    assert response.json() == {
        "suggestions": [
            {
                "text": "Why is this undefined inside a callback?",
                "html": "Why is <code>this</code> undefined inside a callback?",
            },
            {"text": "What is bind?", "html": "What is bind?"},
        ],
        "said": "2 suggestions",
    }
    assert [json.loads(request.body) for request in faq.asked] == [{"question": "why this", "top": 20}]
    assert response["Cache-Control"] == "no-store"


def test_the_count_is_said_in_spanish(client, faq):
    faq.answers({**scorer.MATCHES, "matches": [scorer.BIND]})
    response = client.post(WHERE, {"question": "bind"}, headers={"Accept-Language": "es"})
    assert response.json()["said"] == "1 sugerencia"


def test_what_hardly_fits_is_not_suggested(client, faq):
    faq.answers({**scorer.NO_MATCH, "matches": [{**scorer.BIND, "score": 0.001}]})
    assert suggested(client.post(WHERE, {"question": "pancakes"})) == []


def test_a_title_with_the_word_being_typed_comes_first_and_five_are_enough(client, faq):
    titles = [f"How do I remove item {n}?" for n in range(9)] + ["How do I remove duplicates?"]
    rows = [{**scorer.BIND, "question": title, "score": 0.2 - n / 100} for n, title in enumerate(titles)]
    faq.answers({**scorer.NO_MATCH, "matches": rows})
    assert suggested(client.post(WHERE, {"question": "remove dupl"})) == [titles[9], *titles[:4]]


def test_markup_in_a_title_stays_text(client, faq):
    faq.answers({**scorer.MATCHES, "matches": [{**scorer.BIND, "question": "<img src=x> `<b>`"}]})
    (row,) = client.post(WHERE, {"question": "bind"}).json()["suggestions"]
    assert row == {"text": "<img src=x> <b>", "html": "&lt;img src=x&gt; <code>&lt;b&gt;</code>"}


@pytest.mark.parametrize("typed", ["", "ab", " a ", "x" * 301, "\x00\x01\x02\x03"])
def test_too_little_and_too_much_ask_nobody(client, faq, typed):
    assert (suggested(client.post(WHERE, {"question": typed})), faq.asked) == ([], [])


def test_without_a_scorer_there_are_none(client, nobody):
    assert suggested(client.post(WHERE, {"question": "why this"})) == []


def test_a_late_scorer_is_not_waited_for(client, faq):
    faq.never_answers()
    assert suggested(client.post(WHERE, {"question": "why this"})) == []
    assert int(faq.asked[0].headers["x-request-timeout-ms"]) <= 400


def test_too_many_requests_of_one_address_are_refused(client, faq):
    often = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
    assert all(suggestions._throttle.allows(often) for _ in range(600))
    refused = client.post(WHERE, {"question": "why"}, REMOTE_ADDR="192.0.2.1")
    assert (refused.status_code, refused["Retry-After"], faq.asked) == (429, "10", [])
    assert client.post(WHERE, {"question": "why"}, REMOTE_ADDR="192.0.2.2").status_code == 200


def test_a_post_with_its_token_is_needed(faq):
    assert Client(enforce_csrf_checks=True).post(WHERE, {"question": "why"}).status_code == 403
    assert Client().get(WHERE).status_code == 405
