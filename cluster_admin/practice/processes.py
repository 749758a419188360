"""Pods as programs: which image is which command line, and its processes.

A process stays in the group of the practice cluster, so that whoever ends the group ends all. On Linux the kernel also
ends it when the cluster dies without a word.
"""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PORT_MARK = "$(PORT)"
PASSED_ON = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")
PASSED_ON_PREFIXES = ("LC_", "PYTHON", "TF_", "KERAS_", "XLA_", "OMP_", "OPENBLAS_", "MKL_", "CUDA_", "NVIDIA_", "XDG_")
LONGEST_LINE = 64 * 1024
LINES_AFTER_EXIT_SECONDS = 1.0
PR_SET_PDEATHSIG = 1

Programs = Mapping[str, tuple[str, ...]]


class ProgramsError(Exception):
    """The programs file cannot be used."""


def read_programs(path: Path) -> Programs:
    """Read `{"image repository": ["argv", …]}`. Raises ProgramsError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise ProgramsError(f"{path}: {wrong}") from wrong
    if not isinstance(content, dict):
        raise ProgramsError(f"{path}: not an object of image repositories")
    return {str(image): _argv(path, image, argv) for image, argv in content.items()}


def _argv(path: Path, image: str, argv: object) -> tuple[str, ...]:
    if not isinstance(argv, list) or not argv or not all(isinstance(part, str) for part in argv):
        raise ProgramsError(f"{path}: {image}: not a list of strings")
    return tuple(argv)


def repository(image: str) -> str:
    """The image without tag and digest: `registry:5000/team/app:1` → `registry:5000/team/app`."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def inherited_environment() -> dict[str, str]:
    """What a pod may see of our own environment: where programs and libraries are, no settings and no secrets."""
    kept = {key: value for key, value in os.environ.items() if key in PASSED_ON or key.startswith(PASSED_ON_PREFIXES)}
    return kept | {"PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: the exit code as a container runtime reports it (128 + signal), and the signal or 0."""

    code: int
    signal: int

    @classmethod
    def of(cls, returncode: int) -> "Exit":
        return cls(returncode, 0) if returncode >= 0 else cls(128 - returncode, -returncode)


class Process:
    """A running program whose output lines go to `write`."""

    def __init__(self, process: asyncio.subprocess.Process, write: Callable[[str], None]) -> None:
        self._process = process
        self._output = asyncio.create_task(self._pump(write))

    @classmethod
    async def start(cls, argv: Sequence[str], env: Mapping[str, str], write: Callable[[str], None]) -> "Process":
        """Start without a shell. Raises OSError when the program cannot be run."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        return cls(process, write)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> Exit:
        """Wait for the end, then for its last lines (a grandchild may keep the pipe open, so not for ever)."""
        returncode = await self._process.wait()
        await asyncio.wait({self._output}, timeout=LINES_AFTER_EXIT_SECONDS)
        self._output.cancel()
        return Exit.of(returncode)

    async def stop(self, grace_seconds: float) -> Exit:
        """SIGTERM, and SIGKILL when the grace is over."""
        waiting = asyncio.create_task(self.wait())
        if grace_seconds > 0:
            self._signal(signal.SIGTERM)
            await asyncio.wait({waiting}, timeout=grace_seconds)
        self.kill()
        return await waiting

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _pump(self, write: Callable[[str], None]) -> None:
        stream = self._process.stdout
        while stream is not None:
            try:
                line = await stream.readline()
            except ValueError:  # a line longer than the buffer: the reader has dropped it
                write(f"(a line of more than {LONGEST_LINE} bytes was left out)")
                continue
            if not line:
                return
            write(line.decode("utf-8", "replace").rstrip("\r\n"))


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Runs in the child before the program: the kernel kills it when the practice cluster is gone (prctl(2))."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
