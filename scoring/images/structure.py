"""How a file is put together, before any decoder sees it. Pillow walks from part to part in Python, however many there
are; a photo has hundreds at most, and a file of 10 MiB has room for millions."""

from io import BytesIO

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_MOST_STEPS = 10_000
_FRAME_BYTES = 12
# Where the picture of a JPEG begins, or the file ends; and the markers that stand alone (ITU-T T.81, table B.1).
_LAST = (0xDA, 0xD9)
_ALONE = (0x01, *range(0xD0, 0xD9))


def has_too_many_parts(content: bytes) -> bool:
    if content.startswith(_PNG):
        return _steps_of_png(content)[0] >= _MOST_STEPS
    return content.startswith(_JPEG) and _steps_of_jpeg(content) >= _MOST_STEPS


class InFewSteps(BytesIO):
    """A file that is given up where it is read in very many small pieces, as a GIF of many parts would be."""

    _steps = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Raises OSError."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise OSError("The file has too many parts.")
        return super().read(size)


def is_cut(content: bytes) -> bool:
    """Whether a PNG ends within its pixels, or a RIFF container says it has more bytes than came (RFC 9649, 2.3)."""
    if content.startswith(_PNG):
        return _steps_of_png(content)[1]
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp and int.from_bytes(content[4:8], "little") + 8 > len(content)


def _steps_of_png(content: bytes) -> tuple[int, bool]:
    """How many chunks were walked, and whether the file ends within one of pixels."""
    at = len(_PNG)
    for step in range(_MOST_STEPS):
        kind = content[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            return step, False
        at += _FRAME_BYTES + int.from_bytes(content[at : at + 4], "big")
        if at > len(content):
            return step, kind == b"IDAT"
    return _MOST_STEPS, False


def _steps_of_jpeg(content: bytes) -> int:
    """How many segments, and bytes that belong to none, come before the picture."""
    at = len(_JPEG)
    for step in range(_MOST_STEPS):
        if at + 4 > len(content):
            return step
        mark, kind = content[at], content[at + 1]
        if mark != 0xFF or kind in (0x00, 0xFF):
            at += 1
        elif kind in _LAST:
            return step
        else:
            at += 2 if kind in _ALONE else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return _MOST_STEPS
