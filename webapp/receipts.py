"""The receipt under every answer: where the time went, and the same request for a terminal."""

import shlex
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scoring.contract.receipt import Receipt
from webapp.clients import Answer, Timed


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of the time taken. `start` and `width` are in percent of the whole."""

    kind: str
    name: Promise | str
    ms: float
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Shown:
    receipt: Receipt
    total_ms: float
    parts: tuple[Part, ...]
    curl: str


def shown(timed: Timed[Answer], curl: str) -> Shown:
    receipt = timed.answer.receipt
    stretches: list[tuple[str, Promise | str, float]] = [
        ("site", _("site and network"), timed.site_ms),
        ("queue", _("queue"), receipt.queue_ms),
        ("decode", _("reading the input"), receipt.decode_ms),
        ("model", _("model"), receipt.compute_ms),
    ]
    return Shown(receipt, timed.total_ms, _parts(stretches, timed.total_ms or 1.0), curl)


def _parts(stretches: list[tuple[str, Promise | str, float]], total_ms: float) -> tuple[Part, ...]:
    parts: list[Part] = []
    start = 0.0
    for kind, name, ms in stretches:
        width = 100 * ms / total_ms
        parts.append(Part(kind, name, ms, round(start, 1), round(width, 1)))
        start += width
    return tuple(parts)


def curl(request: HttpRequest, path: str, media_type: str, body: str) -> str:
    """The API request as a command for a POSIX shell. `body` is the data, or @ and the name of a file."""
    data = "--data-binary" if body.startswith("@") else "--data"
    url = shlex.quote(request.build_absolute_uri(path))
    return f"curl {url} \\\n  --header {shlex.quote(f'content-type: {media_type}')} \\\n  {data} {shlex.quote(body)}"
