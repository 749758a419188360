"""A node as one row: what it has, what is asked of it, whether it takes pods."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cluster_admin.resources.pods import PodRow
from cluster_admin.resources.reading import Amounts, Json, amounts, condition, mapping, mappings, text, total, when

ROLE = "node-role.kubernetes.io/"
POOLS = (
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "scoredeck.dev/pool",
)


@dataclass(frozen=True, slots=True)
class NodeRow:
    """`bars` are (resource, requested, allocatable) of what the node has; `since` is when its readiness changed."""

    name: str
    state: str
    tone: str
    pool: str
    allocatable: Amounts
    requested: Amounts
    pods: int
    created: datetime | None
    taints: tuple[str, ...]
    since: datetime | None = None
    message: str = ""

    @property
    def bars(self) -> tuple[tuple[str, int, int], ...]:
        bars = [
            ("cpu", self.requested.cpu, self.allocatable.cpu),
            ("memory", self.requested.memory, self.allocatable.memory),
        ]
        if self.allocatable.gpus:
            bars.append(("gpu", self.requested.gpus, self.allocatable.gpus))
        return tuple(bars)


def read_node(node: Json, pods: Iterable[PodRow] = ()) -> NodeRow:
    """Read a v1 Node. `pods` may be those of all nodes: only this node's are counted."""
    metadata, spec, status = mapping(node.get("metadata")), mapping(node.get("spec")), mapping(node.get("status"))
    name = text(metadata.get("name"))
    ready = condition(status, "Ready")
    state, tone = _state(ready, spec)
    held = [pod for pod in pods if name and pod.node == name and pod.holds_requests]
    return NodeRow(
        name=name,
        state=state,
        tone=tone,
        pool=_pool(mapping(metadata.get("labels"))),
        allocatable=amounts(status.get("allocatable")),
        requested=total(pod.requests for pod in held),
        pods=len(held),
        created=when(metadata.get("creationTimestamp")),
        taints=tuple(_taint(taint) for taint in mappings(spec.get("taints"))),
        since=when(ready.get("lastTransitionTime")),
        message=text(ready.get("message")),
    )


def _state(ready: Json, spec: Json) -> tuple[str, str]:
    if ready.get("status") != "True":
        return "NotReady", "bad"
    if spec.get("unschedulable") is True:
        return "SchedulingDisabled", "waiting"
    return "Ready", "good"


def _pool(labels: Json) -> str:
    for label in POOLS:
        if text(labels.get(label)):
            return text(labels.get(label))
    roles = sorted(str(label).removeprefix(ROLE) for label in labels if str(label).startswith(ROLE))
    return ", ".join(role for role in roles if role)


def _taint(taint: Json) -> str:
    value = text(taint.get("value"))
    return f"{text(taint.get('key'))}{'=' if value else ''}{value}:{text(taint.get('effect'))}"
