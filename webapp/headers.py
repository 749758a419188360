"""Headers of every response, and the id that ties a request to its lines in the logs."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
# What a browser says where no other site led to the page: its address was typed or kept, or a page of ours led to it.
NOBODY_ELSE = ("none", "same-origin")
ACCOUNTS = re.compile(r"/(ops|admin|sign-in|sign-out)/")

Handler = Callable[[HttpRequest], HttpResponseBase]


def add_headers(get_response: Handler) -> Handler:
    """Middleware. A well-formed X-Request-ID is kept, so that a proxy's id goes all the way to the scorer."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        request.META["SCOREDECK_REQUEST_ID"] = given_or_new(request.headers.get("X-Request-ID", ""))
        response = get_response(request)
        response.headers["X-Request-ID"] = request_id(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        separate_windows(request, response)
        return response

    return respond


def given_or_new(request_id: str) -> str:
    return request_id if REQUEST_ID.fullmatch(request_id) else uuid.uuid4().hex


def separate_windows(request: HttpRequest, response: HttpResponseBase) -> None:
    """Another site that opened or moved this window loses its hold on it.

    Where no other site did, there is none to lose, and the window need not move to a new process before it is painted.
    """
    patch_vary_headers(response, ["Sec-Fetch-Site"])
    if request.headers.get("Sec-Fetch-Site") not in NOBODY_ELSE or ACCOUNTS.match(request.path):
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"


def request_id(request: HttpRequest) -> str:
    return str(request.META["SCOREDECK_REQUEST_ID"])
