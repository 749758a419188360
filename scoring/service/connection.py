"""One connection, on which a caller may be slow for a limited time only."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scoring.contract.problems import PROBLEM_TYPE, Problem
from scoring.service.corked import CorkedTransport
from scoring.service.turns import Turns

MOST_HEAD_BYTES = 32 * 1024
FRAMING = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds a caller may take: for a request's head, for its body, for taking the answer; and, once the
    port is closed, for one more request on an idle connection."""

    head_s: float = 5.0
    body_s: float = 5.0
    send_s: float = 10.0
    last_s: float = 0.25


class BadFramingError(ValueError):
    """A head that two servers might read differently. The parser makes 400 of it."""


class Connection(HttpToolsProtocol):
    """uvicorn's, which waits without end: for a head, for the body of a request it has refused, for a caller who does
    not read. `refused` is told the code of what is refused here, where no application hears of it."""

    patience = Patience()
    turns = Turns()
    refused: Callable[[str], None] = staticmethod(lambda code: None)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._in_head = True
        self._in_body = False
        self._has_ended_one = False
        self._head_bytes = 0
        self._cut: asyncio.TimerHandle | None = None
        self._send_cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._corked = CorkedTransport(transport)
        super().connection_made(self._corked)  # type: ignore[arg-type]
        self._wait_for_head()
        self._read_first()

    def _read_first(self) -> None:
        """What came before the connection was taken would otherwise wait for the event loop's next turn."""
        data = b""
        with suppress(OSError):
            data = os.read(self.transport.get_extra_info("socket").fileno(), MOST_HEAD_BYTES)
        if data:
            self._take(data)

    def data_received(self, data: bytes) -> None:
        if self.turns.has_room():
            self._take(data)
        else:
            self._unset_keepalive_if_required()
            self.transport.pause_reading()
            self.turns.wait(partial(self._take_late, data))

    def _take_late(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.resume_reading()
        self._take(data)

    def _take(self, data: bytes) -> None:
        self._has_ended_one = False
        super().data_received(data)
        if self._in_head:
            # Where the same read ended a request, how much of it is this head the parser does not say.
            self._head_bytes += 0 if self._has_ended_one else len(data)
            self._wait_for_head()
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._check_framing()
        self._in_head = False
        self._in_body = True
        self._head_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._has_ended_one = True
        self._stop_waiting()
        super().on_message_complete()

    def shutdown(self) -> None:
        """A request may be on its way to an idle connection, and is waited for; uvicorn would close at once."""
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(self.patience.last_s, super().shutdown)
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        # An answer to HEAD is a head alone.
        self._corked.flush()
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_by_force(self.patience.send_s)
        elif self._in_body and self.expect_100_continue:
            # The caller may send the body or not: where the next request begins cannot be known.
            self.transport.close()
        elif self._in_body:
            self._cut = self._cut or self.loop.call_later(self.patience.body_s, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_cut = self._send_cut or self.loop.call_later(self.patience.send_s, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_sending_timer()

    def timeout_keep_alive_handler(self) -> None:
        """To close waits until the caller has taken what is left of the last answer, which may be never."""
        super().timeout_keep_alive_handler()
        self._end_by_force(0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_sending_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, "bad-request", "This is not a valid HTTP request.")

    def _check_framing(self) -> None:
        """Raises BadFramingError for what the parser lets through: two hosts or none, and a body after `Upgrade`, which
        the parser would take for the next request."""
        names = [name for name, _ in self.headers]
        if self.parser.get_http_version() == "1.1" and names.count(b"host") != 1:
            raise BadFramingError("host")
        if self.parser.should_upgrade() and not FRAMING.isdisjoint(names):
            raise BadFramingError("upgrade")

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade is not taken up, and the request answered as it is; uvicorn's advice would fill the log."""

    def _wait_for_head(self) -> None:
        if self._cut is None:
            self._cut = self.loop.call_later(self.patience.head_s, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _stop_sending_timer(self) -> None:
        if self._send_cut is not None:
            self._send_cut.cancel()
            self._send_cut = None

    def _end_by_force(self, seconds: float) -> None:
        if self.transport.get_write_buffer_size():
            self._stop_sending_timer()
            self._send_cut = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self.refused("answer-not-taken")
        self.transport.abort()

    def _cut_off(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "head-too-slow", "The request did not begin in time.")

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Nothing but closing follows: the bytes that came are no request."""
        if self.transport.is_closing():
            return
        self.refused(code)
        body = json.dumps(Problem(status, code, status.phrase, detail).to_json()).encode()
        head = f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: {PROBLEM_TYPE}\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()
        self._end_by_force(self.patience.send_s)


def connection_class(patience: Patience, refused: Callable[[str], None]) -> type[Connection]:
    """uvicorn makes the connections itself, so what they need goes with the class."""
    return type(
        "TimedConnection", (Connection,), {"patience": patience, "turns": Turns(), "refused": staticmethod(refused)}
    )
