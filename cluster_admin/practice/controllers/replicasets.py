"""ReplicaSet → pods: as many as wanted, no more; which go first when there are too many."""

from datetime import UTC, datetime

from cluster_admin.practice.controllers.conditions import find_condition, with_condition
from cluster_admin.practice.controllers.loop import Key, Loop, Trigger
from cluster_admin.practice.controllers.ownership import own_key, owned, owner_key, owner_reference
from cluster_admin.practice.controllers.rollout import desired_replicas
from cluster_admin.practice.errors import NotFound
from cluster_admin.practice.events import EventLog, Recorder
from cluster_admin.practice.store import Obj, Store, copied

BURST = 50
MOST_PODS = 500
PHASE_RANK = {"Pending": 0, "Unknown": 1, "Running": 2}
ENDED = ("Succeeded", "Failed")


class ReplicaSetController:
    """`most_pods` bounds the pods of the whole cluster, as a quota would."""

    def __init__(self, store: Store, log: EventLog, most_pods: int = MOST_PODS) -> None:
        self._store = store
        self._most_pods = most_pods
        self._events = Recorder(log, "replicaset-controller", "ReplicaSet")

    def loop(self) -> Loop:
        triggers: dict[str, Trigger] = {"replicasets": own_key, "pods": owner_key("ReplicaSet")}
        return Loop("replicaset controller", self._store, triggers, self.reconcile)

    def reconcile(self, key: Key) -> float | None:
        try:
            replicaset = self._store.get("replicasets", *key)
        except NotFound:
            return None
        active = [pod for pod in owned(self._store, "pods", replicaset) if is_active(pod)]
        missing = desired_replicas(replicaset["spec"]) - len(active)
        refused = ""
        if missing > 0:
            refused = self._create(replicaset, min(missing, BURST))
        elif missing < 0:
            self._delete(replicaset, sorted(active, key=deletion_rank)[:-missing])
        self._report(key, refused)
        return self._next_look(replicaset, active, more=missing > BURST, refused=bool(refused))

    def _create(self, replicaset: Obj, count: int) -> str:
        """Create up to `count` pods; the answer says why some were refused, or is empty."""
        existing = len(self._store.list("pods")[0])
        for _ in range(min(count, max(self._most_pods - existing, 0))):
            pod = self._store.create("pods", _pod(replicaset))
            self._events.normal(replicaset, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        if existing + count <= self._most_pods:
            return ""
        refused = f"the practice cluster holds at most {self._most_pods} pods"
        self._events.warning(replicaset, "FailedCreate", f"Error creating: {refused}")
        return refused

    def _delete(self, replicaset: Obj, pods: list[Obj]) -> None:
        for pod in pods:
            name = pod["metadata"]["name"]
            self._store.delete("pods", pod["metadata"]["namespace"], name)
            self._events.normal(replicaset, "SuccessfulDelete", f"Deleted pod: {name}")

    def _report(self, key: Key, refused: str) -> None:
        replicaset = self._store.get("replicasets", *key)
        active = [pod for pod in owned(self._store, "pods", replicaset) if is_active(pod)]
        wait = replicaset["spec"].get("minReadySeconds", 0)
        status: Obj = {
            "replicas": len(active),
            "fullyLabeledReplicas": len(active),
            "readyReplicas": sum(is_ready(pod) for pod in active),
            "availableReplicas": sum(is_ready(pod) and not _still_young(pod, wait) for pod in active),
        }
        status = {name: count for name, count in status.items() if count or name == "replicas"}
        status["observedGeneration"] = replicaset["metadata"]["generation"]
        if refused:
            old = (replicaset.get("status") or {}).get("conditions")
            failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refused}
            status["conditions"] = with_condition(old, failure)
        replicaset["status"] = status
        self._store.update("replicasets", replicaset)

    def _next_look(self, replicaset: Obj, active: list[Obj], *, more: bool, refused: bool) -> float | None:
        if refused:
            return 5.0
        if more:
            return 0.0
        wait = replicaset["spec"].get("minReadySeconds", 0)
        ages = [_still_young(pod, wait) for pod in active if is_ready(pod)]
        return min((seconds for seconds in ages if seconds), default=None)


def is_active(pod: Obj) -> bool:
    """Neither ended nor on its way out."""
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") not in ENDED


def is_ready(pod: Obj) -> bool:
    return (_ready_condition(pod) or {}).get("status") == "True"


def deletion_rank(pod: Obj) -> tuple[bool, int, bool, float, int, float]:
    """Sorts first what goes first: without a node, pending, not ready, ready for less long, restarted, newer."""
    status = pod.get("status") or {}
    restarts = max((c.get("restartCount", 0) for c in status.get("containerStatuses") or ()), default=0)
    return (
        bool(pod["spec"].get("nodeName")),
        PHASE_RANK.get(status.get("phase", "Pending"), 0),
        is_ready(pod),
        -_ready_since(pod),
        -restarts,
        -datetime.fromisoformat(pod["metadata"]["creationTimestamp"]).timestamp(),
    )


def _ready_condition(pod: Obj) -> Obj | None:
    return find_condition((pod.get("status") or {}).get("conditions"), "Ready")


def _ready_since(pod: Obj) -> float:
    condition = _ready_condition(pod)
    if condition is None or condition["status"] != "True":
        return 0.0
    return datetime.fromisoformat(condition["lastTransitionTime"]).timestamp()


def _still_young(pod: Obj, min_ready_seconds: int) -> float:
    """Seconds until a ready pod counts as available; 0 when it does."""
    ready_for = datetime.now(UTC).timestamp() - _ready_since(pod)
    return max(min_ready_seconds - ready_for, 0.0)


def _pod(replicaset: Obj) -> Obj:
    template: Obj = copied(replicaset["spec"]["template"])
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{replicaset['metadata']['name']}-",
            "namespace": replicaset["metadata"]["namespace"],
            "labels": metadata.get("labels") or {},
            "annotations": metadata.get("annotations") or {},
            "ownerReferences": [owner_reference(replicaset, "apps/v1", "ReplicaSet")],
        },
        "spec": template["spec"],
        "status": {"phase": "Pending"},
    }
