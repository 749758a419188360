"""Where the model looked in a photo for one class. Nothing of it is stored."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from scoring.contract.images import Explanation
from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.headers import request_id
from webapp.images.photos import media_type
from webapp.images.sealed_forms import LookForm
from webapp.messages import MESSAGES
from webapp.problems import message, problem


@require_POST
@never_cache
def explanation(request: HttpRequest) -> HttpResponse:
    """A PNG to lay over the crop, for a label of an answer that was shown; or why there is none, for the visitor."""
    form = LookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _said(form.first_error(), HTTPStatus.UNPROCESSABLE_ENTITY)
    given = form.cleaned_data
    if not given["where"]:
        return _said(str(MESSAGES["label-not-shown"]), HTTPStatus.UNPROCESSABLE_ENTITY)
    version, within_s = given["sealed"].timed.answer.receipt.version, settings.IMAGE_DEADLINE_SECONDS
    try:
        found = explained(clients.IMAGES, version, form.photo, given["where"], request_id(request), within_s)
    except ProblemError as error:
        return _said(message(error.problem), error.problem.status)
    return HttpResponse(found.overlay, content_type="image/png", headers={"Content-Disposition": "inline"})


def explained(service: str, version: str, photo: bytes, class_id: str, request_id: str, within_s: float) -> Explanation:
    """By the version that gave the answer: another one's map would explain what it never said. Raises ProblemError."""
    wanted = (photo, media_type(photo), 1, request_id, False)
    try:
        found = clients.classify_with(service, version, wanted, within_s, class_id).answer
    except ProblemError as error:
        if error.problem.code == "no-such-model":
            raise _gone() from error
        raise
    if found.receipt.version != version:
        raise _gone()
    if found.explanation is None:
        raise ProblemError(problem(HTTPStatus.BAD_GATEWAY, "scorer-nonsense", "The scorer explained nothing."))
    return found.explanation


def _gone() -> ProblemError:
    return ProblemError(problem(HTTPStatus.GONE, "answer-version-gone", "The version that answered is not served now."))


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
