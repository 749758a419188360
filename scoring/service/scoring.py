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
from scoring.service.errors import body_too_slow, busy, late, too_many
from scoring.service.metrics import Metrics
from scoring.service.model import Asked, Body, Model
from scoring.service.requests import Receive, Request
from scoring.service.routes import Outcome, Owed
from scoring.service.settings import Settings
from scoring.service.shelf import Loaded
from scoring.service.uploads import Uploads

LATEST_REFUSAL_SECONDS = 0.05
MOST_LATE = 2_000
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
        metrics.in_flight.set_function(lambda: self._admitted)

    def begin(self, loaded: Loaded, read: Read, request: Request) -> Outcome:
        """Without a task where the body came whole and is read fast: a task would be much of what a question costs.

        Raises ProblemError, ContractError, and whatever the model raises, as all does that is made here.
        """
        request.check_body(loaded.model.max_body_bytes)
        seconds = request.deadline_s(self._settings.deadline_s)
        places = self._places(loaded, request.arrived)
        # Refused before its body is read; where that is still to come, the place itself is taken when it is there.
        self._check_places(places, 1)
        if request.content is None or not loaded.model.reads_fast:
            return partial(self._read_and_score, loaded, read, request, seconds, places)
        started = perf_counter()
        asked = read(loaded.model, body_of(request, request.content))
        return self._ask(loaded, asked, self._decoded(started), request.arrived + seconds, places)

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def _read_and_score(
        self, loaded: Loaded, read: Read, request: Request, seconds: float, places: int, receive: Receive
    ) -> Answer:
        """Raises ClientLeftError, too."""
        expires = request.arrived + seconds
        deadline = asyncio.get_running_loop().time() + expires - perf_counter()
        limit = asyncio.timeout_at(deadline - max(0.0, seconds - self._settings.patience.body_s))
        content = request.content
        try:
            async with limit:
                if content is None:
                    content = await self._uploads.read(limit, receive, loaded.model.max_body_bytes)
                limit.reschedule(deadline)
                owed = await self._read(loaded, read, body_of(request, content), expires, places)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise (body_too_slow() if content is None else late()) from error
        await asyncio.wait([owed.scored])
        return owed.answer()

    async def _read(self, loaded: Loaded, read: Read, body: Body, expires: float, places: int) -> Owed:
        started = perf_counter()
        if loaded.model.reads_fast:
            asked = read(loaded.model, body)
        else:
            self._enter(places, 1)
            try:
                asked = await asyncio.get_running_loop().run_in_executor(self._readers, read, loaded.model, body)
            finally:
                self._leave(1)
        return self._ask(loaded, asked, self._decoded(started), expires, places)

    def _decoded(self, started: float) -> float:
        took = perf_counter() - started
        self._metrics.decode.observe(took)
        return took

    def _ask(self, loaded: Loaded, asked: Asked[Any, Any], decode_s: float, expires: float, places: int) -> Owed:
        self._enter(places, len(asked.items))
        waiting = [loaded.batcher.submit(item) for item in asked.items]
        scored = waiting[0] if len(waiting) == 1 else asyncio.gather(*waiting)
        timer = asyncio.get_running_loop().call_later(expires - perf_counter(), scored.cancel)
        scored.add_done_callback(partial(self._settle, timer, waiting))
        return Owed(scored, partial(self._answer, loaded, asked, scored, decode_s, expires))

    def _settle(
        self, timer: asyncio.TimerHandle, waiting: Sequence[asyncio.Future[Scored]], scored: asyncio.Future[Any]
    ) -> None:
        self._leave(len(waiting))
        timer.cancel()
        for one in waiting:
            # One that failed beside another is not asked for any more.
            if not one.cancel() and not one.cancelled():
                one.exception()

    def _answer(
        self,
        loaded: Loaded,
        asked: Asked[Any, Any],
        done: asyncio.Future[Any],
        decode_s: float,
        expires: float,
    ) -> Answer:
        # While the event loop was busy with a batch, no timer had its turn.
        if done.cancelled() or perf_counter() >= expires:
            raise late()
        found = done.result()
        scored: list[Scored] = found if isinstance(found, list) else [found]
        first = scored[0] if len(scored) == 1 else _slowest(scored)
        content = asked.write([one.score for one in scored], self._receipt(loaded.model, first, decode_s))
        answer = content if isinstance(content, Answer) else json_answer(content)
        answer.batch_size = first.batch_size
        return answer

    def _places(self, loaded: Loaded, arrived: float) -> int:
        """How many items may be in the queue and the batches. More where the model's turns on the event loop held a
        request up until a refusal would be late: it is answered before the refused one would ask again."""
        is_late = loaded.batcher.scores_here and perf_counter() - arrived > LATEST_REFUSAL_SECONDS
        batches = loaded.model.max_batch * loaded.model.at_once
        return self._settings.queue + batches + (MOST_LATE if is_late else 0)

    def _enter(self, places: int, items: int) -> None:
        """Take places in the queue, held until the answer is there. Raises ProblemError when none is free."""
        self._check_places(places, items)
        self._admitted += items

    def _check_places(self, places: int, items: int) -> None:
        if items > places:
            raise too_many(places)
        if self._admitted + items > places:
            raise busy()

    def _leave(self, items: int) -> None:
        self._admitted -= items

    def _receipt(self, model: Model[Any, Any], scored: Scored, decode_s: float) -> Receipt:
        return Receipt(
            model=model.name,
            version=model.version,
            replica=self._settings.replica,
            queue_ms=round(scored.queue_s * 1000, 3),
            decode_ms=round(decode_s * 1000, 3),
            compute_ms=round(scored.compute_s * 1000, 3),
        )


def body_of(request: Request, content: bytes) -> Body:
    """Raises ContractError."""
    return Body(request.media_type(), content, request.query_fields(), request.content_type(), request.headers)


def _slowest(scored: Sequence[Scored]) -> Scored:
    """The times of the item that was ready last."""
    return max(scored, key=lambda one: one.queue_s + one.compute_s)
