"""An event as one row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cluster_admin.resources.pods import PodRow
from cluster_admin.resources.reading import Json, mapping, number, text, when


@dataclass(frozen=True, slots=True)
class EventRow:
    """`tone` is waiting for a warning, ghost for the rest; `kind` and `name` are of the object it is about.

    `late_after` is how many seconds a pod may take to start, where it took longer.
    """

    reason: str
    tone: str
    kind: str
    name: str
    message: str
    count: int
    last: datetime | None
    late_after: int | None = None


def without_starts(
    events: Iterable[EventRow], pods: Iterable[PodRow], now: datetime
) -> tuple[tuple[EventRow, ...], int]:
    """The events without the failed probes of pods that merely start, or did; and how many rows were left out.

    Those of a pod that is late get `late_after`.
    """
    by_name = {pod.name: pod for pod in pods}
    shown, left_out = [], 0
    for event in events:
        pod = by_name.get(event.name)
        if not _is_of_a_start(event, pod):
            shown.append(event)
        elif pod is not None and pod.is_late(now):
            shown.append(replace(event, late_after=int(pod.may_take.total_seconds())))
        else:
            left_out += 1
    return tuple(shown), left_out


def _is_of_a_start(event: EventRow, pod: PodRow | None) -> bool:
    """A failed start-up probe, or a readiness probe that failed within the time that the start may take."""
    if (event.kind, event.reason) != ("Pod", "Unhealthy"):
        return False
    if event.message.startswith("Startup probe"):
        return True
    if not event.message.startswith("Readiness probe") or not (pod and pod.started and event.last):
        return False
    return event.last - pod.started <= pod.may_take or (not pod.is_ready and pod.restarts == 0)


def read_event(event: Json) -> EventRow:
    """Read a v1 Event, of the older (lastTimestamp) or the newer (eventTime, series) style."""
    about, series = mapping(event.get("involvedObject")), mapping(event.get("series"))
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    created = mapping(event.get("metadata")).get("creationTimestamp")
    return EventRow(
        reason=text(event.get("reason")),
        tone="waiting" if event.get("type") == "Warning" else "ghost",
        kind=text(about.get("kind")),
        name=text(about.get("name")),
        message=text(event.get("message")),
        count=number(event.get("count")) or number(series.get("count")) or 1,
        last=next((moment for moment in map(when, (*times, created)) if moment), None),
    )
