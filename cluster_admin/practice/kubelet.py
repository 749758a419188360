"""The agent of one node: registers it, keeps its heartbeat, and gives every pod bound to it a worker."""

import asyncio
import logging

from cluster_admin.practice.containers import Runtime
from cluster_admin.practice.errors import Expired, NotFound
from cluster_admin.practice.pod_worker import PodWorker, Release
from cluster_admin.practice.store import Obj, Store, timestamp

HEARTBEAT_SECONDS = 30.0
ENDED = ("Succeeded", "Failed")

logger = logging.getLogger(__name__)


class Kubelet:
    """`node` is the v1 Node to register."""

    def __init__(self, node: Obj, store: Store, runtime: Runtime, release: Release) -> None:
        self._node = node
        self._name = node["metadata"]["name"]
        self._store = store
        self._runtime = runtime
        self._release = release
        self._workers: dict[str, PodWorker] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled. Pods go on running: `stop` ends them."""
        self._store.create("nodes", self._node)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_heartbeat())
            tasks.create_task(self._observe())

    async def stop(self, grace_seconds: float) -> None:
        """End all pods: SIGTERM, and SIGKILL after the grace."""
        for worker in self._workers.values():
            worker.end(grace_seconds)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * grace_seconds + 1)
        for worker in self._workers.values():
            worker.end(0)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_seconds + 1)

    async def _keep_heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                node = self._store.get("nodes", None, self._name)
            except NotFound:
                self._store.create("nodes", self._node)
                continue
            for condition in node["status"]["conditions"]:
                condition["lastHeartbeatTime"] = timestamp()
            self._store.update("nodes", node)

    async def _observe(self) -> None:
        while True:
            pods, version = self._store.list("pods")
            for pod in pods:
                self._sync(pod)
            self._end_all_but({pod["metadata"]["uid"] for pod in pods})
            try:
                async for event in self._store.watch("pods", version):
                    if event.type == "DELETED":
                        self._end_now(event.object["metadata"]["uid"])
                    else:
                        self._sync(event.object)
            except Expired:
                logger.info("the kubelet of %s lists its pods anew", self._name)

    def _sync(self, pod: Obj) -> None:
        metadata = pod["metadata"]
        if pod["spec"].get("nodeName") != self._name:
            return
        worker = self._workers.get(metadata["uid"])
        if metadata.get("deletionTimestamp"):
            self._end(pod, worker)
        elif worker is None and (pod.get("status") or {}).get("phase") not in ENDED:
            self._start(pod)

    def _end(self, pod: Obj, worker: PodWorker | None) -> None:
        metadata = pod["metadata"]
        if worker is not None:
            worker.end(float(metadata.get("deletionGracePeriodSeconds") or 0))
            return
        try:
            if self._store.get("pods", metadata["namespace"], metadata["name"])["metadata"]["uid"] == metadata["uid"]:
                self._store.remove("pods", metadata["namespace"], metadata["name"])
        except NotFound:
            return

    def _start(self, pod: Obj) -> None:
        uid = pod["metadata"]["uid"]
        worker = self._workers[uid] = PodWorker(pod, self._store, self._runtime, self._release)
        task = asyncio.create_task(worker.run())
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._forget(uid, pod, ended))

    def _forget(self, uid: str, pod: Obj, ended: "asyncio.Task[None]") -> None:
        self._tasks.discard(ended)
        self._workers.pop(uid, None)
        if ended.cancelled() or ended.exception() is None:
            return
        logger.error("the worker of pod %s failed", pod["metadata"]["name"], exc_info=ended.exception())
        self._end(pod, None)

    def _end_now(self, uid: str) -> None:
        if uid in self._workers:
            self._workers[uid].end(0)

    def _end_all_but(self, living: set[str]) -> None:
        for uid in self._workers.keys() - living:
            self._end_now(uid)
