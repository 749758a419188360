"""One connection: what comes on it is begun in turns, and answered in order."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from scoring.contract.problems import PROBLEM_TYPE, Problem
from scoring.service.answers import CLOSE, Answer
from scoring.service.patience import Patience, PatientProtocol, Refused
from scoring.service.requests import Receive, Scope, Send
from scoring.service.routes import PROBE_PATHS
from scoring.service.turns import Turns
from scoring.service.upgrade import parser_behind

MOST_HEAD_BYTES = 32 * 1024
# What is parsed before others have their turn; some hundred requests of the shortest kind.
SLICE_BYTES = 16 * 1024
PROBES = tuple(f"GET {path} ".encode() for path in PROBE_PATHS)
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Reply = Callable[[Answer], None]
Begin = Callable[[Scope, float, bytes | None, Reply], Application | None]


class BadFramingError(ValueError):
    """A head that two servers might read differently. The parser makes 400 of it."""


class Connection(PatientProtocol):
    """Each request is given to `begin`, together with what came of its body at once, and what it answers is written
    without a task: under overload most requests are refused, and all others wait for what that takes.
    """

    turns: Turns
    begin: Begin

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._in_head = True
        self._in_body = False
        self._has_ended_one = False
        self._has_body_come = False
        # Of a head, or of what stands behind a body in chunks, or between them.
        self._head_bytes = 0
        # Of a body that the parser passes over, since its head asks for another protocol.
        self._unread_framing: list[tuple[bytes, bytes]] = []
        self._is_parsing = False
        self._arrived = 0.0
        self._late = b""
        self._is_ahead = False
        self._is_half_closed = False
        self._due: RequestResponseCycle | None = None
        self._ending: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()
        self._read_first()

    def _read_first(self) -> None:
        """What came before the connection was taken would otherwise wait for the event loop's next turn."""
        data = b""
        with suppress(OSError):
            data = os.read(self.transport.get_extra_info("socket").fileno(), MOST_HEAD_BYTES)
        if data:
            self.data_received(data)

    def data_received(self, data: bytes) -> None:
        """Probes alone go before what waits for its turn."""
        if not self._late:
            self._arrived = perf_counter()
            if self.turns.enter() or data.startswith(PROBES):
                self._take(data)
                return
            self._unset_keepalive_if_required()
            self.turns.wait(self._take_late)
        self._late += data
        self.transport.pause_reading()

    def _take_late(self) -> None:
        data, self._late, self._is_ahead = self._late, b"", False
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.resume_reading()
        self._take(data)
        if self._is_half_closed and not self.eof_received():
            self.transport.close()

    def _take_ahead(self) -> None:
        if self.turns.enter():
            self._take_late()
        else:
            self.turns.wait(self._take_late)

    def _take(self, data: bytes) -> None:
        """What a caller sends ahead of its answers waits until those are written."""
        for start in range(0, len(data), SLICE_BYTES):
            if self._ending is not None or self.transport.is_closing():
                return
            if self.pipeline:
                self._late, self._is_ahead = data[start:], True
                self.transport.pause_reading()
                return
            self._parse(data[start : start + SLICE_BYTES])

    def _parse(self, data: bytes) -> None:
        self._has_ended_one = self._has_body_come = False
        self._is_parsing = True
        self._unset_keepalive_if_required()
        self._feed(data)
        self._is_parsing = False
        self._begin_due()
        if self._ending is not None or self.transport.is_closing():
            return
        if self._in_head:
            self._wait_for_head()
        elif not self._in_body:
            self._wait_idly()
        if self._in_head or self._in_body:
            self._count_head(len(data))

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            framing, self._unread_framing = self._unread_framing, []
            self.parser = parser_behind(framing, self)
            self._feed(data[upgrade.args[0] :])
        except HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "bad-request", "This is not a valid HTTP request.")

    def _count_head(self, count: int) -> None:
        """Trailers and the lines of chunks are bounded as heads are."""
        if self._has_body_come:
            self._head_bytes = 0
        elif not self._has_ended_one:
            # Where the same read ended a request, how much of it is this head the parser does not say.
            self._head_bytes += count
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._check_framing()
        if self.parser.should_upgrade():
            self._unread_framing = [header for header in self.headers if header[0] in FRAMING]
        self._in_head = False
        self._in_body = True
        self._head_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()
        # The request keeps the list that it has: what a trailer says is no header (RFC 9110, 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._has_body_come = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._unread_framing:
            return
        self._in_body = False
        self._has_ended_one = True
        self._stop_waiting()
        super().on_message_complete()
        if self.cycle.response_complete and not self.cycle.keep_alive:
            self.transport.close()
            self._end_by_force(self.patience.send_s)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Who sends no more may still read."""
        if self._late:
            self._is_half_closed = True
            return True
        return self._ending is not None or self._ends_later(self.transport.close)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """A request begins once all that came with it is parsed, one behind another in a later turn than that one."""
        self._due = cycle
        if not self._is_parsing:
            self.loop.call_soon(self._begin_due)

    def _begin_due(self) -> None:
        if self._due is None or self.flow.write_paused or self.transport.is_closing():
            return
        cycle, self._due = self._due, None
        content = None if cycle.more_body else bytes(cycle.body)
        application = self.begin(cast("Scope", cycle.scope), self._arrived, content, partial(self._answer, cycle))
        if application is not None:
            super()._start_asgi_task(cycle, cast("Any", application))

    def _answer(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        """As uvicorn's `send` does, and its `run_asgi` afterwards."""
        cycle.on_response = nothing
        if cycle.disconnected or self.transport.is_closing():
            return
        if self.pipeline:
            # What came whole behind it is answered before the connection closes.
            answer.headers = tuple(header for header in answer.headers if header != CLOSE)
        if CLOSE in answer.headers:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            answer.headers += (CLOSE,)
        cycle.response_started = cycle.response_complete = True
        self.transport.write(answer.as_bytes(without_body=cycle.scope["method"] == "HEAD"))
        if not (cycle.keep_alive or cycle.more_body):
            # Else the rest of the body is passed over first: a reset might overtake the answer.
            self.transport.close()
        self.on_response_complete()

    def shutdown(self) -> None:
        """A request may be on its way to an idle connection, and is waited for; uvicorn would close at once."""
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(self.patience.last_s, super().shutdown)
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_by_force(self.patience.send_s)
        elif is_last and self._ending is not None:
            self._ending()
        elif is_last and self._in_body and self.expect_100_continue:
            # The caller may send the body or not: where the next request begins cannot be known.
            self.transport.close()
        elif is_last and self._in_body:
            self._cut = self._cut or self.loop.call_later(self.patience.body_s, self.transport.close)
        elif self.pipeline:
            # uvicorn reads on.
            self.flow.pause_reading()
        elif self._is_ahead:
            self.transport.pause_reading()
            self.loop.call_soon(self._take_ahead)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._begin_due()

    def _check_framing(self) -> None:
        """Raises BadFramingError for what the parser lets through: two hosts or none, a tunnel with a body, and a body
        packed on its way."""
        names = [name for name, _ in self.headers]
        if self.parser.get_http_version() == "1.1" and names.count(b"host") != 1:
            raise BadFramingError("host")
        if self.parser.get_method() == b"CONNECT" and not FRAMING.isdisjoint(names):
            raise BadFramingError("tunnel")
        if any(name == b"transfer-encoding" and value.strip().lower() != b"chunked" for name, value in self.headers):
            raise BadFramingError("transfer-encoding")

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Nothing but closing follows: the bytes that came are no request."""
        if self.transport.is_closing() or self._ends_later(partial(self._refuse, status, code, detail)):
            return
        self.refused(code, status)
        body = json.dumps(Problem(status, code, status.phrase, detail).to_json()).encode()
        self.transport.write(Answer(status, body, PROBLEM_TYPE, (CLOSE,)).as_bytes())
        self.transport.close()
        self._end_by_force(self.patience.send_s)

    def _ends_later(self, ending: Callable[[], None]) -> bool:
        """Whether a request that came whole is answered before `ending`, which is then called. One behind it that will
        never be whole is forgotten."""
        if self._ending is not None or self.cycle is None or self.cycle.response_complete:
            return False
        if self.cycle.more_body and not self.pipeline:
            return False
        if self.cycle.more_body:
            self.pipeline.popleft()
        self._stop_waiting()
        self._ending = ending
        return True


def nothing() -> None:
    pass


def connection_class(patience: Patience, begin: Begin, refused: Refused) -> type[Connection]:
    """uvicorn makes the connections itself, so what they need goes with the class."""
    given = {"patience": patience, "turns": Turns(), "begin": staticmethod(begin), "refused": staticmethod(refused)}
    return type("TimedConnection", (Connection,), given)
