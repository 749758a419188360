"""What goes back to the caller, and how it is put on the wire."""

import json
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson

from scoring.contract.problems import PROBLEM_TYPE, Problem, ProblemError
from scoring.service.requests import Receive, Send, discard, must_close

Headers = tuple[tuple[bytes, bytes], ...]
JSON_TYPE = "application/json"
CLOSE = (b"connection", b"close")
MOST_BODIES = 32
PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}


@dataclass(slots=True)
class Answer:
    """`batch_size` is that of the model's batch, for the log. `closes`: the request's body was not read to its end."""

    status: int
    body: bytes
    media_type: str
    headers: Headers = ()
    batch_size: int = 0
    closes: bool = False

    def as_bytes(self, without_body: bool = False) -> bytes:
        lines = b"".join([b"%b: %b\r\n" % header for header in self._all_headers()])
        head = b"HTTP/1.1 %d %b\r\n%b\r\n" % (self.status, PHRASES[self.status], lines)
        return head if without_body else head + self.body

    async def send_and_close(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": int(self.status), "headers": self._all_headers()})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        # Closing at once would reset the connection, and the caller might never read the answer.
        await discard(receive)
        await send({"type": "http.response.body", "body": b""})

    def _all_headers(self) -> list[tuple[bytes, bytes]]:
        length = str(len(self.body)).encode()
        return [(b"content-type", self.media_type.encode()), (b"content-length", length), *self.headers]


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
        more.append(CLOSE)
    return Answer(error.problem.status, _problem_body(error.problem), PROBLEM_TYPE, tuple(more), closes=closes)


def protocol_error(error: ProblemError, headers: Headers = ()) -> Answer:
    """The same problem as the Open Inference Protocol has errors: JSON with `error`, a sentence."""
    answer = problem_answer(error, headers)
    answer.body = _protocol_body(error.problem)
    answer.media_type = JSON_TYPE
    return answer


# Under overload the same few problems are written thousands of times a second.
# A field's name comes from the caller and may hold what UTF-8 cannot: json escapes it, orjson refuses.
@lru_cache(MOST_BODIES)
def _problem_body(problem: Problem) -> bytes:
    return json.dumps(problem.to_json()).encode()


@lru_cache(MOST_BODIES)
def _protocol_body(problem: Problem) -> bytes:
    return json.dumps(problem.to_json() | {"error": problem.detail}).encode()
