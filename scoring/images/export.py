"""A served folder as a TensorFlow SavedModel: for TensorFlow's own servers, and served here as well."""

import dataclasses
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras

from scoring.images import artefact, tensorflow_network
from scoring.images.build import move
from scoring.images.definitions import BFLOAT16
from scoring.images.precision import in_bfloat16
from scoring.images.processor import is_slow_in_bfloat16


def export(folder: Path, out: Path, precision: str, say: Callable[[str], None]) -> artefact.Manifest:
    """A model of less than 32 bits answers otherwise, and so has a version of its own.

    Raises ArtefactError where the folder is no build of a Keras model, OSError.
    """
    manifest = artefact.verify(folder)
    if manifest.layout != "keras":
        raise artefact.ArtefactError(f"{folder} is a SavedModel already. Export the folder that it was made of.")
    if out.resolve() == folder.resolve():
        raise artefact.ArtefactError(f"{out} holds the model itself. Name another folder with --out.")
    if keras.backend.backend() != "tensorflow":
        raise artefact.ArtefactError("A SavedModel is made by the TensorFlow backend alone.")
    if precision == BFLOAT16 and is_slow_in_bfloat16():
        say("This processor has no instructions for bfloat16: the model will be slower here than in float32.")
    model = keras.saving.load_model(folder / artefact.MODEL_FILE, compile=False)
    if precision == BFLOAT16:
        model = in_bfloat16(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
        made = Path(beside)
        tensorflow_network.save(
            model,
            manifest.preprocessing,
            manifest.size,
            manifest.outputs == "probabilities",
            made / artefact.SAVED_MODEL,
        )
        for name in {artefact.LABELS_FILE, artefact.CALIBRATION_FILE} & set(manifest.files):
            shutil.copyfile(folder / name, made / name)
        # The graph takes logarithms of probabilities itself.
        exported = dataclasses.replace(
            manifest,
            version=artefact.version_in(precision, manifest.version),
            layout="saved_model",
            outputs="logits",
            files=artefact.files_in(made),
            precision=precision,
        )
        move(made, out, exported)
    return exported
