"""The receipt under every answer: where the time went, and the same request for other programs."""

import json
import shlex
from collections.abc import Callable
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
class Snippet:
    """The request in one language. Its code is not coloured: that would take a fifth of the page's time."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Shown:
    receipt: Receipt
    total_ms: float
    parts: tuple[Part, ...]
    snippets: tuple[Snippet, ...]


def shown(timed: Timed[Answer], snippets: tuple[Snippet, ...]) -> Shown:
    receipt = timed.answer.receipt
    stretches: list[tuple[str, Promise | str, float]] = [
        ("site", _("site and network"), timed.site_ms),
        ("queue", _("queue"), receipt.queue_ms),
        ("decode", _("reading the input"), receipt.decode_ms),
        ("model", _("model"), receipt.compute_ms),
    ]
    return Shown(receipt, timed.total_ms, _parts(stretches, timed.total_ms or 1.0), snippets)


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


PYTHON = """\
import json
import urllib.request

request = urllib.request.Request(
    {url},
    data={data},
    headers={{"Content-Type": {media_type}}},
)
with urllib.request.urlopen(request, timeout=30) as response:
    print(json.dumps(json.load(response), indent=2, ensure_ascii=False))
"""
JAVASCRIPT = """\
const response = await fetch({url}, {{
  method: "POST",
  headers: {{ "Content-Type": {media_type} }},
  body: {data},
}});
console.log(JSON.stringify(await response.json(), null, 2));
"""
READ_A_FILE = 'import { readFile } from "node:fs/promises";\n\n'


def json_snippets(request: HttpRequest, path: str, body: dict[str, str | int]) -> tuple[Snippet, ...]:
    """The API request with a JSON body."""
    media_type = "application/json"
    text = json.dumps(body, ensure_ascii=False)
    return (
        Snippet("curl", curl(request, path, media_type, text)),
        Snippet("Python", _filled(PYTHON, repr, request, path, media_type, f"json.dumps({body!r}).encode()")),
        Snippet("JavaScript", _filled(JAVASCRIPT, json.dumps, request, path, media_type, f"JSON.stringify({text})")),
    )


def file_snippets(request: HttpRequest, path: str, media_type: str, name: str) -> tuple[Snippet, ...]:
    """The API request with a file as its body. The one in JavaScript is for Node, which can read a file by name."""
    python = _filled(PYTHON, repr, request, path, media_type, f"open({name!r}, 'rb').read()")
    script = _filled(JAVASCRIPT, json.dumps, request, path, media_type, f"await readFile({json.dumps(name)})")
    return (
        Snippet("curl", curl(request, path, media_type, f"@{name}")),
        Snippet("Python", python),
        Snippet("JavaScript", READ_A_FILE + script),
    )


def _filled(
    template: str, quoted: Callable[[str], str], request: HttpRequest, path: str, media_type: str, data: str
) -> str:
    url = quoted(request.build_absolute_uri(path))
    return template.format(url=url, media_type=quoted(media_type), data=data)
