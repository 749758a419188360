"""What `make bench BENCH=paint` measures, on pages whose parts are known."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import paint
from demo.places import free_ports
from tests.bench.apart import in_a_thread
from tests.browser.conftest import chromium_path

HEAD = b'<link rel="stylesheet" href="/kept.css"><script src="/script.js" defer></script>'
PAGE = b"<!doctype html><title>x</title>" + HEAD + b"<p>x"
KINDS = {"/page": ("text/html", PAGE), "/livez": ("text/html", b"<!doctype html><p>alive")}


class Site(BaseHTTPRequestHandler):
    """A page, a style sheet that may be kept, a script that may not."""

    def do_GET(self):
        kind, body = KINDS.get(self.path, ("text/css" if self.path.endswith(".css") else "text/javascript", b" " * 999))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=60" if self.path == "/kept.css" else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given):
        """Quiet."""


@pytest.fixture(scope="module")
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
def test_each_first_visit_is_one_and_the_second_has_what_may_be_kept(site):
    found = in_a_thread(paint.measure, site, chromium_path(), ["/page"], loads=4)
    assert list(found) == ["/page"] and len(found["/page"]) == 4
    for first, again in found["/page"]:
        for load in (first, again):
            assert 0 < load.answered < load.painted and load.answered < load.usable
        assert first.bytes > len(PAGE) + 2 * 999
        assert len(PAGE) + 999 < again.bytes <= first.bytes
    # A busy browser now and then fetches what it just kept; not each time.
    assert min(again.bytes - first.bytes for first, again in found["/page"]) < -999


def test_a_line_has_the_median_and_the_worst_of_each_time():
    loads = [paint.Load(answered, painted, usable, 3, 2048) for answered, painted, usable in
             [(5, 90, 100), (7, 80, 300), (6, 70, 200)]]  # fmt: skip
    assert paint.line("/page", "again", loads) == (
        "/page          again        answered 6, 7 ms; painted 80, 90 ms; usable 200, 300 ms; 3 requests, 2 kB"
    )


@pytest.mark.browser
def test_a_demo_that_does_not_run_is_said(monkeypatch):
    (port,) = free_ports(1)
    monkeypatch.setenv("SCOREDECK_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("CHROMIUM", chromium_path())
    said: list[str] = []
    in_a_thread(paint.show, said.append)
    assert said[-1].startswith("not measured: ") and said[-1].endswith("Start `make demo` beside it.")
    assert "ERR_CONNECTION_REFUSED" in said[-1]
