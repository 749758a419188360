"""Log files of containers, one line a line, each with its time; bounded, and kept once over a restart."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

LARGEST_BYTES = 4 * 1024 * 1024
KEPT_SHARE = 2
_SAFE = re.compile(r"[^A-Za-z0-9.-]")


class ContainerLogs:
    """Files `NAMESPACE_POD_CONTAINER.log` and `.previous.log` in one folder."""

    def __init__(self, folder: Path, largest_bytes: int = LARGEST_BYTES) -> None:
        self._folder = folder
        self._largest = largest_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def clear(self) -> None:
        """Remove what an earlier cluster left."""
        for path in self._folder.glob("*.log"):
            path.unlink(missing_ok=True)

    def path(self, namespace: str, pod: str, container: str, previous: bool = False) -> Path:
        """Where the lines are; the file need not exist."""
        stem = "_".join(_SAFE.sub("-", part) for part in (namespace, pod, container))
        return self._folder / f"{stem}{'.previous' if previous else ''}.log"

    def writer(self, namespace: str, pod: str, container: str) -> "LogWriter":
        return LogWriter(self.path(namespace, pod, container), self._largest)

    def rotate(self, namespace: str, pod: str, container: str) -> None:
        """What was written becomes the log of the previous container."""
        current = self.path(namespace, pod, container)
        if current.exists():
            current.replace(self.path(namespace, pod, container, previous=True))

    def remove(self, namespace: str, pod: str, container: str) -> None:
        for previous in (False, True):
            self.path(namespace, pod, container, previous).unlink(missing_ok=True)


class LogWriter:
    """Appends lines with their time. A full file starts anew with its newer half."""

    def __init__(self, path: Path, largest_bytes: int) -> None:
        self._path = path
        self._largest = largest_bytes
        self._file = path.open("ab", buffering=0)
        self._size = path.stat().st_size

    def __call__(self, line: str) -> None:
        data = f"{_now()} {line}\n".encode()
        if self._size + len(data) > self._largest:
            self._halve()
        self._file.write(data)
        self._size += len(data)

    def close(self) -> None:
        self._file.close()

    def _halve(self) -> None:
        """Through a new file: a reader keeps the old one and sees that another took its place."""
        newer = self._path.read_bytes()[-self._largest // KEPT_SHARE :]
        whole_lines = newer[newer.find(b"\n") + 1 :]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(whole_lines)
        fresh.replace(self._path)
        self._file.close()
        self._file = self._path.open("ab", buffering=0)
        self._size = len(whole_lines)


def _now() -> str:
    """RFC 3339 with nanoseconds, in UTC."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
