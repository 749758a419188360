"""POST, PUT, PATCH and DELETE of objects, their `status` and their `scale`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cluster_admin.practice.api import requests
from cluster_admin.practice.api.defaults import with_defaults
from cluster_admin.practice.api.kinds import Kind
from cluster_admin.practice.api.patches import JSON_PATCH, check_type, patched
from cluster_admin.practice.api.reading import json_response
from cluster_admin.practice.api.validation import check, check_unchanged, not_acted_on
from cluster_admin.practice.errors import BadRequest, Conflict, Invalid
from cluster_admin.practice.store import Obj, Store, random_suffix

MOST_WARNINGS = 10
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.\[\]/-]")
_IMMUTABLE = {"deployments": ("spec", "selector"), "replicasets": ("spec", "selector"), "pods": ("spec",)}
_FIRST_STATUS: dict[str, Obj] = {"pods": {"phase": "Pending"}, "namespaces": {"phase": "Active"}}


@dataclass(frozen=True, slots=True)
class Writing:
    """The writing half of one kind's paths."""

    store: Store
    kind: Kind

    async def create(self, request: Request) -> Response:
        requests.require_object(request)
        obj = _without_nulls(await requests.body_object(request))
        self._check_type(obj)
        self._place(obj, request.path_params.get("namespace"))
        self._admit(obj)
        obj["status"] = dict(_FIRST_STATUS.get(self.kind.resource, {}))
        stored = self.store.create(self.kind.resource, obj, requests.dry_run(request))
        return self._answer(request, stored, 201)

    async def replace(self, request: Request) -> Response:
        requests.require_object(request)
        body = _without_nulls(await requests.body_object(request))
        return self._change(request, lambda old: body)

    async def patch(self, request: Request) -> Response:
        patch, media = await _patch_body(request)
        return self._change(request, lambda old: patched(media, old, patch))

    async def replace_status(self, request: Request) -> Response:
        requests.require_object(request)
        body = _without_nulls(await requests.body_object(request))
        return self._change_status(request, lambda old: body)

    async def patch_status(self, request: Request) -> Response:
        patch, media = await _patch_body(request)
        return self._change_status(request, lambda old: patched(media, old, patch))

    async def delete(self, request: Request) -> Response:
        options = await requests.optional_body_object(request)
        namespace, name = request.path_params.get("namespace"), request.path_params["name"]
        obj = self.store.get(self.kind.resource, namespace, name)
        _check_delete(self.kind, obj, options)
        if not (requests.dry_run(request) or options.get("dryRun")):
            obj = self.store.delete(self.kind.resource, namespace, name, _grace(request, options))
        if self.kind.resource == "pods":
            return json_response(self.kind.dressed(obj))
        details = {"name": name, "group": self.kind.group, "kind": self.kind.resource, "uid": obj["metadata"]["uid"]}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return json_response(status)

    def _change(self, request: Request, changed: Callable[[Obj], Obj]) -> Response:
        old = self._old(request)
        new = _without_nulls(changed(old))
        self._check_same_object(request, new)
        new["status"] = old.get("status", {})
        self._admit(new)
        if path := _IMMUTABLE.get(self.kind.resource):
            check_unchanged(self.kind, with_defaults(self.kind.resource, old), new, *path)
        stored = self.store.update(self.kind.resource, new, requests.dry_run(request))
        return self._answer(request, stored)

    def _change_status(self, request: Request, changed: Callable[[Obj], Obj]) -> Response:
        old = self._old(request)
        body = changed(old)
        self._check_same_object(request, body)
        if not isinstance(body.get("status", {}), dict):
            raise BadRequest("status: must be an object")
        version = body["metadata"].get("resourceVersion")
        new = old | {"status": body.get("status", {}), "metadata": old["metadata"] | {"resourceVersion": version}}
        stored = self.store.update(self.kind.resource, new, requests.dry_run(request))
        return json_response(self.kind.dressed(stored))

    def _answer(self, request: Request, stored: Obj, status: int = 200) -> Response:
        """The stored object, with a warning of each field that is only kept (RFC 9111, code 299)."""
        response = json_response(self.kind.dressed(stored), status)
        if requests.warns_of_fields(request):
            for path in not_acted_on(self.kind, stored)[:MOST_WARNINGS]:
                text = (
                    f"{_NOT_PLAIN.sub('?', path)[:100]}: the practice cluster keeps this field and does not act on it"
                )
                response.headers.append("Warning", f'299 - "{text}"')
        return response

    def _old(self, request: Request) -> Obj:
        params = request.path_params
        return self.kind.dressed(self.store.get(self.kind.resource, params.get("namespace"), params["name"]))

    def _admit(self, obj: Obj) -> None:
        name = str(obj["metadata"].get("name", ""))
        check(self.kind, name, obj)
        obj |= with_defaults(self.kind.resource, obj)

    def _check_type(self, obj: Obj) -> None:
        given = (obj.get("apiVersion", self.kind.api_version), obj.get("kind", self.kind.kind))
        if given != (self.kind.api_version, self.kind.kind):
            raise BadRequest(f"the body is {given[0]} {given[1]}, not {self.kind.api_version} {self.kind.kind}")
        if not isinstance(obj.get("metadata"), dict):
            raise BadRequest("metadata: must be an object")

    def _place(self, obj: Obj, namespace: str | None) -> None:
        """Set the namespace of the path and the generated name. Raises BadRequest, NotFound."""
        metadata = obj["metadata"]
        if namespace is not None:
            if metadata.setdefault("namespace", namespace) != namespace:
                raise BadRequest(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            self.store.get("namespaces", None, namespace)
        if "name" not in metadata and isinstance(metadata.get("generateName"), str):
            metadata["name"] = metadata["generateName"] + random_suffix()
        if metadata.get("resourceVersion"):
            raise BadRequest("resourceVersion should not be set on objects to be created")

    def _check_same_object(self, request: Request, obj: Obj) -> None:
        self._check_type(obj)
        metadata, params = obj["metadata"], request.path_params
        for field in ("name", "namespace"):
            if field in params and metadata.setdefault(field, params[field]) != params[field]:
                raise BadRequest(f"the {field} of the object does not match the {field} on the URL")


async def _patch_body(request: Request) -> tuple[Any, str]:
    media = requests.media_type(request)
    check_type(media)
    if media == JSON_PATCH:
        return await requests.body_json(request), media
    return await requests.body_object(request), media


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _check_delete(kind: Kind, obj: Obj, options: Obj) -> None:
    if options.get("propagationPolicy") in {"Orphan", "Foreground"} or options.get("orphanDependents"):
        raise Invalid(f"propagationPolicy: the practice cluster deletes {kind.resource} with background cascade only")
    for field, value in (options.get("preconditions") or {}).items():
        if value is not None and obj["metadata"].get(field) != value:
            name = obj["metadata"]["name"]
            raise Conflict(f'{kind.resource} "{name}": the {field} in the precondition does not match', kind.resource)


def _grace(request: Request, options: Obj) -> int | None:
    in_query = requests.count(request, "gracePeriodSeconds", requests.LONGEST_SECONDS)
    seconds = options.get("gracePeriodSeconds", in_query)
    if seconds is not None and (type(seconds) is not int or seconds < 0):
        raise Invalid("gracePeriodSeconds: must be a whole number, 0 or more")
    return seconds
