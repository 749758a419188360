"""The page on which a visitor shows a photo."""

from dataclasses import replace
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from scoring.contract.images import Predictions
from scoring.contract.limits import DEFAULT_TOP, IMAGE_TYPES, MAX_IMAGE_BYTES
from scoring.contract.problems import Problem, ProblemError
from webapp import clients, receipts
from webapp.headers import PERMISSIONS_POLICY, request_id
from webapp.images import comparing
from webapp.images.answers import api_path, presented, seen, sent_by
from webapp.images.by_address import THROTTLE, AddressForm, photo_form, too_many
from webapp.images.carrying import BROWSER, COPY_NAME, PAGE, Carried, carried, in_page, of_example, place
from webapp.images.comparison import Comparison
from webapp.images.examples import Example, available, find, sheet
from webapp.images.explaining import explained
from webapp.images.forms import TOPS, PhotoForm
from webapp.images.photos import media_type
from webapp.images.remembering import classify as classify_photo
from webapp.images.sealed import seal, seal_comparison
from webapp.images.sealed_forms import STRENGTHS, USUAL_STRENGTH, LookBothForm, LookForm, SealedPhotoForm
from webapp.messages import FORMATS, NO_PHOTO
from webapp.pages import form_of, fragment_or_page
from webapp.problems import message

A_DAY = 24 * 3600
SCRIPTS = ("images.js",)
CAMERA_POLICY = PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")
# The shorter side that a browser sends of a large photo, in pixels: more than twice what the models look at.
SENT_SIDE = 640


@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: HttpRequest) -> HttpResponse:
    """Without a photo the empty page; with one (uploaded, or an example's name) what it shows."""
    if request.method != "POST":
        return _page(request, {}, HTTPStatus.OK)
    form = photo_form(request)
    if isinstance(form, AddressForm) and (refusal := too_many(request)):
        return _page(request, {form.error_name: message(refusal)}, refusal.status, THROTTLE.seconds)
    if not form.is_valid():
        status = form.problem.status if form.problem else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, {form.error_name: form.non_field_errors()[0]}, status)
    top = form.cleaned_data["top"]
    context: dict[str, object] = {"example": find(form.cleaned_data["example"]), "name": form.name, "top": top}
    where = place(request, form)
    try:
        if form.cleaned_data["compare"] and (other := comparing.second()):
            comparison = comparing.compare(other, form, top, request_id(request), rendering=where == PAGE)
            carries = carried(where, form, comparison.answers[0].rendering)
            sealed = seal_comparison(carries.photo, comparison) if carries.photo and comparison.is_whole else ""
            return _page(request, {**context, **_compared(comparison, carries, sealed)}, HTTPStatus.OK)
        timed, remembered = classify_photo(
            form.photo, form.media_type, top, request_id(request), form.method(), rendering=where == PAGE
        )
    except ProblemError as error:
        return _page(request, {**context, **_failed(error.problem, form)}, error.problem.status)
    context["remembered"] = remembered
    carries = carried(where, form, timed.answer.rendering)
    sealed = seal(carries.photo, timed) if carries.photo else ""
    return _page(request, {**context, **_shown(timed, carries, _snippets(request, form), sealed)}, HTTPStatus.OK)


@form_of("images")
def look(request: HttpRequest) -> HttpResponse:
    """Without a script: the same answer again, with where the model looked for one of its labels."""
    form = LookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, {"error": form.first_error()}, HTTPStatus.UNPROCESSABLE_ENTITY)
    given, status = form.cleaned_data, HTTPStatus.OK
    timed, (example, carries) = given["sealed"].timed, _carried_again(form)
    name, top = example.photo.name if example else COPY_NAME, len(timed.answer.predictions)
    context: dict[str, object] = {"example": example, "strength": given["strength"], "top": top}
    try:
        if given["where"]:
            version, within_s = timed.answer.receipt.version, settings.IMAGE_DEADLINE_SECONDS
            found = explained(clients.IMAGES, version, form.photo, given["where"], request_id(request), within_s)
            timed = replace(timed, answer=replace(timed.answer, explanation=found))
    except ProblemError as error:
        context["where_error"], status = message(error.problem), HTTPStatus(error.problem.status)
    snippets = sent_by(request, media_type(form.photo), name, top)
    context |= _shown(timed, carries, snippets, request.POST["sealed"])
    return _page(request, context, status)


@form_of("images")
def look_both(request: HttpRequest) -> HttpResponse:
    """The same comparison again, with where either model looked for its best label."""
    form = LookBothForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, {"error": form.first_error()}, HTTPStatus.UNPROCESSABLE_ENTITY)
    comparison, status = form.cleaned_data["sealed"].comparison, HTTPStatus.OK
    example, carries = _carried_again(form)
    context: dict[str, object] = {"example": example, "strength": form.cleaned_data["strength"], "looked": True}
    try:
        comparison = comparing.look(comparison, form.photo, request_id(request))
    except ProblemError as error:
        context |= {"where_error": message(error.problem), "looked": False}
        status = HTTPStatus(error.problem.status)
    context |= _compared(comparison, carries, request.POST["sealed"])
    return _page(request, {**context, "top": len(comparison.answers[0].predictions)}, status)


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


@require_safe
@cache_control(max_age=A_DAY, public=True)
def thumbnails(request: HttpRequest) -> HttpResponse:
    """All of them on one sheet."""
    if not sheet().is_file():
        raise Http404
    return HttpResponse(sheet().read_bytes(), content_type="image/jpeg")


def _page(
    request: HttpRequest, context: dict[str, object], status: int, retry_after: int | None = None
) -> HttpResponse:
    known: dict[str, object] = {
        "examples": available(),
        "max_bytes": MAX_IMAGE_BYTES,
        "types": ",".join(IMAGE_TYPES),
        "formats": FORMATS,
        "no_photo": NO_PHOTO,
        "side": SENT_SIDE,
        "scripts": SCRIPTS if settings.PHOTO_WEB is None else (*SCRIPTS, "images_address.js"),
        "remembers": settings.PHOTO_CACHE,
        "by_address": settings.PHOTO_WEB is not None,
        "address": request.POST.get("address", ""),
        "second": comparing.second(),
        "tops": TOPS,
        "top": DEFAULT_TOP,
        "strengths": STRENGTHS,
        "strength": USUAL_STRENGTH,
    }
    response = fragment_or_page(request, "images/answer.html", "images/page.html", {**known, **context}, status)
    response.headers["Permissions-Policy"] = CAMERA_POLICY
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _failed(found: Problem, form: PhotoForm) -> dict[str, object]:
    """A fault of the photo is said beside the field, a fault of the service in the place of the answer."""
    return {form.error_name if found.status < HTTPStatus.INTERNAL_SERVER_ERROR else "failure": message(found)}


def _shown(
    timed: clients.Timed[Predictions], carries: Carried, snippets: tuple[receipts.Snippet, ...], sealed: str
) -> dict[str, object]:
    return {
        **presented(timed.answer, carries.address),
        "shown": receipts.shown(timed, snippets),
        "carries": carries,
        "sealed": sealed,
        "keep_days": settings.KEEP_DAYS,
    }


def _snippets(request: HttpRequest, form: PhotoForm) -> tuple[receipts.Snippet, ...]:
    top = form.cleaned_data["top"]
    if isinstance(form, AddressForm):
        return receipts.json_snippets(request, api_path(top), {"url": form.cleaned_data["address"]})
    return sent_by(request, form.media_type, form.name, top)


def _compared(comparison: Comparison, carries: Carried, sealed: str) -> dict[str, object]:
    return {
        "comparison": comparison,
        "photo_address": carries.address,
        "seen": replace(seen(comparison.answers[0]), crop=False),
        "carries": carries,
        "sealed": sealed,
        "keep_days": settings.KEEP_DAYS,
    }


def _carried_again(form: SealedPhotoForm) -> tuple[Example | None, Carried]:
    """Where the photo that came with a sealed answer is: the example, the browser's own file, or the page."""
    if example := find(form.cleaned_data["example"]):
        return example, of_example(example.name, form.photo)
    return None, Carried(BROWSER, form.photo) if form.cleaned_data["image"] else in_page(form.photo)
