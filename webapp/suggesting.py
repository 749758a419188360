"""What a combobox of the site is answered: suggestions, and how many there are in words."""

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.utils.translation import ngettext

Suggestion = dict[str, str]


def suggested(rows: Iterable[Suggestion]) -> JsonResponse:
    """Each row has `text`, which is taken into the field, and `html`, which is shown."""
    found = list(rows)
    said = ngettext("%(count)d suggestion", "%(count)d suggestions", len(found)) % {"count": len(found)}
    return JsonResponse({"suggestions": found, "said": said}, headers={"Cache-Control": "no-store"})


def too_many(seconds: int) -> HttpResponse:
    return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)})
