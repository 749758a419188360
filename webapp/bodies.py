"""Answers requests whose body was refused, in the words of the page or API they were for."""

from http import HTTPStatus

from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponseBase

from scoring.contract.problems import Problem
from webapp import pages
from webapp.albums.views import refused_album
from webapp.batches.views import refused_batch
from webapp.body_limits import ALBUM_PATH, BATCH_PATHS, MARK, PHOTO_PATHS, limit
from webapp.headers import Handler
from webapp.images.views import refused_page
from webapp.pages import problem_response
from webapp.problems import problem

REFUSALS = {"images": refused_page, "batches": refused_batch, "albums": refused_album}


class RefuseBodies:
    """Middleware, before the CSRF check, whose token lies in the body that was not read."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        found = _refusal(request)
        if found is None:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        return REFUSALS.get(name, problem_response)(request, found)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """An upload of more files than Django takes apart is refused in the words of its page too."""
    if isinstance(exception, TooManyFilesSent) and request.path == ALBUM_PATH:
        detail = "There are too many files in this form."
        return refused_album(request, problem(HTTPStatus.UNPROCESSABLE_ENTITY, "album-too-many", detail))
    return pages.bad_request(request, exception)


def _refusal(request: HttpRequest) -> Problem | None:
    mark = getattr(request, "scope", {}).get(MARK, "")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    most = limit(request.path)
    if mark == "too-large" or (declared.isdigit() and int(declared) > most):
        return problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large(request.path), f"At most {most:,} bytes are read here."
        )
    if mark == "too-slow":
        return problem(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", "The body did not arrive in time.")
    if mark == "too-many":
        detail = "As many large uploads as can be read at once are under way."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "site-busy", detail)
    return None


def _too_large(path: str) -> str:
    if path == ALBUM_PATH:
        return "album-too-large"
    if path.startswith(PHOTO_PATHS):
        return "image-too-large"
    return "csv-too-large" if path.startswith(BATCH_PATHS) else "body-too-large"
