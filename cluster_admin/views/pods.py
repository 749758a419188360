"""One pod: what it is, what happened to it, what it printed last."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cluster_admin.cluster_errors import ClusterError
from cluster_admin.kube import Cluster, connect
from cluster_admin.resources import read_pod, read_rows, without_starts
from cluster_admin.views.frame import show, show_error

LINES = 200


@require_safe
def pod(request: HttpRequest, name: str) -> HttpResponse:
    try:
        cluster = connect(settings)
        found = cluster.read_pod(name)
        snapshot = cluster.snapshot()
    except ClusterError as error:
        return show_error(request, error)
    rows = read_rows(snapshot)
    row = next((row for row in rows.pods if row.name == name), None) or read_pod(found)
    mine = [event for event in rows.events if event.kind == "Pod" and event.name == name]
    events, starts = without_starts(mine, [row], timezone.now())
    context = {
        "pod": row,
        "as_of": snapshot.asked_at,
        "events": events,
        "starts": starts,
        "log": _log(cluster, name),
        "lines": LINES,
    }
    return show(request, "ops/pod.html", context)


def _log(cluster: Cluster, name: str) -> dict[str, str]:
    """The text, or why there is none: a pod that never started has no log."""
    try:
        return {"text": cluster.pod_log(name, LINES), "missing": "", "cause": ""}
    except ClusterError as error:
        missing = _("The log cannot be read.")
        return {"text": "", "missing": f"{missing} {error.message}", "cause": error.cause}
