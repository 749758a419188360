"""What a kubelet reports of a pod, pure: container states → phase, conditions, containerStatuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cluster_admin.practice.controllers.conditions import find_condition, with_condition
from cluster_admin.practice.store import Obj, timestamp

HOST = "127.0.0.1"


@dataclass(slots=True)
class ContainerState:
    """The present instance of a container and the one before, as in v1.ContainerStatus."""

    name: str
    image: str
    state: Obj = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last_state: Obj = field(default_factory=dict)
    ready: bool = False
    started: bool = False
    restarts: int = 0
    pid: int = 0
    port: int = 0

    def as_json(self) -> Obj:
        return {
            "name": self.name,
            "image": self.image,
            "imageID": "" if "waiting" in self.state and not self.last_state else f"practice://{self.image}",
            "state": self.state,
            "lastState": self.last_state,
            "ready": self.ready,
            "started": self.started,
            "restartCount": self.restarts,
            **({"containerID": f"practice://process/{self.pid}"} if self.pid else {}),
        }


def next_status(pod: Obj, containers: Sequence[ContainerState]) -> Obj:
    """The whole status of `pod` on its node."""
    old = pod.get("status") or {}
    phase = _phase(pod, containers)
    unready = [c.name for c in containers if not c.ready]
    return {
        **old,
        "phase": phase,
        "conditions": _conditions(old.get("conditions"), unready, ended=phase in ("Succeeded", "Failed")),
        "hostIP": HOST,
        "hostIPs": [{"ip": HOST}],
        "podIP": HOST,
        "podIPs": [{"ip": HOST}],
        "startTime": old.get("startTime") or timestamp(),
        "qosClass": qos_class(pod),
        "containerStatuses": [container.as_json() for container in containers],
    }


def _conditions(old: list[Obj] | None, unready: Sequence[str], *, ended: bool) -> list[Obj]:
    done = {"status": "True"}
    ready: Obj = done
    if ended:
        ready = {"status": "False", "reason": "PodCompleted"}
    elif unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        ready = {"status": "False", "reason": "ContainersNotReady", "message": message}
    conditions = old or []
    for type_, condition in (("Initialized", done), ("Ready", ready), ("ContainersReady", ready)):
        conditions = with_condition(conditions, {"type": type_, **condition})
    if find_condition(conditions, "PodScheduled") is None:
        conditions = with_condition(conditions, {"type": "PodScheduled", **done})
    return conditions


def _phase(pod: Obj, containers: Sequence[ContainerState]) -> str:
    if pod["spec"].get("restartPolicy", "Always") != "Always" and all("terminated" in c.state for c in containers):
        failed = any(c.state["terminated"]["exitCode"] for c in containers)
        return "Failed" if failed else "Succeeded"
    never_started = any("waiting" in c.state and not c.last_state for c in containers)
    return "Pending" if never_started else "Running"


def qos_class(pod: Obj) -> str:
    """Guaranteed, Burstable or BestEffort, by the requests and limits of all containers."""
    resources = [c.get("resources") or {} for c in pod["spec"]["containers"]]
    amounts = [
        (r.get("requests") or r.get("limits") or {}).get(name) == (r.get("limits") or {}).get(name, "no limit")
        for r in resources
        for name in ("cpu", "memory")
    ]
    if amounts and all(amounts):
        return "Guaranteed"
    return "Burstable" if any(r.get("requests") or r.get("limits") for r in resources) else "BestEffort"
