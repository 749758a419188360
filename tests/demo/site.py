"""The demo as a user starts it, for the time of the tests that need all of it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.demo.processes import ROOT, mentioning, until

STOP_S = 90
LAST_LINE = "Ctrl-C stops everything"


@dataclass(frozen=True)
class Site:
    """Where the demo answers, and the folder it keeps its state in."""

    url: str
    state: Path

    @property
    def operator(self) -> tuple[str, str]:
        name, password = (self.state / "operator.txt").read_text().split()
        return name, password


@contextmanager
def started(state: Path) -> Iterator[Site]:
    """Start the demo, wait until it says that it is ready, stop it with Ctrl-C, and see that nothing of it is left."""
    port = free_port()
    command = [sys.executable, "-m", "demo", "--state", str(state), "--port", str(port)]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment(), **output) as demo:
        try:
            wait_for(demo, LAST_LINE)
            site = Site(f"http://127.0.0.1:{port}", state)
            assert requests.get(f"{site.url}/readyz", timeout=10).status_code == 200
            yield site
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=STOP_S)
    assert demo.returncode == 0
    until(lambda: mentioning(str(state)) == [])


def wait_for(demo: subprocess.Popen[str], last_line: str) -> None:
    """Read what the demo says up to that line. Where it cannot start it ends: its own waits have limits."""
    said = []
    for line in demo.stdout:
        said.append(line)
        if last_line in line:
            return
    pytest.fail("".join(said))


def environment() -> dict[str, str]:
    """This process's, without what the tests' own settings put there."""
    ours = ("REDIS_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith("SCOREDECK_") and name not in ours}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
