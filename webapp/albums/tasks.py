"""The workers' side of many photos; how it is done is in webapp.leases.working."""

from functools import partial

from celery import shared_task

from webapp.albums.models import Chunk
from webapp.albums.receiving import leases
from webapp.albums.scoring import Copies, score, store
from webapp.leases import working


@shared_task(name="webapp.albums.tasks.score_next", ignore_result=True)  # type: ignore[untyped-decorator]
def score_next(album_id: str) -> None:
    """Score one chunk and ask for the next. One chunk a message, so that other work of the worker comes in between."""
    chunk = leases.claim(album_id)
    if chunk is None:
        return
    pause = work_on(chunk)
    if pause is not None:
        score_next.apply_async((album_id,), countdown=pause)


@shared_task(name="webapp.albums.tasks.take_up_stalled", ignore_result=True)  # type: ignore[untyped-decorator]
def take_up_stalled() -> int:
    return working.take_up_stalled(leases, score_next)


@shared_task(name="webapp.albums.tasks.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge() -> int:
    return leases.purge()


def nudge(album_id: str) -> None:
    working.nudge(score_next, album_id)


def work_on(chunk: Chunk) -> float | None:
    """Seconds until the next chunk is due; None where the album is no longer this worker's concern."""
    copies: Copies = {}
    return working.work_on(leases, chunk, partial(score, copies=copies), partial(store, copies=copies))
