"""Which kinds the practice cluster serves, under which paths and with which verbs."""

from dataclasses import dataclass

from cluster_admin.practice.store import CLUSTER_SCOPED, Obj

READ = ("get", "list", "watch")


@dataclass(frozen=True, slots=True)
class Subresource:
    name: str
    kind: str
    group: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object; `resource` is its plural in paths and in the store."""

    resource: str
    kind: str
    group: str
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()

    @property
    def namespaced(self) -> bool:
        return self.resource not in CLUSTER_SCOPED

    @property
    def api_version(self) -> str:
        return f"{self.group}/v1" if self.group else "v1"

    @property
    def root(self) -> str:
        return f"/apis/{self.group}/v1" if self.group else "/api/v1"

    @property
    def all_path(self) -> str:
        return f"{self.root}/{self.resource}"

    @property
    def collection_path(self) -> str:
        """Where objects are created: within a namespace for namespaced kinds. A Starlette path pattern."""
        return f"{self.root}/namespaces/{{namespace}}/{self.resource}" if self.namespaced else self.all_path

    def dressed(self, obj: Obj) -> Obj:
        """The object with its `kind` and `apiVersion`, which the store need not hold."""
        return {"kind": self.kind, "apiVersion": self.api_version} | obj


_SCALE = Subresource("scale", "Scale", "autoscaling", ("get", "patch", "update"))
_CHANGE = ("create", "delete", "patch", "update")

KINDS = (
    Kind("nodes", "Node", "", (*READ, "patch", "update"), ("no",)),
    Kind("namespaces", "Namespace", "", (*READ, "create", "patch", "update"), ("ns",)),
    Kind(
        "pods",
        "Pod",
        "",
        (*READ, *_CHANGE),
        ("po",),
        ("all",),
        (Subresource("log", "Pod", "", ("get",)),),
    ),
    Kind("services", "Service", "", (*READ, "patch", "update"), ("svc",), ("all",)),
    Kind("events", "Event", "", (*READ, "create", "patch", "update"), ("ev",)),
    Kind(
        "deployments",
        "Deployment",
        "apps",
        (*READ, *_CHANGE),
        ("deploy",),
        ("all",),
        (_SCALE, Subresource("status", "Deployment", "apps", ("get", "patch", "update"))),
    ),
    Kind("replicasets", "ReplicaSet", "apps", (*READ, "delete", "patch", "update"), ("rs",), ("all",), (_SCALE,)),
)
