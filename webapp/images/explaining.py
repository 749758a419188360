"""Where the model looked in a photo for one class. Nothing of it is stored."""

import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from scoring.contract.images import Explanation
from scoring.contract.problems import Problem, ProblemError
from webapp import clients
from webapp.headers import request_id
from webapp.images.forms import PhotoForm
from webapp.problems import problem, response

CLASS_ID = re.compile(r"[\w.-]{1,100}")


@require_POST
@never_cache
def explanation(request: HttpRequest) -> HttpResponse:
    """A PNG to lay over the crop: where the model looked for the class `class`. Problem details where there is none."""
    form = PhotoForm(request.POST, request.FILES)
    class_id = request.POST.get("class", "")
    if not form.is_valid():
        return response(form.problem or _refused("image-missing", "Send a photo."))
    if not CLASS_ID.fullmatch(class_id):
        return response(_refused("unknown-class", "There is no such class."))
    try:
        found = explained(form.photo, form.media_type, class_id, request_id(request))
    except ProblemError as error:
        return response(error.problem, error.retry_after)
    return HttpResponse(found.overlay, content_type="image/png", headers={"Content-Disposition": "inline"})


def explained(photo: bytes, media_type: str, class_id: str, request_id: str) -> Explanation:
    """Raises ProblemError."""
    found = clients.classify(photo, media_type, 1, request_id, "auto", class_id).answer.explanation
    if found is None:
        raise ProblemError(problem(HTTPStatus.BAD_GATEWAY, "scorer-nonsense", "The scorer explained nothing."))
    return found


def _refused(code: str, detail: str) -> Problem:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail)
