"""BentoML, with its batching: `bentoml serve bench.peers.bentoml_app:Scorer`."""

from typing import Any

import bentoml

from bench.scorer import MAX_BATCH, load


@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Scorer:
    def __init__(self) -> None:
        self.scorer = load()

    @bentoml.api(batchable=True, max_batch_size=MAX_BATCH, max_latency_ms=1000)
    def score(self, question: list[str]) -> list[Any]:
        return self.scorer(question)
