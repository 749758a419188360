"""Who works on which chunk. Every step is one conditional UPDATE, so that a worker may die between any two."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from webapp.batches.models import Batch, Chunk

CHUNK_ROWS = 50
LEASE = timedelta(seconds=15)
MOST_TRIES = 8
STALLED_AFTER = timedelta(seconds=20)
LIVES_FOR = timedelta(days=1)
ID_BYTES = 16
INSERTED_AT_ONCE = 200


def make_batch(file_name: str, questions: list[str]) -> Batch:
    """The batch and its chunks, all or none."""
    with transaction.atomic():
        batch = Batch.objects.create(
            id=secrets.token_urlsafe(ID_BYTES),
            file_name=file_name[:200],
            rows=len(questions),
            expires_at=timezone.now() + LIVES_FOR,
        )
        Chunk.objects.bulk_create(_cut(batch, questions), batch_size=INSERTED_AT_ONCE)
    return batch


def _cut(batch: Batch, questions: list[str]) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, len(questions), CHUNK_ROWS)):
        piece = questions[start : start + CHUNK_ROWS]
        yield Chunk(batch=batch, number=number, first_row=start + 1, questions=piece)


def claim(batch_id: str) -> Chunk | None:
    """The next chunk that nobody works on, now this caller's for LEASE; None where there is none."""
    while True:
        now = timezone.now()
        free = Q(claim="") | Q(claimed_until__lt=now)
        waiting = Chunk.objects.filter(free, batch_id=batch_id, results__isnull=True, batch__state=Batch.State.RUNNING)
        chunk = waiting.order_by("number").first()
        if chunk is None:
            return None
        token = secrets.token_hex(ID_BYTES)
        taken = {"claim": token, "claimed_until": now + LEASE, "tries": F("tries") + 1}
        if Chunk.objects.filter(free, pk=chunk.pk, results__isnull=True).update(**taken):
            chunk.refresh_from_db()
            if chunk.claim == token:
                return chunk


def renew(chunk: Chunk) -> bool:
    """Stay the owner for another LEASE. False where another has taken over, or the batch is no longer wanted."""
    mine = Chunk.objects.filter(pk=chunk.pk, claim=chunk.claim, batch__state=Batch.State.RUNNING)
    return bool(mine.update(claimed_until=timezone.now() + LEASE))


def release(chunk: Chunk) -> None:
    """Give it back undone. That somebody is at it counts as a sign of life of the batch."""
    Chunk.objects.filter(pk=chunk.pk, claim=chunk.claim, results__isnull=True).update(claim="", claimed_until=None)
    Batch.objects.filter(pk=chunk.batch_id).update(touched_at=timezone.now())


def store(chunk: Chunk, results: list[dict[str, Any]]) -> bool:
    """Write the results, unless another has done so; count them into the batch in the same transaction."""
    now = timezone.now()
    with transaction.atomic():
        mine = Chunk.objects.filter(pk=chunk.pk, claim=chunk.claim, results__isnull=True)
        if not mine.update(results=results, claimed_until=None):
            return False
        batch = Batch.objects.filter(pk=chunk.batch_id)
        batch.update(rows_done=F("rows_done") + len(results), touched_at=now)
        running = batch.filter(state=Batch.State.RUNNING, rows_done__gte=F("rows"))
        running.update(state=Batch.State.DONE, finished_at=now)
    return True


def cancel(batch: Batch) -> None:
    """No further chunk is begun; what is scored stays."""
    running = Batch.objects.filter(pk=batch.pk, state__in=(Batch.State.RUNNING, Batch.State.STUCK))
    running.update(state=Batch.State.CANCELLED, finished_at=timezone.now())


def give_up(batch_id: str) -> None:
    """The scorer has failed too often."""
    Batch.objects.filter(pk=batch_id, state=Batch.State.RUNNING).update(state=Batch.State.STUCK)


def go_on(batch: Batch) -> bool:
    """Let a stuck or stopped batch run again; False where it is neither."""
    halted = Batch.objects.filter(pk=batch.pk, state__in=(Batch.State.STUCK, Batch.State.CANCELLED))
    with transaction.atomic():
        if not halted.update(state=Batch.State.RUNNING, finished_at=None, touched_at=timezone.now()):
            return False
        Chunk.objects.filter(batch=batch, results__isnull=True).update(tries=0, claim="", claimed_until=None)
    return True


def stalled() -> list[str]:
    """Ids of running batches in which nothing has happened for STALLED_AFTER; each is named once in that time."""
    now = timezone.now()
    still = Batch.objects.filter(state=Batch.State.RUNNING, touched_at__lt=now - STALLED_AFTER)
    ids = list(still.values_list("pk", flat=True))
    return [found for found in ids if still.filter(pk=found).update(touched_at=now)]


def purge() -> int:
    """Delete the batches whose day is over; returns how many rows went."""
    count, _ = Batch.objects.filter(expires_at__lte=timezone.now()).delete()
    return count
