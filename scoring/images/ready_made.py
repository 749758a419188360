"""Models of `keras.applications`, from a file of weights that was fetched or mounted."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import keras

from scoring.images import artefact, labels
from scoring.images.build import Made, Say, save
from scoring.images.definitions import RESNET50, RESNET152, Definition
from scoring.images.keras_files import READING_ERRORS, reason
from scoring.images.weights import WeightsError

_ARCHITECTURES: Mapping[str, Callable[..., keras.Model]] = {
    RESNET50.name: keras.applications.ResNet50,
    RESNET152.name: keras.applications.ResNet152,
}
RANDOM = "random"


def build(folder: Path, definition: Definition, file: Path | None, say: Say) -> artefact.Manifest:
    """Make the model of a file of weights; None gives random ones, for trials of speed alone.

    Raises WeightsError, and OSError where the folder cannot be written.
    """
    say(f"Building {definition.title}" + ("" if file else " with random weights: its answers mean nothing"))
    made = Made(_model(definition, file), definition, artefact.sha256_of(file) if file else RANDOM, labels.FILE)
    say("Writing the model")
    return save(folder, made)


def _model(definition: Definition, file: Path | None) -> keras.Model:
    if file and not file.is_file():
        raise WeightsError(f"There is no file of weights at {file}.")
    # Without its softmax, the model gives logits: they lose nothing where one class is near 1.
    options = {"weights": str(file) if file else None, "classifier_activation": None}
    try:
        with warnings.catch_warnings():
            # Hundreds, of the same file; what does not fit raises.
            warnings.simplefilter("ignore", UserWarning)
            return _ARCHITECTURES[definition.name](**options)
    except READING_ERRORS as error:
        raise WeightsError(f"{file} does not hold the weights of {definition.title}: {reason(error)}") from error
