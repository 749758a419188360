"""Objects as `meta.k8s.io/v1` tables: the columns kubectl prints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.pod_state import pod_ready, pod_restarts, pod_status
from cluster_admin.practice.api.selectors import selector_text
from cluster_admin.practice.store import Obj

NONE = "<none>"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `wide` ones show with `-o wide` only."""

    name: str
    cell: Callable[[Obj], Any]
    wide: bool = False
    type: str = "string"


def table(kind: Kind, objects: list[Obj], version: str, with_columns: bool = True, whole: bool = False) -> Obj:
    """A Table of the objects; its rows carry their metadata, or the `whole` object."""
    columns = _COLUMNS[kind.resource]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": [_definition(column) for column in columns] if with_columns else [],
        "rows": [
            {"cells": [column.cell(obj) for column in columns], "object": kind.dressed(obj) if whole else _part(obj)}
            for obj in objects
        ],
    }


def human_age(seconds: float) -> str:
    """A duration as kubectl writes it: two units at most, the finer one only while it matters."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d"


def _since(moment: str | None) -> str:
    if not moment:
        return "<unknown>"
    return human_age((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())


def _definition(column: Column) -> Obj:
    shape = "name" if column.name == "Name" else ""
    priority = 1 if column.wide else 0
    return {"name": column.name, "type": column.type, "format": shape, "description": "", "priority": priority}


def _part(obj: Obj) -> Obj:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _at(*path: str, default: Any = NONE) -> Callable[[Obj], Any]:
    def cell(obj: Obj) -> Any:
        value: Any = obj
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return default if value in (None, "") else value

    return cell


def _number(*path: str) -> Callable[[Obj], Any]:
    return _at(*path, default=0)


def _age(obj: Obj) -> str:
    return _since(obj["metadata"].get("creationTimestamp"))


def _node_status(node: Obj) -> str:
    ready = [item for item in node.get("status", {}).get("conditions", []) if item["type"] == "Ready"]
    word = {"True": "Ready", "False": "NotReady"}.get(ready[0]["status"] if ready else "", "NotReady")
    return f"{word},SchedulingDisabled" if node.get("spec", {}).get("unschedulable") else word


def _node_roles(node: Obj) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = [label.removeprefix(prefix) for label in node["metadata"].get("labels") or {} if label.startswith(prefix)]
    return ",".join(sorted(roles)) or NONE


def _node_address(node: Obj) -> str:
    addresses = node.get("status", {}).get("addresses", [])
    return next((item["address"] for item in addresses if item["type"] == "InternalIP"), NONE)


def _deployment_ready(deployment: Obj) -> str:
    return f"{_number('status', 'readyReplicas')(deployment)}/{_number('spec', 'replicas')(deployment)}"


def _containers(field: str) -> Callable[[Obj], str]:
    def cell(obj: Obj) -> str:
        containers = obj.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
        return ",".join(container.get(field, "") for container in containers)

    return cell


def _selector(obj: Obj) -> str:
    return selector_text(obj.get("spec", {}).get("selector", {})) or NONE


def _service_selector(service: Obj) -> str:
    return selector_text({"matchLabels": service.get("spec", {}).get("selector")}) or NONE


def _service_ports(service: Obj) -> str:
    ports = service.get("spec", {}).get("ports", [])
    return ",".join(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in ports) or NONE


def _last_seen(event: Obj) -> str:
    return _since(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _event_object(event: Obj) -> str:
    involved = event.get("involvedObject", {})
    return f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"


def _event_source(event: Obj) -> str:
    source = event.get("source", {})
    return ", ".join(part for part in (source.get("component"), source.get("host")) if part)


_NAME = Column("Name", _at("metadata", "name"))
_AGE = Column("Age", _age)
_TEMPLATE = [
    Column("Containers", _containers("name"), wide=True),
    Column("Images", _containers("image"), wide=True),
    Column("Selector", _selector, wide=True),
]

_COLUMNS: dict[str, list[Column]] = {
    "nodes": [
        _NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        _AGE,
        Column("Version", _at("status", "nodeInfo", "kubeletVersion")),
        Column("Internal-IP", _node_address, wide=True),
        Column("OS-Image", _at("status", "nodeInfo", "osImage"), wide=True),
        Column("Container-Runtime", _at("status", "nodeInfo", "containerRuntimeVersion"), wide=True),
    ],
    "namespaces": [_NAME, Column("Status", _at("status", "phase", default="Active")), _AGE],
    "pods": [
        _NAME,
        Column("Ready", pod_ready),
        Column("Status", pod_status),
        Column("Restarts", lambda pod: pod_restarts(pod, _since)),
        _AGE,
        Column("IP", _at("status", "podIP"), wide=True),
        Column("Node", _at("spec", "nodeName"), wide=True),
        Column("Nominated Node", _at("status", "nominatedNodeName"), wide=True),
    ],
    "services": [
        _NAME,
        Column("Type", _at("spec", "type", default="ClusterIP")),
        Column("Cluster-IP", _at("spec", "clusterIP")),
        Column("External-IP", _at("spec", "externalName")),
        Column("Port(s)", _service_ports),
        _AGE,
        Column("Selector", _service_selector, wide=True),
    ],
    "events": [
        Column("Last Seen", _last_seen),
        Column("Type", _at("type", default="Normal")),
        Column("Reason", _at("reason", default="")),
        Column("Object", _event_object),
        Column("Source", _event_source, wide=True),
        Column("Message", lambda event: str(event.get("message", "")).strip()),
        Column("First Seen", lambda event: _since(event.get("firstTimestamp")), wide=True),
        Column("Count", _at("count", default=1), wide=True, type="integer"),
        Column("Name", _at("metadata", "name"), wide=True),
    ],
    "deployments": [
        _NAME,
        Column("Ready", _deployment_ready),
        Column("Up-to-date", _number("status", "updatedReplicas"), type="integer"),
        Column("Available", _number("status", "availableReplicas"), type="integer"),
        _AGE,
        *_TEMPLATE,
    ],
    "replicasets": [
        _NAME,
        Column("Desired", _number("spec", "replicas"), type="integer"),
        Column("Current", _number("status", "replicas"), type="integer"),
        Column("Ready", _number("status", "readyReplicas"), type="integer"),
        _AGE,
        *_TEMPLATE,
    ],
}
