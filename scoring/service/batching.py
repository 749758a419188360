"""Natural micro-batching: what waits while the model is busy is the next batch. There is no timer.

Where the model is idle, a batch is begun by the first turn of the event loop that brings no further request: callers
who were answered together ask again together, and are one batch again, not two that take turns.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from time import perf_counter
from typing import Any

from scoring.service.metrics import Metrics
from scoring.service.model import Model

SLOW_SECONDS = 0.05
MOST_SLOW_BATCHES = 3.0
FORGIVEN = 0.1
LONGEST_TURN_SECONDS = 0.01
# Of all models of a process together.
MOST_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Scored:
    """One item's result, with the times of the batch it was in, in seconds."""

    score: Any
    queue_s: float
    compute_s: float
    batch_size: int


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """`alone`: it was part of a batch that failed."""

    item: Any
    since: float
    answer: asyncio.Future[Scored]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    results: Sequence[Any]
    started: float
    ended: float


class Batcher:
    """Gives the model one batch at a time, or as many as it takes `at_once`, each in a thread, among which what waits
    is shared out; all other work is done on the event loop.

    A model that scores fast is asked on the event loop too: two threads of one Python only take turns, and handing a
    batch over takes as long as computing some of it. It is sent to the thread for good once it was slow too often; what
    is slow now and then, because the machine is busy, is made up for by the batches between.
    Whoever stops waiting (a deadline, a cancelled request) leaves the queue at once and is never computed.
    """

    def __init__(
        self,
        model: Model[Any, Any],
        worker: ThreadPoolExecutor,
        metrics: Metrics,
        longest_turn_s: float = LONGEST_TURN_SECONDS,
    ) -> None:
        """`longest_turn_s`: how long full batches may follow each other before the event loop has its turn."""
        self._longest_turn_s = longest_turn_s
        self._model = model
        self._worker = worker
        self._metrics = metrics
        self._queue: deque[Waiting] = deque()
        self._running = 0
        self._gathering = False
        self._gathered = 0
        self._slow_batches = 0.0
        self._scored = metrics.scored.labels(model.version)

    def submit(self, item: Any) -> asyncio.Future[Scored]:
        """The item's own result, or what the model raised for it. Cancelled, it leaves the queue."""
        answer: asyncio.Future[Scored] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(item, perf_counter(), answer))
        if self._running < self._model.at_once:
            self._begin_gathering()
        return answer

    @property
    def scores_here(self) -> bool:
        """Whether the model is asked on the event loop."""
        return self._model.scores_fast and self._slow_batches < MOST_SLOW_BATCHES

    def _begin_gathering(self) -> None:
        if not self._gathering:
            self._gathering = True
            self._gathered = 0
            asyncio.get_running_loop().call_soon(self._gather)

    def _gather(self) -> None:
        """Sockets have a turn as long as they bring more, at most until the batch is full."""
        if self._gathered < len(self._queue) < self._model.max_batch:
            self._gathered = len(self._queue)
            loop = asyncio.get_running_loop()
            # Two turns: at the end of one the sockets are read, in the next those requests come here.
            loop.call_soon(loop.call_soon, self._gather)
            return
        if len(self._queue) <= self._model.max_batch:
            self._end_gathering()
        else:
            # Under overload, connections and probes that came meanwhile go before.
            asyncio.get_running_loop().call_soon(self._end_gathering)

    def _end_gathering(self) -> None:
        self._gathering = False
        self._next_batch()

    def _next_batch(self) -> None:
        """Further full batches follow at once, for a moment: under overload a turn is long, because of all who are
        refused in it, and one batch a turn would leave the model idle."""
        started = perf_counter()
        batch = self._take()
        while batch and self.scores_here:
            self._compute_here(batch)
            more = len(self._queue) >= self._model.max_batch and perf_counter() - started < self._longest_turn_s
            batch = self._take() if more else []
        while batch:
            self._compute_in_thread(batch)
            batch = self._take()
        if self._queue and not self._running:
            self._begin_gathering()

    def _compute_here(self, batch: list[Waiting]) -> None:
        done: asyncio.Future[Batch] = asyncio.get_running_loop().create_future()
        try:
            computed = self._compute([waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001  whatever a model raises is the answer of its items
            done.set_exception(error)
        else:
            is_slow = computed.ended - computed.started > SLOW_SECONDS
            self._slow_batches = self._slow_batches + 1 if is_slow else max(0.0, self._slow_batches - FORGIVEN)
            done.set_result(computed)
        self._settle(batch, done)

    def _compute_in_thread(self, batch: list[Waiting]) -> None:
        self._running += 1
        items = [waiting.item for waiting in batch]
        running = asyncio.get_running_loop().run_in_executor(self._worker, self._compute, items)
        running.add_done_callback(partial(self._finish, batch))

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        most = self._share()
        while self._queue and len(batch) < most:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                self._metrics.expired.inc()
            else:
                batch.append(waiting)
        return batch

    def _share(self) -> int:
        """How many of those who wait make the next batch."""
        free = self._model.at_once - self._running
        if not self._queue or free <= 0:
            return 0
        return 1 if self._queue[0].alone else min(self._model.max_batch, ceil(len(self._queue) / free))

    def _compute(self, items: list[Any]) -> Batch:
        started = perf_counter()
        results = self._model.score(items)
        if len(results) != len(items):
            raise RuntimeError(f"the model gave {len(results)} results for {len(items)} items")
        return Batch(results, started, perf_counter())

    def _finish(self, batch: list[Waiting], done: asyncio.Future[Batch]) -> None:
        self._running -= 1
        self._settle(batch, done)
        self._next_batch()

    def _settle(self, batch: list[Waiting], done: asyncio.Future[Batch]) -> None:
        error = None if done.cancelled() else done.exception()
        if done.cancelled():
            for waiting in batch:
                waiting.answer.cancel()
        elif error is None:
            self._deliver(batch, done.result())
        elif len(batch) == 1:
            _fail(batch[0], error)
        else:
            self._apart(batch)

    def _deliver(self, batch: list[Waiting], done: Batch) -> None:
        compute_s = done.ended - done.started
        self._scored.inc(len(batch))
        self._metrics.batch.observe(len(batch))
        self._metrics.compute.observe(compute_s)
        for waiting, result in zip(batch, done.results, strict=True):
            queue_s = max(0.0, done.started - waiting.since)
            self._metrics.queue.observe(queue_s)
            if isinstance(result, Exception):
                _fail(waiting, result)
            elif not waiting.answer.done():
                waiting.answer.set_result(Scored(result, queue_s, compute_s, len(batch)))

    def _apart(self, batch: list[Waiting]) -> None:
        """A batch failed as a whole: its items are next, one by one, so that only the guilty one fails."""
        self._queue.extendleft(replace(waiting, alone=True) for waiting in reversed(batch))


def _fail(waiting: Waiting, error: BaseException) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
