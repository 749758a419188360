"""The folder that a build leaves and a server reads: the model, its labels, how sure it may be, and a manifest that
vouches for every file."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from scoring.images import calibration, labels, weights
from scoring.images.definitions import FLOAT32, LITE2, Definition

MODEL_FILE = "model.keras"
SAVED_MODEL = "saved_model"
LABELS_FILE = "labels.json"
CALIBRATION_FILE = "calibration.json"
MANIFEST_FILE = "manifest.json"
CARD_FILE = "MODEL_CARD.md"
# Raised when the same weights would make another model: a layer changed, a fold added.
RECIPE = 3
_LIBRARIES = ("keras", "tensorflow")
_OWN = "sha256"


class ArtefactError(Exception):
    """The folder is no build, or not as the build left it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is the first 12 digits of a SHA-256 over the model's layers, weights, labels and calibration, with the
    precision behind it where that is not float32; `files` and `source_sha256` are SHA-256 in hex; `libraries` are
    versions by package.

    `size`, `resample` and `preprocessing` are as in `definitions.Definition`; `outputs` is "logits" or
    "probabilities", `layout` "keras" (a .keras file) or "saved_model" (TensorFlow's format, for its own servers too);
    `precision` one of `definitions.PRECISIONS`.
    """

    name: str
    title: str
    version: str
    recipe: int
    licence: str
    source: str
    source_sha256: str
    size: int
    resample: str
    preprocessing: str
    outputs: str
    layout: str
    libraries: Mapping[str, str]
    files: Mapping[str, str]
    precision: str = FLOAT32


def describe(
    definition: Definition, version: str, source_sha256: str, outputs: str, layout: str, folder: Path
) -> Manifest:
    """The manifest of the files in the folder, as this program makes them."""
    return Manifest(
        name=definition.name,
        title=definition.title,
        version=version,
        recipe=RECIPE,
        licence=definition.licence,
        source=definition.source,
        source_sha256=source_sha256,
        size=definition.size,
        resample=definition.resample,
        preprocessing=definition.preprocessing,
        outputs=outputs,
        layout=layout,
        libraries=installed_libraries(),
        files=files_in(folder),
    )


def version_in(precision: str, version: str) -> str:
    """A model of fewer bits answers otherwise, and so has another version."""
    return version if precision == FLOAT32 else f"{version}-{precision}"


def files_in(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file that is served, by its path in the folder."""
    apart = (MANIFEST_FILE, CARD_FILE)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in apart)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def write(folder: Path, manifest: Manifest) -> None:
    """Written last, and in one step: a folder with a manifest is a whole build."""
    part = folder / f"{MANIFEST_FILE}.part"
    fields = asdict(manifest)
    part.write_text(json.dumps(fields | {_OWN: _sha256_of_fields(fields)}, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST_FILE)


def need_own(folder: Path) -> None:
    """Make the folder. Raises ArtefactError where it holds what no build left there, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MANIFEST_FILE).is_file():
        return
    # A build that was stopped while it replaced another one has left some of these.
    ours = {MODEL_FILE, SAVED_MODEL, LABELS_FILE, CALIBRATION_FILE, CARD_FILE, f"{MANIFEST_FILE}.part"}
    if others := sorted({path.name for path in folder.iterdir()} - ours):
        raise ArtefactError(f"{folder} holds other files, such as {others[0]}. Name an empty folder with --out.")


def verify(folder: Path) -> Manifest:
    """The folder's manifest, once every file has the SHA-256 it names. Raises ArtefactError."""
    manifest = _read(folder)
    if not _names_a_model(manifest):
        raise ArtefactError(f"The manifest in {folder} does not name the files of a model.")
    for name, expected in manifest.files.items():
        _verify_file(folder / name, expected)
    return manifest


def is_current(folder: Path) -> bool:
    """Whether the folder holds just what a build of EfficientNet-Lite2 would make now."""
    try:
        found = verify(folder)
    except ArtefactError:
        return False
    sources = {LABELS_FILE: sha256_of(labels.FILE), CALIBRATION_FILE: sha256_of(calibration.LITE2)}
    return found == describe(LITE2, found.version, weights.FILE_SHA256, "logits", "keras", folder) and all(
        found.files.get(name) == expected for name, expected in sources.items()
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed_libraries() -> dict[str, str]:
    """Versions by package, of those that are installed."""
    return {library: version for library in _LIBRARIES if (version := _version(library))}


def _names_a_model(manifest: Manifest) -> bool:
    if not isinstance(manifest.files, dict) or not all(map(_is_inside, manifest.files)):
        return False
    rest = set(manifest.files) - {LABELS_FILE, CALIBRATION_FILE}
    if manifest.layout == "saved_model":
        holds_model = all(name.startswith(f"{SAVED_MODEL}/") for name in rest) and bool(rest)
    else:
        holds_model = rest == {MODEL_FILE}
    return holds_model and LABELS_FILE in manifest.files


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _verify_file(path: Path, expected: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror}. Build the model again.") from error
    if found != expected:
        raise ArtefactError(f"{path} is not as it was built: its SHA-256 is {found}, not {expected}.")


def _read(folder: Path) -> Manifest:
    try:
        fields = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        own = fields.pop(_OWN, "")
        manifest = Manifest(**fields)
    except OSError as error:
        raise ArtefactError(f"There is no model in {folder}. Make one: python -m scoring.images build.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ArtefactError(f"The manifest in {folder} cannot be read: {error}") from error
    if own != _sha256_of_fields(fields):
        raise ArtefactError(f"The manifest in {folder} is not as it was built. Build the model again.")
    return manifest


def _sha256_of_fields(fields: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _version(library: str) -> str:
    for name in _names(library):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def _names(library: str) -> Iterable[str]:
    # Some platforms have TensorFlow under the name of its build without a GPU.
    return (library, f"{library}-cpu")
