"""The arithmetic of a rolling update, pure: how large each ReplicaSet may be next.

The rules are those of Kubernetes' deployment controller: never more than desired + maxSurge pods, never fewer than
desired - maxUnavailable available ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_SHARE = "25%"


@dataclass(frozen=True, slots=True)
class Revision:
    """A ReplicaSet: wanted pods and available ones."""

    name: str
    replicas: int
    available: int


@dataclass(frozen=True, slots=True)
class Bounds:
    surge: int
    unavailable: int


def bounds(spec: Mapping[str, Any]) -> Bounds:
    """Read maxSurge (percent rounded up) and maxUnavailable (rounded down) of a deployment's spec.

    Raises:
        ValueError: neither a number nor a percentage.
    """
    desired = desired_replicas(spec)
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Bounds(0, desired)
    rolling = strategy.get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", DEFAULT_SHARE), desired, round_up=True)
    unavailable = _share(rolling.get("maxUnavailable", DEFAULT_SHARE), desired, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(surge, min(unavailable, desired))


def desired_replicas(spec: Mapping[str, Any]) -> int:
    replicas = spec.get("replicas")
    return 1 if replicas is None else int(replicas)


def _share(value: int | str, whole: int, *, round_up: bool) -> int:
    text = str(value)
    if not text.endswith("%"):
        return int(text)
    hundredths = int(text[:-1]) * whole
    return -(-hundredths // 100) if round_up else hundredths // 100


def next_sizes(desired: int, limits: Bounds, new: Revision, old: Sequence[Revision]) -> dict[str, int]:
    """The next step: new sizes by ReplicaSet name, empty when nothing may change. `old` is sorted oldest first."""
    size = _next_new_size(desired, limits, new, old)
    if size != new.replicas:
        return {new.name: size}
    return _next_old_sizes(desired, limits, new, old)


def _next_new_size(desired: int, limits: Bounds, new: Revision, old: Sequence[Revision]) -> int:
    if new.replicas >= desired:
        return desired
    room = desired + limits.surge - new.replicas - sum(revision.replicas for revision in old)
    return min(new.replicas + max(room, 0), desired)


def _next_old_sizes(desired: int, limits: Bounds, new: Revision, old: Sequence[Revision]) -> dict[str, int]:
    least = desired - limits.unavailable
    total = new.replicas + sum(revision.replicas for revision in old)
    spare = total - least - max(new.replicas - new.available, 0)
    cleaned = _taken(old, {r.name: max(r.replicas - r.available, 0) for r in old}, spare)
    left = [Revision(r.name, cleaned.get(r.name, r.replicas), r.available) for r in old]
    beyond = new.available + sum(revision.available for revision in old) - least
    return cleaned | _taken(left, {r.name: r.replicas for r in left}, beyond)


def _taken(old: Sequence[Revision], most: Mapping[str, int], budget: int) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for revision in old:
        step = min(most[revision.name], revision.replicas, max(budget, 0))
        if step:
            sizes[revision.name] = revision.replicas - step
            budget -= step
    return sizes
