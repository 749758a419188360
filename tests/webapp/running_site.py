"""A real site with a real broker, and workers that a test starts and kills."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from demo.valkey import binary

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 100
BROKER = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port")
WORKER = ("-m", "celery", "-A", "webapp", "worker", "-B", "--concurrency", "1", "--loglevel", "WARNING", "--schedule")


@dataclass(frozen=True)
class RunningSite:
    address: str
    folder: Path
    environment: dict[str, str]

    def worker(self, name: str) -> AbstractContextManager[subprocess.Popen]:
        """`name` is that of its schedule, which no two workers share."""
        return started([sys.executable, *WORKER, str(self.folder / name)], self.environment, self.log)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def last_words(self) -> str:
        return self.log.read_text()[-2000:]

    def send(self, page: str, field: str, name: str, content: bytes) -> str:
        """Send a file by the form of `page`; the address that it leads to."""
        with requests.Session() as browser:
            form = browser.get(f"{self.address}{page}", timeout=30).text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
            sent = {"data": {"csrfmiddlewaretoken": token}, "files": {field: (name, content)}}
            done = browser.post(f"{self.address}{page}", **sent, timeout=30)
        assert done.status_code == 200, done.text
        return done.url


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[RunningSite]:
    """`variables` are those of the environment beside the ones that every such site needs."""
    broker_port, site_port = free_ports(2)
    environment = settings_of(folder, broker_port) | variables
    site = RunningSite(f"http://127.0.0.1:{site_port}", folder, environment)
    (folder / "static").mkdir()
    subprocess.run([sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment, check=True,
                   capture_output=True, timeout=LIMIT_S)  # fmt: skip
    broker = [str(binary()), *BROKER, str(broker_port), "--dir", str(folder)]
    server = [sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--port", str(site_port)]
    with started(broker, environment, site.log), started(server, environment, site.log):
        until(lambda: listens(broker_port) and listens(site_port), "broker and site")
        yield site


@contextmanager
def started(command, environment, log) -> Iterator[subprocess.Popen]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process) -> None:
    """The process and its children, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def until(condition, what: str):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail(f"did not come about: {what}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def settings_of(state: Path, broker_port: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCOREDECK_")}
    inherited.pop("DATABASE_URL", None)
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "SCOREDECK_STATE": str(state),
        "REDIS_URL": f"redis://127.0.0.1:{broker_port}/0",
    }


def rows_done(address: str) -> int:
    """How far the progress bar of this page is."""
    return int(re.search(r'<progress max="\d+" value="(\d+)"', requests.get(address, timeout=30).text)[1])
