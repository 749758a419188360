"""Files that may be gzipped and may be larger than memory, read with a progress bar."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import rich.progress
from rich.console import Console

from scoring.faq.data import DataError

MAX_LINE_BYTES = 4 * 1024 * 1024
BUFFER_BYTES = 1024 * 1024
# What a text in UTF-16 begins with: its mark, or a letter of the Latin alphabet.
UTF_16 = re.compile(rb"(?P<marked>\xff\xfe|\xfe\xff)|(?P<little>[^\0]\0)|(?P<big>\0[^\0])", re.DOTALL)
UTF_16_NAMES = {"marked": "utf-16", "little": "utf-16-le", "big": "utf-16-be"}


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Read bytes, unpacked where the name ends in .gz; the progress bar goes to stderr. Raises DataError."""
    try:
        with rich.progress.open(path, "rb", description=path.name, console=Console(stderr=True)) as raw:
            buffered = io.BufferedReader(cast(io.RawIOBase, raw), BUFFER_BYTES)
            zipped = path.suffix == ".gz"
            yield cast(io.BufferedReader, io.BufferedReader(gzip.GzipFile(fileobj=buffered)) if zipped else buffered)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: this is not a whole gzip file.") from error


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line in UTF-8 with its number from 1. What goes beyond MAX_LINE_BYTES + 1 bytes is dropped. Raises
    DataError."""
    number, ended = 0, True
    with opened(path) as file:
        try:
            for part in _parts(file):
                if ended:
                    number += 1
                    yield number, part
                ended = part.endswith(b"\n")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: this begins as UTF-16 text and is not.") from error


def _parts(file: io.BufferedReader) -> Iterator[bytes]:
    """Lines, those that are longer than MAX_LINE_BYTES in pieces."""
    begins = UTF_16.match(file.peek(2))
    if begins is None:
        yield from iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")
    else:
        text = io.TextIOWrapper(file, UTF_16_NAMES[str(begins.lastgroup)], newline="\n")
        yield from (part.encode() for part in iter(lambda: text.readline(MAX_LINE_BYTES + 1), ""))


def found(folder: Path, name: str) -> Path | None:
    """The file of that name in `folder`, plain or gzipped."""
    places = (folder / name, folder / f"{name}.gz")
    return next((place for place in places if place.is_file()), None)


def needed(folder: Path, name: str) -> Path:
    """Raises DataError where there is neither a plain nor a gzipped one."""
    path = found(folder, name)
    if path is None:
        raise DataError(f"{folder}: {name} is missing.")
    return path
