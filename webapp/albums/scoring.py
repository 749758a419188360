"""Photos of a chunk, each shown to the scorer, which also makes the small copy that the grid shows."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from scoring.client import ScorerUnreachable
from scoring.contract.limits import DEFAULT_TOP
from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.albums import suspects
from webapp.albums.models import Chunk, Photo, PhotoBytes
from webapp.albums.receiving import leases
from webapp.leases.leases import Results
from webapp.leases.working import GoOn, answers
from webapp.problems import from_scoring

SERVER_ERROR = 500
COPY_TYPE = "image/jpeg"

# The copies of a chunk's photos, by the photos' numbers.
Copies = dict[int, bytes]


def score(chunk: Chunk, request_id: str, go_on: GoOn, copies: Copies) -> Results:
    """One result a photo, in order: `labels` (id, label, score), `known` and `confidence` where the model gives them;
    `error` where the photo cannot be read; None for a suspect. What the scorer gives back goes into `copies`.

    Raises ProblemError where the scorer itself fails, so that nothing is taken for an answer that is none, and
    InterruptedScoringError.
    """
    if (chunk.is_suspect or chunk.tries > 1) and not clients.image_scorer().ready():
        raise from_scoring(ScorerUnreachable("It is not ready."), clients.IMAGES)
    found = answers(_photos(chunk), partial(_outcome, request_id=request_id, copies=copies), go_on)
    failures = [outcome for outcome in found if isinstance(outcome, ProblemError)]
    results = [None if isinstance(outcome, ProblemError) else outcome for outcome in found]
    if not failures:
        return results
    if busy := next((error for error in failures if error.problem.code == "scorer-busy"), None):
        raise busy
    if chunk.is_suspect:
        return [suspects.judged(chunk, failures[0])]
    if chunk.tries == 1 and not any(result and "labels" in result for result in results):
        raise failures[0]
    return results


def store(chunk: Chunk, results: Results, copies: Copies) -> None:
    """The results, and the copies in the place of their photos, together or not at all; unread photos are deleted.

    Nothing is done where the chunk is no longer this worker's.
    """
    unread = [number for number, result in enumerate(results, start=chunk.first_row) if result and "error" in result]
    with transaction.atomic():
        if not leases.store(chunk, results):
            return
        suspects.set_apart(chunk, results)
        PhotoBytes.objects.filter(photo__in=_rows(chunk).filter(number__in=unread)).delete()
        _rows(chunk).filter(number__in=copies).update(media_type=COPY_TYPE)
        for photo in _rows(chunk).filter(number__in=copies):
            PhotoBytes.objects.filter(pk=photo.pk).update(content=copies[photo.number])


def _rows(chunk: Chunk) -> QuerySet[Photo]:
    last = chunk.first_row + chunk.size - 1
    return Photo.objects.filter(album_id=chunk.batch_id, number__range=(chunk.first_row, last))


def _photos(chunk: Chunk) -> Iterator[tuple[Photo, bytes]]:
    """The photos with their bytes, each read when it is its turn."""
    for photo in list(_rows(chunk).order_by("number")):
        stored = PhotoBytes.objects.filter(pk=photo.pk).first()
        yield photo, b"" if stored is None else bytes(stored.content)


def _outcome(shown: tuple[Photo, bytes], request_id: str, copies: Copies) -> dict[str, Any] | ProblemError:
    """The failure of one photo keeps no other one's result back."""
    try:
        return _result(shown, request_id, copies)
    except ProblemError as error:
        return error


def _result(shown: tuple[Photo, bytes], request_id: str, copies: Copies) -> dict[str, Any]:
    photo, content = shown
    if photo.error:
        return {"error": photo.error}
    try:
        answer = clients.classify(content, photo.media_type, DEFAULT_TOP, request_id, rendering=True).answer
    except ProblemError as error:
        if error.problem.status < SERVER_ERROR:
            return {"error": error.problem.code}
        raise
    if answer.rendering is not None:
        copies[photo.number] = answer.rendering
    result: dict[str, Any] = {"labels": [[row.id, row.label, round(row.score, 4)] for row in answer.predictions]}
    if answer.known is not None:
        result["known"] = answer.known
    if answer.confidence is not None:
        result["confidence"] = round(answer.confidence, 4)
    return result
