"""The page on which a visitor asks."""

import json
import re

import pytest
from django.test import Client

from tests.webapp import scorer
from tests.webapp.results.pages import sealed

HTMX = {"HX-Request": "true"}


def alert(response) -> str:
    """The text beside the field."""
    return re.search(r'<p id="question-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)[1].strip()


def test_the_empty_page_asks_nobody(client, faq):
    response = client.get("/")
    assert (response.status_code, faq.asked, alert(response)) == (200, [], "")
    assert "<textarea" in response.text


@pytest.mark.parametrize("way", ["form", "link"])
def test_a_question_is_answered(client, faq, way):
    asked = "my this is undefined inside a callback"
    response = client.post("/", {"question": asked}) if way == "form" else client.get("/", {"q": asked})
    page = response.text
    assert response.status_code == 200
    assert "Why is <code>this</code> undefined inside a callback?" in page
    marked = '<mark class="w2" title="30\N{NO-BREAK SPACE}%">undefined</mark> inside a <mark class="w4" title="60'
    assert marked in page
    assert '<rect width="87.0" height="8"/>' in page and "87\N{NO-BREAK SPACE}%" in page and "very likely" in page
    for said in ("javascript", "3f2a91c", "scoring-faq-7d4f-x2x9z", "What is bind?"):
        assert said in page
    assert [json.loads(request.body) for request in faq.asked] == [{"question": asked, "top": 5}]


def test_markup_in_an_answer_stays_text(client, faq):
    page = client.post("/", {"question": "this"}).text
    assert "&lt;script&gt;x()&lt;/script&gt;" in page
    assert "<script>x()" not in page


def test_markup_in_a_question_stays_text(client, faq):
    page = client.post("/", {"question": "<b>callback</b></textarea>"}).text
    assert "<b>" not in page
    shown = re.sub(r"<mark [^>]*>", "<mark>", page)
    assert "&lt;b&gt;<mark>callback</mark>&lt;/b&gt;&lt;/textarea&gt;" in shown


def test_htmx_gets_the_answer_alone(client, faq):
    response = client.post("/", {"question": "this"}, headers=HTMX)
    assert "<html" not in response.text and 'id="best"' in response.text
    assert "HX-Request" in response["Vary"]


def test_a_page_restored_from_the_history_is_whole(client, faq):
    response = client.get("/?q=this", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in response.text


def test_below_the_threshold_there_is_no_good_match(client, faq):
    faq.answers(scorer.NO_MATCH)
    page = client.post("/", {"question": "pancakes"}).text
    assert "No good match" in page and "What is bind?" in page
    assert "45\N{NO-BREAK SPACE}%" in page and "31\N{NO-BREAK SPACE}%" in page


def test_the_nearest_three_are_shown_though_nothing_speaks_for_them(client, faq):
    near = [{**scorer.BIND, "id": str(at), "question": f"Entry {at}?", "score": 0.0} for at in range(5)]
    faq.answers({**scorer.NO_MATCH, "matches": near})
    page = client.post("/", {"question": "do you deliver to France"}).text
    shown, further = page.split("Further away")
    assert "No good match" in shown and [f"Entry {at}?" in shown for at in range(5)] == [True] * 3 + [False] * 2
    assert shown.count("0\N{NO-BREAK SPACE}%") >= 3 and "Entry 4?" in further


def test_where_nothing_is_near_the_page_says_so(client, faq):
    faq.answers({**scorer.NO_MATCH, "matches": []})
    response = client.post("/", {"question": "!!!"})
    assert response.status_code == 200
    assert "No good match" in response.text and "Nothing in this FAQ comes near to that." in response.text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"question=", 422, "Type a question first."),
        (b"", 422, "Type a question first."),
        (b"question=++%0A%00%01", 422, "Type a question first."),
        (b"question=" + b"a" * 10_000, 422, "The question is too long. At most 2,000 characters are read."),
        (b"question=" + b"%F0%9F%90%88" * 10_000, 422, "The question is too long. At most 2,000 characters are read."),
        (b"question=%ff%fe", 400, "The text could not be read. Please type it again."),
    ],
)
def test_a_question_that_is_none_is_said_beside_the_field(client, faq, body, status, said):
    response = client.post("/", body, content_type="application/x-www-form-urlencoded")
    assert (response.status_code, alert(response), faq.asked) == (status, said, [])
    fragment = client.post("/", body, content_type="application/x-www-form-urlencoded", headers=HTMX)
    assert (fragment.status_code, alert(fragment)) == (status, said)


@pytest.mark.parametrize("question", ["🐈 why undefined?", "a\x07b", "¿por qué?", "x" * 2000])
def test_unusual_questions_are_asked(client, faq, question):
    assert client.post("/", {"question": question}).status_code == 200
    assert json.loads(faq.asked[0].body)["question"] == question.replace("\x07", "")


def test_the_question_stays_in_the_field_when_it_fails(client, nobody):
    response = client.post("/", {"question": "why?"})
    assert response.status_code == 503
    assert ">why?</textarea>" in response.text
    assert "The model cannot be reached at the moment." in response.text
    assert "Try again" in response.text


def test_a_late_answer_is_said_so(client, faq, settings):
    settings.QUESTION_DEADLINE_SECONDS = 0.3
    faq.never_answers()
    response = client.post("/", {"question": "why?"})
    assert response.status_code == 504 and "did not answer in time" in response.text


def test_a_busy_scorer_is_said_so(client, faq):
    faq.answers({}, 429, **{"retry-after": "3"})
    response = client.post("/", {"question": "why?"})
    assert response.status_code == 503 and "too much to do" in response.text


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"matches": 1}', b"[" * 10_000])
def test_nonsense_is_said_so(client, faq, body):
    faq.answers_raw(body)
    response = client.post("/", {"question": "why?"})
    assert response.status_code == 502 and "an answer that cannot be shown" in response.text


def test_a_post_needs_its_token(faq):
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/", {"question": "why?"})
    assert refused.status_code == 403 and "Reload the page" in refused.text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', strict.get("/").text)[1]
    assert strict.post("/", {"question": "why?", "csrfmiddlewaretoken": token}).status_code == 200


def test_the_request_id_goes_to_the_scorer(client, faq):
    response = client.post("/", {"question": "why?"}, headers={"X-Request-ID": "from-the-proxy-1"})
    assert response["X-Request-ID"] == faq.asked[0].headers["x-request-id"] == "from-the-proxy-1"


def test_a_malformed_request_id_is_replaced(client, faq):
    response = client.post("/", {"question": "why?"}, headers={"X-Request-ID": "a b<script>"})
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


def test_the_spanish_page_says_that_the_answers_are_english(client, faq):
    assert client.get("/", headers={"Accept-Language": "es"}).text.count('class="muted"') == 1
    assert client.get("/", headers={"Accept-Language": "en"}).text.count('class="muted"') == 0


@pytest.mark.django_db
def test_where_nothing_matches_well_no_word_has_decided_and_no_answer_is_kept(client, faq):
    nearest = {**scorer.BIND, "words": [{"text": "bind", "weight": 0.9}]}
    faq.answers({**scorer.NO_MATCH, "matches": [nearest]})
    page = client.post("/", {"question": "bind a book?"}).text
    assert "<q>bind a book?</q>" in page and "decided:" not in page
    assert "The words that came nearest" in page and "The words that decided" not in page
    assert "Keep this result" in page and "Keep this answer" not in page
    kept = client.post("/kept/", {"sealed": sealed(page)}, follow=True).text
    assert "<h1>A kept result</h1>" in kept and "<q>bind a book?</q>" in kept
