"""The values Kubernetes fills in where a workload or a pod leaves them out."""

from cluster_admin.practice.store import Obj

_POD_SPEC: Obj = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30}
_WORKLOAD: Obj = {
    "replicas": 1,
    "strategy": {"type": "RollingUpdate"},
    "revisionHistoryLimit": 10,
    "progressDeadlineSeconds": 600,
}
_ROLLING_UPDATE: Obj = {"maxUnavailable": "25%", "maxSurge": "25%"}


def with_defaults(resource: str, obj: Obj) -> Obj:
    """The object with the documented defaults of apps/v1 and core/v1; other kinds stay as they are."""
    if resource == "pods":
        return obj | {"spec": _POD_SPEC | obj["spec"]}
    if resource != "deployments":
        return obj
    spec = _WORKLOAD | obj["spec"]
    if spec["strategy"].setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = _ROLLING_UPDATE | spec["strategy"].get("rollingUpdate", {})
        spec["strategy"] = spec["strategy"] | {"rollingUpdate": rolling}
    spec["template"] = spec["template"] | {"spec": _POD_SPEC | spec["template"]["spec"]}
    return obj | {"spec": spec}
