"""The `scale` subresource of deployments and replica sets."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from cluster_admin.practice.api import requests
from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.patches import patched
from cluster_admin.practice.api.reading import json_response
from cluster_admin.practice.api.selectors import selector_text
from cluster_admin.practice.api.validation import check
from cluster_admin.practice.errors import BadRequest
from cluster_admin.practice.store import Obj, Store


@dataclass(frozen=True, slots=True)
class Scaling:
    """Reads and sets the replicas of one workload. A stale `resourceVersion` is a Conflict."""

    store: Store
    kind: Kind

    async def get(self, request: Request) -> Response:
        return json_response(_scale(self._workload(request)))

    async def replace(self, request: Request) -> Response:
        requests.require_object(request)
        body = await requests.body_object(request)
        return self._set(request, lambda old: body)

    async def patch(self, request: Request) -> Response:
        patch = await requests.body_object(request)
        media = requests.media_type(request)
        return self._set(request, lambda old: patched(media, old, patch))

    def _set(self, request: Request, changed: Callable[[Obj], Obj]) -> Response:
        workload = self._workload(request)
        scale = changed(_scale(workload))
        metadata = scale.get("metadata") or {}
        if (
            not isinstance(metadata, dict)
            or metadata.get("name", request.path_params["name"]) != workload["metadata"]["name"]
        ):
            raise BadRequest("the name of the object does not match the name on the URL")
        check(self.kind, workload["metadata"]["name"], scale, "scale")
        workload["metadata"]["resourceVersion"] = metadata.get("resourceVersion")
        workload["spec"]["replicas"] = scale["spec"]["replicas"]
        stored = self.store.update(self.kind.resource, workload, requests.dry_run(request))
        return json_response(_scale(stored))

    def _workload(self, request: Request) -> Obj:
        return self.store.get(self.kind.resource, request.path_params["namespace"], request.path_params["name"])


def _scale(workload: Obj) -> Obj:
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: workload["metadata"][field] for field in kept},
        "spec": {"replicas": workload["spec"].get("replicas", 1)},
        "status": {
            "replicas": workload.get("status", {}).get("replicas", 0),
            "selector": selector_text(workload["spec"].get("selector", {})),
        },
    }
