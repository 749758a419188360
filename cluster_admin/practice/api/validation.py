"""What the API refuses to store: every field the practice cluster acts on is checked, the rest is kept as it comes."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.models import Part, model_of
from cluster_admin.practice.errors import Invalid
from cluster_admin.practice.store import Obj


def check(kind: Kind, name: str, obj: Obj, subresource: str | None = None) -> None:
    """Raises Invalid with one cause for each wrong field."""
    try:
        model_of(subresource or kind.resource).model_validate(obj)
    except ValidationError as error:
        causes = [_cause(dict(item)) for item in error.errors(include_url=False)]
        raise invalid(kind, name, causes) from error
    if "template" in obj.get("spec", {}):
        _check_template_labels(kind, obj)


def not_acted_on(kind: Kind, obj: Obj) -> list[str]:
    """The paths of the fields that are kept and change nothing here; empty ones are left out."""
    spec = model_of(kind.resource).model_validate(obj).__dict__.get("spec")
    return [f"spec.{path}" for path in _extra(spec)] if isinstance(spec, Part) else []


def check_unchanged(kind: Kind, old: Obj, new: Obj, *path: str) -> None:
    """Raises Invalid when the field at `path` differs."""
    if _at(old, path) != _at(new, path):
        cause = {"reason": "FieldValueInvalid", "field": ".".join(path), "message": "field is immutable"}
        raise invalid(kind, old["metadata"]["name"], [cause])


def invalid(kind: Kind, name: str, causes: list[dict[str, str]]) -> Invalid:
    title = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    reasons = "; ".join(f"{cause['field']}: {cause['message']}" for cause in causes)
    return Invalid(f'{title} "{name}" is invalid: {reasons}', kind.resource, name, causes)


def _extra(part: Part) -> Iterator[str]:
    yield from (name for name, value in (part.model_extra or {}).items() if value not in (None, "", [], {}))
    for name in sorted(part.model_fields_set):
        value = getattr(part, name, None)
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, item in items:
            if isinstance(item, Part):
                within = name if index is None else f"{name}[{index}]"
                yield from (f"{within}.{path}" for path in _extra(item))


def _check_template_labels(kind: Kind, obj: Obj) -> None:
    labels = obj["spec"]["template"].get("metadata", {}).get("labels", {})
    if not obj["spec"]["selector"]["matchLabels"].items() <= labels.items():
        message = "`selector` does not match template `labels`"
        cause = {"reason": "FieldValueInvalid", "field": "spec.template.metadata.labels", "message": message}
        raise invalid(kind, obj["metadata"]["name"], [cause])


def _cause(error: dict[str, Any]) -> dict[str, str]:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
    if error["type"] == "missing":
        return {"reason": "FieldValueRequired", "field": field, "message": "Required value"}
    message = f"Invalid value: {str(error['input'])[:80]!r}: {error['msg'].removeprefix('Value error, ')}"
    return {"reason": "FieldValueInvalid", "field": field, "message": message}


def _at(obj: Obj, path: tuple[str, ...]) -> Any:
    value: Any = obj
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
