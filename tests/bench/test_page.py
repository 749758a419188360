"""What `make bench BENCH=page` measures, against a site that counts and fails on demand."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bench import page
from tests.bench.apart import in_a_thread


class Site(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self):
        (question,) = parse_qs(urlsplit(self.path).query)["q"]
        self.asked.append(question)
        self.send_response(500 if question == "fail" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *given):
        """Quiet."""


@pytest.fixture
def site():
    class Counting(Site):
        asked = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Counting.asked
        server.shutdown()


def test_questions_are_asked_at_their_rate_in_turn_and_failures_are_counted(site):
    url, asked = site
    steadily = page.ask_steadily(url, ["one", "two", "fail"], per_second=100, seconds=0.3)
    found = in_a_thread(asyncio.run, steadily)
    assert asked[0] == "one", "the first only warms the site"
    assert {question: asked[1:].count(question) for question in ("one", "two", "fail")} == {
        "one": 10,
        "two": 10,
        "fail": 10,
    }
    assert (found.requests, found.failed) == (20, 10)
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms


def test_a_demo_that_does_not_run_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("SCOREDECK_URL", "http://127.0.0.1:9")
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "one"}\n')
    said: list[str] = []
    in_a_thread(page.show, questions, said.append)
    assert said[-1].startswith("not measured: ") and said[-1].endswith("Start `make demo` beside it.")
