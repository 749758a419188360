"""What every kind of long work has in common. Each kind has tables of its own; these have none."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class LeasedBatch(models.Model):
    """One upload. The id cannot be guessed: who has the address can see, stop and delete it."""

    class State(models.TextChoices):
        RECEIVING = "receiving", _("being received")
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
        abstract = True
        default_permissions = ()
        indexes = [models.Index(fields=["state", "touched_at"])]

    @property
    def percent_done(self) -> float:
        return 100 * self.rows_done / self.rows


class LeasedChunk(models.Model):
    """Some rows of a batch, in order; a concrete chunk has a foreign key named `batch`.

    `results` is empty until all of them are scored. `claim` is the token of who works on it until `claimed_until`;
    only its holder can write the results.
    """

    batch_id: str
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField()
    results: Any = models.JSONField(null=True)
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
        default_permissions = ()
        ordering = ("number",)

    def __str__(self) -> str:
        return f"chunk {self.number}"
