"""One pod on its node, from its first container to its removal."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from cluster_admin.practice.containers import Container, Runtime
from cluster_admin.practice.errors import NotFound
from cluster_admin.practice.pod_status import next_status
from cluster_admin.practice.store import Obj, Store

PORT_ANNOTATION = "practice.scoredeck.dev/port"
LEAST_GRACE_SECONDS = 1.0

Release = Callable[[str, str, float], Awaitable[None]]


class PodWorker:
    """`release` takes the pod out of its Services and waits for its requests, at most so many seconds."""

    def __init__(self, pod: Obj, store: Store, runtime: Runtime, release: Release) -> None:
        self._pod = pod
        self._store = store
        self._runtime = runtime
        self._release = release
        self._key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        self._containers = [Container(pod, spec, runtime, self._publish) for spec in pod["spec"]["containers"]]
        self._ending: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def end(self, grace_seconds: float) -> None:
        """Ask for the end. 0 also shortens an end that is under way."""
        if not self._ending.done():
            self._ending.set_result(grace_seconds)
        elif grace_seconds == 0:
            self._stop_containers(0)

    async def run(self) -> None:
        """Until the pod has ended and is gone from the store."""
        if self._pod["spec"].get("initContainers"):
            self._refuse_init_containers()
            await self._ending
        else:
            await self._accompany(asyncio.create_task(self._run_containers()))
        self._forget()

    async def _run_containers(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for container in self._containers:
                tasks.create_task(container.run())

    async def _accompany(self, running: asyncio.Task[None]) -> None:
        """When all containers have ended by themselves the pod still waits for its deletion."""
        either: set[asyncio.Future[Any]] = {running, self._ending}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
            await self._let_go(await self._ending)
            await running
        finally:
            running.cancel()

    async def _let_go(self, grace_seconds: float) -> None:
        before = time.monotonic()
        await self._release(*self._key, grace_seconds)
        left = grace_seconds - (time.monotonic() - before)
        self._stop_containers(max(left, min(grace_seconds, LEAST_GRACE_SECONDS)))

    def _stop_containers(self, grace_seconds: float) -> None:
        for container in self._containers:
            container.stop(grace_seconds)

    def _refuse_init_containers(self) -> None:
        message = "the practice cluster runs no init containers"
        for container in self._containers:
            container.state.state = {"waiting": {"reason": "CreateContainerConfigError", "message": message}}
        self._runtime.events.warning(self._pod, "Failed", f"Error: {message}")
        self._publish()

    def _publish(self) -> None:
        pod = self._stored()
        if pod is None:
            return
        states = [container.state for container in self._containers]
        pod["status"] = next_status(pod, states)
        if states[0].port:
            annotations = pod["metadata"].get("annotations") or {}
            pod["metadata"]["annotations"] = annotations | {PORT_ANNOTATION: str(states[0].port)}
        self._store.update("pods", pod)

    def _stored(self) -> Obj | None:
        """The pod as stored, unless another one has taken its name."""
        try:
            pod = self._store.get("pods", *self._key)
        except NotFound:
            return None
        return pod if pod["metadata"]["uid"] == self._pod["metadata"]["uid"] else None

    def _forget(self) -> None:
        if self._stored() is not None:
            self._store.remove("pods", *self._key)
        for container in self._containers:
            self._runtime.logs.remove(*self._key, container.state.name)
