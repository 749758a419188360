"""Limits that both sides hold."""

from collections.abc import Sequence

MAX_QUESTION_CHARACTERS = 2_000
MAX_JSON_BYTES = 64 * 1024
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 25_000_000
# What a photo may be, for people and for programs. AVIF is last: a Pillow without it reads the others.
IMAGE_FORMATS = ("JPEG", "PNG", "WebP", "GIF", "AVIF")
IMAGE_TYPES = tuple(f"image/{name.lower()}" for name in IMAGE_FORMATS)
# What a phone may call its photos: taken to be answered with the way to convert them.
CONVERT_TYPES = ("image/heic", "image/heif")
MAX_TOP = 20
DEFAULT_TOP = 5

QUESTION_DEADLINE_SECONDS = 2.0
IMAGE_DEADLINE_SECONDS = 10.0
DEADLINE_HEADER = "x-request-timeout-ms"
REQUEST_ID_HEADER = "x-request-id"
VERSION_HEADER = "x-model-version"


def either(names: Sequence[str]) -> str:
    """Two or more as one reads them: "JPEG, PNG or WebP"."""
    *several, last = names
    return f"{', '.join(several)} or {last}"
