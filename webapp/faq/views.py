"""The page on which a visitor asks a question."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from scoring.contract.faq import Matches, Question
from scoring.contract.problems import ProblemError
from webapp import clients, receipts
from webapp.faq.answers import presented
from webapp.faq.forms import QuestionForm
from webapp.faq.requests import asked_by
from webapp.faq.sealed import seal
from webapp.headers import request_id
from webapp.pages import fragment_or_page
from webapp.problems import message
from webapp.results.models import Feedback

EXAMPLES = (
    "my this is undefined inside a callback",
    "0.1 + 0.2 gives 0.30000000000000004",
    "remove duplicates from a list",
    "difference between let and var",
    "why does sort put 10 before 9",
)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Without a question the empty page; with one (posted, or `?q=` in a link) its answer."""
    given = request.POST.get("question", "") if request.method == "POST" else request.GET.get("q")
    context, status = (_empty(), HTTPStatus.OK) if given is None else _answered(request, given)
    return fragment_or_page(request, "faq/answer.html", "faq/page.html", context, status)


def _empty() -> dict[str, object]:
    return {"form": QuestionForm(), "examples": EXAMPLES, "asked": ""}


def _answered(request: HttpRequest, given: str) -> tuple[dict[str, object], int]:
    form = QuestionForm({"question": given})
    context: dict[str, object] = {"form": form, "examples": EXAMPLES, "asked": given}
    if not form.is_valid():
        unreadable = form.has_error("question", "not-utf8")
        return context, HTTPStatus.BAD_REQUEST if unreadable else HTTPStatus.UNPROCESSABLE_ENTITY
    question = Question(form.cleaned_data["question"])
    try:
        timed = clients.ask(question, request_id(request))
    except ProblemError as error:
        return {**context, "failure": message(error.problem)}, error.problem.status
    return {**context, **_shown(request, question, timed)}, HTTPStatus.OK


def _shown(request: HttpRequest, question: Question, timed: clients.Timed[Matches]) -> dict[str, object]:
    return {
        **presented(question.question, timed.answer),
        "shown": receipts.shown(timed, asked_by(request, question)),
        "sealed": seal(question.question, timed),
        "keep_days": settings.KEEP_DAYS,
        "reasons": Feedback.Reason.choices,
    }
