"""The plain model behind this program's serving core: `python -m bench.plain_server FOLDER PORT`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.plain import MAX_BATCH, WordIndex
from scoring.contract.faq import Question
from scoring.contract.limits import MAX_JSON_BYTES
from scoring.contract.receipt import Receipt
from scoring.service.json_body import read_json
from scoring.service.model import Body, Described, Dialect
from scoring.service.server import serve
from scoring.service.settings import Settings
from scoring.service.tensors import Tensor, TensorSpec
from scoring.service.versions import Folder

Nearest = Sequence[tuple[int, float]]


class PlainModel:
    name = "plain"
    version = "1"
    max_batch = MAX_BATCH
    at_once = 1
    max_body_bytes = MAX_JSON_BYTES
    device = "cpu"
    reads_fast = True
    scores_fast = True
    described = Described("The three nearest entries.", {"application/json": {"schema": {}}}, {"type": "object"})
    dialects: Mapping[str, Dialect[str, Nearest]] = {}
    inputs = (TensorSpec("question", "BYTES", (-1,)),)
    outputs = (TensorSpec("scores", "FP32", (-1, -1)),)

    def __init__(self, folder: Path) -> None:
        self._index = WordIndex.of_file(folder / "entries.jsonl")

    def warm(self) -> None:
        self.score(["a question"] * self.max_batch)

    def read(self, body: Body) -> str:
        return Question.from_json(read_json(body)).question

    def score(self, items: Sequence[str]) -> Sequence[Nearest]:
        return self._index.nearest(items)

    def write(self, score: Nearest, receipt: Receipt) -> dict[str, Any]:
        return {"matches": score, "receipt": receipt.to_json()}

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[str]:
        return [bytes(value).decode() for value in tensors["question"].values]

    def write_tensors(self, scores: Sequence[Nearest]) -> list[Tensor]:
        shape = (len(scores), len(scores[0]))
        return [Tensor.of_numbers("scores", "FP32", shape, [score for row in scores for _, score in row])]


def main() -> int:
    folder, port = sys.argv[1:]
    return serve(Folder(Path(folder), PlainModel), Settings(port=int(port), queue=128))


if __name__ == "__main__":
    sys.exit(main())
