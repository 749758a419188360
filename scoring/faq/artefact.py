"""The folder that trained models live in: one folder a version, named by what is in it, and `stable`, a file that names
the version to serve.

A version's card has the SHA-256 of each of its files, and its name is made from them; all of it is checked before
anything is unpickled, because unpickling runs code.
"""

import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import joblib

from scoring.contract.reading import ContractError, as_object, rows, text, whole
from scoring.faq import encoders
from scoring.faq.data import Entry, Outcome, read_entries
from scoring.faq.encoder import EncoderError
from scoring.faq.model_card import as_markdown
from scoring.faq.training import SEED, Trained

FORMAT = 9
MOST_FORMATS = 1_000_000
MODEL_FILE = "model.joblib"
ENTRIES_FILE = "entries.jsonl"
HELD_OUT_FILE = "held_out.json"
METRICS_FILE = "metrics.json"
TEXT_FILE = "MODEL_CARD.md"
CARD_FILE = "card.json"
STABLE_FILE = "stable"
NAMING = (MODEL_FILE, ENTRIES_FILE, HELD_OUT_FILE, METRICS_FILE)
LISTED = (*NAMING, TEXT_FILE)
VERSION_LENGTH = 12
VERSION = re.compile(rf"[0-9a-f]{{{VERSION_LENGTH}}}")
LIBRARIES = ("joblib", "numpy", "scikit-learn", "scipy", "tokenizers", "wordllama")


class ArtefactError(ValueError):
    """A model folder that must not or cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version, its files checked. `held_out`: what came of each held-out question in training."""

    folder: Path
    card: Mapping[str, Any]
    entries: Sequence[Entry]
    held_out: Sequence[Outcome]

    @property
    def name(self) -> str:
        return str(self.card["version"])

    @property
    def threshold(self) -> float:
        return float(self.card["threshold"])

    def trained(self) -> Trained:
        """Raises EncoderError, ArtefactError, also where other versions of the libraries are installed than it was made
        with."""
        if self.card["libraries"] != libraries():
            raise ArtefactError(
                f"{self.folder}: trained with {self.card['libraries']}, here is {libraries()}; train again."
            )
        content = BytesIO(_checked(self.folder, MODEL_FILE, self.card["files"]))
        try:
            trained = joblib.load(content)
        except EncoderError as error:
            raise EncoderError(f"{self.folder}: {error}") from error
        except (ValueError, TypeError, KeyError, AttributeError, ImportError, UnpicklingError) as error:
            raise ArtefactError(f"{self.folder / MODEL_FILE}: {error} Train again.") from error
        if not isinstance(trained, Trained):
            raise ArtefactError(f"{self.folder / MODEL_FILE}: this is not an FAQ model.")
        return trained


def load(folder: Path) -> tuple[Mapping[str, Any], Sequence[Entry], Trained]:
    """The card, the entries and the model of a version, or of the stable one. Raises ArtefactError, DataError,
    EncoderError."""
    version = open_version(folder)
    return version.card, version.entries, version.trained()


def open_version(folder: Path) -> Version:
    """`folder` is that of a version, or the one above with its `stable`. Raises ArtefactError, DataError."""
    named = stable(folder) if not (folder / CARD_FILE).exists() else None
    if named is not None:
        folder = folder / named
    card = _read_card(folder)
    contents = {file: _checked(folder, file, card["files"]) for file in LISTED}
    stated = (card["version"], _json(card["metrics"]).encode(), card["threshold"])
    made = (_name(card), contents[METRICS_FILE], card["metrics"].get("threshold"))
    if stated != made or named not in (None, card["version"]):
        raise ArtefactError(f"{folder / CARD_FILE}: this version is not the one its files make; it was not loaded.")
    return Version(folder, card, read_entries(folder / ENTRIES_FILE), _read_held_out(folder))


def stable(folder: Path) -> str | None:
    """The version to serve; None where there is none yet. Raises ArtefactError."""
    path = folder / STABLE_FILE
    try:
        named = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{path}: this cannot be read.") from error
    if not VERSION.fullmatch(named):
        raise ArtefactError(f"{path}: this names no version.")
    return named


def served_name(folder: Path) -> str | None:
    """The name of the model that `stable` names, by its card alone; None where there is none that can be read."""
    try:
        version = stable(folder)
        return None if version is None else str(_read_card(folder / version)["name"])
    except ArtefactError:
        return None


def make_stable(folder: Path, version: str) -> None:
    """In one step: a reader finds the old name or the new one. Raises ArtefactError."""
    part = folder / f".{STABLE_FILE}.part"
    try:
        part.write_text(f"{version}\n", encoding="utf-8")
        part.replace(folder / STABLE_FILE)
    except OSError as error:
        raise ArtefactError(f"{part}: {error.strerror}.") from error


def save(
    folder: Path, entries: Sequence[Entry], trained: Trained, metrics: Mapping[str, Any], facts: Mapping[str, Any]
) -> Version:
    """Write a version below `folder`; it gets its name last, so that half a version is never loaded.

    `metrics`, which need `threshold`, depend on data and seed alone and are a part of what names the version, as is the
    `name` among the `facts`; the other facts go on the card beside them. Raises ArtefactError.
    """
    part = make_part(folder)
    try:
        card = _write(part, entries, trained, metrics, facts)
        return _settled(part, folder / card["version"])
    except OSError as error:
        raise ArtefactError(f"{folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def make_part(folder: Path) -> Path:
    """A new folder below `folder` that nothing reads. Raises ArtefactError where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    except OSError as error:
        raise ArtefactError(f"{folder}: {error.strerror}.") from error


def libraries() -> dict[str, str]:
    """The versions of those that a model depends on, as far as they are installed."""
    versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in LIBRARIES:
        try:
            versions[name] = installed(name)
        except PackageNotFoundError:
            continue
    return versions


def _write(
    part: Path, entries: Sequence[Entry], trained: Trained, metrics: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    part.chmod(0o755)
    lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in entries]
    (part / ENTRIES_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (part / HELD_OUT_FILE).write_text(_json([asdict(outcome) for outcome in trained.held_out]), encoding="utf-8")
    (part / METRICS_FILE).write_text(_json(metrics), encoding="utf-8")
    joblib.dump(trained, part / MODEL_FILE, compress=3)
    hashes = {file: _sha256((part / file).read_bytes()) for file in NAMING}
    card: dict[str, Any] = {
        **{"format": FORMAT, "version": "", **facts, "seed": SEED, "libraries": libraries()},
        "encoder": encoders.facts(trained.index.encoder),
        **{"threshold": trained.calibration.threshold, "metrics": metrics},
        "size_bytes": sum((part / file).stat().st_size for file in NAMING),
        "files": hashes,
    }
    card["version"] = _name(card)
    (part / TEXT_FILE).write_text(as_markdown(card), encoding="utf-8")
    card["files"] = {**hashes, TEXT_FILE: _sha256((part / TEXT_FILE).read_bytes())}
    (part / CARD_FILE).write_text(_json(card), encoding="utf-8")
    return card


def _settled(part: Path, place: Path) -> Version:
    """Under its name. The same version from before, or from a training beside this one, stays unless it is damaged."""
    try:
        return open_version(place)
    except ValueError:
        shutil.rmtree(place, ignore_errors=True)
    try:
        part.rename(place)
    except OSError:
        if not place.exists():
            raise
    return open_version(place)


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / CARD_FILE
    try:
        card = dict(as_object(json.loads(path.read_bytes())))
        _refuse_others(path, whole(card, "format", 0, MOST_FORMATS))
        for key in ("encoder", "files", "libraries", "metrics"):
            as_object(card[key], key)
        for key in ("name", "version"):
            text(card, key)
        float(card["threshold"])
    except ArtefactError:
        raise
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}. Train a model first.") from error
    except ContractError as error:
        raise ArtefactError(f"{path}: {error.field}: {error.detail}") from error
    except KeyError as error:
        raise ArtefactError(f"{path}: {error.args[0]} is missing.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ArtefactError(f"{path}: this is not a model's card.") from error
    return card


def _refuse_others(path: Path, made: int) -> None:
    if made != FORMAT:
        raise ArtefactError(
            f"{path}: another version of this program made the model (format {made}, here {FORMAT}). "
            "Train it again: python -m scoring.faq train SOURCE --out DIR"
        )


def _read_held_out(folder: Path) -> list[Outcome]:
    try:
        found = {"rows": json.loads((folder / HELD_OUT_FILE).read_bytes())}
        return list(rows(found, "rows", lambda row: Outcome(**as_object(row))))
    except (ContractError, TypeError, ValueError) as error:
        raise ArtefactError(f"{folder / HELD_OUT_FILE}: this cannot be read.") from error


def _checked(folder: Path, name: str, hashes: Mapping[str, Any]) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ArtefactError(f"{folder / name}: {error.strerror}.") from error
    if _sha256(content) != hashes.get(name):
        raise ArtefactError(f"{folder / name}: the file is not the one its card names; it was not loaded.")
    return content


def _name(card: Mapping[str, Any]) -> str:
    """Of the version: by the model's name and by what its files hold."""
    files = "".join(f"{file} {card['files'].get(file)}\n" for file in NAMING)
    return _sha256(f"{card['name']}\n{files}".encode())[:VERSION_LENGTH]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
