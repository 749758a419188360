"""What the views of this feature answer with: stored, not stored and why, a stored photo."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from webapp.pages import fragment_or_page
from webapp.sealed_forms import SealedForm
from webapp.throttles import Throttle

# A stored photo is shown by a page of ours; whoever goes to its own address saves it and never opens it here.
PHOTO_HEADERS = {
    "Content-Disposition": 'attachment; filename="photo.jpg"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Robots-Tag": "noindex",
}

_throttle = Throttle("results", most=30, seconds=600)


def refused(request: HttpRequest, form: SealedForm, back: str = "faq") -> HttpResponse | None:
    """What keeps a form from being stored: what is wrong with it, or too many of them. `back` names a page."""
    if not form.is_valid():
        return not_stored(request, form.first_error(), HTTPStatus.UNPROCESSABLE_ENTITY, back)
    if _throttle.allows(request):
        return None
    often = _("That was often. Wait a few minutes and try again.")
    response = not_stored(request, often, HTTPStatus.TOO_MANY_REQUESTS, back)
    response["Retry-After"] = str(_throttle.seconds)
    return response


def not_stored(request: HttpRequest, why: str, status: int, back: str = "faq") -> HttpResponse:
    return said(request, {"refused": why, "back": back}, status)


def said(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    return fragment_or_page(request, "results/thanks.html", "results/thanks_page.html", context, status)


def photo_response(photo: bytes | memoryview) -> HttpResponse:
    return HttpResponse(bytes(photo), content_type="image/jpeg", headers=PHOTO_HEADERS)
