"""Which error becomes which problem (RFC 9457), and what a visitor is told about it."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from scoring.client import Refused, ScorerBusy, ScorerLate, ScorerNonsense, ScoringError
from scoring.contract.limits import CONVERT_TYPES
from scoring.contract.problems import PROBLEM_TYPE, Problem, ProblemError
from scoring.contract.reading import ContractError
from webapp.messages import MESSAGES

UNREADABLE = frozenset({"not-json", "not-utf8"})
RETRY_SECONDS = 2


def problem(status: HTTPStatus, code: str, detail: str, field: str = "") -> Problem:
    return Problem(status.value, code, status.phrase, detail, field)


def from_contract(error: ContractError) -> Problem:
    """400 for what cannot be read at all, 422 for what reads well and is not acceptable."""
    status = HTTPStatus.BAD_REQUEST if error.code in UNREADABLE else HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, error.code, error.detail, error.field)


def from_scoring(error: ScoringError, service: str) -> ProblemError:
    """What a failing call to `service` means to the caller of the site."""
    if isinstance(error, Refused) and error.problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProblemError(error.problem)
    if isinstance(error, ScorerBusy):
        return _failed(HTTPStatus.SERVICE_UNAVAILABLE, "scorer-busy", f"{service} is busy.", error.retry_after)
    if isinstance(error, ScorerLate):
        return _failed(HTTPStatus.GATEWAY_TIMEOUT, "scorer-late", f"{service} did not answer in time.", RETRY_SECONDS)
    if isinstance(error, ScorerNonsense | Refused):
        return _failed(HTTPStatus.BAD_GATEWAY, "scorer-nonsense", f"{service} gave an answer that cannot be used.")
    detail = f"{service} cannot be reached."
    return _failed(HTTPStatus.SERVICE_UNAVAILABLE, "scorer-unreachable", detail, RETRY_SECONDS)


def _failed(status: HTTPStatus, code: str, detail: str, retry_after: float | None = None) -> ProblemError:
    return ProblemError(problem(status, code, detail), None if retry_after is None else max(1, round(retry_after)))


def message(found: Problem) -> str:
    """The sentence for a visitor, in the visitor's language; the problem's own where no other is known."""
    known = MESSAGES.get(found.code)
    if known is not None:
        return str(known)
    if found.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return str(_("This input cannot be used. Please try another one."))
    return str(_("Something went wrong here. Please try again in a moment."))


def response(found: Problem, retry_after: int | None = None) -> JsonResponse:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JsonResponse(found.to_json(), status=found.status, content_type=PROBLEM_TYPE, headers=headers)


def handle(error: Exception, context: dict[str, object]) -> HttpResponseBase | None:
    """Django REST framework's exception handler. None leaves the error to Django, which answers 500 and logs it."""
    if isinstance(error, ProblemError):
        return response(error.problem, error.retry_after)
    if isinstance(error, ContractError):
        return response(from_contract(error))
    if isinstance(error, exceptions.APIException):
        return response(_from_framework(error, context))
    return None


FRAMEWORK_DETAILS = {
    HTTPStatus.BAD_REQUEST: ("bad-request", "The request cannot be read."),
    HTTPStatus.NOT_FOUND: ("not-found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "Use one of the methods named in Allow."),
    HTTPStatus.NOT_ACCEPTABLE: ("not-acceptable", "Answers are application/json; accept that."),
}


def _types(view: Any) -> str:
    """What this view reads."""
    types = [parser.media_type for parser in view.get_parsers() if parser.media_type not in CONVERT_TYPES]
    return types[0] if len(types) == 1 else f"one of {', '.join(types)}"


def _from_framework(error: exceptions.APIException, context: dict[str, object]) -> Problem:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return problem(status, "unsupported-media-type", f"Send {_types(context['view'])} and say so in Content-Type.")
    code, detail = FRAMEWORK_DETAILS.get(status, (status.phrase.lower().replace(" ", "-"), status.description))
    return problem(status, code, detail)
