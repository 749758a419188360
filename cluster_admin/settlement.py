"""What became of a change: decided from what the cluster shows, written once."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from cluster_admin.diagnosis import diagnose
from cluster_admin.models import Change
from cluster_admin.resources import DeploymentRow, Rows, Snapshot, read_rows

FINISH_WITHIN = timedelta(minutes=5)
ARRIVE_WITHIN = timedelta(seconds=30)
Outcome = Change.Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    code: str
    params: dict[str, Any]


def settle_running(cluster: str, snapshot: Snapshot, rows: Rows | None = None) -> int:
    """Settle every running change of this cluster and namespace; returns how many were settled."""
    running = Change.objects.filter(outcome=Outcome.RUNNING, cluster=cluster, namespace=snapshot.namespace)
    changes = list(running)
    if not changes or "deployments" not in snapshot.objects:
        return 0
    seen = rows or read_rows(snapshot)
    return sum(settle(change, snapshot, seen) for change in changes)


def settle(change: Change, snapshot: Snapshot, rows: Rows | None = None) -> bool:
    """Decide the outcome of one change and record it; False while it is still under way."""
    verdict = judge(change, snapshot.asked_at, rows or read_rows(snapshot))
    return verdict is not None and record(change, verdict)


def record(change: Change, verdict: Verdict) -> bool:
    """Write the outcome, unless another process did; only a running change has one to come."""
    fields = {
        "outcome": verdict.outcome,
        "detail": {"code": verdict.code, "params": verdict.params},
        "finished_at": timezone.now(),
    }
    return bool(Change.objects.filter(pk=change.pk, outcome=Outcome.RUNNING).update(**fields))


def expire(now: datetime) -> int:
    """End the changes that nobody could follow to the end: their cluster did not answer, or is not this one."""
    fields = {"outcome": Outcome.FAILED, "detail": {"code": "not-followed", "params": {}}, "finished_at": now}
    return Change.objects.filter(outcome=Outcome.RUNNING, at__lt=now - FINISH_WITHIN - ARRIVE_WITHIN).update(**fields)


def judge(change: Change, seen_at: datetime, rows: Rows) -> Verdict | None:
    """The outcome of a change as the cluster was at `seen_at`; None while it is under way."""
    if seen_at < (change.accepted_at or change.at):
        return None
    if Change.objects.filter(
        deployment=change.deployment,
        namespace=change.namespace,
        cluster=change.cluster,
        at__gt=change.at,
        accepted_at__isnull=False,
    ).exists():
        return Verdict(Outcome.SUPERSEDED, "later-change", {})
    deployment = next((row for row in rows.deployments if row.name == change.deployment), None)
    if deployment is None:
        return Verdict(Outcome.FAILED, "deployment-gone", {})
    if deployment.desired != change.replicas_to:
        return _other_number(change, deployment, seen_at)
    if _finished(deployment):
        return Verdict(Outcome.DONE, "ready", {"ready": deployment.ready})
    if seen_at - change.at < FINISH_WITHIN:
        return None
    return _too_late(deployment, rows, seen_at)


def _other_number(change: Change, deployment: DeploymentRow, seen_at: datetime) -> Verdict | None:
    if change.accepted_at:
        return Verdict(Outcome.SUPERSEDED, "other-number", {"now": deployment.desired})
    if seen_at - change.at < ARRIVE_WITHIN:
        return None
    return Verdict(Outcome.FAILED, "did-not-arrive", {"now": deployment.desired})


def _finished(deployment: DeploymentRow) -> bool:
    wanted = deployment.desired
    return deployment.observed and deployment.ready == wanted and deployment.existing == wanted


def _too_late(deployment: DeploymentRow, rows: Rows, now: datetime) -> Verdict:
    finding = diagnose(deployment, rows.pods_of(deployment.name), rows.nodes, now)
    cause = asdict(finding) if finding else {}
    cause.pop("since", None)
    params = {"ready": deployment.ready, "desired": deployment.desired, "cause": cause}
    return Verdict(Outcome.FAILED, "too-late", params)
