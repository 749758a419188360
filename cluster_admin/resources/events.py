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

    @property
    def is_start_probe(self) -> bool:
        return self.kind == "Pod" and self.reason == "Unhealthy" and self.message.startswith("Startup probe")


def without_starts(
    events: Iterable[EventRow], pods: Iterable[PodRow], now: datetime
) -> tuple[tuple[EventRow, ...], int]:
    """The events without the failed probes of pods that merely start, or did; and how many rows were left out.

    Those of a pod that is late get `late_after`.
    """
    by_name = {pod.name: pod for pod in pods}
    shown, left_out = [], 0
    for event in events:
        if not event.is_start_probe:
            shown.append(event)
            continue
        pod = by_name.get(event.name)
        if pod is not None and pod.is_late(now):
            shown.append(replace(event, late_after=int(pod.may_take.total_seconds())))
        else:
            left_out += 1
    return tuple(shown), left_out


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
