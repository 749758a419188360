"""The photos that the shipped calibration was fitted on, from packages: `python -m bench.calibration_photos DIR`.

DIR/inside gets photos of ImageNet's classes, each named by its label: 20 that foolbox carries, which name their class
by its number, and four of scikit-image and scikit-learn. DIR/outside gets what shows none of the classes: people,
textures, drawings, text, and pictures from a microscope, a telescope or a clinic.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from scoring.images import labels

FOOLBOX = "foolbox==3.3.4"
DOWNLOAD_SECONDS = 120
INSIDE = {
    "skimage/data/chelsea.png": "Egyptian cat",
    "skimage/data/coffee.png": "espresso",
    "skimage/data/camera.png": "tripod",
    "sklearn/datasets/images/china.jpg": "palace",
}
# Not taken: what may pass for a class (a rocket, a blurred clock, a motorcycle) and second versions of a picture.
OUTSIDE = (
    *(f"skimage/data/{name}.png" for name in ("astronaut", "brick", "cell", "chessboard_GRAY", "coins", "color")),
    *(f"skimage/data/{name}.png" for name in ("grass", "gravel", "horse", "ihc", "logo", "microaneurysms", "moon")),
    *(f"skimage/data/{name}.png" for name in ("page", "phantom", "text")),
    *(f"skimage/data/{name}.jpg" for name in ("hubble_deep_field", "retina")),
    "sklearn/datasets/images/flower.jpg",
)


def main() -> int:
    inside, outside = (Path(sys.argv[1]) / name for name in ("inside", "outside"))
    for folder in (inside, outside):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for path, label in INSIDE.items():
        _copy(path, inside / f"{label.replace(' ', '_')}--{Path(path).name}")
    for path in OUTSIDE:
        _copy(path, outside / Path(path).name)
    for name, content in _of_foolbox():
        (inside / name).write_bytes(content)
    sys.stdout.write(f"{len(list(inside.iterdir()))} inside, {len(list(outside.iterdir()))} outside\n")
    return 0


def _copy(path: str, to: Path) -> None:
    package, _, rest = path.partition("/")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(package)
    shutil.copyfile(Path(spec.origin).parent / rest, to)


def _of_foolbox() -> Iterator[tuple[str, bytes]]:
    """`imagenet_00_243.jpg` shows class 243."""
    names = labels.read()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, FOOLBOX]
        subprocess.run(command, check=True, timeout=DOWNLOAD_SECONDS)
        (wheel,) = Path(folder).iterdir()
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                if entry.startswith("foolbox/data/imagenet_"):
                    number = int(Path(entry).stem.rpartition("_")[2])
                    label = names[number].label.replace(" ", "_")
                    yield f"{label}--{Path(entry).name}", archive.read(entry)


if __name__ == "__main__":
    sys.exit(main())
