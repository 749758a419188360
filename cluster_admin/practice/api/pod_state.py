"""A pod's state in the words of `kubectl get pods`."""

from collections.abc import Callable
from typing import Any

from cluster_admin.practice.store import Obj


def pod_ready(pod: Obj) -> str:
    """Ready containers of all: `1/1`."""
    ready = sum(bool(status.get("ready")) for status in _container_statuses(pod))
    return f"{ready}/{len(pod.get('spec', {}).get('containers', []))}"


def pod_status(pod: Obj) -> str:
    """The reason of the last container that has one, else the pod's own reason or phase; `Terminating` above all."""
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    reasons = [reason for status in _container_statuses(pod) if (reason := _container_reason(status))]
    status = pod.get("status", {})
    return str(reasons[0] if reasons else status.get("reason") or status.get("phase") or "Pending")


def pod_restarts(pod: Obj, since: Callable[[str | None], str]) -> str:
    """How often containers were restarted, and how long ago the last time: `3 (10s ago)`."""
    statuses = _container_statuses(pod)
    restarts = sum(status.get("restartCount", 0) for status in statuses)
    ends = [end for status in statuses if (end := _last_end(status))]
    return f"{restarts} ({since(max(ends))} ago)" if restarts and ends else str(restarts)


def _container_statuses(pod: Obj) -> list[dict[str, Any]]:
    return pod.get("status", {}).get("containerStatuses") or []


def _last_end(status: Obj) -> str | None:
    finished: str | None = status.get("lastState", {}).get("terminated", {}).get("finishedAt")
    return finished


def _container_reason(status: Obj) -> str | None:
    state = status.get("state") or {}
    if reason := (state.get("waiting") or {}).get("reason"):
        return str(reason)
    if ended := state.get("terminated"):
        return str(ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}")
    return None
