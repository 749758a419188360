"""One field of untrusted JSON at a time: each function returns an empty value for a missing or odd one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cluster_admin import quantities

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Amounts:
    """CPU in millicores, memory in bytes, GPUs in pieces."""

    cpu: int = 0
    memory: int = 0
    gpus: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.cpu + other.cpu, self.memory + other.memory, self.gpus + other.gpus)

    def times(self, count: int) -> "Amounts":
        return Amounts(self.cpu * count, self.memory * count, self.gpus * count)

    def at_least(self, other: "Amounts") -> "Amounts":
        return Amounts(max(self.cpu, other.cpu), max(self.memory, other.memory), max(self.gpus, other.gpus))


def mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def when(value: object) -> datetime | None:
    """A Kubernetes time ("2026-11-24T00:01:02Z", with or without microseconds)."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def amounts(value: object) -> Amounts:
    """Read a resource list. Every extended resource whose name contains "gpu" counts as GPUs."""
    listed = mapping(value)
    gpus = sum(_whole(quantity) for name, quantity in listed.items() if "gpu" in str(name).lower())
    return Amounts(cpu=_milli(listed.get("cpu")), memory=_whole(listed.get("memory")), gpus=gpus)


def total(parts: Iterable[Amounts]) -> Amounts:
    return sum(parts, Amounts())


def _milli(quantity: object) -> int:
    try:
        return quantities.milli(str(quantity))
    except ValueError:
        return 0


def _whole(quantity: object) -> int:
    try:
        return quantities.whole(str(quantity))
    except ValueError:
        return 0


def condition(status: Json, kind: str) -> Json:
    """The condition of this type, or an empty one."""
    return next((c for c in mappings(status.get("conditions")) if c.get("type") == kind), {})


def pod_requests(spec: Json) -> Amounts:
    """What the scheduler reserves: containers and sidecars together, or the largest init step where that is more."""
    init = mappings(spec.get("initContainers"))
    sidecars = [c for c in init if c.get("restartPolicy") == "Always"]
    running = total(_container(c) for c in [*mappings(spec.get("containers")), *sidecars])
    for step in init:
        running = running.at_least(_container(step))
    return running + amounts(spec.get("overhead"))


def _container(container: Json) -> Amounts:
    return amounts(mapping(container.get("resources")).get("requests"))


def first_image(spec: Json) -> str:
    return next((text(c.get("image")) for c in mappings(spec.get("containers"))), "")
