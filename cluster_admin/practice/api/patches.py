"""The kinds of PATCH the API takes.

Merge patch: RFC 7386. Strategic merge patch: Kubernetes' own, lists of named things are merged by their key;
its directives are `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` and `$retainKeys`.
"""

from collections.abc import Callable
from typing import Any

from cluster_admin.practice.api.json_patch import operated
from cluster_admin.practice.errors import BadRequest, UnsupportedMediaType
from cluster_admin.practice.store import Obj

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH)
_MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("containerPort", "port"),
    "taints": ("key",),
    "conditions": ("type",),
    "addresses": ("type",),
    "ownerReferences": ("uid",),
    "topologySpreadConstraints": ("topologyKey",),
}
_MERGED_PRIMITIVES = frozenset({"finalizers"})


def patched(content_type: str, target: Obj, patch: Any) -> Obj:
    """The target with the patch applied; the target stays as it is. Raises UnsupportedMediaType, BadRequest."""
    check_type(content_type)
    appliers: dict[str, Callable[[Any, Any], Obj]] = {
        JSON_PATCH: operated,
        MERGE_PATCH: merged,
        STRATEGIC_MERGE_PATCH: strategically_merged,
    }
    return appliers[content_type](target, patch)


def check_type(content_type: str) -> None:
    """Raises UnsupportedMediaType, by which kubectl knows that there is no server-side apply."""
    if content_type not in TYPES:
        raise UnsupportedMediaType(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(TYPES)}"
        )


def merged(target: Any, patch: Obj) -> Obj:
    """RFC 7386."""
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value) if isinstance(value, dict) else value
    return result


def strategically_merged(target: Any, patch: Obj) -> Obj:
    """Kubernetes' strategic merge patch. Raises BadRequest when an item of a merged list lacks its key."""
    plain = {key: value for key, value in patch.items() if not key.startswith("$")}
    if patch.get("$patch") == "replace":
        return plain
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in plain.items():
        if value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            result.pop(key, None)
        else:
            result[key] = _merged_value(key, result.get(key), value)
    return _directed(result, patch)


def _merged_value(field: str, old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        return strategically_merged(old, new)
    if not isinstance(new, list):
        return new
    kept = old if isinstance(old, list) else []
    if field in _MERGED_PRIMITIVES:
        return kept + [item for item in new if item not in kept]
    if field in _MERGE_KEYS:
        return _merged_list(field, kept, new)
    return new


def _merged_list(field: str, old: list[Obj], new: list[Any]) -> list[Obj]:
    changes = [item for item in new if not (isinstance(item, dict) and item.get("$patch") == "replace")]
    result = {_identity(field, item): item for item in old} if changes == new else {}
    for item in changes:
        identity = _identity(field, item)
        if item.get("$patch") == "delete":
            result.pop(identity, None)
        else:
            result[identity] = strategically_merged(result.get(identity), item)
    return list(result.values())


def _identity(field: str, item: Any) -> Any:
    keys = _MERGE_KEYS[field]
    found = [item[key] for key in keys if isinstance(item, dict) and key in item]
    if not found or isinstance(found[0], dict | list):
        raise BadRequest(f"an item of {field} does not contain the declared merge key: {keys[0]}")
    return found[0]


def _directed(result: Obj, patch: Obj) -> Obj:
    for directive, values in patch.items():
        name, _, field = directive.partition("/")
        current = result.get(field)
        if name == "$deleteFromPrimitiveList" and isinstance(current, list) and isinstance(values, list):
            result[field] = [item for item in current if item not in values]
        elif name == "$setElementOrder" and isinstance(current, list) and isinstance(values, list):
            result[field] = _ordered(field, current, values)
    if isinstance(retained := patch.get("$retainKeys"), list):
        return {key: value for key, value in result.items() if key in retained}
    return result


def _ordered(field: str, items: list[Any], order: list[Any]) -> list[Any]:
    if field not in _MERGE_KEYS:
        return sorted(items, key=lambda item: order.index(item) if item in order else len(order))
    places = {_identity(field, entry): place for place, entry in enumerate(order)}
    return sorted(items, key=lambda item: places.get(_identity(field, item), len(places)))
