"""The whole practice cluster in one event loop: store, controllers, scheduler, kubelets, balancers."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from cluster_admin.practice.balancer import Balancer
from cluster_admin.practice.container_logs import ContainerLogs
from cluster_admin.practice.containers import BackOff, Runtime
from cluster_admin.practice.controllers.deployments import DeploymentController
from cluster_admin.practice.controllers.garbage import GarbageCollector
from cluster_admin.practice.controllers.replicasets import ReplicaSetController
from cluster_admin.practice.endpoints import Endpoints
from cluster_admin.practice.events import EventLog, Recorder
from cluster_admin.practice.kubelet import Kubelet
from cluster_admin.practice.processes import Programs
from cluster_admin.practice.scheduler import Scheduler
from cluster_admin.practice.store import Obj, Store

STOP_GRACE_SECONDS = 3.0

logger = logging.getLogger(__name__)


class PracticeCluster:
    """An async context manager; leaving it ends every pod. `nodes` are the v1 Nodes to register."""

    def __init__(
        self, nodes: Iterable[Obj], programs: Programs, logs: ContainerLogs, back_off: BackOff | None = None
    ) -> None:
        self.store = Store()
        self.endpoints = Endpoints(self.store)
        self.event_log = EventLog(self.store)
        runtime = Runtime(programs, logs, Recorder(self.event_log, "kubelet", "Pod"), back_off or BackOff())
        self._kubelets = [Kubelet(node, self.store, runtime, self.endpoints.release) for node in nodes]
        self._loops = [
            DeploymentController(self.store, self.event_log).loop(),
            ReplicaSetController(self.store, self.event_log).loop(),
            GarbageCollector(self.store).loop(),
            Scheduler(self.store, self.event_log).loop(),
        ]
        self._balancers: list[Balancer] = []
        self._control: list[asyncio.Task[None]] = []
        self._agents: list[asyncio.Task[None]] = []
        self.store.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})

    async def __aenter__(self) -> Self:
        self._control = [asyncio.create_task(loop.run()) for loop in self._loops]
        self._control.append(asyncio.create_task(self.event_log.sweep()))
        self._agents = [asyncio.create_task(kubelet.run()) for kubelet in self._kubelets]
        self._agents.append(asyncio.create_task(self.endpoints.follow()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Controllers first, or they would replace the pods that end."""
        await _cancel(self._control)
        for balancer in self._balancers:
            await balancer.stop()
        await asyncio.gather(*(kubelet.stop(STOP_GRACE_SECONDS) for kubelet in self._kubelets))
        await _cancel(self._agents)

    async def expose(self, service: str, port: int) -> int:
        """Put a Service (NAME or NAMESPACE/NAME) on a loopback port, 0 for a free one. Raises OSError if taken."""
        balancer = Balancer(service, port, self.endpoints)
        await balancer.start()
        self._balancers.append(balancer)
        return balancer.port

    async def watch_over(self) -> None:
        """Returns only by raising what one of the cluster's own tasks failed with."""
        done, _ = await asyncio.wait([*self._control, *self._agents], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            logger.error("a part of the cluster had failed", exc_info=result)
