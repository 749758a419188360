"""One connection, on which a caller may be slow for a limited time only."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scoring.contract.problems import PROBLEM_TYPE, Problem

HEAD_SECONDS = 5.0
MOST_HEAD_BYTES = 32 * 1024


class Connection(HttpToolsProtocol):
    """uvicorn's, which waits for a request's head without end, and reads one without end."""

    head_s = HEAD_SECONDS

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._in_head = True
        self._head_bytes = 0
        self._cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            self._start_timer()
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, "bad-request", "This is not a valid HTTP request.")

    def _start_timer(self) -> None:
        if self._cut is None:
            self._cut = self.loop.call_later(self.head_s, self._cut_off)

    def _stop_timer(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _cut_off(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "head-too-slow", "The request did not begin in time.")

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Nothing but closing follows: the bytes that came are no request."""
        if self.transport.is_closing():
            return
        body = json.dumps(Problem(status, code, status.phrase, detail).to_json()).encode()
        head = f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: {PROBLEM_TYPE}\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()


def connection_class(head_s: float) -> type[Connection]:
    """uvicorn makes the connections itself, so their time limit goes with the class."""
    return type("TimedConnection", (Connection,), {"head_s": head_s})
