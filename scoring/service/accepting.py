"""Takes new connections from the port."""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any

logger = logging.getLogger(__name__)

LONGEST_TURN_SECONDS = 0.02
REST_SECONDS = 0.1
Opening = Coroutine[Any, Any, Any]


class Acceptor:
    """Takes all connections that wait within one turn of the event loop, or a few.

    libuv takes one a turn. Under overload turns are long, and a probe would wait as many of them as there are new
    connections before its own.
    """

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listener = listener
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Future[Any]] = set()
        self._again: asyncio.TimerHandle | None = None
        listener.setblocking(False)

    def start(self) -> None:
        self._again = None
        self._loop.add_reader(self._listener.fileno(), self._take)

    async def close(self) -> None:
        """Who connected before the port closes is answered: closing would reset those that were not yet taken."""
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._listener.fileno())
        while self._take():
            pass
        self._listener.close()
        if self._opening:
            await asyncio.wait(self._opening)

    def _take(self) -> bool:
        """Whether more may wait."""
        until = perf_counter() + LONGEST_TURN_SECONDS
        try:
            while perf_counter() < until:
                self._open(self._listener.accept()[0])
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:
            self._rest(error)
            return False
        return True

    def _open(self, connection: socket.socket) -> None:
        """By hand, not in a task: that would begin in the loop's next turn."""
        opening = self._loop.connect_accepted_socket(self._protocol, connection)
        opened: asyncio.Future[Any] = opening.send(None)
        self._opening.add(opened)
        opened.add_done_callback(partial(self._opened, opening))

    def _opened(self, opening: Opening, opened: asyncio.Future[Any]) -> None:
        self._opening.discard(opened)
        with suppress(StopIteration, OSError):
            opening.send(None)

    def _rest(self, error: OSError) -> None:
        """The process has no descriptors left, or the machine no memory: until others leave, it would fail again."""
        logger.warning("cannot take connections", extra={"reason": error.strerror})
        self._loop.remove_reader(self._listener.fileno())
        self._again = self._loop.call_later(REST_SECONDS, self.start)
