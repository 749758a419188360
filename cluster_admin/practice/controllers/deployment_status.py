"""What a deployment reports of itself: counts, Available and Progressing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cluster_admin.practice.controllers.conditions import find_condition, with_condition
from cluster_admin.practice.controllers.rollout import bounds, desired_replicas
from cluster_admin.practice.store import Obj, timestamp

DEFAULT_DEADLINE_SECONDS = 600
COMPLETE = "NewReplicaSetAvailable"
COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")


def next_status(deployment: Obj, new: Obj | None, sets: Sequence[Obj]) -> Obj:
    """The status of `deployment`, of which `sets` are all ReplicaSets and `new` the current one."""
    counts = _counts(new, sets)
    old = deployment.get("status") or {}
    conditions = with_condition(old.get("conditions"), _availability(deployment, counts), update_time=True)
    progress = _progress(deployment, old, counts, new)
    if progress is not None:
        conditions = with_condition(conditions, progress, update_time=True)
        conditions = _refreshed(conditions, old, counts)
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        **{name: count for name, count in counts.items() if count},
        "conditions": conditions,
    }


def seconds_to_deadline(deployment: Obj) -> float | None:
    """How long the rollout may still go without progress; None when it is complete or has failed."""
    progressing = find_condition((deployment.get("status") or {}).get("conditions"), "Progressing")
    if progressing is None or progressing["status"] != "True" or progressing["reason"] == COMPLETE:
        return None
    elapsed = (datetime.now(UTC) - datetime.fromisoformat(progressing["lastUpdateTime"])).total_seconds()
    return max(_deadline(deployment) - elapsed, 0) + 1.0


def is_complete(deployment: Obj, counts: Obj) -> bool:
    desired = desired_replicas(deployment["spec"])
    return all(counts.get(name, 0) == desired for name in ("replicas", "updatedReplicas", "availableReplicas"))


def _counts(new: Obj | None, sets: Sequence[Obj]) -> dict[str, int]:
    total = _sum(sets, "replicas")
    available = _sum(sets, "availableReplicas")
    return {
        "replicas": total,
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(sum(desired_replicas(s["spec"]) for s in sets) - available, 0),
    }


def _sum(sets: Sequence[Obj], field: str) -> int:
    return sum((item.get("status") or {}).get(field, 0) for item in sets)


def _availability(deployment: Obj, counts: dict[str, int]) -> Obj:
    least = desired_replicas(deployment["spec"]) - bounds(deployment["spec"]).unavailable
    enough = counts["availableReplicas"] >= least
    return {
        "type": "Available",
        "status": "True" if enough else "False",
        "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    }


def _progress(deployment: Obj, old: Obj, counts: dict[str, int], new: Obj | None) -> Obj | None:
    """The Progressing condition where it changes. A finished rollout stays finished while pods come and go."""
    current = find_condition(old.get("conditions"), "Progressing")
    if new is None:
        return None
    name = new["metadata"]["name"]
    about_new = current is not None and f'"{name}"' in current["message"]
    if about_new and current and current["reason"] == COMPLETE and counts["replicas"] == counts["updatedReplicas"]:
        return None
    if is_complete(deployment, counts):
        return _progressing("True", COMPLETE, f'ReplicaSet "{name}" has successfully progressed.')
    if not about_new:
        return _progressing("True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    if _moved(old, counts):
        return _progressing("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    if _timed_out(deployment):
        return _progressing("False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
    return None


def _progressing(status: str, reason: str, message: str) -> Obj:
    return {"type": "Progressing", "status": status, "reason": reason, "message": message}


def _moved(old: Obj, counts: dict[str, int]) -> bool:
    """More updated, ready or available pods than before, or fewer old ones."""
    before = {name: old.get(name, 0) for name in COUNTS}
    grown = any(counts[name] > before[name] for name in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    fewer_old = counts["replicas"] - counts["updatedReplicas"] < before["replicas"] - before["updatedReplicas"]
    return grown or fewer_old


def _refreshed(conditions: list[Obj], old: Obj, counts: dict[str, int]) -> list[Obj]:
    """Progress without a change of words still moves the deadline."""
    if not _moved(old, counts):
        return conditions
    return [{**c, "lastUpdateTime": timestamp()} if c["type"] == "Progressing" else c for c in conditions]


def _deadline(deployment: Obj) -> int:
    return int(deployment["spec"].get("progressDeadlineSeconds") or DEFAULT_DEADLINE_SECONDS)


def _timed_out(deployment: Obj) -> bool:
    progressing = find_condition((deployment.get("status") or {}).get("conditions"), "Progressing")
    if progressing is None or progressing["status"] != "True":
        return False
    elapsed = datetime.now(UTC) - datetime.fromisoformat(progressing["lastUpdateTime"])
    return elapsed.total_seconds() > _deadline(deployment)
