"""What the scheduler looks at, as frozen values. CPU is in millicores, memory in bytes, the rest in pieces."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_SCHEDULE = "NoSchedule"
NO_EXECUTE = "NoExecute"
PREFER_NO_SCHEDULE = "PreferNoSchedule"


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """An empty key with `Exists` tolerates every key; an empty effect tolerates every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def covers(self, taint: Taint) -> bool:
        if self.effect not in ("", taint.effect):
            return False
        if self.key not in ("", taint.key):
            return False
        if self.operator == "Exists":
            return True
        return bool(self.key) and self.operator == "Equal" and self.value == taint.value


@dataclass(frozen=True, slots=True)
class Requirement:
    """One test of a label: In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value in self.values if value is not None else False
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt":
                return self._compares(value)
        return False

    def _compares(self, value: str | None) -> bool:
        if value is None or len(self.values) != 1:
            return False
        try:
            difference = int(value) - int(self.values[0])
        except ValueError:
            return False
        return difference > 0 if self.operator == "Gt" else difference < 0


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements must hold; `nothing` stands for an absent selector, which selects no pod."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def selects(self, labels: Mapping[str, str]) -> bool:
        return not self.nothing and all(requirement.holds(labels) for requirement in self.requirements)


@dataclass(frozen=True, slots=True)
class NodeTerm:
    """One node selector term; a term without any requirement matches no node."""

    expressions: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()

    def matches(self, node: "Node") -> bool:
        if not self.expressions and not self.fields:
            return False
        own_fields = {"metadata.name": node.name}
        return all(e.holds(node.labels) for e in self.expressions) and all(f.holds(own_fields) for f in self.fields)


@dataclass(frozen=True, slots=True)
class PodTerm:
    """A required pod affinity or anti-affinity term."""

    selector: LabelSelector
    topology_key: str
    namespaces: frozenset[str]

    def matches(self, pod: "PodRequest") -> bool:
        return pod.namespace in self.namespaces and self.selector.selects(pod.labels)


@dataclass(frozen=True, slots=True)
class Spread:
    """A topology spread constraint; `hard` is whenUnsatisfiable=DoNotSchedule."""

    max_skew: int
    topology_key: str
    hard: bool
    selector: LabelSelector
    min_domains: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    allocatable: Mapping[str, int] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    ready: bool = True


@dataclass(frozen=True, slots=True)
class PodRequest:
    """What one pod asks for.

    `scored_requests` are CPU and memory as kube-scheduler scores them, where a container without a request counts
    as 100m and 200 MB.
    """

    namespace: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    scored_requests: Mapping[str, int] = field(default_factory=dict)
    node_name: str = ""
    tolerations: tuple[Toleration, ...] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    node_terms: tuple[NodeTerm, ...] | None = None
    preferred_terms: tuple[tuple[int, NodeTerm], ...] = ()
    host_ports: frozenset[tuple[str, str, int]] = frozenset()
    affinity: tuple[PodTerm, ...] = ()
    anti_affinity: tuple[PodTerm, ...] = ()
    spreads: tuple[Spread, ...] = ()
    terminating: bool = False

    def tolerates(self, taint: Taint) -> bool:
        return any(toleration.covers(taint) for toleration in self.tolerations)

    def selects(self, node: Node) -> bool:
        """Whether the node selector and the required node affinity admit the node."""
        if any(node.labels.get(key) != value for key, value in self.node_selector.items()):
            return False
        return self.node_terms is None or any(term.matches(node) for term in self.node_terms)
