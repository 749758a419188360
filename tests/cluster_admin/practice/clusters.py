"""A whole practice cluster in the test's own event loop, with small real programs as pods."""

import asyncio
import http.client
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

from cluster_admin.practice.cluster import PracticeCluster
from cluster_admin.practice.container_logs import ContainerLogs
from cluster_admin.practice.containers import BackOff
from cluster_admin.practice.nodes import Machine, node_object, plan
from cluster_admin.practice.store import Obj, Store

LIMIT_SECONDS = 60.0
PROGRAM = (sys.executable, str(Path(__file__).with_name("pod_program.py")), "--port", "$(PORT)")
PROGRAMS = {
    "tests/pod": PROGRAM,
    "tests/deaf": (*PROGRAM, "--deaf"),
    "tests/dying": (*PROGRAM, "--die"),
    "tests/missing": ("/nowhere/program",),
}
MACHINE = Machine(cpu_milli=4000, memory_bytes=8 * 2**30, hostname="test")
NAMESPACE = "default"


def run(scenario: Coroutine[None, None, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            await scenario

    asyncio.run(limited())


@asynccontextmanager
async def cluster(folder: Path):
    """A cluster whose Service `web` listens on `port`: yields (cluster, port)."""
    nodes = [node_object(node, MACHINE) for node in plan(MACHINE)]
    back_off = BackOff(first=0.2, longest=1.0)
    async with PracticeCluster(nodes, PROGRAMS, ContainerLogs(folder), back_off) as whole:
        whole.store.create("services", service("web"))
        yield whole, await whole.expose("web", 0)


def service(name: str) -> Obj:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"app": name}}}


def probe(path: str, **more) -> Obj:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": 0.05, "timeoutSeconds": 5, **more}


def deployment(name: str = "web", replicas: int = 1, image: str = "tests/pod:1", **spec) -> Obj:
    container = {
        "name": "main",
        "image": image,
        "resources": {"requests": {"cpu": "50m", "memory": "50Mi"}},
        "startupProbe": probe("/livez", failureThreshold=1000),
        "readinessProbe": probe("/readyz", failureThreshold=1),
        "livenessProbe": probe("/livez", failureThreshold=2),
    }
    pod_spec = {"containers": [container], "terminationGracePeriodSeconds": 20}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


def change(store: Store, change_it: Callable[[Obj], object], name: str = "web") -> None:
    changed = store.get("deployments", NAMESPACE, name)
    change_it(changed["spec"])
    store.update("deployments", changed)


def scale(store: Store, replicas: int, name: str = "web") -> None:
    change(store, lambda spec: spec.update(replicas=replicas), name)


def pods(store: Store, app: str = "web") -> list[Obj]:
    return [pod for pod in store.list("pods")[0] if (pod["metadata"].get("labels") or {}).get("app") == app]


def status(pod: Obj) -> Obj:
    """The first container's status, empty before the kubelet has reported one."""
    return next(iter(pod["status"].get("containerStatuses") or ()), {})


def is_settled(store: Store, replicas: int, name: str = "web") -> bool:
    """Rolled out: as many pods as wanted, all current, all available, none on its way out."""
    counts = store.get("deployments", NAMESPACE, name).get("status") or {}
    fields = ("replicas", "updatedReplicas", "availableReplicas")
    return [counts.get(field, 0) for field in fields] == [replicas] * 3 and len(pods(store, name)) == replicas


def events(store: Store, reason: str) -> list[str]:
    return [event["message"] for event in store.list("events")[0] if event["reason"] == reason]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; the scenario's own limit ends a wait in vain."""
    while True:
        if condition():
            return
        await asyncio.sleep(0.01)


async def until_answer(ask: Callable[[], Awaitable[bool]]) -> None:
    while True:
        if await ask():
            return
        await asyncio.sleep(0.01)


class Client:
    """A keep-alive HTTP client on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    async def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        return await asyncio.to_thread(self.ask_now, method, path, body)

    def ask_now(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        self._connection.request(method, path, body)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def close(self) -> None:
        self._connection.close()


async def ask(port: int, method: str, path: str) -> tuple[int, str]:
    client = Client(port)
    try:
        return await client.ask(method, path)
    finally:
        client.close()


def keep_asking(port: int, path: str, answers: list[tuple[int, str]], until_set: Callable[[], bool]) -> None:
    """Ask without a pause on one connection, for a thread of its own."""
    client, deadline = Client(port), time.monotonic() + LIMIT_SECONDS
    while not until_set() and time.monotonic() < deadline:
        answers.append(client.ask_now("GET", path))
    client.close()
