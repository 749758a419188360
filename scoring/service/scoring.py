"""One request through one model: admitted, read, batched, computed, written; by its deadline or not at all."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from scoring.contract.receipt import Receipt
from scoring.service.answers import Answer, json_answer
from scoring.service.batching import Batcher, Scored
from scoring.service.errors import busy, late
from scoring.service.metrics import Metrics
from scoring.service.model import Body, Model
from scoring.service.requests import Receive, Request, read_body
from scoring.service.settings import Settings


class Scoring:
    """A loaded model and the places its requests take. Used on one event loop."""

    def __init__(
        self, model: Model[Any, Any], worker: ThreadPoolExecutor, settings: Settings, metrics: Metrics
    ) -> None:
        self._model = model
        self._settings = settings
        self._metrics = metrics
        self._batcher = Batcher(model, worker, metrics)
        self._readers = ThreadPoolExecutor(settings.readers, thread_name_prefix="read")
        self._most = settings.queue + model.max_batch
        self._admitted = 0

    async def answer(self, request: Request, receive: Receive) -> Answer:
        """Raises ProblemError, ContractError, ClientLeftError, and whatever the model raises."""
        request.check_length(self._model.max_body_bytes)
        seconds = request.deadline_s(self._settings.deadline_s)
        with self._place():
            limit = asyncio.timeout(seconds)
            try:
                async with limit:
                    return await self._score(request, receive)
            except TimeoutError as error:
                if limit.expired():
                    raise late() from error
                raise

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place in the queue, held until the answer is there. Raises ProblemError when none is free."""
        if self._admitted >= self._most:
            raise busy()
        self._admitted += 1
        self._metrics.in_flight.inc()
        try:
            yield
        finally:
            self._admitted -= 1
            self._metrics.in_flight.dec()

    async def _score(self, request: Request, receive: Receive) -> Answer:
        content = await read_body(receive, self._model.max_body_bytes, self._settings.body_s)
        body = Body(request.media_type(), content, request.query_fields(), request.content_type())
        started = perf_counter()
        item = await self._read(body)
        decode_s = perf_counter() - started
        self._metrics.decode.observe(decode_s)
        scored = await self._batcher.score(item)
        return json_answer(self._model.write(scored.score, self._receipt(scored, decode_s)), scored.batch_size)

    async def _read(self, body: Body) -> Any:
        if self._model.reads_fast:
            return self._model.read(body)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._model.read, body)

    def _receipt(self, scored: Scored, decode_s: float) -> Receipt:
        return Receipt(
            model=self._model.name,
            version=self._model.version,
            replica=self._settings.replica,
            queue_ms=round(scored.queue_s * 1000, 3),
            decode_ms=round(decode_s * 1000, 3),
            compute_ms=round(scored.compute_s * 1000, 3),
        )
