"""The objects of the practice cluster, kept in memory: versions, conflicts and watches as in the Kubernetes API.

One event loop owns a store; no call here waits, so a read followed by a write without an `await` between is atomic.
"""

import asyncio
import secrets
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from cluster_admin.practice.errors import AlreadyExists, Conflict, Expired, Invalid, NotFound

Obj = dict[str, Any]
Key = tuple[str, str]
T = TypeVar("T")

CLUSTER_SCOPED = frozenset({"nodes", "namespaces"})
RESOURCES = ("nodes", "namespaces", "pods", "deployments", "replicasets", "services", "events")
DEFAULT_GRACE_SECONDS = 30
NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `type` is ADDED, MODIFIED, DELETED or BOOKMARK (which has an empty object).

    Objects are shared between watchers: readers copy before they change anything. `previous` is the state before,
    None for a new object.
    """

    type: str
    object: Obj
    resource_version: str
    previous: Obj | None = None


class Store:
    """Kubernetes objects by resource (plural), namespace and name.

    `history` is how many changes of each resource a late watcher may catch up on.
    """

    def __init__(self, history: int = 2000) -> None:
        # A clock start: versions of an earlier run are then older than everything here, so its clients list anew.
        self._version = int(time.time()) * 1000
        self._shelves = {resource: _Shelf(history, self._version) for resource in RESOURCES}

    @property
    def resource_version(self) -> str:
        """The version of the last change of any resource."""
        return str(self._version)

    def get(self, resource: str, namespace: str | None, name: str) -> Obj:
        """A copy of one object. Raises NotFound."""
        return copied(self._shelf(resource).find(resource, _key(resource, namespace, name)))

    def list(self, resource: str, namespace: str | None = None) -> tuple[list[Obj], str]:
        """Copies of the objects of one namespace (None: of all), by namespace and name, and the version of the list."""
        objects = self._shelf(resource).objects
        chosen = [objects[key] for key in sorted(objects) if namespace in (None, key[0])]
        return [copied(obj) for obj in chosen], self.resource_version

    def create(self, resource: str, obj: Obj, dry_run: bool = False) -> Obj:
        """Add an object; the name comes from `generateName` where there is none. Raises AlreadyExists, Invalid.

        With `dry_run` the answer is what would be stored.
        """
        shelf = self._shelf(resource)
        new = copied(obj)
        metadata = new.setdefault("metadata", {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + random_suffix()
        key = _own_key(resource, new)
        if key in shelf.objects:
            raise AlreadyExists(f'{resource} "{key[1]}" already exists', resource, key[1])
        metadata.pop("deletionTimestamp", None)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": timestamp(), "generation": 1}
        return new if dry_run else self._put(shelf, key, "ADDED", new, None)

    def update(self, resource: str, obj: Obj, dry_run: bool = False) -> Obj:
        """Replace an object; a change of `spec` raises `generation`, and no change makes no event.

        Raises NotFound, Invalid, and Conflict when `obj` names another `resourceVersion` or `uid` than is stored.
        """
        shelf = self._shelf(resource)
        key = _own_key(resource, obj)
        old = shelf.find(resource, key)
        _check_same(resource, old["metadata"], obj["metadata"])
        new = copied(obj)
        _keep_identity(old, new)
        if new == old:
            return copied(old)
        if new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] = old["metadata"]["generation"] + 1
        return new if dry_run else self._put(shelf, key, "MODIFIED", new, old)

    def delete(self, resource: str, namespace: str | None, name: str, grace_seconds: int | None = None) -> Obj:
        """Ask for the end of an object; the answer is its last or its marked state. Raises NotFound.

        A pod on a node only gets its `deletionTimestamp`, the time by which it must be gone: the kubelet ends the
        process and calls `remove`. Everything else, a pod without a node and a pod with a grace of 0 go at once.
        """
        pod = self.get(resource, namespace, name)
        if resource != "pods" or not pod.get("spec", {}).get("nodeName") or grace_seconds == 0:
            return self.remove(resource, namespace, name)
        own = pod["spec"].get("terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS)
        grace = own if grace_seconds is None else grace_seconds
        metadata = pod["metadata"]
        if grace >= metadata.get("deletionGracePeriodSeconds", grace + 1):
            return pod
        metadata |= {"deletionTimestamp": timestamp(grace), "deletionGracePeriodSeconds": grace}
        return self.update(resource, pod)

    def remove(self, resource: str, namespace: str | None, name: str) -> Obj:
        """Take an object out for good and return its last state. Raises NotFound."""
        shelf = self._shelf(resource)
        key = _key(resource, namespace, name)
        old = shelf.find(resource, key)
        return self._put(shelf, key, "DELETED", copied(old), old)

    def watch(
        self, resource: str, since: str | None = None, bookmark_seconds: float | None = None
    ) -> AsyncIterator[Event]:
        """Every change after version `since` (None: after this call), in order, for as long as the caller reads.

        With `bookmark_seconds` a BOOKMARK follows each such time without a change. Raises Expired, at once or later,
        when changes the caller has not seen have left the history: list again then. A slow reader costs no memory.
        """
        shelf = self._shelf(resource)
        cursor = self._version if since is None else _parsed(since)
        if cursor > self._version:
            raise Expired(f"resourceVersion {since} is not of this cluster")
        shelf.after(cursor)
        return self._follow(shelf, cursor, bookmark_seconds)

    async def _follow(self, shelf: "_Shelf", cursor: int, bookmark_seconds: float | None) -> AsyncIterator[Event]:
        while True:
            changed, latest = shelf.changed, self._version
            for event in shelf.after(cursor):
                yield event
            cursor = latest
            if changed.is_set():
                continue
            try:
                await asyncio.wait_for(changed.wait(), bookmark_seconds)
            except TimeoutError:
                if not changed.is_set():
                    cursor = self._version
                    yield Event("BOOKMARK", {}, str(cursor))

    def _put(self, shelf: "_Shelf", key: Key, change: str, new: Obj, old: Obj | None) -> Obj:
        self._version += 1
        new["metadata"]["resourceVersion"] = str(self._version)
        shelf.put(key, Event(change, new, str(self._version), old))
        return copied(new)

    def _shelf(self, resource: str) -> "_Shelf":
        if resource not in self._shelves:
            raise NotFound("the server could not find the requested resource", resource)
        return self._shelves[resource]


class _Shelf:
    """The objects of one resource, its last changes, and the flag that wakes those who wait for the next."""

    def __init__(self, history: int, version: int) -> None:
        self.objects: dict[Key, Obj] = {}
        self.changed = asyncio.Event()
        self._events: deque[Event] = deque()
        self._history = history
        self._forgotten = version

    def find(self, resource: str, key: Key) -> Obj:
        if key not in self.objects:
            raise NotFound(f'{resource} "{key[1]}" not found', resource, key[1])
        return self.objects[key]

    def put(self, key: Key, event: Event) -> None:
        if event.type == "DELETED":
            del self.objects[key]
        else:
            self.objects[key] = event.object
        self._events.append(event)
        if len(self._events) > self._history:
            self._forgotten = int(self._events.popleft().resource_version)
        self.changed.set()
        self.changed = asyncio.Event()

    def after(self, version: int) -> list[Event]:
        """The changes after `version`. Raises Expired when some of them are forgotten."""
        if version < self._forgotten:
            raise Expired(f"too old resource version: {version} ({self._forgotten})")
        newer: list[Event] = []
        for event in reversed(self._events):
            if int(event.resource_version) <= version:
                break
            newer.append(event)
        return newer[::-1]


def copied(value: T) -> T:
    """A deep copy of JSON data, several times as fast as `copy.deepcopy`."""
    if isinstance(value, dict):
        return cast(T, {key: copied(item) for key, item in value.items()})
    if isinstance(value, list):
        return cast(T, [copied(item) for item in value])
    return value


def timestamp(seconds_from_now: float = 0) -> str:
    """RFC 3339 in UTC, whole seconds, as Kubernetes writes `metav1.Time`."""
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).strftime("%Y-%m-%dT%H:%M:%SZ")


def random_suffix() -> str:
    """Five characters for a generated name, without vowels as in Kubernetes."""
    return "".join(secrets.choice(NAME_ALPHABET) for _ in range(5))


def _key(resource: str, namespace: str | None, name: str) -> Key:
    return ("" if resource in CLUSTER_SCOPED else namespace or "", name)


def _own_key(resource: str, obj: Obj) -> Key:
    metadata = obj.get("metadata") or {}
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not name:
        raise Invalid("metadata.name: Required value: name or generateName is required", resource)
    if resource not in CLUSTER_SCOPED and not namespace:
        raise Invalid("metadata.namespace: Required value", resource, name)
    return _key(resource, namespace, name)


def _parsed(version: str) -> int:
    if not version.isascii() or not version.isdecimal():
        raise Invalid(f'resourceVersion: Invalid value: "{version}"')
    return int(version)


def _check_same(resource: str, old: Obj, new: Obj) -> None:
    for field in ("resourceVersion", "uid"):
        if new.get(field) and new[field] != old[field]:
            raise Conflict(
                f'Operation cannot be fulfilled on {resource} "{old["name"]}": the object has been modified; '
                "please apply your changes to the latest version and try again",
                resource,
                old["name"],
            )


def _keep_identity(old: Obj, new: Obj) -> None:
    """Carry over what no client may change, so that equal content compares equal."""
    kept = old["metadata"]
    new["metadata"] |= {field: kept[field] for field in ("uid", "creationTimestamp", "generation", "resourceVersion")}
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        if field in kept:
            new["metadata"].setdefault(field, kept[field])
