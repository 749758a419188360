"""The one door to a Kubernetes API: credentials, requests, errors. Objects leave it as raw JSON."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException, kube_config, load_incluster_config
from yaml import YAMLError

from cluster_admin.cluster_errors import (
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterNonsense,
    ClusterNotConfigured,
    ClusterNotFound,
    ClusterRefused,
    ClusterUnreachable,
)
from cluster_admin.resources import Snapshot

CONNECT_SECONDS = 1.0
CALL_SECONDS = 4.0
LARGEST_ANSWER = 64 * 1024 * 1024
CHUNK = 256 * 1024
PARALLEL = 16

PRACTICE = "practice"
KUBECONFIG_FILE = "practice.kubeconfig"

_threads = ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="kube")


class ClusterSettings(Protocol):
    """The part of the settings that chooses a cluster. CLUSTER is practice, kubeconfig or in-cluster."""

    CLUSTER: str
    KUBECONFIG: Path | None
    KUBE_CONTEXT: str
    KUBE_NAMESPACE: str
    STATE_DIR: Path


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale subresource: the replicas asked for, and the version that they were read at."""

    replicas: int
    resource_version: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster, one namespace, one account. Every method raises `ClusterError` and nothing else.

    `flags` are what kubectl needs to reach the same place. Each call ends within `CALL_SECONDS`.
    """

    name: str
    namespace: str
    practice: bool
    flags: tuple[str, ...]
    client: ApiClient

    def snapshot(self) -> Snapshot:
        """Read nodes, deployments, replica sets, pods and events, all at once.

        A resource that this account may not read is left out and named in `missing`; an unreachable cluster raises.
        """
        asked_at = datetime.now(UTC)
        everywhere = self._later("list", "pods", "/api/v1/pods")
        apps, core = f"/apis/apps/v1/namespaces/{self.namespace}", f"/api/v1/namespaces/{self.namespace}"
        answers = {
            "nodes": self._later("list", "nodes", "/api/v1/nodes"),
            "deployments": self._later("list", "deployments", f"{apps}/deployments"),
            "replicasets": self._later("list", "replicasets", f"{apps}/replicasets"),
            "events": self._later("list", "events", f"{core}/events"),
        }
        objects: dict[str, list[dict[str, Any]]] = {}
        missing: dict[str, Any] = {}
        whole = self._take("pods", everywhere, objects, {})
        if not whole:
            self._take("pods", self._later("list", "pods", f"{core}/pods"), objects, missing)
        for resource, answer in answers.items():
            self._take(resource, answer, objects, missing)
        return Snapshot(self.namespace, asked_at, objects, missing, whole)

    def read_scale(self, deployment: str) -> Scale:
        """Read the scale subresource of a deployment."""
        return _scale(_wait(self._later("get", "deployments/scale", self._scale_path(deployment))))

    def patch_scale(self, deployment: str, replicas: int, resource_version: str) -> Scale:
        """Ask for this many replicas, if nothing changed since `resource_version` (else `ClusterConflict`)."""
        body = {"metadata": {"resourceVersion": resource_version}, "spec": {"replicas": replicas}}
        return _scale(_wait(self._later("patch", "deployments/scale", self._scale_path(deployment), body)))

    def read_pod(self, name: str) -> dict[str, Any]:
        """Read one pod of the namespace."""
        found: dict[str, Any] = _wait(self._later("get", "pods", f"{self._pods}/{_segment(name)}"))
        return found

    def pod_log(self, name: str, tail: int = 200) -> str:
        """The last lines of the log of a pod's first container."""
        path = f"{self._pods}/{_segment(name)}/log?tailLines={tail}&limitBytes=1000000"
        return str(_wait(_threads.submit(self._ask, "get", "pods/log", path, None, _as_text)))

    @property
    def _pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def _scale_path(self, deployment: str) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{_segment(deployment)}/scale"

    def _later(self, verb: str, resource: str, path: str, body: Any = None) -> "Future[Any]":
        return _threads.submit(self._ask, verb, resource, path, body, _as_object)

    def _take(
        self,
        resource: str,
        answer: "Future[Any]",
        objects: dict[str, list[dict[str, Any]]],
        missing: dict[str, Any],
    ) -> bool:
        try:
            items = _wait(answer).get("items")
            if not isinstance(items, list):
                raise ClusterNonsense(f"{resource}: no list of items")
        except ClusterUnreachable:
            raise
        except ClusterError as error:
            missing[resource] = error.message
            return False
        objects[resource] = items
        return True

    def _ask(self, verb: str, resource: str, path: str, body: Any, read: Callable[[bytes], Any]) -> Any:
        headers = {"Accept": "application/json, */*", "Accept-Encoding": "gzip"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
        method = "PATCH" if body is not None else "GET"
        deadline = time.monotonic() + CALL_SECONDS
        try:
            request = self.client.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            answer = self.client.call_api(*request, _request_timeout=(CONNECT_SECONDS, CALL_SECONDS)).response
            content = _content(answer, deadline)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise ClusterUnreachable(type(error).__name__, sent=False) from error
        except (urllib3.exceptions.HTTPError, ApiException, OSError, ConfigException) as error:
            raise ClusterUnreachable(type(error).__name__) from error
        if not 200 <= answer.status < 300:
            raise _error(answer.status, verb, resource, content)
        return read(content)


def connect(settings: ClusterSettings) -> Cluster:
    """The cluster that the settings choose; the practice cluster never reads a kubeconfig that happens to lie about.

    Raises:
        ClusterNotConfigured: nothing usable says where it is.
    """
    source = _source(settings)
    try:
        written = source.stat().st_mtime_ns if source else 0
        return _connect(settings.CLUSTER, source, written, settings.KUBE_CONTEXT, settings.KUBE_NAMESPACE)
    except (ConfigException, YAMLError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ClusterNotConfigured(str(error)) from error


def name_of(settings: ClusterSettings) -> str:
    """The name of that cluster, also where nothing says how to reach it."""
    try:
        return connect(settings).name
    except ClusterNotConfigured:
        return settings.KUBE_CONTEXT or settings.CLUSTER


def _source(settings: ClusterSettings) -> Path | None:
    if settings.CLUSTER == PRACTICE:
        return settings.KUBECONFIG or settings.STATE_DIR / KUBECONFIG_FILE
    return settings.KUBECONFIG if settings.CLUSTER == "kubeconfig" else None


@lru_cache(maxsize=4)
def _connect(kind: str, source: Path | None, written: int, context: str, namespace: str) -> Cluster:
    """`written` (the time of the file) makes a new connection where the practice cluster started anew."""
    configuration = Configuration()
    configuration.retries = False
    configuration.connection_pool_maxsize = PARALLEL
    flags = () if source is None else ("--kubeconfig", str(source))
    if kind == "in-cluster":
        load_incluster_config(client_configuration=configuration)
        return Cluster("in-cluster", namespace, False, (), ApiClient(configuration))
    kube_config.load_kube_config(str(source) if source else None, context or None, configuration, persist_config=False)
    if kind == PRACTICE:
        return Cluster("practice", namespace, True, flags, ApiClient(configuration))
    name = context or kube_config.list_kube_config_contexts(str(source) if source else None)[1]["name"]
    return Cluster(name, namespace, False, (*flags, "--context", name), ApiClient(configuration))


def _wait(answer: "Future[Any]") -> Any:
    try:
        return answer.result(timeout=CALL_SECONDS)
    except TooLate as error:
        # A request that no thread has begun is taken back; one that has may still arrive.
        raise ClusterUnreachable("no answer in time", sent=not answer.cancel()) from error


def _content(answer: Any, deadline: float) -> bytes:
    """Read the body; `deadline` holds also against a server that sends it drop by drop."""
    parts, size = [], 0
    while part := answer.read1(CHUNK, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER or time.monotonic() > deadline:
            answer.close()
            raise ClusterUnreachable("the answer is too long" if size > LARGEST_ANSWER else "no answer in time")
    answer.release_conn()
    return b"".join(parts)


def _error(status: int, verb: str, resource: str, content: bytes) -> ClusterError:
    cause = f"{status} {_status_message(content)}".strip()
    if status in (401, 403):
        return ClusterForbidden(verb, resource, cause)
    if status >= 500 or status < 400:
        return ClusterNonsense(cause)
    kinds: Mapping[int, type[ClusterError]] = {404: ClusterNotFound, 409: ClusterConflict}
    return kinds.get(status, ClusterRefused)(cause)


def _status_message(content: bytes) -> str:
    try:
        return str(_as_object(content).get("message", ""))[:500]
    except ClusterNonsense:
        return ""


def _as_object(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ClusterNonsense("the answer is not JSON") from error
    if not isinstance(parsed, dict):
        raise ClusterNonsense("the answer is not an object")
    return parsed


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _scale(answer: dict[str, Any]) -> Scale:
    """The API server leaves `spec.replicas` out where it is 0."""
    spec, metadata = answer.get("spec"), answer.get("metadata")
    replicas = spec.get("replicas", 0) if isinstance(spec, dict) else None
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(replicas, int) or isinstance(replicas, bool) or not isinstance(version, str):
        raise ClusterNonsense("the answer is not a scale")
    return Scale(replicas, version)


def _segment(name: str) -> str:
    """A name as one segment of a path; nothing that Kubernetes could have named is changed by it."""
    if not name or not name.replace("-", "").replace(".", "").isalnum() or not name.isascii():
        raise ClusterNotFound(name[:80])
    return name
