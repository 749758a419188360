"""Removes what lost its owner or its namespace: a deleted deployment takes its ReplicaSets and pods along."""

from collections.abc import Iterable

from cluster_admin.practice.controllers.loop import Key, Loop
from cluster_admin.practice.store import Event, Obj, Store

OWNERS = ("deployments", "replicasets", "pods")
NAMESPACED = ("deployments", "replicasets", "pods", "services", "events")
SWEEP: Key = ("", "")


class GarbageCollector:
    def __init__(self, store: Store) -> None:
        self._store = store

    def loop(self) -> Loop:
        triggers = dict.fromkeys(("deployments", "replicasets", "namespaces"), _on_deletion)
        return Loop("garbage collector", self._store, triggers, self.reconcile)

    def reconcile(self, _: Key) -> float | None:
        self._remove_orphans()
        self._remove_strays()
        return None

    def _remove_orphans(self) -> None:
        living = {obj["metadata"]["uid"] for resource in OWNERS for obj in self._store.list(resource)[0]}
        for resource in ("replicasets", "pods"):
            self._delete(resource, (obj for obj in self._store.list(resource)[0] if _is_orphan(obj, living)))

    def _remove_strays(self) -> None:
        namespaces = {obj["metadata"]["name"] for obj in self._store.list("namespaces")[0]} | {"default"}
        for resource in NAMESPACED:
            objects, _ = self._store.list(resource)
            self._delete(resource, (obj for obj in objects if obj["metadata"]["namespace"] not in namespaces))

    def _delete(self, resource: str, objects: Iterable[Obj]) -> None:
        for obj in objects:
            if not obj["metadata"].get("deletionTimestamp"):
                self._store.delete(resource, obj["metadata"]["namespace"], obj["metadata"]["name"])


def _on_deletion(event: Event) -> list[Key]:
    return [SWEEP] if event.type == "DELETED" else []


def _is_orphan(obj: Obj, living: set[str]) -> bool:
    references = obj["metadata"].get("ownerReferences") or ()
    return bool(references) and all(reference["uid"] not in living for reference in references)
