"""Why there is no photo from the web: one problem for each reason, with the field that it belongs to."""

from http import HTTPStatus

from scoring.contract.problems import ProblemError
from webapp.problems import problem

FIELD = "url"


def refused(code: str, detail: str, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> ProblemError:
    """Never with the address itself: its query may hold a secret."""
    return ProblemError(problem(status, code, detail, FIELD))
