"""What the API refuses to store: every field the practice cluster acts on is checked, the rest is kept as it comes."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cluster_admin import quantities
from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.errors import Invalid
from cluster_admin.practice.store import Obj

MOST_REPLICAS = 1000
T = TypeVar("T")

_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"


def _quantity(value: str | int | float) -> str | int | float:
    if quantities.parse(str(value)) < 0:
        raise ValueError("must be greater than or equal to 0")
    return value


def _replicas(value: int) -> int:
    if value < 0:
        raise ValueError("must be greater than or equal to 0")
    if value > MOST_REPLICAS:
        raise ValueError(f"the practice cluster allows at most {MOST_REPLICAS} replicas")
    return value


def _different(items: list[Any]) -> list[Any]:
    names = [item.name for item in items]
    if len(set(names)) < len(names):
        raise ValueError("names must be different")
    return items


Quantity = Annotated[str | int | float, AfterValidator(_quantity)]
Replicas = Annotated[int, AfterValidator(_replicas)]
Port = Annotated[int, Field(ge=1, le=65535)]
NotNegative = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class Metadata(Part):
    name: Annotated[str, Field(pattern=_SUBDOMAIN)]
    namespace: Annotated[str, Field(pattern=_LABEL)] | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    ownerReferences: list[dict[str, Any]] = []  # noqa: N815 - the names of the fields are Kubernetes'


class ContainerPort(Part):
    containerPort: Port  # noqa: N815


class EnvironmentVariable(Part):
    name: Annotated[str, Field(min_length=1, pattern=r"^[^=\x00]+$")]
    value: Annotated[str, Field(pattern=r"^[^\x00]*$")] = ""


class HttpGet(Part):
    path: str = "/"
    port: Port | str


class Probe(Part):
    httpGet: HttpGet | None = None  # noqa: N815
    initialDelaySeconds: NotNegative = 0  # noqa: N815
    periodSeconds: Annotated[int, Field(ge=1)] = 10  # noqa: N815
    timeoutSeconds: Annotated[int, Field(ge=1)] = 1  # noqa: N815
    failureThreshold: Annotated[int, Field(ge=1)] = 3  # noqa: N815
    successThreshold: Annotated[int, Field(ge=1)] = 1  # noqa: N815


class Resources(Part):
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class Container(Part):
    name: Annotated[str, Field(pattern=_LABEL)]
    image: Annotated[str, Field(min_length=1, pattern=r"^\S+$")]
    command: list[Annotated[str, Field(pattern=r"^[^\x00]*$")]] = []
    args: list[Annotated[str, Field(pattern=r"^[^\x00]*$")]] = []
    ports: list[ContainerPort] = []
    env: list[EnvironmentVariable] = []
    resources: Resources = Resources()
    readinessProbe: Probe | None = None  # noqa: N815
    livenessProbe: Probe | None = None  # noqa: N815
    startupProbe: Probe | None = None  # noqa: N815


class Toleration(Part):
    key: str = ""
    operator: Literal["", "Exists", "Equal"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


class PodSpec(Part):
    containers: Annotated[list[Container], Field(min_length=1), AfterValidator(_different)]
    initContainers: Annotated[list[Any], Field(max_length=0)] = []  # noqa: N815 - the kubelet would not run them
    nodeName: str = ""  # noqa: N815
    nodeSelector: dict[str, str] = {}  # noqa: N815
    tolerations: list[Toleration] = []
    restartPolicy: Literal["Always", "OnFailure", "Never"] = "Always"  # noqa: N815
    terminationGracePeriodSeconds: NotNegative = 30  # noqa: N815


class TemplateMetadata(Part):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Template(Part):
    metadata: TemplateMetadata = TemplateMetadata()
    spec: PodSpec


class Selector(Part):
    matchLabels: Annotated[dict[str, str], Field(min_length=1)]  # noqa: N815
    matchExpressions: Annotated[list[Any], Field(max_length=0)] = []  # noqa: N815


class RollingUpdate(Part):
    maxSurge: NotNegative | Annotated[str, Field(pattern=r"^\d{1,3}%$")] = "25%"  # noqa: N815
    maxUnavailable: NotNegative | Annotated[str, Field(pattern=r"^\d{1,3}%$")] = "25%"  # noqa: N815


class Strategy(Part):
    type: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    rollingUpdate: RollingUpdate = RollingUpdate()  # noqa: N815


class WorkloadSpec(Part):
    replicas: Replicas = 1
    selector: Selector
    template: Template
    strategy: Strategy = Strategy()
    minReadySeconds: NotNegative = 0  # noqa: N815
    progressDeadlineSeconds: NotNegative = 600  # noqa: N815
    revisionHistoryLimit: NotNegative = 10  # noqa: N815


class Workload(Part):
    metadata: Metadata
    spec: WorkloadSpec


class Pod(Part):
    metadata: Metadata
    spec: PodSpec


class Taint(Part):
    key: Annotated[str, Field(min_length=1)]
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class NodeSpec(Part):
    unschedulable: bool = False
    taints: list[Taint] = []


class Node(Part):
    metadata: Metadata
    spec: NodeSpec = NodeSpec()


class Involved(Part):
    kind: str = ""
    name: str = ""
    namespace: str = ""


class EventBody(Part):
    metadata: Metadata
    involvedObject: Involved  # noqa: N815
    reason: str = ""
    message: Annotated[str, Field(max_length=1024)] = ""
    type: Literal["Normal", "Warning"] = "Normal"


class Bare(Part):
    metadata: Metadata


class ScaleSpec(Part):
    replicas: Replicas


class Scale(Part):
    spec: ScaleSpec


_MODELS: dict[str, type[Part]] = {
    "deployments": Workload,
    "replicasets": Workload,
    "pods": Pod,
    "nodes": Node,
    "events": EventBody,
    "scale": Scale,
}


def check(kind: Kind, name: str, obj: Obj, subresource: str | None = None) -> None:
    """Raises Invalid with one cause for each wrong field."""
    try:
        _MODELS.get(subresource or kind.resource, Bare).model_validate(obj)
    except ValidationError as error:
        causes = [_cause(dict(item)) for item in error.errors(include_url=False)]
        raise invalid(kind, name, causes) from error
    if "template" in obj.get("spec", {}):
        _check_template_labels(kind, obj)


def check_unchanged(kind: Kind, old: Obj, new: Obj, *path: str) -> None:
    """Raises Invalid when the field at `path` differs."""
    if _at(old, path) != _at(new, path):
        cause = {"reason": "FieldValueInvalid", "field": ".".join(path), "message": "field is immutable"}
        raise invalid(kind, old["metadata"]["name"], [cause])


def invalid(kind: Kind, name: str, causes: list[dict[str, str]]) -> Invalid:
    title = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    reasons = "; ".join(f"{cause['field']}: {cause['message']}" for cause in causes)
    return Invalid(f'{title} "{name}" is invalid: {reasons}', kind.resource, name, causes)


def _check_template_labels(kind: Kind, obj: Obj) -> None:
    labels = obj["spec"]["template"].get("metadata", {}).get("labels", {})
    if not obj["spec"]["selector"]["matchLabels"].items() <= labels.items():
        message = "`selector` does not match template `labels`"
        cause = {"reason": "FieldValueInvalid", "field": "spec.template.metadata.labels", "message": message}
        raise invalid(kind, obj["metadata"]["name"], [cause])


def _cause(error: dict[str, Any]) -> dict[str, str]:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
    if error["type"] == "missing":
        return {"reason": "FieldValueRequired", "field": field, "message": "Required value"}
    message = f"Invalid value: {str(error['input'])[:80]!r}: {error['msg'].removeprefix('Value error, ')}"
    return {"reason": "FieldValueInvalid", "field": field, "message": message}


def _at(obj: Obj, path: tuple[str, ...]) -> Any:
    value: Any = obj
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
