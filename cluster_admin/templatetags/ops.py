"""Numbers, ages and codes as the panel shows them."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import formats, timezone

from cluster_admin import wording
from cluster_admin.diagnosis import Finding
from cluster_admin.models import Change

register = template.Library()
GIB = 1024**3
BAR = 1000
MOST_DOTS = 24
AGES = ((86400 * 2, 86400, "d"), (3600 * 2, 3600, "h"), (120, 60, "m"), (0, 1, "s"))
UNITS = {"cpu": "cpu", "memory": "GiB", "gpu": "GPU"}
TONES = {"done": "good", "running": "waiting", "failed": "bad", "refused": "bad", "superseded": "ghost"}


@register.filter
def cores(millicores: int) -> str:
    """250 → 0.25, in the reader's language."""
    return _number(millicores / 1000, 2)


@register.filter
def gib(size: int) -> str:
    """Bytes → GiB with as many digits as tell it from zero."""
    return _number(size / GIB, 2 if size < GIB else 1)


def _number(value: float, digits: int) -> str:
    plain = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return plain.replace(".", formats.get_format("DECIMAL_SEPARATOR"))


@register.filter
def quantity(amount: int, resource: str) -> str:
    return {"cpu": cores, "memory": gib}.get(resource, str)(amount)


@register.filter
def unit(resource: str) -> str:
    return UNITS.get(resource, "")


@register.filter
def resource(name: str) -> str:
    """A resource in the reader's language."""
    return str(wording.RESOURCES.get(name, name))


@register.filter
def age(moment: datetime | None) -> str:
    """How long ago, in one unit, as kubectl writes it; a dash where unknown."""
    if moment is None:
        return "–"
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    return next(f"{seconds // size}{letter}" for least, size, letter in AGES if seconds >= least)


@register.filter
def share(part: int, whole: int) -> int:
    """The width of a bar of `BAR` units."""
    return min(BAR, part * BAR // whole) if whole > 0 else 0


@register.filter
def dots(ready: int, desired: int) -> str:
    """Filled for ready, empty for the rest; none where there are too many to count at a glance."""
    return "●" * min(ready, desired) + "○" * max(0, desired - ready) if desired <= MOST_DOTS else ""


@register.filter
def sentence(finding: Finding) -> str:
    return wording.sentence(finding.code, finding.params)


@register.filter
def suggestion(finding: Finding) -> str:
    return wording.suggestion(finding.code, finding.params)


@register.filter
def detail(change: Change) -> str:
    return wording.detail(change.detail)


@register.filter
def outcome_tone(change: Change) -> str:
    return TONES.get(change.outcome, "ghost")


@register.filter
def item(listed: dict[str, Any], key: str) -> Any:
    return listed.get(key)
