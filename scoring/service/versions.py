"""Which versions of a model are to be served: a folder of versions, and two small files that name them.

`stable` holds the name of a version, which is the name of its folder. `canary` holds another and its share of the
requests in percent: `3f2a1b0c9d8e 10`; without a share it answers only who asks for it. Who writes them (a training
run, an operator, a rollout) writes a new file and renames it over the old one. A folder without `stable` is itself the
one version.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from scoring.service.model import Model

STABLE_FILE = "stable"
CANARY_FILE = "canary"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONGEST_FILE = 256
ITSELF = ""


class VersionError(ValueError):
    """A file that names no version."""


@dataclass(frozen=True, slots=True)
class Labels:
    """`share` (0 to 1) of the requests go to `canary`, where there is one; `unread` says why its file names none."""

    stable: str
    canary: str | None = None
    share: float = 0.0
    unread: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        return (self.stable,) if self.canary is None else (self.stable, self.canary)


class Source(Protocol):
    """Where a service gets its model from. All may block: they are called in a thread."""

    def stable(self) -> str:
        """Raises VersionError, OSError."""

    def labels(self) -> Labels:
        """Raises VersionError, OSError."""

    def load(self, version: str) -> Model[Any, Any]:
        """Raises what the model raises where it does not load."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`open_model` is given the folder of one version."""

    path: Path
    open_model: Callable[[Path], Model[Any, Any]]

    def stable(self) -> str:
        named = _read(self.path / STABLE_FILE)
        return ITSELF if named is None else _name(named)

    def labels(self) -> Labels:
        stable = self.stable()
        if stable == ITSELF:
            return Labels(stable)
        try:
            return Labels(stable, *self._canary())
        except (VersionError, OSError) as error:
            # Whoever goes back to another version need not mend this first.
            return Labels(stable, unread=f"{type(error).__name__}: {error}")

    def _canary(self) -> tuple[str | None, float]:
        """Its name and share. Raises VersionError, OSError."""
        canary = _read(self.path / CANARY_FILE)
        if canary is None:
            return None, 0.0
        name, _, percent = canary.partition(" ")
        percent = percent or "0"
        if not (percent.isascii() and percent.isdigit() and int(percent) <= 100):
            raise VersionError(f"{self.path / CANARY_FILE}: this must be a version and a percentage, as in: abc 10")
        return _name(name), int(percent) / 100

    def load(self, version: str) -> Model[Any, Any]:
        return self.open_model(self.path / version)


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="ascii") as file:
            return file.read(LONGEST_FILE).strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise VersionError(f"{path}: this names no version.") from error


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise VersionError("The name of a version is letters, digits, dots, dashes and underscores.")
    return text
