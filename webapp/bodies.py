"""Answers requests whose body was refused, in the words of the page or API they were for."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from scoring.contract.problems import Problem
from webapp.body_limits import BODY_SECONDS, MARK, MAX_OTHER_BYTES, limit
from webapp.headers import Handler
from webapp.images.views import refused_page
from webapp.pages import problem_response
from webapp.problems import problem


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
        on_image_page = request.resolver_match is not None and request.resolver_match.view_name == "images"
        return refused_page(request, found) if on_image_page else problem_response(request, found)


def _refusal(request: HttpRequest) -> Problem | None:
    mark = getattr(request, "scope", {}).get(MARK, "")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    most = limit(request.path)
    if mark == "too-large" or (declared.isdigit() and int(declared) > most):
        code = "image-too-large" if most > MAX_OTHER_BYTES else "body-too-large"
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code, f"At most {most:,} bytes are read here.")
    if mark == "too-slow":
        detail = f"The body did not arrive within {BODY_SECONDS:g} seconds."
        return problem(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", detail)
    return None
