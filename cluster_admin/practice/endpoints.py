"""Which ready pods stand behind a Service, and how many requests each has in flight."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cluster_admin.practice.controllers.replicasets import is_ready
from cluster_admin.practice.errors import Expired
from cluster_admin.practice.pod_worker import PORT_ANNOTATION
from cluster_admin.practice.store import Obj, Store

logger = logging.getLogger(__name__)
Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Endpoint:
    """A pod and the loopback port of its process."""

    key: Key
    uid: str
    labels: dict[str, str]
    port: int = 0
    ready: bool = False
    in_flight: int = 0
    chosen_at: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)


class Endpoints:
    """Follows pods; a pod that is to end is left out as soon as its kubelet says so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pods: dict[str, Endpoint] = {}
        self._choices = 0

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            pods, version = self._store.list("pods")
            for gone in self._pods.keys() - {pod["metadata"]["uid"] for pod in pods}:
                self._drop(gone)
            for pod in pods:
                self._note(pod)
            try:
                async for event in self._store.watch("pods", version):
                    if event.type == "DELETED":
                        self._drop(event.object["metadata"]["uid"])
                    else:
                        self._note(event.object)
            except Expired:
                logger.info("the balancer lists pods anew")

    def choose(self, service: str, but_not: set[str]) -> Endpoint | None:
        """The ready pod with the fewest requests in flight, among equals the one not chosen for longest.

        `service` is NAME or NAMESPACE/NAME; `but_not` holds the uids already tried.
        """
        ready = [endpoint for endpoint in self._behind(service) if endpoint.uid not in but_not]
        if not ready:
            return None
        chosen = min(ready, key=lambda endpoint: (endpoint.in_flight, endpoint.chosen_at))
        self._choices += 1
        chosen.chosen_at = self._choices
        return chosen

    async def release(self, namespace: str, pod: str, seconds: float) -> None:
        """Send the pod nothing more, and wait for its requests in flight, at most so many seconds."""
        for endpoint in self._pods.values():
            if endpoint.key == (namespace, pod):
                endpoint.ready = False
                await _drained(endpoint, seconds)
                return

    def _behind(self, service: str) -> Iterator[Endpoint]:
        found = self._service(service)
        selector = (found or {}).get("spec", {}).get("selector")
        if found is None or not selector:
            return
        for endpoint in self._pods.values():
            same_namespace = endpoint.key[0] == found["metadata"]["namespace"]
            if same_namespace and endpoint.ready and selector.items() <= endpoint.labels.items():
                yield endpoint

    def _service(self, service: str) -> Obj | None:
        namespace, _, name = service.rpartition("/")
        services, _ = self._store.list("services", namespace or None)
        return next((item for item in services if item["metadata"]["name"] == name), None)

    def _note(self, pod: Obj) -> None:
        metadata = pod["metadata"]
        endpoint = self._pods.get(metadata["uid"])
        if endpoint is None:
            key = (metadata["namespace"], metadata["name"])
            endpoint = self._pods[metadata["uid"]] = Endpoint(key, metadata["uid"], {})
        endpoint.labels = metadata.get("labels") or {}
        endpoint.port = int((metadata.get("annotations") or {}).get(PORT_ANNOTATION, 0))
        endpoint.ready = is_ready(pod) and endpoint.port > 0 and not metadata.get("deletionTimestamp")

    def _drop(self, uid: str) -> None:
        endpoint = self._pods.pop(uid, None)
        if endpoint is not None:
            endpoint.ready = False


@contextmanager
def in_flight(endpoint: Endpoint) -> Iterator[None]:
    """Counts one request on its pod."""
    endpoint.in_flight += 1
    endpoint.idle.clear()
    try:
        yield
    finally:
        endpoint.in_flight -= 1
        if endpoint.in_flight == 0:
            endpoint.idle.set()


async def _drained(endpoint: Endpoint, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while endpoint.in_flight:
                await endpoint.idle.wait()
    except TimeoutError:
        logger.warning("%s still has %d requests in flight", endpoint.key[1], endpoint.in_flight)
