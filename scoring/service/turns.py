"""A share of each turn of the event loop for requests: what has no room in it waits for the next turn, in order.

All sockets that have something are read in one turn. Under overload these are hundreds, and whoever connects, probes
above all, would wait until each of them was answered.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

LONGEST_SHARE_SECONDS = 0.002
Work = Callable[[], None]


class Turns:
    """Used on one event loop. In a turn there is a share while sockets are read, and one more for what waits."""

    def __init__(self, longest_s: float = LONGEST_SHARE_SECONDS) -> None:
        self._longest_s = longest_s
        self._waiting: deque[Work] = deque()
        self._until = 0.0
        self._is_begun = False

    def enter(self) -> bool:
        """Whether something may be done now; the first of a turn begins its share. What may not has to `wait`."""
        now = perf_counter()
        if not self._is_begun:
            self._begin(now)
            return True
        return not self._waiting and now < self._until

    def wait(self, work: Work) -> None:
        self._waiting.append(work)

    def _begin(self, now: float) -> None:
        self._is_begun = True
        self._until = now + self._longest_s
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._is_begun = False
        if not self._waiting:
            return
        self._begin(perf_counter())
        self._waiting.popleft()()
        while self._waiting and perf_counter() < self._until:
            self._waiting.popleft()()
