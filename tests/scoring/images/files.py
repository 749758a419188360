"""Files that visitors send, made on the fly."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG of these chunks between its header and its end (PNG specification, section 11)."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def blank_png(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """Black, and truly as large as it says; made row by row, so that it takes little memory here."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = bytes(1 + width * channels * depth // 8)
    packer = zlib.compressobj(1)
    parts = [packer.compress(row) for _ in range(height)]
    return png(width, height, chunk(b"IDAT", b"".join(parts) + packer.flush()), depth=depth, colour=colour)


def with_zip(content: bytes) -> bytes:
    """A file that is a photo from its start and an archive from its end."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("run.py", "print('hello')")
    return content + archive.getvalue()


def with_scans(content: bytes, times: int) -> bytes:
    """A progressive JPEG whose first scan comes again and again."""
    first = content.index(b"\xff\xda")
    second = content.index(b"\xff\xc4", first)
    return content[:first] + content[first:second] * times + content[first:]
