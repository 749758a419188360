"""A real scorer on a real socket, as small as can be: it answers what the test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RECEIPT = {
    "model": "javascript",
    "version": "3f2a91c",
    "replica": "scoring-faq-7d4f-x2x9z",
    "queue_ms": 0.2,
    "decode_ms": 0.1,
    "compute_ms": 1.5,
}
THIS = {
    "id": "this-in-callback",
    "question": "Why is `this` undefined inside a callback?",
    "answer": "A plain function gets its own `this`.\n\n```js\nrun(() => user.greet());\n```\n\n<script>x()</script>",
    "score": 0.87,
    "words": [{"text": "callback", "weight": 0.6}, {"text": "undefined", "weight": 0.3}],
}
BIND = {"id": "bind", "question": "What is bind?", "answer": "It fixes `this`.", "score": 0.31, "words": []}
MATCHES = {"matches": [THIS, BIND], "answered": True, "threshold": 0.45, "receipt": RECEIPT}
NO_MATCH = {"matches": [BIND], "answered": False, "threshold": 0.45, "receipt": RECEIPT}
PREDICTIONS = {
    "predictions": [
        {"id": "n02123045", "label": "tabby", "score": 0.7},
        {"id": "n02123159", "label": "tiger cat", "score": 0.2},
        {"id": "n02124075", "label": "Egyptian cat", "score": 0.05},
        {"id": "n02127052", "label": "lynx", "score": 0.004},
        {"id": "n02971356", "label": "carton", "score": 0.001},
    ],
    "width": 451,
    "height": 300,
    "receipt": {**RECEIPT, "model": "EfficientNet-Lite2", "replica": "scoring-images-5c6-abcde"},
}


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scorer:
    """`reply` gives status, headers and body of POST /v1/score, or None to close the connection without a word;
    `reply_to` the same where the answer depends on what was asked.

    `labels` is what GET /v1/labels answers, `canary` what it answers of the canary, where there is one.
    """

    url: str
    reply: Callable[[], tuple[int, dict[str, str], bytes] | None]
    reply_to: Callable[[Asked], tuple[int, dict[str, str], bytes]] | None = None
    ready: bool = True
    labels: Any = None
    canary: Any = None
    asked: list[Asked] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    def answers(self, value: Any, status: int = 200, **headers: str) -> None:
        kind = "application/json" if status < 400 else "application/problem+json"
        self.reply = lambda: (status, {"content-type": kind, **headers}, json.dumps(value).encode())

    def answers_raw(self, body: bytes) -> None:
        self.reply = lambda: (200, {"content-type": "application/json"}, body)

    def hangs_up(self) -> None:
        self.reply = lambda: None

    def never_answers(self) -> None:
        """Until the test is over."""

        def wait() -> None:
            self.let_go.wait(60)

        self.reply = wait


@contextmanager
def running(answer: Any) -> Iterator[Scorer]:
    scorer = Scorer("", lambda: None)
    scorer.answers(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(scorer))
    scorer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield scorer
    finally:
        scorer.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(scorer: Scorer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            of_canary = self.headers.get("x-model-version") == "canary"
            content = (scorer.canary if of_canary else scorer.labels) if self.path == "/v1/labels" else {}
            self._send(200 if scorer.ready else 503, {}, json.dumps(content).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            scorer.asked.append(asked)
            reply = scorer.reply_to(asked) if scorer.reply_to else scorer.reply()
            if reply is None:
                self.close_connection = True
            else:
                self._send(*reply)

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
