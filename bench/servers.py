"""The servers of the comparison: how each is started, and how it is asked."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.environments import MLSERVER, PEERS, ROOT, Environment

KEY = "bench-key"


def same(question: str) -> dict[str, object]:
    return {"question": question, "top": 3}


def in_list(question: str) -> dict[str, object]:
    return {"question": [question]}


def as_tensor(question: str) -> dict[str, object]:
    tensor = {"name": "question", "datatype": "BYTES", "shape": [1], "data": [question]}
    return {"inputs": [tensor]}


@dataclass(frozen=True, slots=True)
class Server:
    """`command` is given the model's folder and the port."""

    name: str
    command: Callable[[Path, int], list[str]]
    path: str
    ask: Callable[[str], Mapping[str, object]] = same
    environment: Environment | None = None
    headers: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def write_bodies(self, questions: Path, bodies: Path) -> None:
        asked = [json.loads(line)["question"] for line in questions.read_text(encoding="utf-8").splitlines()]
        bodies.write_text("".join(json.dumps(self.ask(question)) + "\n" for question in asked))


def ours(kind: str) -> Server:
    if kind == "plain":
        name, program = "Scoredeck's core", ["bench.plain_server"]
    else:
        name, program = "Scoredeck", ["scoring.faq", "serve"]
    return Server(
        name,
        lambda folder, port: _ours(program, folder, port),
        "/v1/score",
        headers=(f"Authorization: Bearer {KEY}",),
    )


def _ours(program: list[str], folder: Path, port: int) -> list[str]:
    given = [str(folder), "--port", str(port)] if len(program) > 1 else [str(folder), str(port)]
    return [sys.executable, "-m", *program, *given]


def peers() -> list[Server]:
    return [
        Server(
            "FastAPI",
            lambda folder, port: [
                *(PEERS.program("uvicorn"), "bench.peers.fastapi_app:app", "--port", str(port)),
                *("--log-level", "warning", "--no-access-log"),
            ],
            "/score",
            environment=PEERS,
        ),
        Server(
            "LitServe",
            lambda folder, port: [str(PEERS.python), "-m", "bench.peers.litserve_app", str(port)],
            "/score",
            environment=PEERS,
        ),
        Server(
            "BentoML",
            lambda folder, port: [
                *(PEERS.program("bentoml"), "serve", "bench.peers.bentoml_app:Scorer"),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            "/score",
            ask=in_list,
            environment=PEERS,
            variables={"BENTOML_DO_NOT_TRACK": "true", "BENTOML_HOME": str(PEERS.python.parents[1] / "bentoml")},
        ),
        Server(
            "MLServer",
            lambda folder, port: [MLSERVER.program("mlserver"), "start", str(ROOT / "bench/peers/mlserver_model")],
            "/v2/models/scorer/infer",
            ask=as_tensor,
            environment=MLSERVER,
        ),
    ]
