"""A photo without whatever else its file holds. The scorer makes it, since nothing is decoded here."""

from http import HTTPStatus

from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.images.photos import media_type
from webapp.problems import problem


def copy_of(photo: bytes, request_id: str) -> bytes:
    """A small, upright JPEG. Raises ProblemError."""
    found = clients.classify(photo, media_type(photo), 1, request_id, rendering=True).answer.rendering
    if found is None:
        raise ProblemError(problem(HTTPStatus.BAD_GATEWAY, "scorer-nonsense", "The scorer gave no copy of the photo."))
    return found
