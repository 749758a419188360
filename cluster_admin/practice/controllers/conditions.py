"""Kubernetes conditions: `lastTransitionTime` changes with the status alone."""

from collections.abc import Iterable

from cluster_admin.practice.store import Obj, timestamp


def find_condition(conditions: Iterable[Obj] | None, type_: str) -> Obj | None:
    return next((condition for condition in conditions or () if condition["type"] == type_), None)


def with_condition(conditions: Iterable[Obj] | None, new: Obj, *, update_time: bool = False) -> list[Obj]:
    """The conditions with `new` (type, status, reason, message) in its type's place.

    With `update_time` it also carries `lastUpdateTime`, as conditions of deployments do.
    """
    kept = list(conditions or ())
    old = find_condition(kept, new["type"])
    if old is not None and all(old.get(field) == new.get(field) for field in ("status", "reason", "message")):
        return kept
    same_status = old is not None and old["status"] == new["status"]
    stamped = {**new, "lastTransitionTime": old["lastTransitionTime"] if old and same_status else timestamp()}
    if update_time:
        stamped["lastUpdateTime"] = timestamp()
    if old is None:
        return [*kept, stamped]
    return [stamped if condition is old else condition for condition in kept]
