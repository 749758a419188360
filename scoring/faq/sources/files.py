"""Files that may be gzipped and may be larger than memory, read with a progress bar."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import rich.progress
from rich.console import Console

from scoring.faq.data import DataError

MAX_LINE_BYTES = 4 * 1024 * 1024
BUFFER_BYTES = 1024 * 1024


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Read bytes, unpacked where the name ends in .gz; the progress bar goes to stderr. Raises DataError."""
    try:
        with rich.progress.open(path, "rb", description=path.name, console=Console(stderr=True)) as raw:
            buffered = io.BufferedReader(cast(io.RawIOBase, raw), BUFFER_BYTES)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=buffered)) if path.suffix == ".gz" else buffered
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: this is not a whole gzip file.") from error


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1. What goes beyond MAX_LINE_BYTES + 1 bytes is dropped."""
    with opened(path) as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            yield number, line
            while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES + 1)


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
