"""What every page of the panel shows, and the page for a cluster that does not do what was asked."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cluster_admin.cluster_errors import ClusterConflict, ClusterError, ClusterForbidden, ClusterNotFound
from cluster_admin.kube import PRACTICE, name_of
from cluster_admin.permissions import may_scale


def show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the panel; the header always names the cluster that the settings choose."""
    frame = {
        "is_practice": settings.CLUSTER == PRACTICE,
        "cluster_name": name_of(settings),
        "namespace": settings.KUBE_NAMESPACE,
        "can_scale": may_scale(request.user),
    }
    return render(request, template, frame | context, status=status)


def show_error(request: HttpRequest, error: ClusterError, context: dict[str, Any] | None = None) -> HttpResponse:
    """A page of its own that says what the cluster did."""
    shown = {"message": error.message, "cause": error.cause, "code": error.code, **(context or {})}
    return show(request, "ops/cluster_error.html", shown, status=status_of(error))


def status_of(error: ClusterError) -> int:
    """403, 404 and 409 as the cluster gave them; the rest is a part of the site that is missing."""
    if isinstance(error, ClusterForbidden):
        return 403
    if isinstance(error, ClusterNotFound):
        return 404
    return 409 if isinstance(error, ClusterConflict) else 503
