"""Deployment → ReplicaSets: one per pod template, numbered by revision, resized step by step."""

import hashlib
import json

from cluster_admin.practice.controllers.deployment_status import is_complete, next_status, seconds_to_deadline
from cluster_admin.practice.controllers.loop import Key, Loop, Trigger
from cluster_admin.practice.controllers.ownership import controller_of, own_key, owned, owner_key, owner_reference
from cluster_admin.practice.controllers.rollout import Bounds, Revision, bounds, desired_replicas, next_sizes
from cluster_admin.practice.errors import NotFound
from cluster_admin.practice.events import EventLog, Recorder
from cluster_admin.practice.store import NAME_ALPHABET, Event, Obj, Store, copied

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
NOT_COPIED = frozenset({REVISION, REVISION_HISTORY, LAST_APPLIED})
HASH_LABEL = "pod-template-hash"
HASH_LENGTH = 10
DEFAULT_HISTORY = 10


class DeploymentController:
    def __init__(self, store: Store, log: EventLog) -> None:
        self._store = store
        self._events = Recorder(log, "deployment-controller", "Deployment")

    def loop(self) -> Loop:
        triggers: dict[str, Trigger] = {
            "deployments": own_key,
            "replicasets": owner_key("Deployment"),
            "pods": self._by_gone_pod,
        }
        return Loop("deployment controller", self._store, triggers, self.reconcile)

    def _by_gone_pod(self, event: Event) -> list[Key]:
        """A `Recreate` deployment waits for its last old pod to be gone."""
        reference = controller_of(event.object)
        if event.type != "DELETED" or reference is None or reference["kind"] != "ReplicaSet":
            return []
        try:
            replicaset = self._store.get("replicasets", event.object["metadata"]["namespace"], reference["name"])
        except NotFound:
            return []
        return list(owner_key("Deployment")(Event("MODIFIED", replicaset, event.resource_version)))

    def reconcile(self, key: Key) -> float | None:
        try:
            deployment = self._store.get("deployments", *key)
        except NotFound:
            return None
        sets = _oldest_first(owned(self._store, "replicasets", deployment))
        new = next((s for s in sets if _template(s) == _template(deployment)), None)
        if not deployment["spec"].get("paused"):
            new = self._roll(deployment, new, [s for s in sets if s is not new])
        else:
            self._resize_paused(deployment, sets)
        return self._report(key, new)

    def _roll(self, deployment: Obj, new: Obj | None, old: list[Obj]) -> Obj | None:
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate" and not self._emptied(deployment, old):
            return new
        revision = str(1 + max((_revision(s) for s in old), default=0))
        if new is None:
            new = self._store.create("replicasets", _replicaset(deployment, revision))
        new = self._number(deployment, new, revision)
        self._scale(deployment, new, old)
        self._prune(deployment, old)
        return new

    def _resize_paused(self, deployment: Obj, sets: list[Obj]) -> None:
        """A paused deployment still scales, as long as one set alone carries it."""
        carrying = [item for item in sets if desired_replicas(item["spec"])] or sets[-1:]
        if len(carrying) == 1:
            self._resize(deployment, carrying[0], desired_replicas(deployment["spec"]))

    def _emptied(self, deployment: Obj, old: list[Obj]) -> bool:
        for item in old:
            self._resize(deployment, item, 0)
        uids = {item["metadata"]["uid"] for item in old}
        pods, _ = self._store.list("pods", deployment["metadata"]["namespace"])
        return not any(
            ref["uid"] in uids for pod in pods for ref in pod["metadata"].get("ownerReferences") or ()
        ) and all(item["spec"].get("replicas", 1) == 0 for item in old)

    def _number(self, deployment: Obj, new: Obj, revision: str) -> Obj:
        """Give the current set the highest revision; a set taken back by an undo keeps its earlier ones as history."""
        annotations = new["metadata"].setdefault("annotations", {})
        if _revision(new) < int(revision):
            if REVISION in annotations:
                earlier = [annotations.get(REVISION_HISTORY), annotations[REVISION]]
                annotations[REVISION_HISTORY] = ",".join(part for part in earlier if part)
            annotations[REVISION] = revision
        annotations |= _copied_annotations(deployment)
        new["spec"]["minReadySeconds"] = deployment["spec"].get("minReadySeconds", 0)
        fresh = self._store.get("deployments", deployment["metadata"]["namespace"], deployment["metadata"]["name"])
        fresh["metadata"].setdefault("annotations", {})[REVISION] = annotations[REVISION]
        self._store.update("deployments", fresh)
        return self._store.update("replicasets", new)

    def _scale(self, deployment: Obj, new: Obj, old: list[Obj]) -> None:
        by_name = {item["metadata"]["name"]: item for item in (new, *old)}
        sizes = next_sizes(
            desired_replicas(deployment["spec"]),
            _limits(deployment),
            _as_revision(new),
            [_as_revision(item) for item in old],
        )
        for name, size in sizes.items():
            self._resize(deployment, by_name[name], size)

    def _resize(self, deployment: Obj, replicaset: Obj, size: int) -> None:
        before = desired_replicas(replicaset["spec"])
        if size == before:
            return
        replicaset["spec"]["replicas"] = size
        replicaset |= self._store.update("replicasets", replicaset)
        direction, name = ("up" if size > before else "down"), replicaset["metadata"]["name"]
        text = f"Scaled {direction} replica set {name} from {before} to {size}"
        self._events.normal(deployment, "ScalingReplicaSet", text)

    def _prune(self, deployment: Obj, old: list[Obj]) -> None:
        if not is_complete(deployment, deployment.get("status") or {}):
            return
        limit = deployment["spec"].get("revisionHistoryLimit", DEFAULT_HISTORY)
        idle = sorted((s for s in old if not desired_replicas(s["spec"])), key=_revision)
        for item in idle[: max(len(idle) - limit, 0)]:
            self._store.delete("replicasets", item["metadata"]["namespace"], item["metadata"]["name"])

    def _report(self, key: Key, new: Obj | None) -> float | None:
        deployment = self._store.get("deployments", *key)
        sets = owned(self._store, "replicasets", deployment)
        current = next((s for s in sets if new and s["metadata"]["uid"] == new["metadata"]["uid"]), None)
        deployment["status"] = next_status(deployment, current, sets)
        return seconds_to_deadline(self._store.update("deployments", deployment))


def _limits(deployment: Obj) -> Bounds:
    return bounds(deployment["spec"])


def _as_revision(replicaset: Obj) -> Revision:
    available = (replicaset.get("status") or {}).get("availableReplicas", 0)
    return Revision(replicaset["metadata"]["name"], desired_replicas(replicaset["spec"]), available)


def _oldest_first(sets: list[Obj]) -> list[Obj]:
    return sorted(sets, key=lambda s: (s["metadata"]["creationTimestamp"], _revision(s)))


def _revision(replicaset: Obj) -> int:
    text = (replicaset["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdecimal() else 0


def _template(owner: Obj) -> Obj:
    """The pod template without the label that tells ReplicaSets apart."""
    template: Obj = copied(owner["spec"]["template"])
    labels = template.setdefault("metadata", {}).get("labels") or {}
    labels.pop(HASH_LABEL, None)
    return template


def template_hash(template: Obj) -> str:
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(NAME_ALPHABET[byte % len(NAME_ALPHABET)] for byte in digest[:HASH_LENGTH])


def _copied_annotations(deployment: Obj) -> dict[str, str]:
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}


def _replicaset(deployment: Obj, revision: str) -> Obj:
    template = _template(deployment)
    digest = template_hash(template)
    template["metadata"].setdefault("labels", {})[HASH_LABEL] = digest
    selector: Obj = copied(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = digest
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{digest}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": dict(template["metadata"]["labels"]),
            "annotations": {REVISION: revision, **_copied_annotations(deployment)},
            "ownerReferences": [owner_reference(deployment, "apps/v1", "Deployment")],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
        "status": {"replicas": 0},
    }
