"""Runs one reconcile function, level-triggered: by watches, by the clock, and again with back-off when it fails."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from cluster_admin.practice.errors import Expired
from cluster_admin.practice.store import Event, Store

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 30.0

Key = tuple[str, str]
Trigger = Callable[[Event], Iterable[Key]]
Reconcile = Callable[[Key], float | None]

logger = logging.getLogger(__name__)


class Loop:
    """`triggers` says, for each resource, which keys (namespace, name) a change concerns.

    `reconcile` may return the seconds after which it wants the same key again.
    """

    def __init__(self, name: str, store: Store, triggers: Mapping[str, Trigger], reconcile: Reconcile) -> None:
        self._name = name
        self._store = store
        self._triggers = triggers
        self._reconcile = reconcile
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for resource, trigger in self._triggers.items():
                    tasks.create_task(self._observe(resource, trigger))
                tasks.create_task(self._work())
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _observe(self, resource: str, trigger: Trigger) -> None:
        while True:
            objects, version = self._store.list(resource)
            for obj in objects:
                self._add_all(trigger(Event("ADDED", obj, version)))
            try:
                async for event in self._store.watch(resource, version):
                    self._add_all(trigger(event))
            except Expired:
                logger.info("%s lists %s anew", self._name, resource)

    def _add_all(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._add(key)

    def _add(self, key: Key) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            self._queue.put_nowait(key)

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            self._waiting.discard(key)
            self._schedule(key, self._step(key))
            await asyncio.sleep(0)

    def _step(self, key: Key) -> float | None:
        try:
            again = self._reconcile(key)
        except Exception:
            # Whatever one object provokes, the others must still be looked after.
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            logger.exception("%s failed for %s/%s", self._name, *key)
            return min(FIRST_RETRY_SECONDS * 2.0 ** min(failures, 20), LONGEST_RETRY_SECONDS)
        self._failures.pop(key, None)
        return again

    def _schedule(self, key: Key, seconds: float | None) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if seconds is not None:
            self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._add, key)
