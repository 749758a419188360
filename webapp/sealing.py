"""An answer as it was, carried by its own page: signed, so that it need not be stored before somebody keeps it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core import signing

VALID_FOR = timedelta(days=1)


class SealError(ValueError):
    """Not sealed by this site, or too long ago."""

    def __init__(self) -> None:
        super().__init__("The answer is not one that this site has shown.")


def seal(content: Mapping[str, object], salt: str) -> str:
    """`content` is JSON; `id` is added to it, the same for every use of one answer."""
    return signing.dumps({"id": uuid4().hex, **content}, salt=salt, compress=True)


def unseal(text: str, salt: str) -> Any:
    """Raises SealError."""
    try:
        return signing.loads(text, salt=salt, max_age=VALID_FOR)
    except signing.BadSignature as error:
        raise SealError from error
