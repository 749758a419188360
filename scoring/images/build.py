"""Make a served folder of a model: `model.keras`, `labels.json`, `calibration.json` where there is one, a card, a
manifest."""

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras

from scoring.images import architecture, artefact, calibration, card, labels, weights
from scoring.images.definitions import LITE2, Definition

Say = Callable[[str], None]
_LAYERS = "config.json"
_ARCHIVED = (_LAYERS, "model.weights.h5")
_ADDRESS = re.compile(rb', "shared_object_id": \d+')


@dataclass(frozen=True, slots=True)
class Made:
    """A model and what its manifest says of it. `outputs`: "logits" or "probabilities"."""

    model: keras.Model
    definition: Definition
    source_sha256: str
    labels: Path
    outputs: str = "logits"
    calibration: Path | None = None


def build(folder: Path, say: Say) -> artefact.Manifest:
    """Make EfficientNet-Lite2 of the installed package, without torch.

    Raises WeightsError, and OSError where the folder cannot be written.
    """
    source = weights.installed_file()
    say(f"Reading the weights of {weights.PACKAGE} {weights.PACKAGE_VERSION}")
    arrays = weights.read_verified(source)
    say(f"Building EfficientNet-Lite2 from {len(arrays)} arrays")
    model = architecture.build(arrays)
    return save(folder, Made(model, LITE2, weights.FILE_SHA256, labels.FILE, calibration=calibration.LITE2))


def save(folder: Path, made: Made) -> artefact.Manifest:
    """Build in a folder beside and move the files over, so that a stopped build leaves nothing half made."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        made.model.save(Path(beside) / artefact.MODEL_FILE)
        shutil.copyfile(made.labels, Path(beside) / artefact.LABELS_FILE)
        if made.calibration:
            shutil.copyfile(made.calibration, Path(beside) / artefact.CALIBRATION_FILE)
        version = _version(Path(beside))
        manifest = artefact.describe(made.definition, version, made.source_sha256, made.outputs, "keras", Path(beside))
        move(Path(beside), folder, manifest)
    return manifest


def move(made: Path, folder: Path, manifest: artefact.Manifest) -> None:
    """Put what was made in place of what the folder held; the manifest goes first and comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / artefact.MANIFEST_FILE).unlink(missing_ok=True)
    for name in (artefact.MODEL_FILE, artefact.LABELS_FILE, artefact.CALIBRATION_FILE):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / artefact.SAVED_MODEL, ignore_errors=True)
    for path in made.iterdir():
        path.replace(folder / path.name)
    card.write(folder, manifest)
    artefact.write(folder, manifest)


def _version(folder: Path) -> str:
    """Over what the archive holds rather than the archive itself, in which Keras notes the time of saving; and without
    the addresses that its objects had in memory."""
    content = hashlib.sha256((folder / artefact.LABELS_FILE).read_bytes())
    with zipfile.ZipFile(folder / artefact.MODEL_FILE) as archive:
        for name in _ARCHIVED:
            content.update(_ADDRESS.sub(b"", archive.read(name)) if name == _LAYERS else archive.read(name))
    return with_calibration(content.hexdigest()[:12], folder)


def with_calibration(version: str, folder: Path) -> str:
    """The version of a model with the folder's calibration, which is part of what it answers."""
    file = folder / artefact.CALIBRATION_FILE
    return hashlib.sha256(version.encode() + file.read_bytes()).hexdigest()[:12] if file.exists() else version
