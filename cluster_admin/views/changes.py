"""The record of changes, and one change followed to its end."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseStopPolling

from cluster_admin.cluster_errors import ClusterError
from cluster_admin.diagnosis import diagnose
from cluster_admin.kube import connect
from cluster_admin.models import Change
from cluster_admin.resources import read_rows
from cluster_admin.settlement import expire, settle_running
from cluster_admin.views.frame import show

PER_PAGE = 50


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    page = Paginator(Change.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    return show(request, "ops/changes.html", {"page": page, "changes": page.object_list})


@require_safe
def change(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, "ops/change.html", _followed(get_object_or_404(Change, pk=pk)))


@require_safe
def change_live(request: HttpRequest, pk: int) -> HttpResponse:
    """The changing part of that page; it stops asking when the change has ended."""
    context = _followed(get_object_or_404(Change, pk=pk))
    response = show(request, "ops/_change.html", context)
    if not context["change"].is_running:
        response.status_code = HttpResponseStopPolling.status_code
    return response


def _followed(wanted: Change) -> dict[str, Any]:
    context: dict[str, Any] = {"change": wanted, "now": timezone.now()}
    try:
        cluster = connect(settings)
        if (cluster.name, cluster.namespace) != (wanted.cluster, wanted.namespace):
            return context | {"elsewhere": True}
        snapshot = cluster.snapshot()
    except ClusterError as error:
        expire(timezone.now())
        wanted.refresh_from_db()
        return context | {"error": error.message}
    rows = read_rows(snapshot)
    settle_running(cluster.name, snapshot, rows)
    wanted.refresh_from_db()
    deployment = next((row for row in rows.deployments if row.name == wanted.deployment), None)
    pods = rows.pods_of(wanted.deployment)
    finding = diagnose(deployment, pods, rows.nodes, timezone.now()) if deployment else None
    return context | {
        "deployment": deployment,
        "pods": pods,
        "finding": finding,
        "as_of": snapshot.asked_at,
    }
