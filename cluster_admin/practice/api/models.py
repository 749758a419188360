"""The fields that the practice cluster acts on, as models: they check what is stored, and `/openapi/v3` shows them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cluster_admin import quantities

MOST_REPLICAS = 1000

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
    hostIP: str = ""  # noqa: N815
    hostPort: Annotated[int, Field(ge=0, le=65535)] = 0  # noqa: N815
    name: str = ""
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"


class FieldRef(Part):
    fieldPath: str  # noqa: N815


class ValueFrom(Part):
    fieldRef: FieldRef | None = None  # noqa: N815


class EnvironmentVariable(Part):
    name: Annotated[str, Field(min_length=1, pattern=r"^[^=\x00]+$")]
    value: Annotated[str, Field(pattern=r"^[^\x00]*$")] = ""
    valueFrom: ValueFrom | None = None  # noqa: N815


class HttpHeader(Part):
    name: str
    value: str


class HttpGet(Part):
    httpHeaders: list[HttpHeader] = []  # noqa: N815
    path: str = "/"
    port: Port | str
    scheme: Literal["HTTP"] = "HTTP"


class TcpSocket(Part):
    port: Port | str


class Probe(Part):
    httpGet: HttpGet | None = None  # noqa: N815
    tcpSocket: TcpSocket | None = None  # noqa: N815
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
    affinity: dict[str, Any] = {}
    topologySpreadConstraints: list[dict[str, Any]] = []  # noqa: N815
    overhead: dict[str, Quantity] = {}


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
    paused: bool = False
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


class ServicePort(Part):
    name: str = ""
    port: Port
    protocol: Literal["TCP"] = "TCP"
    targetPort: Port | str = ""  # noqa: N815


class ServiceSpec(Part):
    ports: list[ServicePort] = []
    selector: dict[str, str] = {}
    type: Literal["ClusterIP"] = "ClusterIP"


class ServiceBody(Part):
    metadata: Metadata
    spec: ServiceSpec = ServiceSpec()


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
    "services": ServiceBody,
    "events": EventBody,
    "scale": Scale,
}


def model_of(resource: str) -> type[Part]:
    """The model of a resource (plural), or of the `scale` subresource."""
    return _MODELS.get(resource, Bare)
