"""From Kubernetes API JSON to the values of `model`. Wrong quantities raise ValueError."""

from collections.abc import Iterable, Mapping
from typing import Any

from cluster_admin import quantities
from cluster_admin.placement.model import (
    LabelSelector,
    Node,
    NodeTerm,
    PodRequest,
    PodTerm,
    Requirement,
    Spread,
    Taint,
    Toleration,
)

Json = Mapping[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SCORED_WITHOUT_REQUEST = {"cpu": 100, "memory": 200 * 1024 * 1024}


def read_resources(amounts: Mapping[str, Any] | None) -> dict[str, int]:
    """Millicores for cpu, whole units for the rest."""
    return {
        name: quantities.milli(str(text)) if name == "cpu" else quantities.whole(str(text))
        for name, text in (amounts or {}).items()
    }


def read_node(obj: Json) -> Node:
    """Read a v1 Node. A node that does not report Ready=True counts as not ready."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    conditions = {c.get("type"): c.get("status") for c in status.get("conditions") or ()}
    return Node(
        name=obj["metadata"]["name"],
        labels=obj["metadata"].get("labels") or {},
        allocatable=read_resources(status.get("allocatable")),
        taints=tuple(Taint(t["key"], t.get("value") or "", t["effect"]) for t in spec.get("taints") or ()),
        unschedulable=bool(spec.get("unschedulable")),
        ready=conditions.get("Ready") == "True",
    )


def read_pod(obj: Json, namespace: str | None = None) -> PodRequest:
    """Read a v1 Pod, or a pod template together with the namespace its pods will have."""
    spec, metadata = obj.get("spec") or {}, obj.get("metadata") or {}
    own_namespace = namespace or metadata.get("namespace") or "default"
    labels = metadata.get("labels") or {}
    affinity = spec.get("affinity") or {}
    node_affinity = affinity.get("nodeAffinity") or {}
    required = node_affinity.get(REQUIRED)
    return PodRequest(
        namespace=own_namespace,
        labels=labels,
        requests=_requests(spec, {}),
        scored_requests=_requests(spec, SCORED_WITHOUT_REQUEST),
        node_name=spec.get("nodeName") or "",
        tolerations=tuple(_toleration(t) for t in spec.get("tolerations") or ()),
        node_selector=spec.get("nodeSelector") or {},
        node_terms=tuple(_node_term(t) for t in required.get("nodeSelectorTerms") or ()) if required else None,
        preferred_terms=tuple(
            (int(t["weight"]), _node_term(t["preference"])) for t in node_affinity.get(PREFERRED) or ()
        ),
        host_ports=_host_ports(spec),
        affinity=_pod_terms(affinity.get("podAffinity"), own_namespace),
        anti_affinity=_pod_terms(affinity.get("podAntiAffinity"), own_namespace),
        spreads=tuple(_spread(s, labels) for s in spec.get("topologySpreadConstraints") or ()),
        terminating=bool(metadata.get("deletionTimestamp")),
    )


def _requests(spec: Json, without_request: Mapping[str, int]) -> dict[str, int]:
    """Sum of containers and sidecars, or the largest init step where that is more (KEP-753)."""
    running = _sum(_container(c, without_request) for c in spec.get("containers") or ())
    sidecars: dict[str, int] = {}
    largest_step: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        step = _sum((sidecars, _container(container, without_request)))
        if container.get("restartPolicy") == "Always":
            sidecars = step
        largest_step = _largest(largest_step, step)
    total = _largest(_sum((running, sidecars)), largest_step)
    return _sum((total, read_resources(spec.get("overhead"))))


def _container(container: Json, without_request: Mapping[str, int]) -> dict[str, int]:
    """A limit without a request is a request too, as the API server defaults it."""
    resources = container.get("resources") or {}
    return {
        **without_request,
        **read_resources(resources.get("limits")),
        **read_resources(resources.get("requests")),
    }


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _largest(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: max(first.get(name, 0), second.get(name, 0)) for name in first.keys() | second.keys()}


def _toleration(obj: Json) -> Toleration:
    return Toleration(
        key=obj.get("key") or "",
        operator=obj.get("operator") or "Equal",
        value=obj.get("value") or "",
        effect=obj.get("effect") or "",
    )


def _requirements(items: Iterable[Json] | None) -> tuple[Requirement, ...]:
    return tuple(Requirement(r["key"], r["operator"], tuple(r.get("values") or ())) for r in items or ())


def _node_term(obj: Json) -> NodeTerm:
    return NodeTerm(_requirements(obj.get("matchExpressions")), _requirements(obj.get("matchFields")))


def read_selector(obj: Json | None) -> LabelSelector:
    """Read a LabelSelector (matchLabels, matchExpressions); an absent one selects nothing."""
    if obj is None:
        return LabelSelector(nothing=True)
    labels = tuple(Requirement(key, "In", (value,)) for key, value in (obj.get("matchLabels") or {}).items())
    return LabelSelector(labels + _requirements(obj.get("matchExpressions")))


def _host_ports(spec: Json) -> frozenset[tuple[str, str, int]]:
    ports = [p for c in spec.get("containers") or () for p in c.get("ports") or ()]
    return frozenset(
        (p.get("hostIP") or "0.0.0.0", p.get("protocol") or "TCP", int(p["hostPort"]))  # noqa: S104 - compared only
        for p in ports
        if p.get("hostPort")
    )


def _pod_terms(affinity: Json | None, own_namespace: str) -> tuple[PodTerm, ...]:
    return tuple(
        PodTerm(
            selector=read_selector(term.get("labelSelector")),
            topology_key=term["topologyKey"],
            namespaces=frozenset(term.get("namespaces") or (own_namespace,)),
        )
        for term in (affinity or {}).get(REQUIRED) or ()
    )


def _spread(obj: Json, labels: Mapping[str, str]) -> Spread:
    selector = read_selector(obj.get("labelSelector"))
    own = tuple(Requirement(key, "In", (labels[key],)) for key in obj.get("matchLabelKeys") or () if key in labels)
    return Spread(
        max_skew=int(obj["maxSkew"]),
        topology_key=obj["topologyKey"],
        hard=obj["whenUnsatisfiable"] == "DoNotSchedule",
        selector=LabelSelector(selector.requirements + own, selector.nothing),
        min_domains=int(obj.get("minDomains") or 1),
    )
