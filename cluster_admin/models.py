"""The audit of changes: who asked for what, when, and what became of it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnlyError(Exception):
    """Somebody tried to rewrite or remove a recorded change."""


class Change(models.Model):
    """One attempt to change the number of replicas. Written before the cluster is asked, settled once.

    `accepted_at` is empty until the cluster said yes: a row left running without it was perhaps never carried out.
    `detail` is a code with parameters, put into words by the pages. `request` makes a repeated form the same change.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        FAILED = "failed", _("not finished")
        SUPERSEDED = "superseded", _("replaced by a later change")
        REFUSED = "refused", _("refused")

    request = models.UUIDField(unique=True, editable=False)
    who = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    cluster = models.CharField(max_length=253)
    namespace = models.CharField(max_length=63)
    deployment = models.CharField(max_length=253)
    replicas_from = models.PositiveIntegerField()
    replicas_to = models.PositiveIntegerField()
    resource_version = models.CharField(max_length=64)
    accepted_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING)
    detail = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["outcome"]), models.Index(fields=["deployment", "-at"])]
        default_permissions = ()
        permissions = [
            ("see_cluster", "Can see the cluster and its changes"),
            ("scale_deployment", "Can change how many replicas a deployment has"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.deployment} {self.replicas_from} → {self.replicas_to} ({self.outcome})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnlyError("a recorded change is not rewritten")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("a recorded change is not removed")

    @property
    def is_running(self) -> bool:
        return self.outcome == self.Outcome.RUNNING
