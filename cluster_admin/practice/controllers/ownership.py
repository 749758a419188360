"""Owner references: which controller an object belongs to."""

from cluster_admin.practice.controllers.loop import Key, Trigger
from cluster_admin.practice.store import Event, Obj, Store


def owner_reference(owner: Obj, api_version: str, kind: str) -> Obj:
    """The reference that makes `owner` the controller of an object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Obj) -> Obj | None:
    """The owner reference marked as the controller."""
    return next((ref for ref in obj["metadata"].get("ownerReferences") or () if ref.get("controller")), None)


def owned(store: Store, resource: str, owner: Obj) -> list[Obj]:
    """The objects of the owner's namespace that `owner` controls."""
    objects, _ = store.list(resource, owner["metadata"]["namespace"])
    uid = owner["metadata"]["uid"]
    return [obj for obj in objects if (controller_of(obj) or {}).get("uid") == uid]


def own_key(event: Event) -> list[Key]:
    metadata = event.object["metadata"]
    return [(metadata.get("namespace", ""), metadata["name"])]


def owner_key(kind: str) -> Trigger:
    """A trigger: the key of the controlling object of this kind."""

    def trigger(event: Event) -> list[Key]:
        reference = controller_of(event.object)
        if reference is None or reference["kind"] != kind:
            return []
        return [(event.object["metadata"]["namespace"], reference["name"])]

    return trigger
