"""One pod to one node, and many like it: what fits, where, and why the rest waits."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cluster_admin.placement.cluster import Cluster
from cluster_admin.placement.filters import refusals
from cluster_admin.placement.model import PodRequest
from cluster_admin.placement.scores import scores


@dataclass(frozen=True, slots=True)
class Decision:
    """`node` is None where no node can take the pod; `reasons` then says why, node by node."""

    node: str | None
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def message(self) -> str:
        """Why the pod waits, as kube-scheduler words it; empty where it does not wait."""
        return "" if self.node is not None else _message(self.reasons)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of `fit + pending` equal pods. `where` counts pods by node; `why` is for one that waits."""

    fit: int
    pending: int
    where: Mapping[str, int]
    why: str


def decide(pod: PodRequest, cluster: Cluster) -> Decision:
    """Choose the node for one pod. Of equally good nodes the first takes it, where kube-scheduler draws lots."""
    refused = refusals(pod, cluster)
    candidates = [cluster.states[name] for name, reasons in refused.items() if not reasons]
    if not candidates:
        return Decision(None, refused)
    totals = scores(pod, cluster, candidates) if len(candidates) > 1 else {candidates[0].node.name: 0}
    return Decision(max(totals, key=totals.__getitem__), refused)


def simulate(pod: PodRequest, replicas: int, cluster: Cluster) -> Outcome:
    """Place `replicas` equal pods one after the other; `cluster` afterwards holds those that fit."""
    where: Counter[str] = Counter()
    for placed in range(replicas):
        decision = decide(pod, cluster)
        if decision.node is None:
            return Outcome(placed, replicas - placed, dict(where), decision.message)
        cluster.add(pod, decision.node)
        where[decision.node] += 1
    return Outcome(replicas, 0, dict(where), "")


def _message(reasons: Mapping[str, tuple[str, ...]]) -> str:
    if not reasons:
        return "no nodes available to schedule pods"
    counted = Counter(reason for of_node in reasons.values() for reason in of_node)
    parts = sorted(f"{count} {reason}" for reason, count in counted.items())
    return f"0/{len(reasons)} nodes are available: {', '.join(parts)}."
