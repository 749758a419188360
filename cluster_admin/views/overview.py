"""All of the cluster on one page, and the part of it that follows the cluster."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cluster_admin.cluster_errors import ClusterError
from cluster_admin.diagnosis import UNDER_WAY, Finding, diagnose, diagnose_node
from cluster_admin.kube import Cluster, connect
from cluster_admin.models import Change
from cluster_admin.resources import DeploymentRow, Rows, read_rows, without_starts
from cluster_admin.settlement import settle_running
from cluster_admin.views.frame import show, show_error

EVENTS_SHOWN = 15
CHANGES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Card:
    deployment: DeploymentRow
    finding: Finding | None
    change: Change | None


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    try:
        return show(request, "ops/overview.html", _picture(connect(settings)))
    except ClusterError as error:
        return show_error(request, error, {"changes": _recent_changes()})


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The changing part. Where the cluster stops answering, a notice goes over the part that is already there."""
    try:
        return show(request, "ops/_live.html", _picture(connect(settings)))
    except ClusterError as error:
        response = show(request, "ops/_stale.html", {"message": error.message, "now": timezone.now()})
        response["HX-Retarget"], response["HX-Reswap"] = "#stale", "innerHTML"
        return response


def _picture(cluster: Cluster) -> dict[str, Any]:
    snapshot = cluster.snapshot()
    rows = read_rows(snapshot)
    settle_running(cluster.name, snapshot, rows)
    cards = _cards(cluster, rows)
    events, starts = without_starts(rows.events, rows.pods, timezone.now())
    findings = [card.finding for card in cards] + [diagnose_node(node) for node in rows.nodes]
    return {
        "as_of": snapshot.asked_at,
        "rows": rows,
        "missing": snapshot.missing,
        "whole_cluster": snapshot.whole_cluster,
        "cards": cards,
        "problems": sorted(
            (finding for finding in findings if finding and finding.severity != UNDER_WAY),
            key=lambda finding: finding.severity,
        ),
        "events": events[:EVENTS_SHOWN],
        "starts": starts,
        "changes": _recent_changes(),
    }


def _cards(cluster: Cluster, rows: Rows) -> list[Card]:
    now = timezone.now()
    return [
        Card(row, diagnose(row, rows.pods_of(row.name), rows.nodes, now), _last_change(cluster, row.name))
        for row in rows.deployments
    ]


def _last_change(cluster: Cluster, deployment: str) -> Change | None:
    refused = Change.Outcome.REFUSED
    mine = Change.objects.filter(cluster=cluster.name, namespace=cluster.namespace, deployment=deployment)
    return mine.exclude(outcome=refused).first()


def _recent_changes() -> list[Change]:
    return list(Change.objects.all()[:CHANGES_SHOWN])
