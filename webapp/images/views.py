"""The page on which a visitor shows a photo."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from scoring.contract.problems import Problem, ProblemError
from webapp import receipts
from webapp.headers import request_id
from webapp.images import comparing
from webapp.images.answers import api_path, sent_by
from webapp.images.by_address import THROTTLE, AddressForm, photo_form, too_many
from webapp.images.carrying import PAGE, carried, place
from webapp.images.examples import find, sheet
from webapp.images.forms import PhotoForm
from webapp.images.page import compared, page, shown
from webapp.images.remembering import classify as classify_photo
from webapp.images.sealed import seal, seal_comparison
from webapp.problems import message
from webapp.templatetags.scores import ago

A_DAY = 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: HttpRequest) -> HttpResponse:
    """Without a photo the empty page; with one (uploaded, or an example's name) what it shows."""
    if request.method != "POST":
        return page(request, {}, HTTPStatus.OK)
    form = photo_form(request)
    if isinstance(form, AddressForm) and (refusal := too_many(request)):
        return page(request, {form.error_name: message(refusal)}, refusal.status, THROTTLE.seconds)
    if not form.is_valid():
        status = form.problem.status if form.problem else HTTPStatus.UNPROCESSABLE_ENTITY
        return page(request, {form.error_name: form.non_field_errors()[0]}, status)
    top = form.cleaned_data["top"]
    context: dict[str, object] = {"example": find(form.cleaned_data["example"]), "name": form.name, "top": top}
    where = place(request, form)
    try:
        if form.cleaned_data["compare"] and (other := comparing.second()):
            comparison = comparing.compare(other, form, top, request_id(request), rendering=where == PAGE)
            if comparison.failure:
                return page(request, {**context, "failure": comparison.failure}, comparison.status)
            carries = carried(where, form, comparison.answers[0].rendering)
            sealed = seal_comparison(carries.photo, comparison) if carries.photo and comparison.is_whole else ""
            return page(request, {**context, **compared(comparison, carries, sealed)}, HTTPStatus.OK)
        found = classify_photo(form.photo, form.media_type, top, request_id(request), rendering=where == PAGE)
    except ProblemError as error:
        return page(request, {**context, **_failed(error.problem, form)}, error.problem.status)
    context["ago"] = "" if found.age_s is None else ago(found.age_s)
    carries = carried(where, form, found.timed.answer.rendering)
    sealed = seal(carries.photo, found.timed) if carries.photo else ""
    return page(request, {**context, **shown(found.timed, carries, _snippets(request, form), sealed)}, HTTPStatus.OK)


def refused_page(request: HttpRequest, found: Problem) -> HttpResponse:
    """The page for an upload whose body was not read."""
    return page(request, {"error": message(found)}, found.status)


@require_safe
@cache_control(max_age=A_DAY, public=True)
def thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    example = find(name)
    if example is None:
        raise Http404
    return HttpResponse(example.thumbnail.read_bytes(), content_type="image/jpeg")


@require_safe
@cache_control(max_age=A_DAY, public=True)
def thumbnails(request: HttpRequest) -> HttpResponse:
    """All of them on one sheet."""
    if not sheet().is_file():
        raise Http404
    return HttpResponse(sheet().read_bytes(), content_type="image/jpeg")


def _failed(found: Problem, form: PhotoForm) -> dict[str, object]:
    """A fault of the photo is said beside the field, a fault of the service in the place of the answer."""
    return {form.error_name if found.status < HTTPStatus.INTERNAL_SERVER_ERROR else "failure": message(found)}


def _snippets(request: HttpRequest, form: PhotoForm) -> tuple[receipts.Snippet, ...]:
    top = form.cleaned_data["top"]
    if isinstance(form, AddressForm):
        return receipts.json_snippets(request, api_path(top), {"url": form.cleaned_data["address"]})
    return sent_by(request, form.media_type, form.name, top)
