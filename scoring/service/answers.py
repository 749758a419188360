"""What goes back to the caller, and how it is put on the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from scoring.contract.problems import PROBLEM_TYPE, ProblemError
from scoring.service.requests import Send, must_close


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    batch_size: int = 0

    async def send(self, send: Send, more_headers: Mapping[str, str]) -> None:
        headers = {"content-type": self.media_type, "content-length": str(len(self.body)), **self.headers}
        headers |= more_headers
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": int(self.status), "headers": raw})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: dict[str, Any], batch_size: int = 0) -> Answer:
    return Answer(HTTPStatus.OK, orjson.dumps(content), "application/json", batch_size=batch_size)


def text_answer(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, text.encode(), "text/plain; charset=utf-8", {"cache-control": "no-store"})


def problem_answer(error: ProblemError, headers: Mapping[str, str] | None = None) -> Answer:
    more = dict(headers or {})
    if error.retry_after is not None:
        more["retry-after"] = str(error.retry_after)
    if must_close(error):
        more["connection"] = "close"
    # The field's name comes from the caller and may hold what UTF-8 cannot: json escapes it, orjson refuses.
    content = json.dumps(error.problem.to_json()).encode()
    return Answer(error.problem.status, content, PROBLEM_TYPE, more)
