"""Keeps what is served as its source says: loads a version beside the old one, warms it, then moves the label."""

import asyncio
import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from scoring.service.metrics import Metrics
from scoring.service.model import Model
from scoring.service.shelf import Shelf
from scoring.service.versions import Labels, Source

logger = logging.getLogger(__name__)


class Watcher:
    def __init__(self, source: Source, shelf: Shelf, loader: ThreadPoolExecutor, metrics: Metrics) -> None:
        self._source = source
        self._shelf = shelf
        self._loader = loader
        self._metrics = metrics
        self._seen: Labels | str | None = None

    async def open(self) -> None:
        """Load what is stable now. Raises what the source and the model raise."""
        stable = await self._in_thread(self._source.stable)
        await self._fetch(stable)
        await self._move(Labels(stable))

    async def run(self, every_s: float) -> None:
        """Until cancelled: follow the source. Whatever fails is logged once, and what is served stays."""
        while True:
            await self._follow(every_s)
            await asyncio.sleep(every_s)

    async def _follow(self, every_s: float) -> None:
        try:
            labels = await self._in_thread(self._source.labels)
        except (ValueError, OSError) as error:
            self._failed(f"{type(error).__name__}: {error}", str(error))
            return
        if labels == self._seen:
            return
        self._seen = labels
        if not await self._has(labels, labels.stable):
            return
        if labels.unread:
            self._failed(labels, labels.unread)
            # What is served stays, unless another version is stable.
            if self._shelf.is_stable(labels.stable):
                return
            labels = Labels(labels.stable)
        if labels.canary and labels.canary not in self._shelf:
            if not self._shelf.is_stable(labels.stable):
                await self._move(Labels(labels.stable))
            if not await self._has_canary(labels, labels.canary, every_s):
                return
            if not self._shelf.is_stable(labels.stable):
                self._seen = None
                return
        await self._move(labels)
        fields = {"stable": labels.stable, "canary": labels.canary, "share": labels.share}
        logger.info("labels moved", extra=fields)

    async def _has_canary(self, labels: Labels, canary: str, every_s: float) -> bool:
        """Meanwhile `stable` may go back to what is loaded: nobody waits for a canary."""
        loading = asyncio.create_task(self._has(labels, canary))
        try:
            while not (await asyncio.wait({loading}, timeout=every_s))[0]:
                await self._go_back()
            return loading.result()
        finally:
            loading.cancel()

    async def _go_back(self) -> None:
        try:
            stable = await self._in_thread(self._source.stable)
        except (ValueError, OSError):
            # Told when it is followed.
            return
        if stable in self._shelf and not self._shelf.is_stable(stable):
            await self._move(Labels(stable))

    async def _has(self, labels: Labels, version: str) -> bool:
        try:
            await self._fetch(version)
        except Exception as error:  # noqa: BLE001  a model may raise anything while it loads
            self._failed(labels, str(error))
            return False
        return True

    async def _move(self, labels: Labels) -> None:
        self._shelf.move(labels)
        await self._in_thread(freeze_what_stays)

    async def _fetch(self, version: str) -> None:
        if version in self._shelf:
            return
        started = monotonic()
        model = await self._in_thread(self._load, version)
        self._shelf.put(version, model)
        fields = {"model": model.name, "version": model.version, "seconds": round(monotonic() - started, 2)}
        logger.info("version loaded", extra=fields)

    def _load(self, version: str) -> Model[Any, Any]:
        model = self._source.load(version)
        model.warm()
        return model

    def _failed(self, seen: Labels | str, reason: str) -> None:
        if isinstance(seen, Labels) or seen != self._seen:
            self._metrics.failed_loads.inc()
            logger.error("version does not load", extra={"reason": reason[:500]})
        self._seen = seen

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._loader, work, *arguments)


def freeze_what_stays() -> None:
    """What is left of a version that went is freed, and what stays is no longer looked through for garbage: the objects
    of a model's libraries are so many that this takes 50 ms and more, again and again, while all requests wait."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
