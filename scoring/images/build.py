"""Make a served model of the pretrained weights: `model.keras`, `labels.json` and `manifest.json` in a folder."""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from scoring.images import architecture, artefact, labels, weights

_ARCHIVED = ("config.json", "model.weights.h5")


def build(folder: Path, say: Callable[[str], None]) -> artefact.Manifest:
    """Build in a folder beside and move the files over, so that a stopped build leaves nothing half made.

    The folder exists. `say` is told each step. Raises WeightsError, and OSError where the folder cannot be written.
    """
    source = weights.installed_file()
    say(f"Reading the weights of {weights.PACKAGE} {weights.PACKAGE_VERSION}")
    arrays = weights.read_verified(source)
    say(f"Building EfficientNet-Lite2 from {len(arrays)} arrays")
    model = architecture.build(arrays)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        model.save(Path(made) / artefact.MODEL_FILE)
        shutil.copyfile(labels.FILE, Path(made) / artefact.LABELS_FILE)
        manifest = artefact.describe(Path(made), _version(Path(made)))
        _move(Path(made), folder)
    artefact.write(folder, manifest)
    return manifest


def _move(made: Path, folder: Path) -> None:
    (folder / artefact.MANIFEST_FILE).unlink(missing_ok=True)
    for name in (artefact.MODEL_FILE, artefact.LABELS_FILE):
        (made / name).replace(folder / name)


def _version(folder: Path) -> str:
    """Over what the archive holds rather than the archive itself, in which Keras notes the time of saving."""
    content = hashlib.sha256((folder / artefact.LABELS_FILE).read_bytes())
    with zipfile.ZipFile(folder / artefact.MODEL_FILE) as archive:
        for name in _ARCHIVED:
            content.update(archive.read(name))
    return content.hexdigest()[:12]
