"""The workers' side. A message is only a nudge: what is to be done stands in the database."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

from kombu.exceptions import OperationalError

from scoring.contract.problems import ProblemError
from webapp import health
from webapp.leases.leases import MOST_TRIES, B, C, Leases, Results
from webapp.leases.models import LeasedBatch

LANES = 2
AT_ONCE = 4
RENEW_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 20

GoOn = Callable[[], bool]
T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger(__name__)


class InterruptedScoringError(Exception):
    """The chunk is no longer this worker's."""


def nudge(task: Any, batch_id: str) -> None:
    """Ask the workers to begin. Without a broker nothing is lost: a periodic task finds the batch."""
    try:
        for _ in range(LANES):
            task.apply_async((batch_id,), retry=False)
    except OperationalError:
        log.warning("the broker does not answer; the batch waits to be taken up")


def waits_for_queue(batch: LeasedBatch) -> bool:
    """Whether the batch stands still because the queue cannot be reached."""
    return batch.state == LeasedBatch.State.RUNNING and not health.redis_answers()


def take_up_stalled(leases: Leases[B, C], task: Any) -> int:
    """Nudge every batch whose worker or message was lost; returns how many."""
    found = leases.stalled()
    for batch_id in found:
        task.delay(batch_id)
    return len(found)


def work_on(
    leases: Leases[B, C],
    chunk: C,
    score: Callable[[C, str, GoOn], Results],
    store: Callable[[C, Results], object] | None = None,
) -> float | None:
    """Seconds until the next chunk is due; None where this batch is no longer this worker's concern.

    `score` gets the chunk, an id for its requests, and what says whether to go on. `store` is for work that has more
    to write than its results; it calls `leases.store`.
    """
    try:
        results = score(chunk, f"batch-{chunk.pk}-{chunk.tries}", _Lease(leases, chunk).holds)
    except InterruptedScoringError:
        leases.release(chunk)
        return None
    except ProblemError as error:
        return _put_off(leases, chunk, error)
    (store or leases.store)(chunk, results)
    return 0.0


def answers(inputs: Iterable[T], ask: Callable[[T], R], go_on: GoOn) -> list[R]:
    """One result an input, in order. Inputs are taken, and `go_on` is asked, AT_ONCE at a time.

    Raises what `ask` raises, and InterruptedScoringError.
    """
    results: list[R] = []
    waiting = iter(inputs)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="batch") as threads:
        while group := list(islice(waiting, AT_ONCE)):
            if not go_on():
                raise InterruptedScoringError
            results += threads.map(ask, group)
    return results


def _put_off(leases: Leases[B, C], chunk: C, error: ProblemError) -> float | None:
    """The scorer failed: give the chunk back and wait longer each time, MOST_TRIES times."""
    leases.release(chunk)
    if chunk.tries >= MOST_TRIES:
        log.warning("a batch is stuck: %s", error.problem.code)
        leases.give_up(chunk.batch_id)
        return None
    return float(min(2**chunk.tries, LONGEST_PAUSE_SECONDS))


class _Lease:
    """Renews the claim of a chunk now and then, and says whether it still holds."""

    def __init__(self, leases: Leases[Any, C], chunk: C) -> None:
        self._leases = leases
        self._chunk = chunk
        self._renewed = monotonic()

    def holds(self) -> bool:
        if monotonic() - self._renewed < RENEW_SECONDS:
            return True
        self._renewed = monotonic()
        return self._leases.renew(self._chunk)
