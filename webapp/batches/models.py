"""A file of questions, cut into chunks: a chunk is claimed by one worker at a time and its results are written once."""

from django.db import models

from webapp.leases.models import LeasedBatch, LeasedChunk


class Batch(LeasedBatch):
    """One uploaded file."""

    def __str__(self) -> str:
        return f"{self.rows} questions, {self.state}"


class Chunk(LeasedChunk):
    """Some of a batch's questions, in order."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="chunks")
    questions = models.JSONField()

    class Meta(LeasedChunk.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_chunk_a_number")]
