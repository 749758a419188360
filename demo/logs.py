"""One log file a part, bounded: a full file becomes NAME.log.1 and a new one starts."""

import contextlib
from pathlib import Path

LIMIT_BYTES = 2_000_000
TAIL_BYTES = 16_000


class Log:
    """Takes a part's output as it comes. A full disk loses lines, never the part."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self._limit_bytes = limit_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._turn()

    def write(self, chunk: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._size + len(chunk) > self._limit_bytes:
                self._turn()
            with self.path.open("ab") as file:
                self._size += file.write(chunk)

    def tail(self, lines: int = 10) -> list[str]:
        """The last lines, without the empty ones."""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()][-lines:]

    def _turn(self) -> None:
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        self.path.touch()
        self._size = 0
