"""Which error becomes which problem.

400 is for what cannot be read at all (no JSON, no UTF-8, a malformed header), 422 for what reads well and is not
acceptable (a missing field, a question too long), 415 for a wrong content type, 413 for a body too large.
"""

from http import HTTPStatus

from scoring.contract.problems import Problem, ProblemError
from scoring.contract.reading import ContractError

UNREADABLE = frozenset({"not-json", "not-utf8", "bad-query"})
RETRY_SECONDS = 1


def refuse(status: HTTPStatus, code: str, detail: str, field: str = "", retry_after: int | None = None) -> ProblemError:
    return ProblemError(Problem(status, code, status.phrase, detail, field), retry_after)


def from_contract(error: ContractError) -> ProblemError:
    status = HTTPStatus.BAD_REQUEST if error.code in UNREADABLE else HTTPStatus.UNPROCESSABLE_ENTITY
    return refuse(status, error.code, error.detail, error.field)


def too_large(most: int) -> ProblemError:
    return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", f"At most {most:,} bytes are read.")


def body_too_slow() -> ProblemError:
    return refuse(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", "The body did not arrive in time.")


def unsupported_type(wanted: str) -> ProblemError:
    detail = f"Send {wanted} and say so in Content-Type."
    return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)


def packed() -> ProblemError:
    detail = "Send the body as it is, without Content-Encoding."
    return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", detail)


def bad_header(name: str, detail: str) -> ProblemError:
    return refuse(HTTPStatus.BAD_REQUEST, "bad-header", detail, name)


def busy() -> ProblemError:
    detail = "Too many requests are waiting. Try again in a moment."
    return refuse(HTTPStatus.TOO_MANY_REQUESTS, "queue-full", detail, retry_after=RETRY_SECONDS)


def too_many(most: int) -> ProblemError:
    """More than would find room if nobody else asked: trying again would not help."""
    detail = f"A request may have up to {most} items here. Send the rest in another one."
    return refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-items", detail)


def not_ready() -> ProblemError:
    detail = "The model is still loading, or this replica is stopping."
    return refuse(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", detail, retry_after=RETRY_SECONDS)


def late() -> ProblemError:
    return refuse(HTTPStatus.GATEWAY_TIMEOUT, "deadline-exceeded", "The answer was not ready by the deadline.")


def internal() -> ProblemError:
    detail = "The model failed on this input. The failure is in the log."
    return refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)


def unauthorized() -> ProblemError:
    return refuse(HTTPStatus.UNAUTHORIZED, "unauthorized", "Send a valid key: Authorization: Bearer KEY.")


def no_such_model() -> ProblemError:
    return refuse(HTTPStatus.NOT_FOUND, "no-such-model", "No model of this name and version is loaded here.")


def not_found() -> ProblemError:
    return refuse(HTTPStatus.NOT_FOUND, "not-found", "There is nothing at this address.")


def wrong_method(allowed: str) -> ProblemError:
    return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", f"Allowed here: {allowed}.")
