"""An event as one row."""

from dataclasses import dataclass
from datetime import datetime

from cluster_admin.resources.reading import Json, mapping, number, text, when


@dataclass(frozen=True, slots=True)
class EventRow:
    """`tone` is waiting for a warning, ghost for the rest; `kind` and `name` are of the object it is about."""

    reason: str
    tone: str
    kind: str
    name: str
    message: str
    count: int
    last: datetime | None


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
