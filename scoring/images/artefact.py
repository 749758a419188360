"""The folder that a build leaves and a server reads: the model, its labels, and a manifest that vouches for both."""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from scoring.images import labels, weights

NAME = "efficientnet-lite2"
MODEL_FILE = "model.keras"
LABELS_FILE = "labels.json"
MANIFEST_FILE = "manifest.json"
# Raised when the same weights would make another model: a layer changed, a fold added.
RECIPE = 1
_LIBRARIES = ("keras", "tensorflow")


class ArtefactError(Exception):
    """The folder is no build, or not as the build left it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is the first 12 digits of the SHA-256 over the model's layers, weights and labels; `files` and
    `source_sha256` are SHA-256 in hex; `libraries` are versions by package."""

    name: str
    version: str
    recipe: int
    licence: str
    source: str
    source_sha256: str
    wheel_sha256: str
    libraries: Mapping[str, str]
    files: Mapping[str, str]


def describe(folder: Path, version: str) -> Manifest:
    """The manifest of the files in the folder, as this program makes them."""
    return Manifest(
        name=NAME,
        version=version,
        recipe=RECIPE,
        licence=weights.LICENCE,
        source=f"{weights.PACKAGE}=={weights.PACKAGE_VERSION}",
        source_sha256=weights.FILE_SHA256,
        wheel_sha256=weights.WHEEL_SHA256,
        libraries=_installed_libraries(),
        files={name: sha256_of(folder / name) for name in (MODEL_FILE, LABELS_FILE)},
    )


def write(folder: Path, manifest: Manifest) -> None:
    """Written last, and in one step: a folder with a manifest is a whole build."""
    part = folder / f"{MANIFEST_FILE}.part"
    part.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST_FILE)


def verify(folder: Path) -> Manifest:
    """The folder's manifest, once every file has the SHA-256 it names. Raises ArtefactError."""
    manifest = _read(folder)
    if set(manifest.files) != {MODEL_FILE, LABELS_FILE}:
        raise ArtefactError(f"The manifest in {folder} does not name the files of a model.")
    for name, expected in manifest.files.items():
        _verify_file(folder / name, expected)
    return manifest


def is_current(folder: Path) -> bool:
    """Whether the folder holds just what a build would make now."""
    try:
        found = verify(folder)
    except ArtefactError:
        return False
    return found == describe(folder, found.version) and found.files[LABELS_FILE] == sha256_of(labels.FILE)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify_file(path: Path, expected: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror}. Build the model again.") from error
    if found != expected:
        raise ArtefactError(f"{path} is not as it was built: its SHA-256 is {found}, not {expected}.")


def _read(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8")))
    except OSError as error:
        raise ArtefactError(f"There is no model in {folder}. Make one: python -m scoring.images build.") from error
    except (ValueError, TypeError) as error:
        raise ArtefactError(f"The manifest in {folder} cannot be read: {error}") from error


def _installed_libraries() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            # Some platforms have TensorFlow under the name of its build without a GPU.
            found[library] = importlib.metadata.version(f"{library}-cpu")
    return found
