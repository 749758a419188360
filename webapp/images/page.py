"""The image page around whatever is shown of a photo."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from scoring.contract.images import Predictions
from scoring.contract.limits import DEFAULT_TOP, IMAGE_TYPES, MAX_IMAGE_BYTES
from webapp import receipts
from webapp.clients import Timed
from webapp.headers import PERMISSIONS_POLICY
from webapp.images import comparing
from webapp.images.answers import presented, seen
from webapp.images.carrying import Carried
from webapp.images.comparison import Comparison
from webapp.images.examples import available
from webapp.images.explaining import BEST
from webapp.images.forms import TOPS
from webapp.images.sealed_forms import STRENGTHS, USUAL_STRENGTH
from webapp.messages import FORMATS, NO_PHOTO
from webapp.pages import fragment_or_page

SCRIPTS = ("images.js",)
CAMERA_POLICY = PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")
# The shorter side that a browser sends of a large photo, in pixels: more than twice what the models look at.
SENT_SIDE = 640


def page(request: HttpRequest, context: dict[str, object], status: int, retry_after: int | None = None) -> HttpResponse:
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
        "best_of_each": BEST,
    }
    response = fragment_or_page(request, "images/answer.html", "images/page.html", {**known, **context}, status)
    response.headers["Permissions-Policy"] = CAMERA_POLICY
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def shown(
    timed: Timed[Predictions], carries: Carried, snippets: tuple[receipts.Snippet, ...], sealed: str
) -> dict[str, object]:
    return {
        **presented(timed.answer, carries.address),
        "shown": receipts.shown(timed, snippets),
        "carries": carries,
        "sealed": sealed,
        "keep_days": settings.KEEP_DAYS,
    }


def compared(comparison: Comparison, carries: Carried, sealed: str) -> dict[str, object]:
    return {
        "comparison": comparison,
        "photo_address": carries.address,
        "seen": replace(seen(comparison.answers[0]), crop=False),
        "carries": carries,
        "sealed": sealed,
        "keep_days": settings.KEEP_DAYS,
    }
