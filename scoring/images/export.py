"""A served folder as a TensorFlow SavedModel: for TensorFlow's own servers, and served here as well."""

import dataclasses
import shutil
import tempfile
from pathlib import Path

import keras

from scoring.images import artefact, tensorflow_network
from scoring.images.build import move


def export(folder: Path, out: Path) -> artefact.Manifest:
    """Raises ArtefactError where the folder is no build of a Keras model, OSError."""
    manifest = artefact.verify(folder)
    if manifest.layout != "keras" or keras.backend.backend() != "tensorflow":
        raise artefact.ArtefactError("A SavedModel is made of a .keras file, by the TensorFlow backend.")
    model = keras.saving.load_model(folder / artefact.MODEL_FILE, compile=False)
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
        exported = dataclasses.replace(manifest, layout="saved_model", outputs="logits", files=artefact.files_in(made))
        move(made, out, exported)
    return exported
