"""What the cluster was at one moment: raw objects as `kube` read them, and the rows made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cluster_admin.resources.deployments import DeploymentRow, read_deployment
from cluster_admin.resources.events import EventRow, read_event
from cluster_admin.resources.nodes import NodeRow, read_node
from cluster_admin.resources.pods import PodRow, read_pod
from cluster_admin.resources.reading import Json, mapping, mappings, text

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`objects` by resource (plural). `missing` says why a resource could not be read, in words for a person.

    `asked_at` is the time before the first request: the snapshot shows every change accepted before it.
    `whole_cluster` is whether pods of other namespaces are among the pods.
    """

    namespace: str
    asked_at: datetime
    objects: Mapping[str, list[dict[str, Any]]]
    missing: Mapping[str, Any] = field(default_factory=dict)
    whole_cluster: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """`pods` are those of the namespace; deployments and nodes by name, events newest first."""

    nodes: tuple[NodeRow, ...]
    deployments: tuple[DeploymentRow, ...]
    pods: tuple[PodRow, ...]
    events: tuple[EventRow, ...]

    def pods_of(self, deployment: str) -> tuple[PodRow, ...]:
        return tuple(pod for pod in self.pods if pod.deployment == deployment)


def read_rows(snapshot: Snapshot) -> Rows:
    """Make the rows of a snapshot."""
    objects = snapshot.objects
    owners = _owners(mappings(objects.get("replicasets")))
    every_pod = [read_pod(pod, owners) for pod in mappings(objects.get("pods"))]
    here = [pod for pod in every_pod if pod.namespace in ("", snapshot.namespace)]
    events = [read_event(event) for event in mappings(objects.get("events"))]
    deployments = [read_deployment(deployment) for deployment in mappings(objects.get("deployments"))]
    nodes = [read_node(node, every_pod) for node in mappings(objects.get("nodes"))]
    return Rows(
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
        deployments=tuple(sorted(deployments, key=lambda deployment: deployment.name)),
        pods=tuple(sorted(here, key=lambda pod: (pod.deployment, pod.created or LONG_AGO, pod.name))),
        events=tuple(sorted(events, key=lambda event: event.last or LONG_AGO, reverse=True)),
    )


def _owners(replica_sets: list[Json]) -> dict[str, str]:
    owners = {}
    for replica_set in replica_sets:
        metadata = mapping(replica_set.get("metadata"))
        for owner in mappings(metadata.get("ownerReferences")):
            if owner.get("kind") == "Deployment":
                owners[text(metadata.get("name"))] = text(owner.get("name"))
    return owners
