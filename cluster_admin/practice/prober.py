"""Runs the probes of one container: startup first, then readiness and liveness side by side."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from cluster_admin.practice.probes import Kind, Probe, Tally, ask, read_probe

FailureReport = Callable[[Kind, str], None]


class Prober:
    """`set_started` and `set_ready` are told of changes, `report` of every failed attempt."""

    def __init__(
        self,
        container: Mapping[str, Any],
        set_started: Callable[[], None],
        set_ready: Callable[[bool], None],
        report: FailureReport,
    ) -> None:
        self._startup = read_probe(container, "startupProbe")
        self._readiness = read_probe(container, "readinessProbe")
        self._liveness = read_probe(container, "livenessProbe")
        self._set_started = set_started
        self._set_ready = set_ready
        self._report = report

    async def run(self, port: int) -> Kind:
        """Probe until the container must be restarted; the answer is the probe that says so."""
        if self._startup is not None and not await anext(self._verdicts("startupProbe", self._startup, port)):
            return "startupProbe"
        self._set_started()
        readiness = asyncio.create_task(self._follow_readiness(port))
        try:
            return await self._until_dead(port)
        finally:
            readiness.cancel()

    async def _follow_readiness(self, port: int) -> None:
        if self._readiness is None:
            self._set_ready(True)
            return
        async for ready in self._verdicts("readinessProbe", self._readiness, port):
            self._set_ready(ready)

    async def _until_dead(self, port: int) -> Kind:
        if self._liveness is None:
            await asyncio.Event().wait()  # until cancelled with the container
        else:
            async for alive in self._verdicts("livenessProbe", self._liveness, port):
                if not alive:
                    break
        return "livenessProbe"

    async def _verdicts(self, kind: Kind, probe: Probe, port: int) -> AsyncIterator[bool]:
        await asyncio.sleep(probe.initial_delay)
        tally = Tally(probe)
        while True:
            ok = await self._ask(kind, probe, port)
            if tally.count(ok):
                yield ok
            await asyncio.sleep(probe.period)

    async def _ask(self, kind: Kind, probe: Probe, port: int) -> bool:
        failure = await ask(probe, port)
        if failure:
            self._report(kind, failure)
        return not failure
