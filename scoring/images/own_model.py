"""Take in a saved `.keras` file of somebody's own, with a file of its labels."""

import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from scoring.images import artefact, own_labels
from scoring.images.artefact import ArtefactError
from scoring.images.build import Made, save
from scoring.images.definitions import Definition
from scoring.images.keras_files import READING_ERRORS, reason
from scoring.images.preprocessing import prepare


@dataclass(frozen=True, slots=True)
class Wanted:
    """`file` is the saved model, `labels` the file that names its outputs."""

    file: Path
    labels: Path
    name: str
    preprocessing: str
    licence: str


def take_in(folder: Path, wanted: Wanted) -> artefact.Manifest:
    """Raises ArtefactError where the file is no model that can be served or its labels do not fit, and OSError."""
    names = own_labels.read(wanted.labels)
    model = _load(wanted.file)
    size = _size(model)
    outputs = _outputs(model, wanted.preprocessing, size, len(names))
    definition = Definition(
        name=wanted.name,
        title=wanted.name,
        size=size,
        resample="bilinear",
        preprocessing=wanted.preprocessing,
        licence=wanted.licence,
        source=wanted.file.name,
        top1=0.0,
        top5=0.0,
    )
    with tempfile.TemporaryDirectory() as beside:
        path = Path(beside) / artefact.LABELS_FILE
        path.write_text(json.dumps(names), encoding="utf-8")
        return save(folder, Made(model, definition, artefact.sha256_of(wanted.file), path, outputs))


def _load(file: Path) -> keras.Model:
    if file.suffix != ".keras":
        raise ArtefactError(f"{file} is no .keras file.")
    if not file.is_file():
        raise ArtefactError(f"There is no file {file}.")
    if not zipfile.is_zipfile(file):
        raise ArtefactError(f"{file} is no .keras file: it is not the archive that keras.Model.save writes.")
    try:
        # Safe mode: a lambda inside the file, which is code, is refused.
        return keras.saving.load_model(file, compile=False, safe_mode=True)
    except READING_ERRORS as error:
        # Keras's advice, to load it in an unsafe mode, is none to give here.
        if "Lambda" in str(error):
            raise ArtefactError(
                f"{file} has a Lambda layer. Such models are not taken: they run code of their own."
            ) from error
        raise ArtefactError(f"{file} cannot be loaded: {reason(error)}") from error


def _size(model: keras.Model) -> int:
    """Of a model with one photo in and one row of numbers out."""
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != 3 or not shape[1] or shape[1] != shape[2]:
        raise ArtefactError(f"The model takes {shape}; one that takes (None, side, side, 3) is needed.")
    if len(model.outputs) != 1:
        raise ArtefactError(f"The model has {len(model.outputs)} outputs; one that has only its classes is needed.")
    return int(shape[1])


def _outputs(model: keras.Model, preprocessing: str, size: int, count: int) -> str:
    """Whether the model ends in a softmax, by what it gives for noise."""
    noise = np.random.default_rng(0).integers(0, 256, (2, size, size, 3), np.uint8)
    found = keras.ops.convert_to_numpy(model(prepare(preprocessing, noise, model.inputs[0].dtype), training=False))
    if found.shape != (2, count):
        raise ArtefactError(f"The model gives {found.shape[1:]} numbers a photo, and there are {count} labels.")
    sums_to_one = np.allclose(found.sum(axis=1), 1, atol=1e-3) and found.min() >= 0
    return "probabilities" if sums_to_one else "logits"
