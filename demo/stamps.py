"""Whether a prepared thing is up to date: a stamp holds the hash of everything it was made from."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(root: Path, patterns: Iterable[str]) -> str:
    """SHA-256 over the names and contents of the files under `root` that match."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()}):
        total.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


class Stamps:
    """One file a thing under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def says(self, name: str, value: str) -> bool:
        path = self._folder / name
        return path.exists() and path.read_text() == value

    def set(self, name: str, value: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(value)

    def drop(self, name: str) -> None:
        """Before the thing is made anew: a making that is cut short must not look finished."""
        (self._folder / name).unlink(missing_ok=True)
