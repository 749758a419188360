"""The API as an ASGI application."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cluster_admin.practice.api.auth import BearerToken
from cluster_admin.practice.api.discovery import discovery_routes
from cluster_admin.practice.api.kinds import KINDS, Kind
from cluster_admin.practice.api.logs import LogSource
from cluster_admin.practice.api.openapi import openapi_routes
from cluster_admin.practice.api.reading import PodLogs, Reading, json_response
from cluster_admin.practice.api.scaling import Scaling
from cluster_admin.practice.api.writing import Writing
from cluster_admin.practice.errors import BadRequest, MethodNotAllowed, NotFound, Refusal
from cluster_admin.practice.store import Store


def make_app(store: Store, token: str, logs: LogSource) -> Starlette:
    """The API over a store. `app.state.closing` is an event that ends all watches and followed logs."""
    closing = asyncio.Event()
    routes = [*discovery_routes(), *openapi_routes(), *_health_routes(), *_review_routes()]
    for kind in KINDS:
        routes += _kind_routes(kind, store, closing)
    pods = next(kind for kind in KINDS if kind.resource == "pods")
    log_path = f"{pods.collection_path}/{{name}}/log"
    routes.append(Route(log_path, PodLogs(store, logs, closing).get, methods=["GET"]))
    routes += _interactive_routes(f"{pods.collection_path}/{{name}}")
    app = Starlette(
        routes=routes,
        middleware=[Middleware(BearerToken, token=token)],
        exception_handlers={Refusal: _refused, HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False
    app.state.closing = closing
    return app


def _kind_routes(kind: Kind, store: Store, closing: asyncio.Event) -> list[Route]:
    reading, writing = Reading(store, kind, closing), Writing(store, kind)
    one = f"{kind.collection_path}/{{name}}"
    routes = [Route(kind.collection_path, reading.list_or_watch, methods=["GET"])]
    if kind.namespaced:
        routes.append(Route(kind.all_path, reading.list_or_watch, methods=["GET"]))
    routes.append(Route(one, reading.get, methods=["GET"]))
    verbs = {
        "create": Route(kind.collection_path, writing.create, methods=["POST"]),
        "update": Route(one, writing.replace, methods=["PUT"]),
        "patch": Route(one, writing.patch, methods=["PATCH"]),
        "delete": Route(one, writing.delete, methods=["DELETE"]),
    }
    routes += [route for verb, route in verbs.items() if verb in kind.verbs]
    for subresource in kind.subresources:
        routes += _subresource_routes(kind, subresource.name, one, store, reading)
    return routes


def _subresource_routes(kind: Kind, name: str, one: str, store: Store, reading: Reading) -> list[Route]:
    path = f"{one}/{name}"
    if name == "scale":
        scaling = Scaling(store, kind)
        handlers = {"GET": scaling.get, "PUT": scaling.replace, "PATCH": scaling.patch}
    elif name == "status":
        writing = Writing(store, kind)
        handlers = {"GET": reading.get, "PUT": writing.replace_status, "PATCH": writing.patch_status}
    else:
        handlers = {}
    return [Route(path, handler, methods=[method]) for method, handler in handlers.items()]


def _health_routes() -> list[Route]:
    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok")

    return [Route(path, healthy, methods=["GET"]) for path in ("/livez", "/readyz", "/healthz")]


def _interactive_routes(pod_path: str) -> list[Route]:
    """Refused in words that kubectl prints: a shell in a pod would be a shell on this machine."""

    async def refuse(request: Request) -> Response:
        raise BadRequest("pods of the practice cluster are processes of this machine: kubectl cannot enter them")

    return [Route(f"{pod_path}/{name}", refuse, methods=["GET", "POST"]) for name in ("exec", "attach", "portforward")]


def _review_routes() -> list[Route]:
    group = "/apis/authorization.k8s.io/v1"
    return [
        Route(f"{group}/selfsubjectaccessreviews", _review_access, methods=["POST"]),
        Route(f"{group}/selfsubjectrulesreviews", _review_rules, methods=["POST"]),
    ]


async def _review_access(request: Request) -> Response:
    """Whoever holds the token may do everything that is served: the body (protobuf from kubectl) is not even read."""
    body = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {}}
    return json_response(body | {"status": {"allowed": True, "reason": "the one user of the practice cluster"}}, 201)


async def _review_rules(request: Request) -> Response:
    """As above, for `kubectl auth can-i --list`."""
    body = {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {}}
    rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    status = {"resourceRules": rules, "nonResourceRules": [], "incomplete": False}
    return json_response(body | {"status": status}, 201)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return json_response(error.status(), error.code)


async def _unrouted(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.code:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        words = "the server does not allow this method on the requested resource"
        refusal: Refusal = MethodNotAllowed(
            f"{words}: the practice cluster allows {allowed} here, not {request.method}"
        )
    else:
        refusal = NotFound("the server could not find the requested resource")
    return json_response(refusal.status(), refusal.code)
