"""Votes and questions left: stored on the press, reviewed in the admin, exported as paraphrases."""

import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.webapp import scorer
from tests.webapp.results.pages import ask
from webapp.results.models import Feedback
from webapp.results.tasks import purge

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
FIELDS = ("question", "entry", "score", "verdict", "reason", "remark", "review")


def vote(client, verdict="helpful", headers=None, **more):
    sealed = more.pop("sealed", None) or ask(client, more.pop("question", "why undefined?"))
    return client.post("/feedback/", {"sealed": sealed, "verdict": verdict, **more}, headers=headers or {})


def stored():
    return list(Feedback.objects.order_by("pk").values_list(*FIELDS))


@pytest.fixture
def reviewer(client):
    user = User.objects.create_user("maria", password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="reviewers"))
    client.force_login(user)
    return client


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_vote_is_stored(client, faq, headers):
    response = vote(client, "helpful", headers)
    assert response.status_code == 200 and "Your vote is stored" in response.text
    assert ("<html" in response.text) == (not headers)
    assert stored() == [("why undefined?", "this-in-callback", 0.87, "helpful", "", "", "waiting")]


def test_a_wrong_answer_has_a_reason(client, faq):
    vote(client, "wrong", reason="outdated", remark="use Set")
    assert stored()[0][3:6] == ("wrong", "outdated", "use Set")


def test_the_last_vote_on_an_answer_counts_until_it_is_reviewed(client, faq):
    sealed = ask(client)
    vote(client, "helpful", sealed=sealed)
    vote(client, "wrong", sealed=sealed, reason="unclear")
    assert [row[3] for row in stored()] == ["wrong"]
    Feedback.objects.update(review="accepted")
    vote(client, "helpful", sealed=sealed)
    assert [row[3] for row in stored()] == ["wrong"]


def test_a_question_without_an_answer_is_left(client, faq):
    faq.answers(scorer.NO_MATCH)
    page = client.post("/", {"question": "pancakes"}).text
    assert "Leave this question" in page and "This stores your question" in page and "Was this the answer?" not in page
    assert "with the maintainers" in vote(client, "missing", question="pancakes", remark="breakfast").text
    assert stored() == [("pancakes", "bind", 0.31, "missing", "", "breakfast", "waiting")]


@pytest.mark.parametrize(
    "wrong", [{"verdict": "great"}, {"reason": "because"}, {"remark": "x" * 501}, {"sealed": "forged"}]
)
def test_what_is_no_vote_is_refused(client, faq, wrong):
    response = vote(client, **{"headers": HTMX, **wrong})
    assert (response.status_code, "Not stored" in response.text, stored()) == (422, True, [])


def test_votes_without_end_are_refused(client, faq):
    sealed = ask(client)
    assert [vote(client, sealed=sealed).status_code for _ in range(31)][-1] == 429


def test_old_votes_go(client, faq, settings):
    vote(client)
    Feedback.objects.update(given_at=timezone.now() - timedelta(days=settings.FEEDBACK_DAYS, minutes=1))
    assert (purge(), stored()) == (1, [])


def test_the_admin_is_for_staff_who_sign_in_on_the_sites_own_page(client, faq):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    client.force_login(User.objects.create_user("visitor", password="a long password"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_reviewer_sees_votes_and_nothing_else(reviewer, faq):
    vote(reviewer)
    index = reviewer.get("/admin/")
    assert (index.status_code, "auth/user" in index.text) == (200, False)
    assert "unsafe" not in index["Content-Security-Policy"] and "<script>" not in index.text
    assert "why undefined?" in reviewer.get("/admin/results/feedback/").text
    assert reviewer.get("/admin/results/feedback/add/").status_code == 403
    assert reviewer.get("/admin/auth/user/").status_code == 404


def test_an_accepted_question_needs_its_entry(reviewer, faq):
    vote(reviewer, "wrong", reason="other-question")
    change = f"/admin/results/feedback/{Feedback.objects.get().pk}/change/"
    refused = reviewer.post(change, {"question": "why undefined?", "review": "accepted", "right_entry": ""})
    assert (refused.status_code, "Name the entry" in refused.text) == (200, True)
    accepted = reviewer.post(change, {"question": "why?", "review": "accepted", "right_entry": "bind"})
    assert (accepted.status_code, exported()) == (302, [{"id": "bind", "paraphrases": ["why?"]}])


def test_many_are_accepted_at_once_where_their_entry_is_known(reviewer, faq):
    vote(reviewer, question="one")
    vote(reviewer, question="two")
    vote(reviewer, "wrong", question="three")
    chosen = list(Feedback.objects.values_list("pk", flat=True))
    page = reviewer.post("/admin/results/feedback/", {"action": "accept", "_selected_action": chosen}, follow=True).text
    assert "2 accepted." in page and "1 have no entry yet" in page
    assert exported() == [{"id": "this-in-callback", "paraphrases": ["one", "two"]}]
    reviewer.post("/admin/results/feedback/", {"action": "dismiss", "_selected_action": chosen})
    assert exported() == []


def exported(**options):
    out = io.StringIO()
    call_command("export_feedback", stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_only_what_is_reviewed_is_exported_and_each_question_once(client, faq):
    for question in ("one", "two", "one"):
        vote(client, question=question)
    assert exported() == []
    Feedback.objects.filter(question="one").update(review="accepted")
    assert exported() == [{"id": "this-in-callback", "paraphrases": ["one"]}]


def test_an_faq_comes_back_with_its_new_paraphrases(client, faq, tmp_path):
    vote(client, question="one")
    Feedback.objects.update(review="accepted")
    entry = {"id": "this-in-callback", "question": "Why?", "answer": "So.", "paraphrases": ["how come"]}
    other = {"id": "other", "question": "What?", "answer": "That."}
    source, out = tmp_path / "faq.jsonl", tmp_path / "more.jsonl"
    source.write_text(f"{json.dumps(entry)}\n\n{json.dumps(other)}\n")
    assert exported(faq=source, out=out) == []
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert lines == [{**entry, "paraphrases": ["how come", "one"]}, other]


@pytest.mark.parametrize("content", ["{", "[]", '{"question": "x"}'])
def test_a_file_that_is_no_faq_is_one_clear_line(db, tmp_path, content):
    (tmp_path / "faq.jsonl").write_text(content)
    with pytest.raises(CommandError, match="line 1 is not"):
        exported(faq=tmp_path / "faq.jsonl")
