"""What `python -m scoring.images` does but serve: make, fetch, take in, calibrate and evaluate models."""

import argparse
import dataclasses
import json
import re
import sys
from pathlib import Path

from scoring.images import artefact, calibrating, calibration, card, evaluating, labels, own_model, ready_made
from scoring.images.build import build, with_calibration
from scoring.images.definitions import DEFINITIONS, LITE2
from scoring.images.fetch import fetch
from scoring.images.model import ImageModel
from scoring.images.own_model import Wanted
from scoring.images.weights import WeightsError


def make(arguments: argparse.Namespace) -> None:
    """`build`: EfficientNet-Lite2, or a ResNet of a mounted file of weights."""
    definition = DEFINITIONS[arguments.model]
    if definition is LITE2:
        tell(build(arguments.out, say), arguments.out)
    elif arguments.weights or arguments.random_weights:
        tell(ready_made.build(arguments.out, definition, arguments.weights, say), arguments.out)
    else:
        raise WeightsError(
            f"{definition.title} needs its weights: name their file with --weights, or run "
            f"python -m scoring.images fetch {definition.name} --out {arguments.out}."
        )


def bring(arguments: argparse.Namespace) -> None:
    """`fetch`: download a file of weights and make the model of it."""
    definition = DEFINITIONS[arguments.model]
    if definition.download is None:
        raise WeightsError(f"{definition.title} comes with an installed package: python -m scoring.images build.")
    url = arguments.url or definition.download.url
    file = (arguments.downloads or arguments.out.parent) / url.rpartition("/")[2]
    # Another address may hold another file of the same weights; its SHA-256 is then the caller's to give.
    md5 = "" if arguments.sha256 else definition.download.md5
    say(f"Fetching {url}")
    say(f"{file} has SHA-256 {fetch(url, file, md5=md5, sha256=arguments.sha256 or '')}")
    tell(ready_made.build(arguments.out, definition, file, say), arguments.out)


def take_in(arguments: argparse.Namespace) -> None:
    """`import`: a saved model of the user's own."""
    name = arguments.name or _name_of(arguments.file)
    wanted = Wanted(arguments.file, arguments.labels, name, arguments.preprocessing, arguments.licence)
    tell(own_model.take_in(arguments.out, wanted), arguments.out)


def _name_of(file: Path) -> str:
    """What of the file's name fits an address."""
    return re.sub("[^A-Za-z0-9._-]+", "-", file.stem).lstrip("._-")[:64].rstrip("-") or "model"


def calibrate(arguments: argparse.Namespace) -> None:
    """`calibrate`: fit how sure the model may be on photos inside and outside its classes."""
    manifest = artefact.verify(arguments.folder)
    model = ImageModel(arguments.folder)
    names = labels.read(arguments.folder / artefact.LABELS_FILE)
    fitted = calibrating.fit(arguments.inside, arguments.outside, names, model.frame, model.logits)
    for rule, area in sorted(fitted.areas.items(), key=lambda pair: -pair[1]):
        say(f"{rule:<12} area under the ROC curve {area:.4f}")
    say(json.dumps(dataclasses.asdict(fitted.calibration), indent=2))
    if doubt := fitted.doubt():
        sys.stderr.write(f"Warning: {doubt}\n")
    fitted.calibration.write(arguments.folder / artefact.CALIBRATION_FILE)
    version = artefact.version_in(manifest.precision, with_calibration(manifest.version, arguments.folder))
    calibrated = dataclasses.replace(manifest, version=version, files=artefact.files_in(arguments.folder))
    card.write(arguments.folder, calibrated)
    artefact.write(arguments.folder, calibrated)


def evaluate(arguments: argparse.Namespace) -> None:
    """`evaluate`: how good the model is on photos inside, and outside, its classes."""
    model = ImageModel(arguments.folder)
    found = evaluating.evaluate(
        arguments.inside,
        arguments.outside,
        labels.read(arguments.folder / artefact.LABELS_FILE),
        model.frame,
        model.logits,
        calibration.read(arguments.folder / artefact.CALIBRATION_FILE),
    )
    for line in found.lines():
        say(line)


def say(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


def tell(manifest: artefact.Manifest, folder: Path) -> None:
    say(f"Built {manifest.name} {manifest.version} in {folder}.")
