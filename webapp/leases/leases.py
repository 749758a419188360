"""Who works on which chunk. Every step is one conditional UPDATE, so that a worker may die between any two."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import F, Manager, Q, QuerySet
from django.utils import timezone

from webapp.leases.models import LeasedBatch, LeasedChunk

LEASE = timedelta(seconds=15)
MOST_TRIES = 8
STALLED_AFTER = timedelta(seconds=20)
LIVES_FOR = timedelta(days=1)
ID_BYTES = 16
FREED = {"claim": "", "claimed_until": None}

Results = Sequence[dict[str, Any] | None]
B = TypeVar("B", bound=LeasedBatch)
C = TypeVar("C", bound=LeasedChunk)
State = LeasedBatch.State


def new_id() -> str:
    """An address that cannot be guessed."""
    return secrets.token_urlsafe(ID_BYTES)


class Leases(Generic[B, C]):
    """The leases on the chunks of one kind of batch."""

    def __init__(self, batches: type[B], chunks: type[C]) -> None:
        self._batches: Manager[B] = batches._default_manager
        self._chunks: Manager[C] = chunks._default_manager

    def claim(self, batch_id: str) -> C | None:
        """The next chunk that nobody works on, now this caller's for LEASE; None where there is none."""
        while True:
            now = timezone.now()
            chunk = self.candidates(batch_id, now).order_by("number").first()
            if chunk is None:
                return None
            token = secrets.token_hex(ID_BYTES)
            taken = {"claim": token, "claimed_until": now + LEASE, "tries": F("tries") + 1}
            if self._chunks.filter(_free(now), pk=chunk.pk, results__isnull=True).update(**taken):
                chunk.refresh_from_db()
                if chunk.claim == token:
                    return chunk

    def candidates(self, batch_id: str, now: datetime) -> QuerySet[C]:
        """The chunks that could be worked on now; the first of them is taken."""
        return self._chunks.filter(_free(now), batch_id=batch_id, results__isnull=True, batch__state=State.RUNNING)

    def renew(self, chunk: C) -> bool:
        """Stay the owner for another LEASE. False where another has taken over, or the batch is no longer wanted."""
        mine = self._chunks.filter(Q(pk=chunk.pk, claim=chunk.claim, batch__state=State.RUNNING))
        return bool(mine.update(claimed_until=timezone.now() + LEASE))

    def release(self, chunk: C) -> None:
        """Give it back undone. That somebody is at it counts as a sign of life of the batch."""
        self._chunks.filter(pk=chunk.pk, claim=chunk.claim, results__isnull=True).update(**FREED)
        self._batches.filter(pk=chunk.batch_id).update(touched_at=timezone.now())

    def store(self, chunk: C, results: Results) -> bool:
        """Write the results, unless another has done so; count them into the batch in the same transaction.

        A row without a result is the caller's to bring about elsewhere.
        """
        now = timezone.now()
        with transaction.atomic():
            mine = self._chunks.filter(pk=chunk.pk, claim=chunk.claim, results__isnull=True)
            if not mine.update(results=results, claimed_until=None):
                return False
            batch = self._batches.filter(pk=chunk.batch_id)
            batch.update(rows_done=F("rows_done") + len(results) - results.count(None), touched_at=now)
            # Also one that was halted meanwhile: with nothing left to do, going on would never end.
            batch.filter(rows_done__gte=F("rows")).update(state=State.DONE, finished_at=now)
        return True

    def cancel(self, batch: B) -> None:
        """No further chunk is begun; what is scored stays."""
        running = self._batches.filter(pk=batch.pk, state__in=(State.RUNNING, State.STUCK))
        running.update(state=State.CANCELLED, finished_at=timezone.now())

    def give_up(self, batch_id: str) -> None:
        """The scorer has failed too often."""
        self._batches.filter(pk=batch_id, state=State.RUNNING).update(state=State.STUCK)

    def go_on(self, batch: B) -> bool:
        """Let a stuck or stopped batch run again; False where it is neither."""
        halted = self._batches.filter(pk=batch.pk, state__in=(State.STUCK, State.CANCELLED))
        with transaction.atomic():
            if not halted.update(state=State.RUNNING, finished_at=None, touched_at=timezone.now()):
                return False
            self._chunks.filter(Q(batch_id=batch.pk, results__isnull=True)).update(tries=0, **FREED)
        return True

    def stalled(self) -> list[str]:
        """Ids of running batches in which nothing has happened for STALLED_AFTER; each is named once in that time."""
        now = timezone.now()
        still = self._batches.filter(state=State.RUNNING, touched_at__lt=now - STALLED_AFTER)
        ids = list(still.values_list("pk", flat=True))
        return [found for found in ids if still.filter(pk=found).update(touched_at=now)]

    def purge(self) -> int:
        """Delete the batches whose day is over; returns how many rows went."""
        count, _ = self._batches.filter(expires_at__lte=timezone.now()).delete()
        return count

    def find(self, batch_id: str) -> B | None:
        """The batch at this address, unless its day is over or it has not arrived whole."""
        arrived = self._batches.exclude(state=State.RECEIVING)
        return arrived.filter(pk=batch_id, expires_at__gt=timezone.now()).first()


def _free(now: datetime) -> Q:
    return Q(claim="") | Q(claimed_until__lt=now)
