"""Kubernetes Events of the practice cluster: repeated ones are counted, old ones expire, the number is bounded."""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from cluster_admin.practice.errors import NotFound
from cluster_admin.practice.store import Obj, Store, timestamp

KEPT_SECONDS = 3600.0
MOST_EVENTS = 1000
SWEEP_SECONDS = 60.0
API_VERSIONS = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "Pod": "v1"}

Key = tuple[str, ...]
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    namespace: str
    name: str
    seen: float


class EventLog:
    """Writes events into the store. `kept_seconds` after its last occurrence an event goes."""

    def __init__(self, store: Store, kept_seconds: float = KEPT_SECONDS, most: int = MOST_EVENTS) -> None:
        self._store = store
        self._kept_seconds = kept_seconds
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def record(self, component: str, kind: str, about: Obj, type_: str, reason: str, message: str) -> None:
        """Add an event about an object of this kind, or count one more of the same."""
        involved = _reference(kind, about)
        key = (component, involved["kind"], involved["uid"], type_, reason, message)
        if not self._counted(key):
            logger.info("%s %s: %s: %s", kind, involved["name"], reason, message)
            event = self._store.create("events", _event(component, involved, type_, reason, message))
            self._kept[key] = _Kept(event["metadata"]["namespace"], event["metadata"]["name"], time.monotonic())
        self._bound()

    async def sweep(self) -> None:
        """Remove expired events for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.expire()

    def expire(self) -> None:
        limit = time.monotonic() - self._kept_seconds
        while self._kept and next(iter(self._kept.values())).seen < limit:
            self._drop_oldest()

    def _counted(self, key: Key) -> bool:
        kept = self._kept.get(key)
        if kept is None:
            return False
        try:
            event = self._store.get("events", kept.namespace, kept.name)
        except NotFound:
            del self._kept[key]
            return False
        event |= {"count": event["count"] + 1, "lastTimestamp": timestamp()}
        self._store.update("events", event)
        kept.seen = time.monotonic()
        self._kept.move_to_end(key)
        return True

    def _bound(self) -> None:
        while len(self._kept) > self._most:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, kept = self._kept.popitem(last=False)
        try:
            self._store.remove("events", kept.namespace, kept.name)
        except NotFound:
            return


class Recorder:
    """The event log in the name of one component, which speaks of one kind of object."""

    def __init__(self, log: EventLog, component: str, kind: str) -> None:
        self._log = log
        self._component = component
        self._kind = kind

    def normal(self, about: Obj, reason: str, message: str) -> None:
        self._log.record(self._component, self._kind, about, "Normal", reason, message)

    def warning(self, about: Obj, reason: str, message: str) -> None:
        self._log.record(self._component, self._kind, about, "Warning", reason, message)


def _reference(kind: str, about: Obj) -> Obj:
    metadata = about["metadata"]
    return {
        "kind": kind,
        "apiVersion": API_VERSIONS[kind],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata.get("resourceVersion", ""),
    }


def _event(component: str, involved: Obj, type_: str, reason: str, message: str) -> Obj:
    now = timestamp()
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{involved['name']}.{secrets.token_hex(8)}",
            "namespace": involved["namespace"] or "default",
        },
        "involvedObject": involved,
        "type": type_,
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "eventTime": None,
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "",
    }
