"""POST /images/labels/: the model's own labels that fit what has been typed so far."""

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.http import require_POST

from scoring.contract.problems import ProblemError
from webapp.images.labels import labels_of, search
from webapp.suggesting import suggested, too_many
from webapp.throttles import Throttle

MOST_CHARACTERS = 200

_throttle = Throttle("label-suggestions", most=600, seconds=10)


@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """200 with the labels, none where nothing fits or the model does not tell; 429 where too many are asked for."""
    if not _throttle.allows(request):
        return too_many(_throttle.seconds)
    try:
        found = search(request.POST.get("label", "")[:MOST_CHARACTERS], labels_of())
    except ProblemError:
        found = []
    return suggested({"text": label.label, "html": escape(label.label)} for label in found)
