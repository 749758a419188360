"""Applies a file of plain Kubernetes YAML to an empty store, checked and defaulted as the API does."""

from pathlib import Path

import yaml

from cluster_admin.practice.api.defaults import with_defaults
from cluster_admin.practice.api.kinds import KINDS, Kind
from cluster_admin.practice.api.validation import check
from cluster_admin.practice.errors import Refusal
from cluster_admin.practice.store import Obj, Store

APPLICABLE = ("Namespace", "Deployment", "Service")
DEFAULT_NAMESPACE = "default"


class ManifestError(Exception):
    """The manifests cannot be applied."""


def apply_manifests(path: Path, store: Store) -> None:
    """Create every object of the file. Raises ManifestError."""
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as wrong:
        raise ManifestError(f"{path}: {wrong}") from wrong
    for document in documents:
        if document is not None:
            _create(path, document, store)


def _create(path: Path, document: object, store: Store) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("metadata"), dict):
        raise ManifestError(f"{path}: a document without metadata")
    kind = _kind(path, document)
    if kind.namespaced:
        document["metadata"].setdefault("namespace", DEFAULT_NAMESPACE)
    name = str(document["metadata"].get("name", ""))
    try:
        check(kind, name, document)
        store.create(kind.resource, with_defaults(kind.resource, document))
    except Refusal as refused:
        raise ManifestError(f"{path}: {kind.kind} {name}: {refused}") from refused


def _kind(path: Path, document: Obj) -> Kind:
    wanted = (document.get("apiVersion"), document.get("kind"))
    for kind in KINDS:
        if kind.kind in APPLICABLE and (kind.api_version, kind.kind) == wanted:
            return kind
    raise ManifestError(f"{path}: {wanted[1]} of {wanted[0]} is not one of {', '.join(APPLICABLE)}")
