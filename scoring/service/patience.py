"""A connection on which a caller may be slow for a limited time only."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Refused = Callable[[str, HTTPStatus | None], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds a caller may take: for a request's head, for its body, for taking the answer; how long a connection may
    be idle; and, once the port is closed, for one more request on an idle one."""

    head_s: float = 5.0
    body_s: float = 5.0
    send_s: float = 10.0
    idle_s: int = 30
    last_s: float = 0.25


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's, which waits without end: for a head, for the body of a request it has refused, for a caller who does
    not read. `refused` is told the code of what is refused here, where no application hears of it, and
    the status of the answer, where there is one."""

    patience: Patience
    refused: Refused

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._cut: asyncio.TimerHandle | None = None
        self._send_cut: asyncio.TimerHandle | None = None

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
        self.refused("answer-not-taken", None)
        self.transport.abort()

    def _cut_off(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "head-too-slow", "The request did not begin in time.")

    def _wait_idly(self) -> None:
        """After an empty line behind a request, too: uvicorn stops its timer whatever comes."""
        if self.timeout_keep_alive_task is None and self.cycle is not None and self.cycle.response_complete:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        raise NotImplementedError
