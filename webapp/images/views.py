"""The page on which a visitor shows a photo."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from scoring.contract.images import Predictions
from scoring.contract.limits import DEFAULT_TOP, IMAGE_TYPES, MAX_IMAGE_BYTES
from scoring.contract.problems import Problem, ProblemError
from webapp import clients, receipts
from webapp.headers import request_id
from webapp.images.examples import available, find
from webapp.images.forms import PhotoForm
from webapp.pages import fragment_or_page
from webapp.problems import message

A_DAY = 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: HttpRequest) -> HttpResponse:
    """Without a photo the empty page; with one (uploaded, or an example's name) what it shows."""
    if request.method != "POST":
        return _page(request, {}, HTTPStatus.OK)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        status = form.problem.status if form.problem else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, {"error": form.non_field_errors()[0]}, status)
    context: dict[str, object] = {"example": find(form.cleaned_data["example"]), "name": form.name}
    try:
        timed = clients.classify(form.photo, form.media_type, DEFAULT_TOP, request_id(request))
    except ProblemError as error:
        return _page(request, {**context, **_failed(error.problem)}, error.problem.status)
    return _page(request, {**context, **_shown(request, form, timed)}, HTTPStatus.OK)


def refused_page(request: HttpRequest, found: Problem) -> HttpResponse:
    """The page for an upload whose body was not read."""
    return _page(request, {"error": message(found)}, found.status)


@require_safe
@cache_control(max_age=A_DAY, public=True)
def thumbnail(request: HttpRequest, name: str) -> HttpResponse:
    example = find(name)
    if example is None:
        raise Http404
    return HttpResponse(example.thumbnail.read_bytes(), content_type="image/jpeg")


def _page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    known: dict[str, object] = {"examples": available(), "max_bytes": MAX_IMAGE_BYTES, "types": ",".join(IMAGE_TYPES)}
    return fragment_or_page(request, "images/answer.html", "images/page.html", {**known, **context}, status)


def _failed(found: Problem) -> dict[str, object]:
    """A fault of the photo is said beside the field, a fault of the service in the place of the answer."""
    return {"error" if found.status < HTTPStatus.INTERNAL_SERVER_ERROR else "failure": message(found)}


def _shown(request: HttpRequest, form: PhotoForm, timed: clients.Timed[Predictions]) -> dict[str, object]:
    snippets = receipts.file_snippets(request, reverse("api-image-predictions"), form.media_type, form.name)
    answer = timed.answer
    return {"answer": answer, "best": answer.predictions[0] if answer.predictions else None,
            "shown": receipts.shown(timed, snippets)}  # fmt: skip
