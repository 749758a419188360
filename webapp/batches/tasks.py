"""The workers' side. A message is only a nudge: what is to be done stands in the database."""

import logging
from time import monotonic

from celery import shared_task
from kombu.exceptions import OperationalError

from scoring.contract.problems import ProblemError
from webapp.batches import chunks
from webapp.batches.models import Chunk
from webapp.batches.scoring import InterruptedScoringError, score

LANES = 2
RENEW_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 20

log = logging.getLogger(__name__)


@shared_task(name="webapp.batches.tasks.score_next", ignore_result=True)  # type: ignore[untyped-decorator]
def score_next(batch_id: str) -> None:
    """Score one chunk and ask for the next. One chunk a message, so that other work of the worker comes in between."""
    chunk = chunks.claim(batch_id)
    if chunk is None:
        return
    pause = _score(chunk)
    if pause is not None:
        score_next.apply_async((batch_id,), countdown=pause)


def nudge(batch_id: str) -> None:
    """Ask the workers to begin. Without a broker nothing is lost: `take_up_stalled` finds the batch."""
    try:
        for _ in range(LANES):
            score_next.apply_async((batch_id,), retry=False)
    except OperationalError:
        log.warning("the broker does not answer; the batch waits to be taken up")


@shared_task(name="webapp.batches.tasks.take_up_stalled", ignore_result=True)  # type: ignore[untyped-decorator]
def take_up_stalled() -> int:
    """Nudge every batch whose worker or message was lost; returns how many."""
    found = chunks.stalled()
    for batch_id in found:
        score_next.delay(batch_id)
    return len(found)


@shared_task(name="webapp.batches.tasks.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge() -> int:
    return chunks.purge()


def _score(chunk: Chunk) -> float | None:
    """Seconds until the next chunk is due; None where this batch is no longer this worker's concern."""
    try:
        results = score(chunk.questions, f"batch-{chunk.pk}-{chunk.tries}", _Lease(chunk).holds)
    except InterruptedScoringError:
        chunks.release(chunk)
        return None
    except ProblemError as error:
        return _put_off(chunk, error)
    chunks.store(chunk, results)
    return 0.0


def _put_off(chunk: Chunk, error: ProblemError) -> float | None:
    """The scorer failed: give the chunk back and wait longer each time, MOST_TRIES times."""
    chunks.release(chunk)
    if chunk.tries >= chunks.MOST_TRIES:
        log.warning("a batch is stuck: %s", error.problem.code)
        chunks.give_up(chunk.batch_id)
        return None
    return float(min(2**chunk.tries, LONGEST_PAUSE_SECONDS))


class _Lease:
    """Renews the claim of a chunk now and then, and says whether it still holds."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._renewed = monotonic()

    def holds(self) -> bool:
        if monotonic() - self._renewed < RENEW_SECONDS:
            return True
        self._renewed = monotonic()
        return chunks.renew(self._chunk)
