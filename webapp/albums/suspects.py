"""Photos at which the scorer fails while it answers others: each is asked about alone, a few times, and then marked.

So no photo keeps the rest of its album waiting. While one is asked about, nothing else of its album is, so that what
the scorer dies of is known.
"""

from datetime import datetime

from django.db.models import F, QuerySet

from scoring.contract.problems import ProblemError
from webapp.albums.models import Album, Chunk
from webapp.leases.leases import Leases, Results

MOST_FAILURES = 3
# Behind all the others of the album: chunks are taken in the order of their numbers.
_NUMBERS_FROM = 1_000_000
# What is said of a photo, by what its last failure was.
_REASONS = {"scorer-late": "photo-late", "scorer-unreachable": "photo-stops-model"}


class AlbumLeases(Leases[Album, Chunk]):
    """One suspect of an album at a time, and nothing else of it meanwhile."""

    def candidates(self, batch_id: str, now: datetime) -> QuerySet[Chunk]:
        found = super().candidates(batch_id, now)
        held = Chunk.objects.filter(batch_id=batch_id, results__isnull=True, claimed_until__gte=now).exclude(claim="")
        suspects = set(held.values_list("is_suspect", flat=True))
        if True in suspects:
            return found.none()
        return found.filter(is_suspect=False) if suspects else found


def set_apart(chunk: Chunk, results: Results) -> None:
    """A chunk of its own for each photo that has no result."""
    rows = [row for row, result in enumerate(results, start=chunk.first_row) if result is None]
    Chunk.objects.bulk_create(
        Chunk(batch_id=chunk.batch_id, number=_NUMBERS_FROM + row, first_row=row, size=1, is_suspect=True)
        for row in rows
    )


def judged(chunk: Chunk, error: ProblemError) -> dict[str, str]:
    """What is said of a suspect that has failed too often. Raises `error` where it is to be tried again."""
    chunk.failures += 1
    # From here the tries count how long the scorer is away before the next failure.
    chunk.tries = chunk.failures
    if chunk.failures >= MOST_FAILURES:
        return {"error": _REASONS.get(error.problem.code, "photo-fails")}
    mine = Chunk.objects.filter(pk=chunk.pk, claim=chunk.claim)
    mine.update(failures=F("failures") + 1, tries=F("failures") + 1)
    raise error
