"""`python -m scoring.images build --out DIR` and `python -m scoring.images serve DIR --port N`; and, for other models,
`fetch`, `import`, `calibrate`, `evaluate` and `export`."""

import argparse
import logging
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.contract.limits import IMAGE_DEADLINE_SECONDS
from scoring.contract.problems import ProblemError
from scoring.images import artefact
from scoring.images.arguments import parse
from scoring.images.calibration import CalibrationError
from scoring.images.definitions import LITE2
from scoring.images.weights import WeightsError
from scoring.service.auth import KeyHashError
from scoring.service.server import serve
from scoring.service.settings import Settings
from scoring.service.versions import STABLE_FILE, Folder

if TYPE_CHECKING:
    from scoring.images.model import ImageModel

# On a CPU up to 16 photos are scored and 16 wait, each with its 10 MiB.
_QUEUE = 16
_ERRORS = (artefact.ArtefactError, WeightsError, CalibrationError, KeyHashError, ProblemError, OSError)


def main() -> int:
    arguments = parse()
    try:
        if arguments.command == "serve":
            return _serve(arguments)
        _run(arguments)
    except _ERRORS as error:
        print(f"scoring.images: {error}", file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> None:
    if arguments.command == "build" and arguments.model == LITE2.name and artefact.is_current(arguments.out):
        print(f"{arguments.out} already holds {LITE2.name} {artefact.verify(arguments.out).version}.")
        return
    if "out" in arguments:
        artefact.need_own(arguments.out)
    if "inside" in arguments:
        from scoring.images.calibrating import photos

        for folder in filter(None, (arguments.inside, arguments.outside)):
            photos(folder)
    print("Starting Keras", flush=True)
    # Keras takes seconds to import: neither a build that is there nor a folder that does not fit needs it.
    from scoring.images import commands

    if arguments.command == "export":
        # TensorFlow's alone, which need not be installed beside PyTorch.
        from scoring.images.export import export

        made = export(arguments.folder, arguments.out, arguments.precision, commands.say)
        commands.tell(made, arguments.out)
        return
    run = {
        "build": commands.make,
        "fetch": commands.bring,
        "import": commands.take_in,
        "calibrate": commands.calibrate,
        "evaluate": commands.evaluate,
    }
    run[arguments.command](arguments)


def _serve(arguments: argparse.Namespace) -> int:
    if not (arguments.folder / STABLE_FILE).exists():
        artefact.verify(arguments.folder)
    # What Pillow warns of, the decoder decides on.
    warnings.filterwarnings("ignore", module="PIL")
    # Its warnings tell of the bytes of a malformed form, which the answer already refuses.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    settings = Settings(
        arguments.host,
        arguments.port,
        queue=_QUEUE,
        deadline_s=IMAGE_DEADLINE_SECONDS,
        readers=arguments.decoders,
        lame_duck_s=arguments.lame_duck,
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
    from scoring.images.network import use_cores

    use_cores()


if __name__ == "__main__":
    sys.exit(main())
