"""Where new pods of a deployment would go, by the rules of kube-scheduler. Pure: nothing is asked or changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster_admin.diagnosis import short_of
from cluster_admin.placement import Cluster, PodRequest, read_node, read_pod, simulate
from cluster_admin.resources import Snapshot

ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Forecast:
    """`where` are nodes with their number of new pods; `short` is the scarcest resource, `why` the scheduler's words.

    `waiting` pods find no place already and come first.
    """

    fit: int
    pending: int
    where: tuple[tuple[str, int], ...]
    waiting: int
    why: str
    short: str


def forecast(snapshot: Snapshot, deployment: str, added: int) -> Forecast | None:
    """Place `added` pods of a deployment. None where not everything that counts can be read."""
    if added <= 0 or not snapshot.whole_cluster or any(name in snapshot.missing for name in ("nodes", "pods")):
        return None
    try:
        template = _template(snapshot, deployment)
        if template is None:
            return None
        running, waiting = _pods(snapshot)
        cluster = Cluster([read_node(node) for node in snapshot.objects["nodes"]], running)
        stuck = sum(simulate(pod, 1, cluster).pending for pod in waiting)
        placed = simulate(template, added, cluster)
    except (KeyError, TypeError, ValueError, AttributeError):  # objects of a shape that no scheduler would take
        return None
    short = short_of(placed.why)
    where = tuple(sorted(placed.where.items()))
    return Forecast(placed.fit, placed.pending, where, stuck, placed.why, short[0] if short else "")


def _template(snapshot: Snapshot, deployment: str) -> PodRequest | None:
    for found in snapshot.objects.get("deployments", ()):
        if found["metadata"]["name"] == deployment:
            return read_pod(found["spec"]["template"], snapshot.namespace)
    return None


def _pods(snapshot: Snapshot) -> tuple[list[PodRequest], list[PodRequest]]:
    """Those on a node, and those that wait for one."""
    alive = [pod for pod in snapshot.objects["pods"] if _phase(pod) not in ENDED]
    read = [read_pod(pod) for pod in alive]
    waiting = [pod for pod in read if not pod.node_name and not pod.terminating]
    return [pod for pod in read if pod.node_name], waiting


def _phase(pod: Mapping[str, Any]) -> str:
    return str((pod.get("status") or {}).get("phase", ""))
