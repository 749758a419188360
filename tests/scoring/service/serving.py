"""A real service on a free loopback port, around a small model."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from scoring.contract.receipt import Receipt
from scoring.service.json_body import read_json
from scoring.service.model import Asked, Body, Described, Dialect
from scoring.service.patience import Patience
from scoring.service.server import ScoringServer, serve
from scoring.service.settings import Settings
from scoring.service.tensors import Tensor, TensorSpec
from scoring.service.versions import Folder, Labels

LONG_S = 20.0
LAME_DUCK_S = 1.0


class Echo:
    """Answers with what it was asked; "poison" fails alone, "bomb" takes its batch with it, "hold" waits for `gate`."""

    name = "echo"
    device = "cpu"
    max_body_bytes = 2_000
    described = Described("Say it again.", {"application/json": {"schema": {}}}, {"type": "object"})
    inputs = (TensorSpec("said", "BYTES", (-1,)), TensorSpec("loud", "FP32", (-1, 2), optional=True))
    outputs = (TensorSpec("echo", "BYTES", (-1,)), TensorSpec("length", "FP32", (-1,)))

    def __init__(
        self,
        max_batch: int = 8,
        reads_fast: bool = True,
        scores_fast: bool = False,
        version: str = "1",
        at_once: int = 1,
    ) -> None:
        self.version = version
        self.max_batch = max_batch
        self.at_once = at_once
        self.reads_fast = reads_fast
        self.scores_fast = scores_fast
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

    @property
    def dialects(self) -> Mapping[str, Dialect[Any, Any]]:
        return {"/twice": Dialect(self._read_twice, self.described)}

    def _read_twice(self, body: Body) -> Asked[Any, Any]:
        said = read_json(body)
        return Asked((said, f"again {said}"), lambda scores, _: scores)

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Any]:
        prefix = parameters.get("prefix", "")
        return [prefix + bytes(value).decode() for value in tensors["said"].values]

    def write_tensors(self, scores: Sequence[Any]) -> list[Tensor]:
        shape = (len(scores),)
        lengths = [len(score) for score in scores]
        return [Tensor.of_texts("echo", shape, scores), Tensor.of_numbers("length", "FP32", shape, lengths)]


@dataclass(frozen=True)
class One:
    """A source of one version, which never moves."""

    make: Callable[[], Any]

    def stable(self) -> str:
        return "one"

    def labels(self) -> Labels:
        return Labels(self.stable())

    def load(self, version: str) -> Any:
        return self.make()


def echo_of(folder: Path) -> Echo:
    """As a model's folder is read: it holds its version, or nothing that loads."""
    version = (folder / "version").read_text()
    if version == "broken":
        raise RuntimeError("the weights are gone")
    return Echo(version=version)


@contextmanager
def served(load: Callable[[], Any] | Folder, wait_ready: bool = True, **settings: Any) -> Iterator[str]:
    source = load if isinstance(load, Folder) else One(load)
    server = ScoringServer(source, Settings(**settings))
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
    kinds: dict[str, Callable[[], Any]] = {"echo": Echo, "patient": Echo, "slow": slow_echo, "broken": broken}
    patience = Patience(head_s=LONG_S, last_s=LONG_S) if sys.argv[1] == "patient" else Patience()
    sys.exit(serve(One(kinds[sys.argv[1]]), Settings(lame_duck_s=LAME_DUCK_S, patience=patience)))
