"""Pending pods → nodes, decided by `cluster_admin.placement`; tried again whenever pods or nodes change."""

from cluster_admin.placement import Cluster, decide, read_node, read_pod
from cluster_admin.practice.controllers.conditions import find_condition, with_condition
from cluster_admin.practice.controllers.loop import Key, Loop
from cluster_admin.practice.events import EventLog, Recorder
from cluster_admin.practice.store import Event, Obj, Store

ALL_PENDING: Key = ("", "")
ENDED = ("Succeeded", "Failed")


class Scheduler:
    def __init__(self, store: Store, log: EventLog) -> None:
        self._store = store
        self._events = Recorder(log, "default-scheduler", "Pod")

    def loop(self) -> Loop:
        return Loop("scheduler", self._store, {"pods": _by_pod, "nodes": _by_node}, self.reconcile)

    def reconcile(self, _: Key) -> float | None:
        pods, _version = self._store.list("pods")
        pending = sorted((pod for pod in pods if _is_pending(pod)), key=_age)
        if not pending:
            return None
        cluster = self._cluster(pods)
        for pod in pending:
            self._place(pod, cluster)
        return None

    def _cluster(self, pods: list[Obj]) -> Cluster:
        nodes, _ = self._store.list("nodes")
        return Cluster(map(read_node, nodes), (read_pod(pod) for pod in pods if _takes_room(pod)))

    def _place(self, pod: Obj, cluster: Cluster) -> None:
        try:
            request = read_pod(pod)
        except ValueError as wrong:
            self._refuse(pod, f"the pod cannot be read: {wrong}")
            return
        decision = decide(request, cluster)
        if decision.node is None:
            self._refuse(pod, decision.message)
            return
        cluster.add(request, decision.node)
        self._bind(pod, decision.node)

    def _bind(self, pod: Obj, node: str) -> None:
        pod["spec"]["nodeName"] = node
        _set_scheduled(pod, {"type": "PodScheduled", "status": "True"})
        self._store.update("pods", pod)
        metadata = pod["metadata"]
        text = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {node}"
        self._events.normal(pod, "Scheduled", text)

    def _refuse(self, pod: Obj, message: str) -> None:
        scheduled = find_condition((pod.get("status") or {}).get("conditions"), "PodScheduled")
        if scheduled is not None and scheduled.get("message") == message:
            return
        _set_scheduled(pod, {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message})
        self._store.update("pods", pod)
        self._events.warning(pod, "FailedScheduling", message)


def _set_scheduled(pod: Obj, condition: Obj) -> None:
    status = pod.setdefault("status", {"phase": "Pending"})
    status["conditions"] = with_condition(status.get("conditions"), condition)


def _is_pending(pod: Obj) -> bool:
    return not pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp")


def _takes_room(pod: Obj) -> bool:
    return bool(pod["spec"].get("nodeName")) and (pod.get("status") or {}).get("phase") not in ENDED


def _age(pod: Obj) -> tuple[str, int]:
    return pod["metadata"]["creationTimestamp"], int(pod["metadata"]["resourceVersion"])


def _by_pod(event: Event) -> list[Key]:
    """A pod that waits, or one whose room became free."""
    freed = event.type == "DELETED" or (event.object.get("status") or {}).get("phase") in ENDED
    return [ALL_PENDING] if freed or _is_pending(event.object) else []


def _by_node(event: Event) -> list[Key]:
    """Only what matters for placement: a heartbeat is no reason to look again."""
    if event.type == "MODIFIED" and event.previous and read_node(event.previous) == read_node(event.object):
        return []
    return [ALL_PENDING]
