"""`python -m scoring.images build --out DIR` and `python -m scoring.images serve DIR --port N`."""

import argparse
import logging
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.contract.limits import IMAGE_DEADLINE_SECONDS
from scoring.images import artefact
from scoring.images.weights import WeightsError
from scoring.service.server import serve
from scoring.service.settings import Settings
from scoring.service.versions import STABLE_FILE, Folder

if TYPE_CHECKING:
    from scoring.images.model import ImageModel

# Up to 8 photos are scored and 16 wait, each with its 10 MiB; two are decoded at a time.
_QUEUE = 16
_READERS = 2


def main() -> int:
    arguments = _arguments()
    try:
        if arguments.command == "build":
            return _build(arguments.out)
        return _serve(arguments)
    except (artefact.ArtefactError, WeightsError, OSError) as error:
        print(f"scoring.images: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scoring.images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make the model from the weights of the installed package")
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the model is written")
    serve = commands.add_parser("serve", help="answer requests with a model that was built")
    serve.add_argument("folder", type=Path, metavar="DIR", help="where the model was built")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, required=True)
    return parser.parse_args()


def _build(folder: Path) -> int:
    if artefact.is_current(folder):
        print(f"{folder} already holds {artefact.NAME} {artefact.verify(folder).version}.")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    print("Starting TensorFlow", flush=True)
    # TensorFlow takes seconds to import: neither a build that is there nor a folder that cannot be made needs it.
    from scoring.images.build import build

    manifest = build(folder, lambda step: print(step, flush=True))
    print(f"Built {manifest.name} {manifest.version} in {folder}.")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    if not (arguments.folder / STABLE_FILE).exists():
        artefact.verify(arguments.folder)
    # What Pillow warns of, the decoder decides on.
    warnings.filterwarnings("ignore", module="PIL")
    # Its warnings tell of the bytes of a malformed form, which the answer already refuses.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    settings = Settings(
        arguments.host, arguments.port, queue=_QUEUE, deadline_s=IMAGE_DEADLINE_SECONDS, readers=_READERS
    )
    return serve(Folder(arguments.folder, _load), settings)


def _load(folder: Path) -> "ImageModel":
    # Imported once the port is open, so that probes are answered while TensorFlow starts.
    from scoring.images.model import ImageModel

    _use_cores()
    return ImageModel(folder)


@cache
def _use_cores() -> None:
    """Once: TensorFlow takes it no more when another version is loaded later."""
    from scoring.images.model import use_cores

    use_cores()


if __name__ == "__main__":
    sys.exit(main())
