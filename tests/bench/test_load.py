"""`python -m bench.load`, against a server whose answers are known."""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.load import Measured, summed
from bench.running import free_port

SLOW_S = 0.02
SECONDS = 0.5
LONG_S = 30


class Scorer(BaseHTTPRequestHandler):
    """Takes its time, refuses what says "refuse", leaves at "leave"."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, str, str]]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.path, self.headers["Authorization"], self.headers["Content-Type"], body))
        time.sleep(SLOW_S)
        if body == "leave":
            self.close_connection = True
            return
        self.send_response(429 if body == "refuse" else 200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        # In two pieces: an answer is not over where its first bytes are there.
        self.wfile.write(b"an")
        self.wfile.write(b"swe")

    def log_message(self, *given):
        """Quiet."""


@contextmanager
def scorer():
    class Known(Scorer):
        asked = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Known) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever).start()
        try:
            yield server.server_port, Known.asked
        finally:
            server.shutdown()


def loaded(port, bodies, *options):
    command = [sys.executable, "-m", "bench.load", "127.0.0.1", str(port), "/v1/score", str(bodies), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG_S)


def measured(tmp_path, lines, connections):
    bodies = tmp_path / "bodies"
    bodies.write_text("".join(f"{line}\n" for line in lines))
    options = ["--connections", str(connections), "--seconds", str(SECONDS), "--header", "Authorization: Bearer k"]
    with scorer() as (port, asked):
        ran = loaded(port, bodies, *options, "--type", "text/plain")
    assert (ran.returncode, ran.stderr) == (0, "")
    return Measured(**json.loads(ran.stdout)), asked


def test_each_connection_has_one_request_under_way_and_bodies_are_sent_in_turn(tmp_path):
    found, asked = measured(tmp_path, ["a", "b"], connections=2)
    assert {request[:3] for request in asked} == {("/v1/score", "Bearer k", "text/plain")}
    bodies = [request[3] for request in asked]
    assert set(bodies) == {"a", "b"}
    assert abs(bodies.count("a") - bodies.count("b")) <= 1
    # Those under way at the end are answered, and not counted.
    assert len(asked) - 2 <= found.requests <= len(asked)
    assert found.failed == 0
    assert found.p50_ms >= SLOW_S * 1_000
    assert 0 < found.per_second <= round(found.requests / SECONDS, 1)


def test_refusals_are_answers_that_failed(tmp_path):
    found, asked = measured(tmp_path, ["a", "refuse"], connections=1)
    refused = [body for *_, body in asked[: found.requests]].count("refuse")
    assert refused > 0
    assert found.failed == refused


def test_a_lost_connection_is_counted_once(tmp_path):
    found, asked = measured(tmp_path, ["leave"], connections=3)
    assert (found.requests, found.failed, len(asked)) == (0, 3, 3)


def test_without_a_server_it_fails(tmp_path):
    (tmp_path / "bodies").write_text("a\n")
    ran = loaded(free_port(), tmp_path / "bodies")
    assert ran.returncode != 0
    assert "ConnectionRefusedError" in ran.stderr


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([number / 1_000 for number in range(1, 101)], Measured(100, 3, 50.0, 51.0, 96.0, 100.0, 0.25)),
        ([0.004], Measured(1, 3, 0.5, 4.0, 4.0, 4.0, 0.25)),
        ([], Measured(0, 3, 0.0, 0.0, 0.0, 0.0, 0.25)),
    ],
)
def test_percentiles_are_those_of_known_times(times, expected):
    assert summed(times, failed=3, took=2.0, load_cpu=0.25) == expected
