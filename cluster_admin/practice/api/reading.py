"""GET of objects and collections, watches, and the logs of pods."""

import asyncio
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cluster_admin.practice.api import requests
from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.logs import LogSource, container_name, log_options, log_parts, opened_log
from cluster_admin.practice.api.selectors import Test, field_test, label_test
from cluster_admin.practice.api.streams import EndlessResponse
from cluster_admin.practice.api.table import table
from cluster_admin.practice.api.watching import watch_lines, watch_options
from cluster_admin.practice.errors import BadRequest, Expired
from cluster_admin.practice.store import Obj, Store


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading half of one kind's paths. `closing` ends the watches when the server stops."""

    store: Store
    kind: Kind
    closing: asyncio.Event

    async def get(self, request: Request) -> Response:
        params = request.path_params
        obj = self.store.get(self.kind.resource, params.get("namespace"), params["name"])
        return self._answer(request, obj)

    async def list_or_watch(self, request: Request) -> Response:
        if requests.flag(request, "watch"):
            return self._watch(request)
        objects, version = self.store.list(self.kind.resource, request.path_params.get("namespace"))
        _check_list_options(request, version)
        wanted = _selection(request, self.kind)
        chosen = [obj for obj in objects if wanted(obj)]
        if requests.wants_table(request):
            return json_response(table(self.kind, chosen, version, whole=_whole(request)))
        body = {
            "kind": f"{self.kind.kind}List",
            "apiVersion": self.kind.api_version,
            "metadata": {"resourceVersion": version},
            "items": [self.kind.dressed(obj) for obj in chosen],
        }
        return json_response(body)

    def _watch(self, request: Request) -> Response:
        options = watch_options(request)
        wanted = _selection(request, self.kind)
        lines = watch_lines(self.store, self.kind, request.path_params.get("namespace"), wanted, options)
        return EndlessResponse(lines, self.closing, options.seconds)

    def _answer(self, request: Request, obj: Obj) -> Response:
        if requests.wants_table(request):
            version = obj["metadata"]["resourceVersion"]
            return json_response(table(self.kind, [obj], version, whole=_whole(request)))
        return json_response(self.kind.dressed(obj))


@dataclass(frozen=True, slots=True)
class PodLogs:
    """`GET …/pods/{name}/log`."""

    store: Store
    source: LogSource
    closing: asyncio.Event

    async def get(self, request: Request) -> Response:
        pod = self.store.get("pods", request.path_params["namespace"], request.path_params["name"])
        options = log_options(request)
        container = container_name(pod, request.query_params.get("container"))
        file = opened_log(self.source, pod, container, options.previous)
        parts = log_parts(self.store, pod, container, file, options)
        return EndlessResponse(parts, self.closing, requests.LONGEST_SECONDS, "text/plain; charset=utf-8")


def json_response(body: Obj, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _selection(request: Request, kind: Kind) -> Test:
    labels = label_test(request.query_params.get("labelSelector", ""))
    fields = field_test(kind.resource, request.query_params.get("fieldSelector", ""))
    return lambda obj: labels(obj) and fields(obj)


def _check_list_options(request: Request, version: str) -> None:
    """Lists are always whole and current, which the API allows for `limit` and for every version but an exact one."""
    query = request.query_params
    if query.get("continue"):
        raise BadRequest("continue key is not valid: the practice cluster answers lists whole")
    asked = query.get("resourceVersion") or "0"
    if not (asked.isascii() and asked.isdecimal()):
        raise BadRequest(f'resourceVersion: Invalid value: "{asked}"')
    if query.get("resourceVersionMatch") == "Exact" and asked != version:
        raise Expired(f"the provided resource version {asked} is no longer available")


def _whole(request: Request) -> bool:
    return request.query_params.get("includeObject") == "Object"
