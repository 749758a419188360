"""A real service on a free loopback port, around a small model."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2

from scoring.contract.receipt import Receipt
from scoring.service.json_body import read_json
from scoring.service.model import Body
from scoring.service.server import ScoringServer, serve
from scoring.service.settings import Settings

LONG_S = 20.0


class Echo:
    """Answers with what it was asked; "poison" fails alone, "bomb" takes its batch with it, "hold" waits for `gate`."""

    name = "echo"
    version = "1"
    max_body_bytes = 2_000

    def __init__(self, max_batch: int = 8, reads_fast: bool = True) -> None:
        self.max_batch = max_batch
        self.reads_fast = reads_fast
        self.gate = threading.Event()
        self.holding = threading.Event()
        self.computed: list[Any] = []
        self.batches: list[int] = []

    def warm(self) -> None:
        pass

    def read(self, body: Body) -> Any:
        return read_json(body)

    def score(self, items: Sequence[Any]) -> list[Any]:
        if "hold" in items:
            self.holding.set()
            assert self.gate.wait(LONG_S)
        if "bomb" in items:
            raise RuntimeError("secret of the visitor")
        self.computed += items
        self.batches.append(len(items))
        return [ValueError("secret of the visitor") if item == "poison" else item for item in items]

    def write(self, score: Any, receipt: Receipt) -> dict[str, Any]:
        return {"echo": score, "receipt": receipt.to_json()}


@contextmanager
def served(load: Callable[[], Any], wait_ready: bool = True, **settings: Any) -> Iterator[str]:
    server = ScoringServer(load, Settings(**settings))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.start()
    try:
        if wait_ready:
            until(lambda: httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200)
        yield url
    finally:
        server.should_exit = True
        thread.join(LONG_S)
        server.close()
        assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.01)


def ask(url: str, content: Any, **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(f"{url}/v1/score", json=content, headers=sent, timeout=LONG_S, trust_env=False)


def slow_echo() -> Echo:
    model = Echo(max_batch=4)
    score = model.score

    def slowly(items: Sequence[Any]) -> list[Any]:
        time.sleep(0.05)
        return score(items)

    model.score = slowly  # type: ignore[method-assign]
    return model


def broken() -> Echo:
    raise RuntimeError("the weights are gone")


if __name__ == "__main__":
    sys.exit(serve({"echo": Echo, "slow": slow_echo, "broken": broken}[sys.argv[1]], Settings(lame_duck_s=1.0)))
