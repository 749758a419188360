"""kube-scheduler's filters: why a node cannot take a pod, in the words and the order of its default plugins."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from cluster_admin.placement.cluster import Cluster, NodeState
from cluster_admin.placement.model import NO_EXECUTE, NO_SCHEDULE, Node, PodRequest, PodTerm, Spread, Taint

UNSCHEDULABLE = "node(s) were unschedulable"
TAINTED = "node(s) had untolerated taint(s)"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
PORTS_TAKEN = "node(s) didn't have free ports for the requested pod ports"
TOO_MANY_PODS = "Too many pods"
SPREAD = "node(s) didn't match pod topology spread constraints"
SPREAD_LABEL = f"{SPREAD} (missing required label)"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
OTHERS_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"

CORDON = Taint("node.kubernetes.io/unschedulable", "", NO_SCHEDULE)
NOT_READY = Taint("node.kubernetes.io/not-ready", "", NO_SCHEDULE)
WILDCARD = "0.0.0.0"  # noqa: S104 - compared only
Refusal = tuple[str, ...]
Domain = tuple[str, str]


def refusals(pod: PodRequest, cluster: Cluster) -> dict[str, Refusal]:
    """For each node why it cannot take the pod; an empty tuple where it can."""
    checks = [check(pod, cluster) for check in (_local, _spreading, _pod_affinity)]
    return {name: _first_refusal(checks, state) for name, state in cluster.states.items()}


def _first_refusal(checks: "Iterable[Check]", state: NodeState) -> Refusal:
    for check in checks:
        reasons = check(state)
        if reasons:
            return reasons
    return ()


Check = Callable[[NodeState], Refusal]


def _local(pod: PodRequest, _: Cluster) -> Check:
    """Everything that can be told from the node alone."""

    def check(state: NodeState) -> Refusal:
        node = state.node
        if node.unschedulable and not pod.tolerates(CORDON):
            return (UNSCHEDULABLE,)
        if untolerated_taint(pod, node) is not None:
            return (TAINTED,)
        if not pod.selects(node):
            return (NOT_SELECTED,)
        if pod.host_ports and _ports_clash(pod, state):
            return (PORTS_TAKEN,)
        return _short_of(pod, state)

    return check


def untolerated_taint(pod: PodRequest, node: Node) -> Taint | None:
    """The first taint that keeps the pod away. A node that is not ready counts as tainted, as Kubernetes taints it."""
    taints = node.taints if node.ready else (NOT_READY, *node.taints)
    for taint in taints:
        if taint.effect in (NO_SCHEDULE, NO_EXECUTE) and not pod.tolerates(taint):
            return taint
    return None


def _ports_clash(pod: PodRequest, state: NodeState) -> bool:
    return any(
        protocol == other_protocol and port == other_port and (WILDCARD in (ip, other_ip) or ip == other_ip)
        for ip, protocol, port in pod.host_ports
        for other_ip, other_protocol, other_port in state.host_ports
    )


def _short_of(pod: PodRequest, state: NodeState) -> Refusal:
    reasons = []
    if len(state.pods) + 1 > state.node.allocatable.get("pods", 0):
        reasons.append(TOO_MANY_PODS)
    for name, amount in pod.requests.items():
        if amount and amount > state.node.allocatable.get(name, 0) - state.requested[name]:
            reasons.append(f"Insufficient {name}")
    return tuple(reasons)


def _spreading(pod: PodRequest, cluster: Cluster) -> Check:
    hard = [spread for spread in pod.spreads if spread.hard]
    counts = spread_counts(pod, hard, cluster.states.values())
    lowest = [_lowest(spread, count) for spread, count in zip(hard, counts, strict=True)]

    def check(state: NodeState) -> Refusal:
        for spread, count, least in zip(hard, counts, lowest, strict=True):
            domain = state.node.labels.get(spread.topology_key)
            if domain is None:
                return (SPREAD_LABEL,)
            itself = int(spread.selector.selects(pod.labels))
            if count[domain] + itself - least > spread.max_skew:
                return (SPREAD,)
        return ()

    return check


def spread_counts(pod: PodRequest, spreads: Iterable[Spread], states: Iterable[NodeState]) -> list[Counter[str]]:
    """For each constraint: matching pods by topology domain, over the nodes that the pod's node affinity admits."""
    constraints = list(spreads)
    counts: list[Counter[str]] = [Counter() for _ in constraints]
    for state in states if constraints else ():
        labels = state.node.labels
        if not pod.selects(state.node) or any(s.topology_key not in labels for s in constraints):
            continue
        for spread, count in zip(constraints, counts, strict=True):
            count[labels[spread.topology_key]] += matching_pods(pod, spread, state)
    return counts


def matching_pods(pod: PodRequest, spread: Spread, state: NodeState) -> int:
    return sum(
        other.namespace == pod.namespace and not other.terminating and spread.selector.selects(other.labels)
        for other in state.pods
    )


def _lowest(spread: Spread, count: Counter[str]) -> int:
    return min(count.values(), default=0) if len(count) >= spread.min_domains else 0


def _pod_affinity(pod: PodRequest, cluster: Cluster) -> Check:
    near = _domains_with_all(pod, cluster)
    avoided = _domains(pod.anti_affinity, cluster)
    closed = _closed_by_others(pod, cluster)
    first_of_its_kind = not near and all(term.matches(pod) for term in pod.affinity)

    def check(state: NodeState) -> Refusal:
        labels = state.node.labels
        if not all(_near(term, labels, near, first_of_its_kind) for term in pod.affinity):
            return (AFFINITY,)
        if any((term.topology_key, labels.get(term.topology_key, "")) in avoided for term in pod.anti_affinity):
            return (ANTI_AFFINITY,)
        if any(labels.get(key) == value for key, value in closed):
            return (OTHERS_ANTI_AFFINITY,)
        return ()

    return check


def _near(term: PodTerm, labels: Mapping[str, str], near: set[Domain], first_of_its_kind: bool) -> bool:
    value = labels.get(term.topology_key)
    return value is not None and (first_of_its_kind or (term.topology_key, value) in near)


def _domains_with_all(pod: PodRequest, cluster: Cluster) -> set[Domain]:
    """Domains of the pods that match every affinity term together, which is how kube-scheduler counts them."""
    if not pod.affinity:
        return set()
    return {
        (term.topology_key, state.node.labels[term.topology_key])
        for state in cluster.states.values()
        if any(all(term.matches(other) for term in pod.affinity) for other in state.pods)
        for term in pod.affinity
        if term.topology_key in state.node.labels
    }


def _domains(terms: tuple[PodTerm, ...], cluster: Cluster) -> set[Domain]:
    return {
        (term.topology_key, state.node.labels[term.topology_key])
        for term in terms
        for state in cluster.states.values()
        if term.topology_key in state.node.labels and any(term.matches(other) for other in state.pods)
    }


def _closed_by_others(pod: PodRequest, cluster: Cluster) -> set[Domain]:
    return {
        (term.topology_key, state.node.labels[term.topology_key])
        for state in cluster.states.values()
        for other in state.pods
        for term in other.anti_affinity
        if term.topology_key in state.node.labels and term.matches(pod)
    }
