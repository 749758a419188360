"""The model card: what a served folder holds, for people to read. It lies beside the model and vouches for nothing."""

from collections.abc import Iterator
from pathlib import Path

from scoring.images.artefact import CALIBRATION_FILE, CARD_FILE, Manifest
from scoring.images.calibration import Calibration, read
from scoring.images.definitions import BFLOAT16, DEFINITIONS

_PUBLISHED = "on the 50,000 validation photos of ImageNet-1K, by its publisher; not measured here"


def write(folder: Path, manifest: Manifest) -> None:
    """Raises CalibrationError where the folder's calibration cannot be read."""
    found = read(folder / CALIBRATION_FILE)
    (folder / CARD_FILE).write_text("\n".join(_lines(manifest, found)) + "\n", encoding="utf-8")


def _lines(manifest: Manifest, calibration: Calibration | None) -> Iterator[str]:
    yield f"# {manifest.title}, version {manifest.version}"
    yield ""
    yield "Names what a photo shows. It knows the classes of its labels and nothing else; every answer is one of them."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in _rows(manifest))
    yield ""
    yield "## How sure it may be"
    yield ""
    yield from _sureness(calibration)
    yield ""
    yield "## Files"
    yield ""
    yield "| file | SHA-256 |"
    yield "|---|---|"
    yield from (f"| {name} | `{digest}` |" for name, digest in sorted(manifest.files.items()))


def _rows(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "weights", manifest.source
    yield "SHA-256 of the weights' file", f"`{manifest.source_sha256}`"
    yield "licence", manifest.licence
    definition = DEFINITIONS.get(manifest.name)
    if definition is None:
        yield "trained on", "not said by the file"
        yield "accuracy", "not published; measure it: python -m scoring.images evaluate"
    elif manifest.source_sha256 == "random":
        yield "trained on", "nothing: its weights are random, and its answers mean nothing"
    else:
        yield "trained on", "ImageNet-1K (ILSVRC 2012), 1.28 million photos of 1,000 classes, by its publisher"
        top5 = f", top-5 {definition.top5:.3f}" if definition.top5 else ""
        yield "accuracy", f"top-1 {definition.top1:.3f}{top5} ({_PUBLISHED})"
    yield "sees", f"the middle square of the upright photo, {manifest.size} pixels a side, {manifest.resample}"
    yield "preprocessing", manifest.preprocessing if manifest.preprocessing != "none" else "inside the model"
    if manifest.precision == BFLOAT16:
        yield "computes", "in bfloat16 up to its last maps of features, and in 32-bit floats from there on"
        yield "figures", "those of the model in 32-bit floats, until `calibrate` and `evaluate` ran on this one"
    yield "made with", ", ".join(f"{name} {version}" for name, version in sorted(manifest.libraries.items()))


def _sureness(calibration: Calibration | None) -> Iterator[str]:
    if calibration is None:
        yield "Not calibrated: no confidence is given, and no photo is called unknown."
        return
    yield f"- Confidence is softmax at temperature {calibration.temperature:g}, fitted on {calibration.inside} photos."
    yield (
        f'- "Probably none of the classes" where {calibration.rule} is below {calibration.threshold:g}: of '
        f"{calibration.inside} photos of the classes {calibration.kept:.0%} are kept, of {calibration.outside} others "
        f"{calibration.refused:.0%} are told (area under the ROC curve {calibration.auroc:.3f}). Each photo counts as "
        "it is, mirrored, closer and blurred, and is left out of the choice of its own threshold."
    )
    yield f"- With so few photos, a share may be off by {_margin(calibration):.0%} either way (95 % interval)."


def _margin(calibration: Calibration) -> float:
    """Half of the Wilson interval's width, for the smaller of the two sets."""
    count, share = min((calibration.inside, calibration.kept), (calibration.outside, calibration.refused))
    z = 1.96
    spread = (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return float(z * spread / (1 + z * z / count))
