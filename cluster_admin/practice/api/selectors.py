"""Label and field selectors of list and watch requests."""

import re
from collections.abc import Callable
from typing import Any

from cluster_admin.practice.errors import BadRequest
from cluster_admin.practice.store import Obj

Test = Callable[[Obj], bool]

_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?"
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([A-Za-z0-9._-]*)")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")
_FIELD = re.compile(r"([A-Za-z.]+)(==|=|!=)(.*)")

_FIELDS_OF_ALL = frozenset({"metadata.name", "metadata.namespace"})
_FIELDS = {
    "pods": frozenset({"spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"}),
    "nodes": frozenset({"spec.unschedulable"}),
    "namespaces": frozenset({"status.phase"}),
    "replicasets": frozenset({"status.replicas"}),
    "events": frozenset(
        {f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")}
        | {"involvedObject.resourceVersion", "reason", "type", "reportingComponent"}
    ),
}


def label_test(selector: str) -> Test:
    """A test of an object's labels. Raises BadRequest for a selector that cannot be read."""
    parts = [part.strip() for part in _COMMA_OUTSIDE_PARENTHESES.split(selector)] if selector.strip() else []
    tests = [_requirement(part) for part in parts]
    return lambda obj: all(test(obj.get("metadata", {}).get("labels") or {}) for test in tests)


def field_test(resource: str, selector: str) -> Test:
    """A test of the few fields Kubernetes can select by. Raises BadRequest for any other field."""
    terms = [_field_term(resource, part.strip()) for part in selector.split(",") if part.strip()]
    return lambda obj: all((_text_at(obj, path) == value) is wanted for path, value, wanted in terms)


def selector_text(selector: Obj) -> str:
    """A `LabelSelector` written as a query, as in `Scale.status.selector` and kubectl's wide columns."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for term in selector.get("matchExpressions") or []:
        key, operator, values = term["key"], term["operator"], ",".join(sorted(term.get("values") or []))
        wordings = {"Exists": key, "DoesNotExist": f"!{key}"}
        parts.append(wordings.get(operator, f"{key} {operator.lower()} ({values})"))
    return ",".join(parts)


def _requirement(part: str) -> Callable[[dict[str, str]], bool]:
    if match := _SET.fullmatch(part):
        key, operator, listed = match.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUALITY.fullmatch(part):
        key, operator, value = match.groups()
        return lambda labels: (labels.get(key) == value) is (operator != "!=")
    if match := _EXISTS.fullmatch(part):
        absent, key = match.groups()
        return lambda labels: (key in labels) is not bool(absent)
    raise BadRequest(f"unable to parse requirement: {part!r} in the label selector")


def _field_term(resource: str, part: str) -> tuple[str, str, bool]:
    match = _FIELD.fullmatch(part)
    if not match:
        raise BadRequest(f"invalid selector: {part!r}; can't understand it")
    path, operator, value = match.groups()
    if path not in _FIELDS_OF_ALL | _FIELDS.get(resource, frozenset()):
        raise BadRequest(f"field label not supported: {path}")
    return path, value, operator != "!="


def _text_at(obj: Obj, path: str) -> str:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    # Kubernetes selects by `spec.unschedulable=false` although the field is absent then.
    return ("false" if path == "spec.unschedulable" else "") if value is None else str(value)
