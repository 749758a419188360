"""Nodes with what runs on them, kept up to date while pods are placed."""

from collections import Counter
from collections.abc import Iterable

from cluster_admin.placement.model import Node, PodRequest


class NodeState:
    """A node, its pods and the sum of their requests."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.pods: list[PodRequest] = []
        self.requested: Counter[str] = Counter()
        self.scored: Counter[str] = Counter()
        self.host_ports: set[tuple[str, str, int]] = set()

    def add(self, pod: PodRequest) -> None:
        self.pods.append(pod)
        self.requested.update(pod.requests)
        self.scored.update(pod.scored_requests)
        self.host_ports |= pod.host_ports


class Cluster:
    """All nodes by name. Pods on unknown nodes are left out."""

    def __init__(self, nodes: Iterable[Node], running: Iterable[PodRequest] = ()) -> None:
        self.states = {node.name: NodeState(node) for node in nodes}
        for pod in running:
            self.add(pod, pod.node_name)

    def add(self, pod: PodRequest, node_name: str) -> None:
        state = self.states.get(node_name)
        if state is not None:
            state.add(pod)
