"""A file of questions as a batch in chunks, and the leases on them."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from webapp.batches.models import Batch, Chunk
from webapp.leases.leases import LIVES_FOR, MOST_TRIES, STALLED_AFTER, Leases, new_id

__all__ = ["MOST_TRIES", "STALLED_AFTER"]

CHUNK_ROWS = 50
INSERTED_AT_ONCE = 200

leases = Leases(Batch, Chunk)
claim, renew, release, store = leases.claim, leases.renew, leases.release, leases.store
cancel, go_on, stalled, purge = leases.cancel, leases.go_on, leases.stalled, leases.purge


def make_batch(file_name: str, questions: list[str]) -> Batch:
    """The batch and its chunks, all or none."""
    with transaction.atomic():
        batch = Batch.objects.create(
            id=new_id(),
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
