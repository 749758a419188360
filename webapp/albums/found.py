"""What an upload is read as: files, each a photo or the reason why it is none."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scoring.contract.problems import ProblemError
from webapp.albums.names import shown
from webapp.images.photos import media_type
from webapp.messages import MESSAGES

MOST_PHOTOS = 1_000
MOST_BYTES = 200 * 1024 * 1024

TOO_MANY = MESSAGES["album-too-many"]
TOO_MUCH = _("These photos have more than 200 MB together. Send them in parts.")


class UnreadableError(Exception):
    """The upload cannot be used at all; the message is for the visitor, in the visitor's language."""

    def __init__(self, sentence: Promise | str) -> None:
        super().__init__(str(sentence))


@dataclass(frozen=True, slots=True)
class Found:
    """`content` and `media_type` of a photo, or `error`: the code of what is wrong with the file."""

    name: str
    content: bytes = b""
    media_type: str = ""
    error: str = ""


def found(name: str, content: bytes) -> Found:
    """The file as a photo where its first bytes say that it is one."""
    try:
        return Found(shown(name), content, media_type(content))
    except ProblemError as error:
        return Found(shown(name), error=error.problem.code)


def refused(name: str, code: str) -> Found:
    return Found(shown(name), error=code)
