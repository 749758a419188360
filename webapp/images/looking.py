"""Where a model looked, or two of them, for a label of the answer that stands on the page: as pictures for its script,
and without one within the page, which comes again."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from scoring.contract.images import Explanation
from scoring.contract.problems import ProblemError
from webapp.headers import request_id
from webapp.images.answers import mapped, sent_by
from webapp.images.carrying import COPY_NAME, carried_again
from webapp.images.explaining import all_explained, explained
from webapp.images.page import compared, page, shown
from webapp.images.photos import media_type
from webapp.images.sealed_forms import LookBothForm, LookForm
from webapp.messages import MESSAGES
from webapp.pages import form_of


@require_POST
@never_cache
def explanation(request: HttpRequest, both: bool = False) -> HttpResponse:
    """A PNG to lay over the crop of one model; or why there is none, in the visitor's words."""
    form = (LookBothForm if both else LookForm)(request.POST, request.FILES)
    if not form.is_valid():
        return _said(form.first_error(), HTTPStatus.UNPROCESSABLE_ENTITY)
    where, model = form.cleaned_data["where"], form.cleaned_data["model"]
    if not where:
        return _said(str(MESSAGES["label-not-shown"]), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        found = explained(model, where, form.photo, request_id(request), settings.IMAGE_DEADLINE_SECONDS)
    except ProblemError as error:
        return _said(model.fault(error), error.problem.status)
    return HttpResponse(found.overlay, content_type="image/png", headers={"Content-Disposition": "inline"})


@form_of("images")
def look(request: HttpRequest) -> HttpResponse:
    return _again(request, LookForm(request.POST, request.FILES), _one)


@form_of("images")
def look_both(request: HttpRequest) -> HttpResponse:
    return _again(request, LookBothForm(request.POST, request.FILES), _both)


Maps = list[Explanation | None]


def _again(
    request: HttpRequest, form: LookForm, shown_with: Callable[[HttpRequest, LookForm, Maps], dict[str, object]]
) -> HttpResponse:
    """The same answer, with what was found out about it; a model that failed is named."""
    if not form.is_valid():
        return page(request, {"error": form.first_error()}, HTTPStatus.UNPROCESSABLE_ENTITY)
    models, where = form.models(), form.cleaned_data["where"]
    found = all_explained(models, where, form.photo, request_id(request)) if where else [None] * len(models)
    maps = [one if isinstance(one, Explanation) else None for one in found]
    faults = [(model, one) for model, one in zip(models, found, strict=True) if isinstance(one, ProblemError)]
    context: dict[str, object] = {
        **shown_with(request, form, maps),
        "strength": form.cleaned_data["strength"],
        "where": where,
        "looked_for": next((one.label for one in maps if one), ""),
        "where_error": " ".join(model.fault(error) for model, error in faults),
    }
    return page(request, context, faults[0][1].problem.status if faults else HTTPStatus.OK)


def _one(request: HttpRequest, form: LookForm, maps: Maps) -> dict[str, object]:
    timed, (example, carries) = mapped(form.cleaned_data["sealed"].timed, maps[0]), carried_again(form)
    name, top = example.photo.name if example else COPY_NAME, len(timed.answer.predictions)
    snippets = sent_by(request, media_type(form.photo), name, top)
    return {**shown(timed, carries, snippets, form.data["sealed"]), "example": example, "top": top}


def _both(_request: HttpRequest, form: LookForm, maps: Maps) -> dict[str, object]:
    comparison, (example, carries) = form.cleaned_data["sealed"].comparison.with_maps(maps), carried_again(form)
    top = len(comparison.answers[0].predictions)
    return {**compared(comparison, carries, form.data["sealed"]), "example": example, "top": top}


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
