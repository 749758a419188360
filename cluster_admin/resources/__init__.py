"""Kubernetes API JSON → frozen rows and their state. Pure, and robust to missing and odd fields."""

from cluster_admin.resources.deployments import DeploymentRow, read_deployment
from cluster_admin.resources.events import EventRow, read_event, without_starts
from cluster_admin.resources.nodes import NodeRow, read_node
from cluster_admin.resources.pods import PodRow, read_pod
from cluster_admin.resources.reading import Amounts
from cluster_admin.resources.snapshot import Rows, Snapshot, read_rows

__all__ = [
    "Amounts",
    "DeploymentRow",
    "EventRow",
    "NodeRow",
    "PodRow",
    "Rows",
    "Snapshot",
    "read_deployment",
    "read_event",
    "read_node",
    "read_pod",
    "read_rows",
    "without_starts",
]
