"""Watches: a stream of JSON lines, by the rules of the Kubernetes watch protocol."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
from starlette.requests import Request

from cluster_admin.practice.api import requests
from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.selectors import Test
from cluster_admin.practice.api.table import table
from cluster_admin.practice.errors import Expired, Invalid
from cluster_admin.practice.store import Event, Obj, Store

BOOKMARK_SECONDS = 30.0
DEFAULT_SECONDS = 3600
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What a watch request asks for. `since` is None where it begins with the present state."""

    since: str | None
    bookmarks: bool
    initial_events_end: bool
    table: bool
    whole: bool
    seconds: int


def watch_options(request: Request) -> WatchOptions:
    """Raises BadRequest, Invalid, NotAcceptable."""
    query = request.query_params
    since, match = query.get("resourceVersion") or None, query.get("resourceVersionMatch")
    bookmarks = requests.flag(request, "allowWatchBookmarks")
    initial = requests.flag(request, "sendInitialEvents")
    if initial and (match != "NotOlderThan" or not bookmarks):
        raise Invalid("sendInitialEvents needs resourceVersionMatch=NotOlderThan and allowWatchBookmarks=true")
    if match and "sendInitialEvents" not in query:
        raise Invalid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    if since and not (since.isascii() and since.isdecimal()):
        raise Invalid(f'resourceVersion: Invalid value: "{since}"')
    from_present = initial or since in (None, "0")
    return WatchOptions(
        since=None if from_present else since,
        bookmarks=bookmarks,
        initial_events_end=initial,
        table=requests.wants_table(request),
        whole=query.get("includeObject") == "Object",
        seconds=requests.count(request, "timeoutSeconds", requests.LONGEST_SECONDS) or DEFAULT_SECONDS,
    )


async def watch_lines(
    store: Store, kind: Kind, namespace: str | None, wanted: Test, options: WatchOptions
) -> AsyncIterator[bytes]:
    """One JSON line an event. A version that is too old ends the stream with an ERROR event that holds a 410."""
    writer = _LineWriter(kind, options)
    try:
        async for event in _events(store, kind, namespace, options):
            if line := writer.line(event, lambda obj: _inside(obj, namespace) and wanted(obj)):
                yield line
    except Expired as expired:
        yield orjson.dumps({"type": "ERROR", "object": expired.status()}) + b"\n"


async def _events(store: Store, kind: Kind, namespace: str | None, options: WatchOptions) -> AsyncIterator[Event]:
    since = options.since
    if since is None:
        objects, since = store.list(kind.resource, namespace)
        for obj in objects:
            yield Event("ADDED", obj, obj["metadata"]["resourceVersion"])
        if options.initial_events_end:
            yield Event("BOOKMARK", {"metadata": {"annotations": INITIAL_EVENTS_END}}, since)
    bookmark_seconds = BOOKMARK_SECONDS if options.bookmarks else None
    async for event in store.watch(kind.resource, since, bookmark_seconds):
        yield event


def _inside(obj: Obj, namespace: str | None) -> bool:
    return namespace in (None, obj["metadata"].get("namespace"))


class _LineWriter:
    """Writes events as lines; the first Table carries the columns."""

    def __init__(self, kind: Kind, options: WatchOptions) -> None:
        self._kind = kind
        self._options = options
        self._columns_sent = False

    def line(self, event: Event, wanted: Test) -> bytes | None:
        if event.type == "BOOKMARK":
            return self._written("BOOKMARK", self._bookmark(event))
        change, obj = _as_seen(event, wanted)
        return self._written(change, self._shown(obj)) if change else None

    def _written(self, change: str, obj: Obj) -> bytes:
        return orjson.dumps({"type": change, "object": obj}) + b"\n"

    def _shown(self, obj: Obj) -> Obj:
        if not self._options.table:
            return self._kind.dressed(obj)
        with_columns, self._columns_sent = not self._columns_sent, True
        version = obj["metadata"]["resourceVersion"]
        return table(self._kind, [obj], version, with_columns, self._options.whole)

    def _bookmark(self, event: Event) -> Obj:
        if self._options.table:
            return table(self._kind, [], event.resource_version, with_columns=False)
        metadata = {"resourceVersion": event.resource_version, "creationTimestamp": None}
        return self._kind.dressed({"metadata": metadata | event.object.get("metadata", {})})


def _as_seen(event: Event, wanted: Test) -> tuple[str, Obj]:
    """The change as a watcher with a selector sees it: an object may enter or leave the selection by a change."""
    before = event.previous is not None and wanted(event.previous)
    if event.type == "DELETED":
        return ("DELETED" if before else ""), event.object
    now = wanted(event.object)
    if now:
        return ("MODIFIED" if before else "ADDED"), event.object
    return ("DELETED" if before else ""), event.object
