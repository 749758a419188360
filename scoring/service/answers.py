"""What goes back to the caller, and how it is put on the wire."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from scoring.contract.problems import PROBLEM_TYPE, ProblemError
from scoring.service.requests import Receive, Send, discard, must_close

Headers = tuple[tuple[bytes, bytes], ...]
JSON_TYPE = "application/json"
CLOSE: Headers = ((b"connection", b"close"),)


@dataclass(slots=True)
class Answer:
    """`batch_size` is that of the model's batch, for the log. `closes`: the request's body was not read to its end."""

    status: int
    body: bytes
    media_type: str
    headers: Headers = ()
    batch_size: int = 0
    closes: bool = False

    async def send(self, receive: Receive, send: Send, more_headers: Headers) -> None:
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", str(len(self.body)).encode()),
            *self.headers,
            *more_headers,
        ]
        await send({"type": "http.response.start", "status": int(self.status), "headers": headers})
        if self.closes:
            await send({"type": "http.response.body", "body": self.body, "more_body": True})
            # Closing at once would reset the connection, and the caller might never read the answer.
            await discard(receive)
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Any) -> Answer:
    """`content` as orjson takes it: also dataclasses."""
    return Answer(HTTPStatus.OK, orjson.dumps(content), JSON_TYPE)


def text_answer(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, text.encode(), "text/plain; charset=utf-8", ((b"cache-control", b"no-store"),))


def problem_answer(error: ProblemError, headers: Headers = ()) -> Answer:
    more = list(headers)
    if error.retry_after is not None:
        more.append((b"retry-after", str(error.retry_after).encode()))
    closes = must_close(error)
    if closes:
        more.extend(CLOSE)
    # The field's name comes from the caller and may hold what UTF-8 cannot: json escapes it, orjson refuses.
    content = json.dumps(error.problem.to_json()).encode()
    return Answer(error.problem.status, content, PROBLEM_TYPE, tuple(more), closes=closes)


def protocol_error(error: ProblemError, headers: Headers = ()) -> Answer:
    """The same problem as the Open Inference Protocol has errors: JSON with `error`, a sentence."""
    answer = problem_answer(error, headers)
    answer.body = json.dumps(error.problem.to_json() | {"error": error.problem.detail}).encode()
    answer.media_type = JSON_TYPE
    return answer
