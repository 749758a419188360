"""Discovery: which groups, versions and resources there are, in both forms clients ask for."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cluster_admin.practice.api.kinds import KINDS, Kind
from cluster_admin.practice.store import Obj

VERSION = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.0+practice",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-11-01T00:00:00Z",
    "goVersion": "none",
    "compiler": "none",
    "platform": "practice/cluster",
}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
GROUPS = ("apps", "authorization.k8s.io")

_REVIEWS: tuple[Obj, ...] = tuple(
    {
        "name": f"{kind.lower()}s",
        "singularName": kind.lower(),
        "namespaced": False,
        "kind": kind,
        "verbs": ["create"],
    }
    for kind in ("SelfSubjectAccessReview", "SelfSubjectRulesReview")
)


def discovery_routes() -> list[Route]:
    """`/version`, `/api`, `/apis` and what lies directly under them."""
    routes = [Route("/version", _version), Route("/api", _core), Route("/apis", _groups), Route("/api/v1", _resources)]
    for group in GROUPS:
        routes += [Route(f"/apis/{group}", _group), Route(f"/apis/{group}/v1", _resources)]
    return routes


async def _version(request: Request) -> Response:
    return JSONResponse(VERSION)


async def _core(request: Request) -> Response:
    if _wants_aggregated(request):
        return _aggregated([_group_discovery("")])
    return JSONResponse({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})


async def _groups(request: Request) -> Response:
    if _wants_aggregated(request):
        return _aggregated([_group_discovery(group) for group in GROUPS])
    return JSONResponse({"kind": "APIGroupList", "apiVersion": "v1", "groups": [_api_group(name) for name in GROUPS]})


async def _group(request: Request) -> Response:
    name = request.url.path.removeprefix("/apis/")
    return JSONResponse({"kind": "APIGroup", "apiVersion": "v1"} | _api_group(name))


async def _resources(request: Request) -> Response:
    group = request.url.path.removeprefix("/apis/").removesuffix("/v1") if "/apis/" in request.url.path else ""
    return JSONResponse(
        {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{group}/v1" if group else "v1",
            "resources": _plain_resources(group),
        }
    )


def _wants_aggregated(request: Request) -> bool:
    return any(
        "as=APIGroupDiscoveryList" in alternative and "v=v2" in [part.strip() for part in alternative.split(";")]
        for alternative in request.headers.get("accept", "").split(",")
    )


def _aggregated(items: list[Obj]) -> Response:
    body = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}
    return JSONResponse(body, media_type=AGGREGATED)


def _api_group(name: str) -> Obj:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _plain_resources(group: str) -> list[Obj]:
    if group == "authorization.k8s.io":
        return list(_REVIEWS)
    listed: list[Obj] = []
    for kind in _kinds_of(group):
        listed.append(_plain(kind))
        for sub in kind.subresources:
            entry = {"name": f"{kind.resource}/{sub.name}", "singularName": "", "namespaced": kind.namespaced}
            listed.append(entry | {"kind": sub.kind, "group": sub.group, "version": "v1", "verbs": list(sub.verbs)})
    return listed


def _plain(kind: Kind) -> Obj:
    return {
        "name": kind.resource,
        "singularName": kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": sorted(kind.verbs),
        "shortNames": list(kind.short_names),
        "categories": list(kind.categories),
    }


def _group_discovery(group: str) -> Obj:
    of_kinds = [_full(kind) for kind in _kinds_of(group)]
    resources = [_review(review) for review in _REVIEWS] if group == "authorization.k8s.io" else of_kinds
    return {
        "metadata": {"name": group} if group else {},
        "versions": [{"version": "v1", "freshness": "Current", "resources": resources}],
    }


def _full(kind: Kind) -> Obj:
    subresources = [
        {"subresource": sub.name, "responseKind": _response_kind(sub.group, sub.kind), "verbs": list(sub.verbs)}
        for sub in kind.subresources
    ]
    return {
        "resource": kind.resource,
        "responseKind": _response_kind(kind.group, kind.kind),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.kind.lower(),
        "verbs": sorted(kind.verbs),
        "shortNames": list(kind.short_names),
        "categories": list(kind.categories),
        "subresources": subresources,
    }


def _review(review: Obj) -> Obj:
    return {
        "resource": review["name"],
        "responseKind": _response_kind("authorization.k8s.io", review["kind"]),
        "scope": "Cluster",
        "singularResource": review["singularName"],
        "verbs": review["verbs"],
    }


def _response_kind(group: str, kind: str) -> Obj:
    return {"group": group, "version": "v1", "kind": kind}


def _kinds_of(group: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.group == group]
