"""kube-scheduler's scores of its default profile, 0 to 100 each, weighted and summed."""

import math
from collections.abc import Callable, Mapping, Sequence

from cluster_admin.placement.cluster import Cluster, NodeState
from cluster_admin.placement.filters import spread_counts
from cluster_admin.placement.model import PREFER_NO_SCHEDULE, PodRequest

FULL = 100
Scores = dict[str, int]


def scores(pod: PodRequest, cluster: Cluster, candidates: Sequence[NodeState]) -> Scores:
    """The weighted sum for each candidate node; the highest wins."""
    total: Scores = {state.node.name: 0 for state in candidates}
    for weight, scorer in WEIGHTED:
        for name, score in scorer(pod, cluster, candidates).items():
            total[name] += weight * score
    return total


def _least_allocated(pod: PodRequest, _: Cluster, candidates: Sequence[NodeState]) -> Scores:
    return {state.node.name: _free_share(pod, state) for state in candidates}


def _free_share(pod: PodRequest, state: NodeState) -> int:
    shares = []
    for name in ("cpu", "memory"):
        allocatable = state.node.allocatable.get(name, 0)
        if allocatable:
            requested = state.scored[name] + pod.scored_requests.get(name, 0)
            shares.append(max(allocatable - requested, 0) * FULL // allocatable)
    return sum(shares) // len(shares) if shares else 0


def _balanced(pod: PodRequest, _: Cluster, candidates: Sequence[NodeState]) -> Scores:
    if not any(pod.requests.get(name) for name in ("cpu", "memory")):
        return {}
    return {state.node.name: _balance(pod, state) for state in candidates}


def _balance(pod: PodRequest, state: NodeState) -> int:
    fractions = [
        min(1.0, (state.requested[name] + pod.requests.get(name, 0)) / state.node.allocatable[name])
        for name in ("cpu", "memory")
        if state.node.allocatable.get(name)
    ]
    deviation = abs(fractions[0] - fractions[1]) / 2 if len(fractions) == 2 else 0.0
    return int((1 - deviation) * FULL)


def _preferred_taints(pod: PodRequest, _: Cluster, candidates: Sequence[NodeState]) -> Scores:
    disliked = {
        state.node.name: sum(t.effect == PREFER_NO_SCHEDULE and not pod.tolerates(t) for t in state.node.taints)
        for state in candidates
    }
    most = max(disliked.values(), default=0)
    return {name: FULL - FULL * count // most if most else FULL for name, count in disliked.items()}


def _preferred_nodes(pod: PodRequest, _: Cluster, candidates: Sequence[NodeState]) -> Scores:
    liked = {
        state.node.name: sum(weight for weight, term in pod.preferred_terms if term.matches(state.node))
        for state in candidates
    }
    most = max(liked.values(), default=0)
    return {name: FULL * weight // most for name, weight in liked.items()} if most else {}


def _soft_spread(pod: PodRequest, cluster: Cluster, candidates: Sequence[NodeState]) -> Scores:
    soft = [spread for spread in pod.spreads if not spread.hard]
    labelled = [s for s in candidates if all(spread.topology_key in s.node.labels for spread in soft)]
    if not soft or not labelled:
        return {}
    raw = dict.fromkeys((state.node.name for state in labelled), 0.0)
    for spread, count in zip(soft, spread_counts(pod, soft, cluster.states.values()), strict=True):
        domains = {state.node.labels[spread.topology_key] for state in labelled}
        weight = math.log(len(domains) + 2)
        for state in labelled:
            raw[state.node.name] += count[state.node.labels[spread.topology_key]] * weight + spread.max_skew - 1
    return _fewest_first({name: round(value) for name, value in raw.items()})


def _fewest_first(raw: Mapping[str, int]) -> Scores:
    most, least = max(raw.values()), min(raw.values())
    return {name: FULL * (most + least - value) // most if most else FULL for name, value in raw.items()}


def _drawn_by_others(pod: PodRequest, cluster: Cluster, candidates: Sequence[NodeState]) -> Scores:
    """A running pod whose required affinity matches this one draws it near (hardPodAffinityWeight 1)."""
    pulls: dict[tuple[str, str], int] = {}
    for state in cluster.states.values():
        for term in (t for other in state.pods for t in other.affinity):
            if term.topology_key in state.node.labels and term.matches(pod):
                domain = (term.topology_key, state.node.labels[term.topology_key])
                pulls[domain] = pulls.get(domain, 0) + 1
    raw = {s.node.name: sum(pulls.get(label, 0) for label in s.node.labels.items()) for s in candidates}
    most, least = max(raw.values(), default=0), min(raw.values(), default=0)
    return {name: FULL * (value - least) // (most - least) for name, value in raw.items()} if most > least else {}


Scorer = Callable[[PodRequest, Cluster, Sequence[NodeState]], Scores]
WEIGHTED: tuple[tuple[int, Scorer], ...] = (
    (3, _preferred_taints),
    (2, _preferred_nodes),
    (2, _soft_spread),
    (2, _drawn_by_others),
    (1, _least_allocated),
    (1, _balanced),
)
