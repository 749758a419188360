"""The workers' side of many questions; how it is done is in webapp.leases.working."""

from celery import shared_task

from webapp.batches.chunks import leases
from webapp.batches.models import Chunk
from webapp.batches.scoring import score
from webapp.leases import working


@shared_task(name="webapp.batches.tasks.score_next", ignore_result=True)  # type: ignore[untyped-decorator]
def score_next(batch_id: str) -> None:
    """Score one chunk and ask for the next. One chunk a message, so that other work of the worker comes in between."""
    chunk = leases.claim(batch_id)
    if chunk is None:
        return
    pause = _score(chunk)
    if pause is not None:
        score_next.apply_async((batch_id,), countdown=pause)


@shared_task(name="webapp.batches.tasks.take_up_stalled", ignore_result=True)  # type: ignore[untyped-decorator]
def take_up_stalled() -> int:
    return working.take_up_stalled(leases, score_next)


@shared_task(name="webapp.batches.tasks.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge() -> int:
    return leases.purge()


def nudge(batch_id: str) -> None:
    working.nudge(score_next, batch_id)


def _score(chunk: Chunk) -> float | None:
    return working.work_on(leases, chunk, score)
