"""The values Kubernetes fills in where a workload, a pod or a Service leaves them out; quantities as text."""

from cluster_admin import quantities
from cluster_admin.practice.store import Obj

_POD_SPEC: Obj = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30}
_WORKLOAD: Obj = {
    "replicas": 1,
    "strategy": {"type": "RollingUpdate"},
    "revisionHistoryLimit": 10,
    "progressDeadlineSeconds": 600,
}
_PROBE: Obj = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_HTTP_GET: Obj = {"path": "/", "scheme": "HTTP"}
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_ROLLING_UPDATE: Obj = {"maxUnavailable": "25%", "maxSurge": "25%"}


def with_defaults(resource: str, obj: Obj) -> Obj:
    """The object with the documented defaults of apps/v1 and core/v1; other kinds stay as they are."""
    if resource == "pods":
        return obj | {"spec": _pod_spec(obj["spec"])}
    if resource == "services":
        return obj | {"spec": _service_spec(obj.get("spec", {}))}
    if resource != "deployments":
        return obj
    spec = _WORKLOAD | obj["spec"]
    if spec["strategy"].setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = _ROLLING_UPDATE | spec["strategy"].get("rollingUpdate", {})
        spec["strategy"] = spec["strategy"] | {"rollingUpdate": rolling}
    spec["template"] = spec["template"] | {"spec": _pod_spec(spec["template"]["spec"])}
    return obj | {"spec": spec}


def _service_spec(spec: Obj) -> Obj:
    ports = [{"protocol": "TCP", "targetPort": port["port"]} | port for port in spec.get("ports", [])]
    return {"type": "ClusterIP"} | spec | ({"ports": ports} if ports else {})


def _pod_spec(spec: Obj) -> Obj:
    filled = _POD_SPEC | spec | {"containers": [_container(container) for container in spec["containers"]]}
    return filled | ({"overhead": _amounts(spec["overhead"])} if spec.get("overhead") else {})


def _container(container: Obj) -> Obj:
    filled = container | {name: _probe(container[name]) for name in _PROBES if container.get(name)}
    if container.get("resources"):
        filled["resources"] = _resources(container["resources"])
    if container.get("ports"):
        filled["ports"] = [{"protocol": "TCP"} | port for port in container["ports"]]
    return filled


def _resources(resources: Obj) -> Obj:
    """A limit without a request is a request too."""
    limits, requests = (_amounts(resources.get(name, {})) for name in ("limits", "requests"))
    filled = {"limits": limits, "requests": limits | requests}
    return resources | {name: amounts for name, amounts in filled.items() if amounts}


def _amounts(listed: Obj) -> Obj:
    """As text, also where the manifest has a number: typed clients read nothing else."""
    return {name: _text(quantity) for name, quantity in listed.items()}


def _text(quantity: str | int | float) -> str:
    if isinstance(quantity, float):
        return quantities.format_milli(quantities.milli(str(quantity)))
    return str(quantity)


def _probe(probe: Obj) -> Obj:
    asked = {"httpGet": _HTTP_GET | probe["httpGet"]} if probe.get("httpGet") else {}
    return _PROBE | probe | asked
