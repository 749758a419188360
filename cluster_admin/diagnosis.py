"""What is wrong first, as a code with parameters: pages put it into words. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cluster_admin.resources import DeploymentRow, NodeRow, PodRow

BAD, WAITING, UNDER_WAY = "bad", "waiting", "under-way"
LOOPING = frozenset({"CrashLoopBackOff", "Error", "OOMKilled", "RunContainerError", "StartError", "ContainerCannotRun"})
NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
NOT_CREATED = frozenset({"CreateContainerConfigError", "CreateContainerError"})
INSUFFICIENT = re.compile(r"(\d+) Insufficient ([\w./-]+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the sentence and the suggestion, `params` fill them in; `pod` is the one to look at, or "".

    `severity` is bad (answers are missing), waiting (somebody chose so) or under-way (nothing to do but wait).
    """

    code: str
    severity: str
    since: datetime | None = None
    params: dict[str, str | int] = field(default_factory=dict)
    pod: str = ""
    subject: str = ""


def diagnose(
    deployment: DeploymentRow, pods: Sequence[PodRow], nodes: Sequence[NodeRow], now: datetime
) -> Finding | None:
    """The first thing that is wrong with a deployment, or None. `pods` are its own."""
    if deployment.desired == 0:
        code = "no-replicas" if not deployment.existing else "stopping"
        severity = WAITING if not deployment.existing else UNDER_WAY
        # A deployment does not tell when it was scaled to 0.
        return replace(_about(deployment, code, severity, None, count=deployment.existing), since=None)
    alive = [pod for pod in pods if pod.state != "Terminating"]
    return (
        _crashing(deployment, alive)
        or _without_image(deployment, alive)
        or _not_created(deployment, alive)
        or _unplaced(deployment, alive)
        or _on_broken_node(deployment, pods, nodes)
        or _not_ready(deployment, alive, now)
        or _refused(deployment)
        or _rollout(deployment)
    )


def diagnose_node(node: NodeRow) -> Finding | None:
    """What is wrong with a node, or None."""
    if node.state != "NotReady":
        return None
    params: dict[str, str | int] = {"node": node.name, "message": node.message}
    return Finding("node-not-ready", BAD, node.since, params, subject=node.name)


def short_of(message: str) -> tuple[str, ...]:
    """Which resources are short, from a scheduler's message; the one short on most nodes first."""
    counts: Counter[str] = Counter()
    for nodes, resource in INSUFFICIENT.findall(message):
        name = resource.rstrip(".")
        counts["gpu" if "gpu" in name else name] += int(nodes)
    return tuple(name for name, _count in counts.most_common())


def _about(deployment: DeploymentRow, code: str, severity: str, pod: PodRow | None, **params: str | int) -> Finding:
    since = (pod.since if pod else None) or deployment.since
    named = {"deployment": deployment.name, **params}
    if pod:
        named["pod"] = pod.name
    return Finding(code, severity, since, named, pod.name if pod else "", deployment.name)


def _worst(pods: Iterable[PodRow], states: frozenset[str]) -> list[PodRow]:
    found = [pod for pod in pods if pod.state.removeprefix("Init:") in states]
    return sorted(found, key=lambda pod: -pod.restarts)


def _crashing(deployment: DeploymentRow, pods: Sequence[PodRow]) -> Finding | None:
    found = _worst(pods, LOOPING)
    if not found:
        return None
    pod = found[0]
    code = "crash-loop" if pod.restarts else "stopped"
    code = "out-of-memory" if pod.exit_reason == "OOMKilled" else code
    exit_code = -1 if pod.exit_code is None else pod.exit_code
    reason = pod.exit_reason or pod.state
    return _about(
        deployment, code, BAD, pod, count=len(found), restarts=pod.restarts, exit_code=exit_code, reason=reason
    )


def _without_image(deployment: DeploymentRow, pods: Sequence[PodRow]) -> Finding | None:
    found = _worst(pods, NO_IMAGE)
    return _about(deployment, "no-image", BAD, found[0], image=deployment.image) if found else None


def _not_created(deployment: DeploymentRow, pods: Sequence[PodRow]) -> Finding | None:
    found = _worst(pods, NOT_CREATED)
    return _about(deployment, "not-created", BAD, found[0], message=found[0].message) if found else None


def _unplaced(deployment: DeploymentRow, pods: Sequence[PodRow]) -> Finding | None:
    found = [pod for pod in pods if pod.state == "Pending" and not pod.scheduled and pod.message]
    if not found:
        return None
    short = short_of(found[0].message)
    code = "short" if short else "no-node"
    return _about(
        deployment, code, BAD, found[0], count=len(found), resource=short[0] if short else "", message=found[0].message
    )


def _on_broken_node(deployment: DeploymentRow, pods: Sequence[PodRow], nodes: Sequence[NodeRow]) -> Finding | None:
    broken = {node.name for node in nodes if node.state == "NotReady"}
    lost = [pod for pod in pods if pod.node in broken]
    return _about(deployment, "pods-on-broken-node", BAD, lost[0], count=len(lost), node=lost[0].node) if lost else None


def _not_ready(deployment: DeploymentRow, pods: Sequence[PodRow], now: datetime) -> Finding | None:
    waiting = [pod for pod in pods if pod.state in {"Running", "NotReady"} and not pod.is_ready]
    late = [pod for pod in waiting if pod.is_late(now)]
    if not late:
        return None
    return _about(deployment, "not-ready", BAD, late[0], count=len(late))


def _refused(deployment: DeploymentRow) -> Finding | None:
    if not deployment.failure:
        return None
    return _about(deployment, "pods-refused", BAD, None, message=deployment.failure)


def _rollout(deployment: DeploymentRow) -> Finding | None:
    if deployment.rollout == "stuck":
        return _about(deployment, "stuck", BAD, None, ready=deployment.ready, desired=deployment.desired)
    if deployment.rollout == "paused" and deployment.updated < deployment.desired:
        return _about(deployment, "paused", WAITING, None)
    if deployment.ready < deployment.desired:
        count = deployment.desired - deployment.ready
        return _about(deployment, "starting", UNDER_WAY, None, count=count)
    if deployment.existing > deployment.desired or deployment.updated < deployment.desired:
        return _about(deployment, "replacing", UNDER_WAY, None, count=deployment.existing - deployment.desired)
    return None
