"""A file of questions, cut into chunks: a chunk is claimed by one worker at a time and its results are written once."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """One uploaded file. The id cannot be guessed: who has the address can see, stop and delete it."""

    class State(models.TextChoices):
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("stopped")
        STUCK = "stuck", _("the model does not answer")

    id = models.CharField(primary_key=True, max_length=32)
    file_name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    made_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["state", "touched_at"])]

    def __str__(self) -> str:
        return f"{self.rows} questions, {self.state}"

    @property
    def percent_done(self) -> float:
        return 100 * self.rows_done / self.rows


class Chunk(models.Model):
    """Some of a batch's questions, in order. `results` is empty until all of them are scored.

    `claim` is the token of who works on it until `claimed_until`; only its holder can write the results.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField()
    questions = models.JSONField()
    results: Any = models.JSONField(null=True)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_chunk_a_number")]

    def __str__(self) -> str:
        return f"chunk {self.number}"
