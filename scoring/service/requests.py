"""One request as ASGI gives it: its headers checked, its body read within limits."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from scoring.contract.limits import DEADLINE_HEADER, REQUEST_ID_HEADER
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from scoring.service.errors import bad_header, packed, too_large

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
LONGEST_DEADLINE_MS = 600_000
MOST_QUERY_FIELDS = 16
IDENTITY = b"identity"
SPACES = b" \t"
LINGER_SECONDS = 1.0
_REQUEST_ID = REQUEST_ID_HEADER.encode()
_DEADLINE = DEADLINE_HEADER.encode()


class ClientLeftError(Exception):
    """The caller closed the connection before its request was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """`method` and `path` as they came; `headers` by lower-case name, the last of each; `arrived` by the clock of
    `perf_counter`; `content` the whole body, where it came together with the head."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    query: bytes
    request_id: str
    arrived: float
    content: bytes | None = None

    @classmethod
    def from_scope(cls, scope: Scope, arrived: float, content: bytes | None) -> "Request":
        # The parser leaves the spaces behind a value, which are not a part of it (RFC 9110, 5.5).
        headers: dict[bytes, bytes] = {name: value.rstrip(SPACES) for name, value in scope["headers"]}
        sent = headers.get(_REQUEST_ID, b"")
        request_id = sent.decode() if SANE_ID.fullmatch(sent) else f"{random.getrandbits(128):032x}"
        return cls(scope["method"], scope["path"], headers, scope["query_string"], request_id, arrived, content)

    def traceparent(self) -> str:
        """The W3C trace context, or "" where there is none or it is malformed."""
        sent = self.headers.get(b"traceparent", b"")
        return sent.decode() if TRACEPARENT.fullmatch(sent) else ""

    def content_type(self) -> str:
        return self.headers.get(b"content-type", b"").decode("latin-1")

    def media_type(self) -> str:
        return self.content_type().partition(";")[0].strip().lower()

    def deadline_s(self, longest: float) -> float:
        """Seconds the caller waits, at most `longest`. Raises ProblemError."""
        sent = self.headers.get(_DEADLINE)
        if sent is None:
            return longest
        if not (sent.isdigit() and len(sent) <= 9 and 1 <= int(sent) <= LONGEST_DEADLINE_MS):
            raise bad_header(DEADLINE_HEADER, f"This must be whole milliseconds from 1 to {LONGEST_DEADLINE_MS}.")
        return min(int(sent) / 1000, longest)

    def query_fields(self) -> dict[str, str]:
        """Raises ContractError for a query that is not UTF-8, too long, or names a field twice."""
        if not self.query:
            return {}
        try:
            pairs = parse_qsl(
                self.query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS
            )
        except ValueError as error:
            raise ContractError("bad-query", "The query cannot be read.") from error
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ContractError("bad-query", "A query field comes twice.")
        return fields

    def check_body(self, most: int) -> None:
        """Refuse by the headers where they say enough, before a byte of the body is read. Raises ProblemError."""
        if self.headers.get(b"content-encoding", IDENTITY).lower() != IDENTITY:
            raise packed()
        sent = self.headers.get(b"content-length", b"0")
        if not sent.isdigit():
            raise bad_header("content-length", "This must be a whole number.")
        if len(sent) > 18 or int(sent) > most or (self.content is not None and len(self.content) > most):
            raise too_large(most)


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body. Raises ProblemError where it is larger than `most` bytes, ClientLeftError."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise too_large(most)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def discard(receive: Receive) -> None:
    """Read on, for a moment, without keeping anything."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass


# The rest of a refused body is not read, so the connection cannot carry another request.
UNREAD_BODY = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT})


def must_close(error: ProblemError) -> bool:
    return error.problem.status in UNREAD_BODY
