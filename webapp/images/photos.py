"""Uploaded photos: told apart by their first bytes, never decoded here."""

from http import HTTPStatus

from scoring.contract import containers
from scoring.contract.limits import IMAGE_FORMATS, MAX_IMAGE_BYTES, either
from scoring.contract.problems import ProblemError
from webapp.problems import problem


def media_type(photo: bytes) -> str:
    """The type that the first bytes say. Raises ProblemError for what is empty, too large, or no photo that is read."""
    if not photo:
        raise _refused("image-empty", "The file is empty.")
    if len(photo) > MAX_IMAGE_BYTES:
        detail = f"A photo may have up to {MAX_IMAGE_BYTES:,} bytes."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "image-too-large", detail, "image"))
    if photo.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if photo.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if photo.startswith(b"RIFF") and photo[8:12] == b"WEBP":
        return "image/webp"
    if photo.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    found = containers.name_of(photo)
    if found == "AVIF":
        return "image/avif"
    if found:
        raise _refused("image-format", f"{found} is not read here. Convert the photo to JPEG.")
    raise _refused("image-unreadable", f"The file is no {either(IMAGE_FORMATS)} photo.")


def _refused(code: str, detail: str) -> ProblemError:
    return ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, "image"))
