"""A server started, asked under load, and stopped with all its processes."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.environments import ROOT, STATE
from bench.load import Measured
from bench.servers import KEY, Server

START_SECONDS = 90.0
STOP_SECONDS = 15.0
WARM_SECONDS = 1.0
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class DidNotStartError(Exception):
    """A server that did not answer in time."""


def measure(server: Server, kind: str, folder: Path, questions: Path, connections: int, seconds: float) -> Measured:
    """Raises DidNotStartError."""
    bodies = STATE / f"bodies-{server.name.split()[0].lower()}"
    server.write_bodies(questions, bodies)
    port = free_port()
    variables = {
        **server.variables,
        **ONE_THREAD,
        "BENCH_KIND": kind,
        "BENCH_FOLDER": str(folder),
        "MLSERVER_HTTP_PORT": str(port),
        "MLSERVER_GRPC_PORT": str(free_port()),
        "SCORER_API_KEY_SHA256": hashlib.sha256(KEY.encode()).hexdigest(),
    }
    log = STATE / f"{bodies.name[7:]}.log"
    with started(server.command(folder, port), variables, log):
        try:
            wait_until_answered(port, server.path, bodies.read_bytes().splitlines()[0], server.headers)
        except DidNotStartError as error:
            raise DidNotStartError(f"{error}; {_last_line(log)} (all of it: {log.relative_to(ROOT)})") from error
        load(port, server.path, bodies, server.headers, connections, WARM_SECONDS)
        return load(port, server.path, bodies, server.headers, connections, seconds)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


@contextmanager
def started(command: Sequence[str], variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a group of processes, all of which end with it."""
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asked first, then made to; what it left behind in its group, too."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_answered(port: int, path: str, body: bytes, headers: Sequence[str], kind: str = "") -> None:
    """Raises DidNotStartError."""
    named = dict(header.split(": ", 1) for header in headers)
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {"Content-Type": kind or "application/json", **named}
    )
    end = time.monotonic() + START_SECONDS
    last = "nobody listened"
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                answer.read()
                return
        except (urllib.error.URLError, OSError) as error:
            last = str(error)
        time.sleep(0.2)
    raise DidNotStartError(f"no answer within {START_SECONDS:.0f} s: {last}")


def load(
    port: int,
    path: str,
    bodies: Path,
    headers: Sequence[str],
    connections: int,
    seconds: float,
    kind: str = "application/json",
) -> Measured:
    """In a process of its own, so that it never takes turns with what it measures."""
    command = [sys.executable, "-m", "bench.load", "127.0.0.1", str(port), path, str(bodies), "--type", kind]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    command += [part for header in headers for part in ("--header", header)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 60)
    return Measured(**json.loads(ran.stdout))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
