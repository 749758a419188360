"""A pod as one row, its state in the words that `kubectl get pods` uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cluster_admin.resources.reading import (
    Amounts,
    Json,
    condition,
    mapping,
    mappings,
    number,
    pod_requests,
    text,
    when,
)

GHOSTS = frozenset({"Terminating", "Completed", "Succeeded", "SchedulingGated"})
STARTING = frozenset({"Pending", "ContainerCreating", "PodInitializing"})

USUAL_START = timedelta(seconds=60)
MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PodRow:
    """`reason` and `message` tell why the pod waits; `exit_code` and `exit_reason` how it last ended."""

    uid: str
    name: str
    namespace: str
    state: str
    tone: str
    ready: int
    containers: int
    restarts: int
    requests: Amounts
    node: str
    created: datetime | None
    deployment: str
    started: datetime | None = None
    since: datetime | None = None
    scheduled: bool = False
    message: str = ""
    exit_code: int | None = None
    exit_reason: str = ""
    may_take: timedelta = USUAL_START

    @property
    def is_ready(self) -> bool:
        return self.state == "Running" and 0 < self.containers <= self.ready

    def is_late(self, now: datetime) -> bool:
        """Whether the pod runs longer than its start may take, and is still not ready."""
        began = self.started or self.created
        return not self.is_ready and began is not None and now - began > self.may_take

    @property
    def holds_requests(self) -> bool:
        """Whether the pod's requests count on its node."""
        return bool(self.node) and self.state not in {"Completed", "Succeeded", "Failed", "Error", "Evicted"}


def read_pod(pod: Json, owners: Mapping[str, str] | None = None) -> PodRow:
    """Read a v1 Pod. `owners` maps the names of replica sets to those of their deployments."""
    metadata, spec, status = mapping(pod.get("metadata")), mapping(pod.get("spec")), mapping(pod.get("status"))
    statuses = mappings(status.get("containerStatuses"))
    state = pod_state(pod)
    ready = sum(1 for container in statuses if container.get("ready") is True)
    containers = len(mappings(spec.get("containers"))) or len(statuses)
    ended = _last_end(statuses)
    return PodRow(
        uid=text(metadata.get("uid")),
        name=text(metadata.get("name")),
        namespace=text(metadata.get("namespace")),
        state=state,
        tone=_tone(state, ready, containers),
        ready=ready,
        containers=containers,
        restarts=sum(number(container.get("restartCount")) for container in statuses),
        requests=pod_requests(spec),
        node=text(spec.get("nodeName")),
        created=when(metadata.get("creationTimestamp")),
        deployment=_deployment(metadata, owners or {}),
        started=_started(statuses) or when(status.get("startTime")),
        since=_since(status) or when(metadata.get("creationTimestamp")),
        scheduled=condition(status, "PodScheduled").get("status") == "True" or bool(spec.get("nodeName")),
        message=_message(status, statuses),
        exit_code=number(ended.get("exitCode")) if ended else None,
        exit_reason=text(ended.get("reason")),
        may_take=_start_may_take(spec),
    )


def pod_state(pod: Json) -> str:
    """The STATUS column of kubectl: the phase, unless a container or a deletion says more."""
    metadata, status = mapping(pod.get("metadata")), mapping(pod.get("status"))
    if metadata.get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    starting = _init_state(mapping(pod.get("spec")), status)
    if starting:
        return starting
    state = text(status.get("reason")) or text(status.get("phase")) or "Unknown"
    if state == "Pending" and condition(status, "PodScheduled").get("reason") == "SchedulingGated":
        state = "SchedulingGated"
    return _container_state(mappings(status.get("containerStatuses")), state, status)


def _init_state(spec: Json, status: Json) -> str:
    steps = mappings(status.get("initContainerStatuses"))
    sidecars = {text(c.get("name")) for c in mappings(spec.get("initContainers")) if c.get("restartPolicy") == "Always"}
    for done, step in enumerate(steps):
        state = mapping(step.get("state"))
        ended, waiting = mapping(state.get("terminated")), mapping(state.get("waiting"))
        succeeded = bool(ended) and number(ended.get("exitCode")) == 0
        if succeeded or (text(step.get("name")) in sidecars and step.get("started")):
            continue
        reason = text(ended.get("reason")) or text(waiting.get("reason"))
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{done}/{len(steps)}"
    return ""


def _container_state(statuses: list[Json], state: str, status: Json) -> str:
    running = False
    for container in reversed(statuses):
        now = mapping(container.get("state"))
        waiting, ended = mapping(now.get("waiting")), mapping(now.get("terminated"))
        if waiting.get("reason"):
            state = text(waiting.get("reason"))
        elif ended:
            state = text(ended.get("reason")) or f"ExitCode:{number(ended.get('exitCode'))}"
        elif container.get("ready") is True and "running" in now:
            running = True
    if state == "Completed" and running:
        return "Running" if condition(status, "Ready").get("status") == "True" else "NotReady"
    return state


def _tone(state: str, ready: int, containers: int) -> str:
    if state in GHOSTS:
        return "ghost"
    if state == "Running":
        return "good" if 0 < containers <= ready else "waiting"
    return "waiting" if state in STARTING or state.startswith("Init:0") else "bad"


def _deployment(metadata: Json, owners: Mapping[str, str]) -> str:
    owner = next((o for o in mappings(metadata.get("ownerReferences")) if o.get("kind") == "ReplicaSet"), {})
    replica_set = text(owner.get("name"))
    if replica_set in owners:
        return owners[replica_set]
    template_hash = text(mapping(metadata.get("labels")).get("pod-template-hash"))
    return replica_set.removesuffix(f"-{template_hash}") if template_hash else ""


def _last_end(statuses: list[Json]) -> Json:
    for container in statuses:
        for state in (mapping(container.get("state")), mapping(container.get("lastState"))):
            ended = mapping(state.get("terminated"))
            if ended:
                return ended
    return {}


def _started(statuses: list[Json]) -> datetime | None:
    starts = [when(mapping(mapping(c.get("state")).get("running")).get("startedAt")) for c in statuses]
    return max((start for start in starts if start), default=None)


def _start_may_take(spec: Json) -> timedelta:
    """What the start-up probe allows before the container is restarted; a usual time where there is no such probe."""
    probes = [mapping(container.get("startupProbe")) for container in mappings(spec.get("containers"))]
    allowed = [
        number(probe.get("initialDelaySeconds"))
        + (number(probe.get("periodSeconds")) or 10) * (number(probe.get("failureThreshold")) or 3)
        for probe in probes
        if probe
    ]
    return timedelta(seconds=min(max(allowed), MOST_SECONDS)) if allowed else USUAL_START


def _since(status: Json) -> datetime | None:
    for kind in ("PodScheduled", "Ready"):
        found = condition(status, kind)
        if found.get("status") == "False":
            return when(found.get("lastTransitionTime"))
    return None


def _message(status: Json, statuses: list[Json]) -> str:
    for container in statuses:
        waiting = mapping(mapping(container.get("state")).get("waiting"))
        if waiting.get("message"):
            return text(waiting.get("message"))
    return text(condition(status, "PodScheduled").get("message")) or text(status.get("message"))
