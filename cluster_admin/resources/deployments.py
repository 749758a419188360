"""A deployment as one row: how far its rollout is."""

from dataclasses import dataclass
from datetime import datetime

from cluster_admin.resources.reading import (
    Amounts,
    Json,
    condition,
    first_image,
    mapping,
    number,
    pod_requests,
    text,
    when,
)


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """`existing` counts pods that are not being stopped; `rollout` is complete, progressing, stuck, paused or zero.

    `failure` is why pods cannot be created, in the cluster's words. `requests` are those of one pod.
    """

    name: str
    desired: int
    existing: int
    ready: int
    updated: int
    available: int
    image: str
    created: datetime | None
    rollout: str
    tone: str
    requests: Amounts
    observed: bool
    since: datetime | None = None
    failure: str = ""


def read_deployment(deployment: Json) -> DeploymentRow:
    """Read an apps/v1 Deployment."""
    metadata, spec = mapping(deployment.get("metadata")), mapping(deployment.get("spec"))
    status = mapping(deployment.get("status"))
    template = mapping(mapping(spec.get("template")).get("spec"))
    progress, failure = condition(status, "Progressing"), condition(status, "ReplicaFailure")
    rollout, tone = _rollout(metadata, spec, status)
    return DeploymentRow(
        name=text(metadata.get("name")),
        desired=desired(spec),
        existing=number(status.get("replicas")),
        ready=number(status.get("readyReplicas")),
        updated=number(status.get("updatedReplicas")),
        available=number(status.get("availableReplicas")),
        image=first_image(template),
        created=when(metadata.get("creationTimestamp")),
        rollout=rollout,
        tone=tone,
        requests=pod_requests(template),
        observed=_observed(metadata, status),
        since=when(progress.get("lastUpdateTime")) or when(progress.get("lastTransitionTime")),
        failure=text(failure.get("message")) if failure.get("status") == "True" else "",
    )


def desired(spec: Json) -> int:
    """The API server writes 1 where nothing is asked for; so does this."""
    return number(spec.get("replicas")) if "replicas" in spec else 1


def _observed(metadata: Json, status: Json) -> bool:
    return number(status.get("observedGeneration")) >= number(metadata.get("generation"))


def _rollout(metadata: Json, spec: Json, status: Json) -> tuple[str, str]:
    wanted = desired(spec)
    existing, updated = number(status.get("replicas")), number(status.get("updatedReplicas"))
    if spec.get("paused") is True:
        return "paused", "waiting"
    if condition(status, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return "stuck", "bad"
    if wanted == 0 and existing == 0:
        return "zero", "ghost"
    settled = updated >= wanted and existing <= updated and number(status.get("availableReplicas")) >= wanted
    return ("complete", "good") if settled and _observed(metadata, status) else ("progressing", "waiting")
