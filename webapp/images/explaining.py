"""Where a model looked in a photo for one class. Nothing of it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from scoring.contract.images import Explanation, Predictions
from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.images.asking import at_once
from webapp.images.photos import media_type
from webapp.problems import message, problem

# For which class: that of a model's own best label, whichever that is.
BEST = "best-of-each"


@dataclass(frozen=True, slots=True)
class Answered:
    """A model that has answered. `name` is what it is called where there is another one, or else ""."""

    service: str
    answer: Predictions
    name: str = ""

    def class_id(self, where: str) -> str:
        return next((row.id for row in self.answer.predictions), "") if where == BEST else where

    def fault(self, error: ProblemError) -> str:
        """Why it did not explain itself, in the visitor's words."""
        return f"{self.name}: {message(error.problem)}" if self.name else message(error.problem)


def explained(answered: Answered, where: str, photo: bytes, request_id: str, within_s: float) -> Explanation:
    """By the version that gave the answer: another one's map would explain what it never said. Raises ProblemError."""
    wanted, version = (photo, media_type(photo), 1, request_id, False), answered.answer.receipt.version
    try:
        found = clients.classify_with(answered.service, version, wanted, within_s, answered.class_id(where)).answer
    except ProblemError as error:
        if error.problem.code == "no-such-model":
            raise _gone() from error
        raise
    if found.receipt.version != version:
        raise _gone()
    if found.explanation is None:
        raise ProblemError(problem(HTTPStatus.BAD_GATEWAY, "scorer-nonsense", "The scorer explained nothing."))
    return found.explanation


def all_explained(
    answered: Sequence[Answered], where: str, photo: bytes, request_id: str
) -> list[Explanation | ProblemError]:
    """By each of the models, all asked at the same time."""

    def asking(one: Answered) -> Callable[[float], Explanation]:
        return lambda within_s: explained(one, where, photo, request_id, within_s)

    return at_once(*((one.service, asking(one)) for one in answered))


def _gone() -> ProblemError:
    return ProblemError(problem(HTTPStatus.GONE, "answer-version-gone", "The version that answered is not served now."))
