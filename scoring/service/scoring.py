"""One request through one model: admitted, read, batched, computed, written; by its deadline or not at all."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any

from scoring.contract.receipt import Receipt
from scoring.service.answers import Answer, json_answer
from scoring.service.batching import Scored
from scoring.service.errors import body_too_slow, busy, late
from scoring.service.metrics import Metrics
from scoring.service.model import Asked, Body, Model
from scoring.service.requests import Receive, Request
from scoring.service.settings import Settings
from scoring.service.shelf import Loaded
from scoring.service.uploads import Uploads

Read = Callable[[Model[Any, Any], Body], Asked[Any, Any]]


def read_one(model: Model[Any, Any], body: Body) -> Asked[Any, Any]:
    """As `/v1/score` is asked: one item. Raises ContractError, ProblemError."""
    return Asked((model.read(body),), lambda scores, receipt: model.write(scores[0], receipt))


def read_dialect(path: str, model: Model[Any, Any], body: Body) -> Asked[Any, Any]:
    return model.dialects[path].read(body)


class Scoring:
    """The places that requests take, whatever their version. Used on one event loop."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._readers = ThreadPoolExecutor(settings.readers, thread_name_prefix="read")
        self._uploads = Uploads()
        self._admitted = 0

    async def answer(self, loaded: Loaded, read: Read, request: Request, receive: Receive) -> Answer:
        """Raises ProblemError, ContractError, ClientLeftError, and whatever the model raises."""
        request.check_body(loaded.model.max_body_bytes)
        seconds = request.deadline_s(self._settings.deadline_s)
        # Refused before its body is read; the place itself is taken when the body is there.
        self._check_places(loaded, 1)
        return await self._by_deadline(loaded, read, request, receive, seconds)

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def _by_deadline(
        self, loaded: Loaded, read: Read, request: Request, receive: Receive, seconds: float
    ) -> Answer:
        deadline = asyncio.get_running_loop().time() + seconds
        limit = asyncio.timeout_at(deadline - max(0.0, seconds - self._settings.patience.body_s))
        content: bytes | None = None
        try:
            async with limit:
                content = await self._uploads.read(limit, receive, loaded.model.max_body_bytes)
                limit.reschedule(deadline)
                self._enter(loaded, 1)
                try:
                    return await self._score(loaded, read, request, content)
                finally:
                    self._leave(1)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise (body_too_slow() if content is None else late()) from error

    async def _score(self, loaded: Loaded, read: Read, request: Request, content: bytes) -> Answer:
        body = Body(request.media_type(), content, request.query_fields(), request.content_type(), request.headers)
        started = perf_counter()
        asked = await self._read(loaded, read, body)
        decode_s = perf_counter() - started
        self._metrics.decode.observe(decode_s)
        scored = await self._scored(loaded, asked.items)
        first = scored[0] if len(scored) == 1 else _slowest(scored)
        content_out = asked.write([one.score for one in scored], self._receipt(loaded.model, first, decode_s))
        answer = content_out if isinstance(content_out, Answer) else json_answer(content_out)
        answer.batch_size = first.batch_size
        return answer

    async def _read(self, loaded: Loaded, read: Read, body: Body) -> Asked[Any, Any]:
        if loaded.model.reads_fast:
            return read(loaded.model, body)
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(read, loaded.model, body))

    async def _scored(self, loaded: Loaded, items: Sequence[Any]) -> list[Scored]:
        if len(items) == 1:
            return [await loaded.batcher.submit(items[0])]
        more = len(items) - 1
        self._enter(loaded, more)
        waiting = [loaded.batcher.submit(item) for item in items]
        try:
            return [await one for one in waiting]
        finally:
            self._leave(more)
            for one in waiting:
                # One that failed beside another is not asked for any more.
                if not one.cancel() and not one.cancelled():
                    one.exception()

    def _enter(self, loaded: Loaded, items: int) -> None:
        """Take places in the queue, held until the answer is there. Raises ProblemError when none is free."""
        self._check_places(loaded, items)
        self._admitted += items
        self._metrics.in_flight.inc(items)

    def _check_places(self, loaded: Loaded, items: int) -> None:
        if self._admitted + items > self._settings.queue + loaded.model.max_batch:
            raise busy()

    def _leave(self, items: int) -> None:
        self._admitted -= items
        self._metrics.in_flight.dec(items)

    def _receipt(self, model: Model[Any, Any], scored: Scored, decode_s: float) -> Receipt:
        return Receipt(
            model=model.name,
            version=model.version,
            replica=self._settings.replica,
            queue_ms=round(scored.queue_s * 1000, 3),
            decode_ms=round(decode_s * 1000, 3),
            compute_ms=round(scored.compute_s * 1000, 3),
        )


def _slowest(scored: Sequence[Scored]) -> Scored:
    """The times of the item that was ready last."""
    return max(scored, key=lambda one: one.queue_s + one.compute_s)
