"""Keep an answer, show a kept one, delete it; vote on an answer."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from webapp.headers import request_id
from webapp.images.copies import copy_of
from webapp.images.sealed_forms import SealedComparisonForm, SealedPhotoForm
from webapp.pages import form_of
from webapp.problems import message
from webapp.results import keeping, voting
from webapp.results.answering import not_stored, photo_response, refused, said
from webapp.results.forms import AnswerForm, VoteForm
from webapp.results.models import Feedback, Kept, KeptOfPhoto
from webapp.results.showing import shown

COOKIE = "kept"


@form_of("faq")
def keep(request: HttpRequest) -> HttpResponse:
    """Store the answer and go to its own address. The browser gets the key that deletes it."""
    form = AnswerForm(request.POST)
    if refusal := refused(request, form):
        return refusal
    return _to_its_page(request, *keeping.keep_answer(form.cleaned_data["sealed"]))


@form_of("images")
def keep_photo(request: HttpRequest) -> HttpResponse:
    """The same for a photo and its labels. Stored is the scorer's copy of it, whatever was sent."""
    return _keep_with_photo(request, SealedPhotoForm(request.POST, request.FILES), keeping.keep_photo)


@form_of("images")
def keep_comparison(request: HttpRequest) -> HttpResponse:
    """The same for what two models say of a photo."""
    return _keep_with_photo(request, SealedComparisonForm(request.POST, request.FILES), keeping.keep_comparison)


@require_safe
@never_cache
def kept(request: HttpRequest, kept_id: str) -> HttpResponse:
    found = keeping.find(kept_id)
    if found is None:
        return _gone(request)
    try:
        context = shown(request, found)
    except ContractError:  # kept by an older version, whose answers had another shape
        return _gone(request)
    owned = {"is_owner": _is_owner(request, found), "link": request.build_absolute_uri(request.path)}
    return render(request, "results/kept.html", {**context, "kept": found, "section": _section(found), **owned})


@require_safe
@never_cache
def photo(request: HttpRequest, kept_id: str) -> HttpResponse:
    """The photo of a kept answer: shown by its page, saved and never opened where somebody goes to it."""
    found = keeping.find(kept_id)
    if not isinstance(found, KeptOfPhoto):
        raise Http404
    return photo_response(found.photo)


@require_POST
def delete(request: HttpRequest, kept_id: str) -> HttpResponse:
    found = keeping.find(kept_id)
    if found is None or not _is_owner(request, found):
        return _gone(request)
    found.delete()
    messages.success(request, _("The kept answer is deleted."))
    response = redirect(_section(found))
    response.delete_cookie(COOKIE, path=reverse("kept", args=[kept_id]))
    return response


@form_of("faq")
def vote(request: HttpRequest) -> HttpResponse:
    form = VoteForm(request.POST)
    if refusal := refused(request, form):
        return refusal
    given = form.cleaned_data
    voting.store(given["sealed"], given["verdict"], given["reason"], given["remark"])
    return said(request, {"missing": given["verdict"] == Feedback.Verdict.MISSING}, HTTPStatus.OK)


def _keep_with_photo(
    request: HttpRequest, form: SealedPhotoForm, store: Callable[[Any, bytes], tuple[Kept, str]]
) -> HttpResponse:
    if refusal := refused(request, form, "images"):
        return refusal
    try:
        photo = copy_of(form.photo, request_id(request))
    except ProblemError as error:
        return not_stored(request, message(error.problem), error.problem.status, "images")
    return _to_its_page(request, *store(form.cleaned_data["sealed"], photo))


def _to_its_page(request: HttpRequest, row: Kept, key: str) -> HttpResponse:
    address = reverse("kept", args=[row.pk])
    response = HttpResponseRedirect(address)
    response.set_cookie(
        COOKIE, key, max_age=timedelta(days=settings.KEEP_DAYS), path=address,
        httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip
    return response


def _is_owner(request: HttpRequest, found: Kept) -> bool:
    return keeping.made_by(found, request.COOKIES.get(COOKIE, ""))


def _section(found: Kept) -> str:
    """Both the page where one makes such results and the entry of the navigation that theirs belongs to."""
    return "images" if isinstance(found, KeptOfPhoto) else "faq"


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "results/gone.html", status=HTTPStatus.NOT_FOUND)
