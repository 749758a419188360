"""Headers of every response, and the id that ties a request to its lines in the logs."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

Handler = Callable[[HttpRequest], HttpResponseBase]


def add_headers(get_response: Handler) -> Handler:
    """Middleware. A well-formed X-Request-ID is kept, so that a proxy's id goes all the way to the scorer."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request.META["SCOREDECK_REQUEST_ID"] = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        response = get_response(request)
        response.headers["X-Request-ID"] = request_id(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return respond


def request_id(request: HttpRequest) -> str:
    return str(request.META["SCOREDECK_REQUEST_ID"])
