"""Objects for tests, as the practice cluster's controllers and kubelet would leave them."""

from typing import Any

from cluster_admin.practice.store import Obj, Store

NAMESPACE = "scoring"
# The Python client insists on every one of them.
NODE_INFO = (
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "kubeletVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
)
LABELS = {"app": "scoring-faq"}


def template(image: str = "scoredeck/scoring-faq:1") -> Obj:
    return {
        "metadata": {"labels": dict(LABELS)},
        "spec": {
            "containers": [
                {
                    "name": "scorer",
                    "image": image,
                    "ports": [{"containerPort": 8080}],
                    "resources": {"requests": {"cpu": "250m", "memory": "300Mi"}},
                }
            ],
            "terminationGracePeriodSeconds": 30,
        },
    }


def deployment(name: str = "scoring-faq", replicas: int = 2) -> Obj:
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(LABELS)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": dict(LABELS)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": template(),
        },
        "status": {"replicas": replicas, "readyReplicas": 1, "updatedReplicas": replicas, "availableReplicas": 1},
    }


def pod(name: str, phase: str = "Running", **metadata: Any) -> Obj:
    started = {"running": {"startedAt": "2026-11-23T10:00:00Z"}}
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(LABELS)} | metadata,
        "spec": template()["spec"] | {"nodeName": "practice-cpu-1"},
        "status": {
            "phase": phase,
            "podIP": "127.0.0.1",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {
                    "name": "scorer",
                    "image": "scoredeck/scoring-faq:1",
                    "imageID": "",
                    "ready": True,
                    "restartCount": 0,
                    "state": started,
                }
            ],
        },
    }


def node(name: str = "practice-cpu-1") -> Obj:
    sizes = {"cpu": "4", "memory": "8Gi", "pods": "20"}
    return {
        "metadata": {"name": name, "labels": {"agentpool": "cpu"}},
        "spec": {},
        "status": {
            "capacity": sizes,
            "allocatable": sizes,
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "nodeInfo": dict.fromkeys(NODE_INFO, "practice") | {"kubeletVersion": "v1.36.0+practice"},
        },
    }


def service() -> Obj:
    return {
        "metadata": {"name": "scoring-faq", "namespace": NAMESPACE},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "127.0.0.1",
            "selector": dict(LABELS),
            "ports": [{"port": 8101, "protocol": "TCP", "targetPort": 8080}],
        },
    }


def event(about: Obj, reason: str, message: str) -> Obj:
    metadata = about["metadata"]
    return {
        "metadata": {"generateName": f"{metadata['name']}.", "namespace": NAMESPACE},
        "involvedObject": {
            "kind": "Pod",
            "namespace": NAMESPACE,
            "name": metadata["name"],
            "uid": metadata["uid"],
            "apiVersion": "v1",
        },
        "reason": reason,
        "message": message,
        "type": "Normal",
        "count": 1,
        "lastTimestamp": metadata["creationTimestamp"],
        "source": {"component": "kubelet"},
    }


def fill(store: Store) -> None:
    """One node, one deployment with two pods, a service and an event."""
    store.create("namespaces", {"metadata": {"name": NAMESPACE}, "status": {"phase": "Active"}})
    store.create("nodes", node())
    owner = store.create("deployments", deployment())
    owned = {"metadata": {"name": "scoring-faq-1", "namespace": NAMESPACE, "labels": dict(LABELS)}}
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scoring-faq", "controller": True}
    owned["metadata"]["ownerReferences"] = [reference | {"uid": owner["metadata"]["uid"]}]  # type: ignore[assignment]
    spec = {"replicas": 2, "selector": {"matchLabels": dict(LABELS)}, "template": template()}
    store.create("replicasets", owned | {"spec": spec, "status": {"replicas": 2, "readyReplicas": 1}})
    store.create("pods", pod("scoring-faq-1-aaaaa"))
    second = store.create("pods", pod("scoring-faq-1-bbbbb"))
    store.create("services", service())
    store.create("events", event(second, "Started", "Started container scorer"))
