"""BentoML with photos, with its batching: `bentoml serve bench.peers.bentoml_images:Scorer`."""

from pathlib import Path
from typing import Any

import bentoml

from bench.images_scorer import MAX_BATCH, Answers


@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Scorer:
    def __init__(self) -> None:
        self.answers = Answers()

    @bentoml.api(batchable=True, max_batch_size=MAX_BATCH, max_latency_ms=10_000)
    def score(self, images: list[Path]) -> list[Any]:
        return self.answers.score([self.answers.decode(image.read_bytes()) for image in images])
