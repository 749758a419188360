"""The three nodes of the practice cluster: this machine's CPUs and memory, divided honestly."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from cluster_admin import quantities
from cluster_admin.practice.store import Obj, timestamp

GPU = "scoredeck.dev/practice-gpu"
SIMULATED = "practice.scoredeck.dev/simulated"
POOL = "scoredeck.dev/pool"
GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
KUBELET_VERSION = "v1.36.0+practice"
GIB = 2**30
MIB = 2**20
SMALL_MACHINE_BYTES = 6 * GIB
MOST_PODS = 30
KEPT_FOR_SYSTEM = 0.25
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to divide: millicores and bytes."""

    cpu_milli: int
    memory_bytes: int
    hostname: str


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node's part of the machine; what the system keeps is not allocatable."""

    name: str
    pool: str
    cpu_milli: int
    memory_bytes: int
    gpus: int


def this_machine() -> Machine:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    total = int(psutil.virtual_memory().total)
    return Machine(cpus * 1000, min(total, _cgroup_limit() or total), platform.node())


def _cgroup_limit() -> int | None:
    try:
        return int(CGROUP_LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no cgroup v2 here, or "max"
        return None


def plan(machine: Machine) -> list[NodePlan]:
    """Half of the machine for the GPU node, a quarter for each CPU node."""
    gpus = 1 if machine.memory_bytes < SMALL_MACHINE_BYTES else 2
    quarter_cpu, quarter_memory = machine.cpu_milli // 4, machine.memory_bytes // 4
    return [
        NodePlan("cpu-0", "cpu", quarter_cpu, quarter_memory, 0),
        NodePlan("cpu-1", "cpu", quarter_cpu, quarter_memory, 0),
        NodePlan("gpu-0", "gpu", quarter_cpu * 2, quarter_memory * 2, gpus),
    ]


def node_object(node: NodePlan, machine: Machine) -> Obj:
    """The v1 Node."""
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": platform.system().lower(),
        "kubernetes.io/arch": _architecture(),
        POOL: node.pool,
        SIMULATED: "true",
    }
    spec: Obj = {}
    if node.gpus:
        labels["scoredeck.dev/accelerator"] = "practice-not-a-real-gpu"
        spec["taints"] = [{"key": GPU, "value": "present", "effect": "NoSchedule"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": labels,
            "annotations": {"practice.scoredeck.dev/host": machine.hostname},
        },
        "spec": spec,
        "status": _status(node),
    }


def _status(node: NodePlan) -> Obj:
    return {
        "capacity": _resources(node, 1.0),
        "allocatable": _resources(node, 1.0 - KEPT_FOR_SYSTEM),
        "conditions": conditions(),
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": node.name}],
        "nodeInfo": {
            "kubeletVersion": KUBELET_VERSION,
            "kubeProxyVersion": KUBELET_VERSION,
            "osImage": f"Practice node on {platform.system()} {platform.release()}",
            "kernelVersion": platform.release(),
            "operatingSystem": platform.system().lower(),
            "architecture": _architecture(),
            "containerRuntimeVersion": "practice://processes",
            "machineID": "",
            "systemUUID": "",
            "bootID": "",
        },
    }


def _resources(node: NodePlan, share: float) -> dict[str, str]:
    mebibytes = int(node.memory_bytes * share) // MIB
    resources = {
        "cpu": quantities.format_milli(int(node.cpu_milli * share)),
        "memory": f"{mebibytes}Mi",
        "pods": str(MOST_PODS),
    }
    return resources | ({GPU: str(node.gpus)} if node.gpus else {})


def conditions() -> list[Obj]:
    """A healthy node's conditions, with this moment as heartbeat and as the last change."""
    now = timestamp()
    words = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    )
    return [
        {
            "type": type_,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        for type_, status, reason, message in words
    ]


def _architecture() -> str:
    """In the words of Go, which node selectors use."""
    return GO_ARCHITECTURES.get(platform.machine(), platform.machine())
