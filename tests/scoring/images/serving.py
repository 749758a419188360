"""A scorer process as the tests see it, and real photos that come with installed packages."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

ABSENT = ("django", "sklearn", "scipy", "skimage", "torch", "webapp", "cluster_admin", "scoring.faq")
_BARE = """
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == absent or name.startswith(absent + ".") for absent in {absent!r}):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
sys.argv[0] = "scoring.images"
runpy.run_module("scoring.images", run_name="__main__", alter_sys=True)
"""


def bare_python(*arguments: str) -> list[str]:
    """The command line of `python -m scoring.images` where the packages of ABSENT are not installed."""
    return [sys.executable, "-c", _BARE.format(absent=ABSENT), *arguments]


def package_photo(package: str, path: str) -> bytes:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / path).read_bytes()


def chelsea() -> bytes:
    """A cat, as PNG of 451 by 300 pixels."""
    return package_photo("skimage", "data/chelsea.png")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    json: dict[str, Any]

    @property
    def code(self) -> str:
        return self.json["code"]

    @property
    def best(self) -> dict[str, Any]:
        return self.json["predictions"][0]


@dataclass(frozen=True)
class Scorer:
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, content: bytes, media_type: str = "image/jpeg", query: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", f"/v1/score{query}", content, {"content-type": media_type})
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, json.loads(response.read()))
        finally:
            connection.close()

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait_until_ready(self, seconds: float = 100) -> None:
        end = time.monotonic() + seconds
        while not self.is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def memory_mb(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20


@contextmanager
def served(model: Path, log: Path) -> Iterator[Scorer]:
    """A scorer process with this model, ready; its output goes to the folder `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = bare_python("serve", str(model), "--port", str(port))
    with (
        (log / "stdout").open("wb") as stdout,
        (log / "stderr").open("wb") as stderr,
        subprocess.Popen(command, stdout=stdout, stderr=stderr) as process,
    ):
        scorer = Scorer(port, process, log / "stdout")
        try:
            scorer.wait_until_ready()
            yield scorer
        finally:
            process.kill()
