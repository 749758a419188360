"""How many replicas: asked, shown before it happens, done."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cluster_admin.actions import ReplicasChangedError, ScaleRequest, scale
from cluster_admin.cluster_errors import ClusterError
from cluster_admin.forecast import forecast
from cluster_admin.forms import ScaleForm, SeenForm
from cluster_admin.kube import Cluster, Scale, connect
from cluster_admin.models import Change
from cluster_admin.resources import Amounts, DeploymentRow, PodRow, Rows, read_rows
from cluster_admin.views.frame import show, show_error

UNREADABLE = 422
NOTHING = Amounts()


@require_http_methods(["GET", "HEAD", "POST"])
def scale_deployment(request: HttpRequest, name: str) -> HttpResponse:
    """GET shows the form, GET with `replicas` what would happen, POST of that page makes it happen."""
    try:
        cluster = connect(settings)
        if request.method == "POST":
            return _carry_out(request, cluster, name)
        return _ask(request, cluster, name)
    except ClusterError as error:
        return show_error(request, error)


def _ask(request: HttpRequest, cluster: Cluster, name: str) -> HttpResponse:
    now = cluster.read_scale(name)
    if "replicas" not in request.GET:
        form = ScaleForm(initial={"replicas": now.replicas})
        return show(request, "ops/scale.html", {"name": name, "now": now, "form": form})
    return _confirm(request, cluster, name, now, ScaleForm(request.GET))


def _confirm(
    request: HttpRequest, cluster: Cluster, name: str, now: Scale, form: ScaleForm, error: str = "", status: int = 200
) -> HttpResponse:
    if form.is_valid() and form.cleaned_data["replicas"] == now.replicas and not error:
        form.add_error("replicas", _("It has that many replicas already."))
    if not form.is_valid():
        return show(request, "ops/scale.html", {"name": name, "now": now, "form": form}, status=UNREADABLE)
    wanted = form.cleaned_data["replicas"]
    context = {"name": name, "now": now, "wanted": wanted, "error": error, "request_id": uuid.uuid4()}
    return show(request, "ops/scale_confirm.html", context | _consequences(cluster, name, now, wanted), status=status)


def _consequences(cluster: Cluster, name: str, now: Scale, wanted: int) -> dict[str, Any]:
    snapshot = cluster.snapshot()
    rows = read_rows(snapshot)
    deployment = next((row for row in rows.deployments if row.name == name), None)
    stopping = _likely_to_stop(rows, name, now.replicas - wanted)
    flags = " ".join(cluster.flags)
    return {
        "stopping": stopping,
        "added": wanted - now.replicas,
        "forecast": forecast(snapshot, name, wanted - now.replicas),
        "amounts": _amounts(deployment, wanted - now.replicas),
        "freed": sum((pod.requests for pod in stopping if pod.holds_requests), NOTHING),
        "kubectl": f"kubectl {flags + ' ' if flags else ''}--namespace {cluster.namespace} "
        f"scale deployment/{name} --current-replicas={now.replicas} --replicas={wanted}",
    }


def _amounts(deployment: DeploymentRow | None, added: int) -> Amounts | None:
    return deployment.requests.times(added) if deployment and added > 0 else None


def _likely_to_stop(rows: Rows, name: str, count: int) -> list[PodRow]:
    """The order in which a replica set takes pods away: those without a node, those not ready, the youngest."""
    alive = [pod for pod in rows.pods_of(name) if pod.state != "Terminating"]
    age = {pod.uid: index for index, pod in enumerate(alive)}
    alive.sort(key=lambda pod: (bool(pod.node), pod.is_ready, -age[pod.uid]))
    return alive[: max(0, count)]


def _carry_out(request: HttpRequest, cluster: Cluster, name: str) -> HttpResponse:
    form, seen = ScaleForm(request.POST), SeenForm(request.POST)
    if not (form.is_valid() and seen.is_valid()):
        return _confirm(request, cluster, name, cluster.read_scale(name), form)
    known = Change.objects.filter(request=seen.cleaned_data["request"]).first()
    if known:
        return redirect("ops:change", pk=known.pk)
    wish = ScaleRequest(
        name,
        form.cleaned_data["replicas"],
        Scale(seen.cleaned_data["seen"], seen.cleaned_data["resource_version"]),
        seen.cleaned_data["request"],
    )
    return _done(request, cluster, wish, form)


def _done(request: HttpRequest, cluster: Cluster, wish: ScaleRequest, form: ScaleForm) -> HttpResponse:
    try:
        change = scale(cluster, request.user, wish)
    except ReplicasChangedError as error:
        words = _("Someone changed it to %(now)s meanwhile. Nothing was changed by you.") % {"now": error.now.replicas}
        return _confirm(request, cluster, wish.deployment, error.now, form, words, status=409)
    except ClusterError as error:
        context = {"deployment": wish.deployment, "replicas": wish.replicas}
        return show_error(request, error, context)
    return redirect("ops:change", pk=change.pk)
