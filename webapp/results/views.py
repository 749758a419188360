"""Keep an answer, show a kept one, delete it; vote on an answer."""

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from scoring.contract.faq import Matches, Question
from scoring.contract.reading import ContractError
from webapp import receipts
from webapp.clients import Timed
from webapp.faq.answers import presented
from webapp.faq.requests import asked_by
from webapp.pages import fragment_or_page
from webapp.results import keeping, voting
from webapp.results.forms import SealedForm, VoteForm
from webapp.results.models import Feedback, KeptAnswer
from webapp.throttles import Throttle

COOKIE = "kept"
_throttle = Throttle("results", most=30, seconds=600)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Store the answer and go to its own address. The browser gets the key that deletes it."""
    form = SealedForm(request.POST)
    if not form.is_valid():
        return _not_stored(request, form.first_error(), HTTPStatus.UNPROCESSABLE_ENTITY)
    if not _throttle.allows(request):
        return _too_often(request)
    kept, key = keeping.keep(form.cleaned_data["sealed"])
    address = reverse("kept", args=[kept.id])
    response = HttpResponseRedirect(address)
    response.set_cookie(
        COOKIE, key, max_age=timedelta(days=settings.KEEP_DAYS), path=address,
        httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip
    return response


@require_safe
@never_cache
def kept(request: HttpRequest, kept_id: str) -> HttpResponse:
    found = keeping.find(kept_id)
    if found is None:
        return _gone(request)
    try:
        shown = _shown(request, found)
    except ContractError:  # kept by an older version, whose answers had another shape
        return _gone(request)
    return render(request, "results/kept.html", shown)


@require_POST
def delete(request: HttpRequest, kept_id: str) -> HttpResponse:
    found = keeping.find(kept_id)
    if found is None or not _is_owner(request, found):
        return _gone(request)
    found.delete()
    messages.success(request, _("The kept answer is deleted."))
    response = redirect("faq")
    response.delete_cookie(COOKIE, path=reverse("kept", args=[kept_id]))
    return response


@require_POST
def vote(request: HttpRequest) -> HttpResponse:
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _not_stored(request, form.first_error(), HTTPStatus.UNPROCESSABLE_ENTITY)
    if not _throttle.allows(request):
        return _too_often(request)
    given = form.cleaned_data
    voting.store(given["sealed"], given["verdict"], given["reason"], given["remark"])
    return _said(request, {"missing": given["verdict"] == Feedback.Verdict.MISSING}, HTTPStatus.OK)


def _shown(request: HttpRequest, found: KeptAnswer) -> dict[str, object]:
    """Raises ContractError."""
    timed = Timed(Matches.from_json(found.answer), found.site_ms)
    return {
        **presented(found.question, timed.answer),
        "shown": receipts.shown(timed, asked_by(request, Question(found.question))),
        "kept": found,
        "is_owner": _is_owner(request, found),
        "link": request.build_absolute_uri(request.path),
    }


def _is_owner(request: HttpRequest, found: KeptAnswer) -> bool:
    return keeping.made_by(found, request.COOKIES.get(COOKIE, ""))


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "results/gone.html", status=HTTPStatus.NOT_FOUND)


def _too_often(request: HttpRequest) -> HttpResponse:
    said = _("That was often. Wait a few minutes and try again.")
    response = _not_stored(request, said, HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(_throttle.seconds)
    return response


def _not_stored(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return _said(request, {"refused": why}, status)


def _said(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    return fragment_or_page(request, "results/thanks.html", "results/thanks_page.html", context, status)
