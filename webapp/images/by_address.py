"""A photo by its address on the web, where the installation allows it."""

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict

from scoring.contract.problems import Problem, ProblemError
from scoring.contract.reading import as_object, only_keys, text
from webapp.images.forms import PhotoForm
from webapp.images.web.fetching import fetch
from webapp.images.web.policy import Policy
from webapp.images.web.refusals import FIELD
from webapp.problems import problem
from webapp.throttles import Throttle

THROTTLE = Throttle("photo-addresses", most=30, seconds=600)


class AddressForm(PhotoForm):
    """A photo that the site fetches itself. After `is_valid` as any other one."""

    address = forms.CharField(required=False)
    error_name = "address_error"

    def __init__(self, policy: Policy, data: QueryDict) -> None:
        super().__init__(data)
        self._policy = policy

    def _read(self) -> None:
        found = fetch(self.cleaned_data.get("address", ""), self._policy)
        self.photo, self.name = found.photo, found.name


def photo_form(request: HttpRequest) -> PhotoForm:
    """The form for what was sent: an address, a file, or the name of an example."""
    if settings.PHOTO_WEB is not None and "address" in request.POST:
        return AddressForm(settings.PHOTO_WEB, request.POST)
    return PhotoForm(request.POST, request.FILES)


def fetched(request: HttpRequest, body: object, policy: Policy) -> bytes:
    """The photo that a JSON body of the API names. Raises ProblemError, ContractError."""
    found = as_object(body)
    only_keys(found, {"url"})
    url = text(found, "url")
    if refusal := too_many(request):
        raise ProblemError(refusal, THROTTLE.seconds)
    return fetch(url, policy).photo


def too_many(request: HttpRequest) -> Problem | None:
    """Counts this request. The problem where its sender has had enough photos fetched for now."""
    if THROTTLE.allows(request):
        return None
    detail = f"At most {THROTTLE.most} photos are fetched in {THROTTLE.seconds // 60} minutes."
    return problem(HTTPStatus.TOO_MANY_REQUESTS, "url-too-many", detail, FIELD)
