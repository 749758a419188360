"""The folder a trained model lives in: model.joblib, entries.jsonl, manifest.json.

The manifest names each file's SHA-256, and both are checked before anything is unpickled: unpickling runs code.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
import numpy
import scipy
import sklearn

from scoring.contract.reading import ContractError, as_object, only_keys, text
from scoring.faq.data import Entry, read_entries
from scoring.faq.training import SEED, Trained

MODEL_FILE = "model.joblib"
ENTRIES_FILE = "entries.jsonl"
MANIFEST_FILE = "manifest.json"
VERSION_LENGTH = 12
MANIFEST_KEYS = {"name", "version", "files", "libraries", "seed", "threshold", "accuracy_at_1", "accuracy_at_3"}


class ArtefactError(ValueError):
    """A model folder that must not or cannot be loaded."""


def save(folder: Path, name: str, entries: Sequence[Entry], trained: Trained) -> dict[str, Any]:
    """Write the folder; the manifest comes last, so that half a folder is never loaded. Gives the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in entries]
    (folder / ENTRIES_FILE).write_bytes(("\n".join(lines) + "\n").encode())
    joblib.dump(trained, folder / MODEL_FILE, compress=3)
    manifest = _manifest(folder, name, trained)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def load(folder: Path) -> tuple[dict[str, Any], list[Entry], Trained]:
    """Raises ArtefactError, DataError."""
    manifest = _read_manifest(folder)
    files = {name: _checked(folder, name, manifest["files"]) for name in (MODEL_FILE, ENTRIES_FILE)}
    if manifest["libraries"] != _libraries():
        raise ArtefactError(f"{folder}: trained with {manifest['libraries']}, here is {_libraries()}; train again.")
    trained = joblib.load(BytesIO(files[MODEL_FILE]))
    if not isinstance(trained, Trained):
        raise ArtefactError(f"{folder / MODEL_FILE}: this is not an FAQ model.")
    return manifest, read_entries(folder / ENTRIES_FILE), trained


def _manifest(folder: Path, name: str, trained: Trained) -> dict[str, Any]:
    hashes = {file: _sha256((folder / file).read_bytes()) for file in (ENTRIES_FILE, MODEL_FILE)}
    return {
        "name": name,
        "version": _sha256("".join(hashes.values()).encode())[:VERSION_LENGTH],
        "files": hashes,
        "libraries": _libraries(),
        "seed": SEED,
        "threshold": trained.calibration.threshold,
        "accuracy_at_1": trained.accuracy_1,
        "accuracy_at_3": trained.accuracy_3,
    }


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST_FILE
    try:
        found = dict(as_object(json.loads(path.read_bytes())))
        only_keys(found, MANIFEST_KEYS)
        as_object(found["files"], "files")
        text(found, "name")
        text(found, "version")
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}. Train a model first.") from error
    except ContractError as error:
        raise ArtefactError(f"{path}: {error.field}: {error.detail}") from error
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{path}: this is not JSON.") from error
    return found


def _checked(folder: Path, name: str, hashes: dict[str, Any]) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ArtefactError(f"{folder / name}: {error.strerror}.") from error
    if _sha256(content) != hashes.get(name):
        raise ArtefactError(f"{folder / name}: the file is not the one its manifest names; it was not loaded.")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _libraries() -> dict[str, str]:
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "scikit-learn": sklearn.__version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
    }
