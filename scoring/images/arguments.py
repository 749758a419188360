"""The command line of `python -m scoring.images`."""

import argparse
import re
from pathlib import Path

from scoring.images.definitions import DEFINITIONS, FLOAT32, LITE2, PRECISIONS, PREPROCESSING
from scoring.service.options import model_name, port, seconds, whole_number

MOST_DECODERS = 32


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scoring.images", description="Make and serve image models.")
    commands = parser.add_subparsers(dest="command", required=True)
    _build(commands.add_parser("build", help="make a model from installed or mounted weights"))
    _fetch(commands.add_parser("fetch", help="download the weights of a model, and make it"))
    _import(commands.add_parser("import", help="take in a saved .keras file with its labels"))
    _calibrate(commands.add_parser("calibrate", help="fit on photos how sure a model may be"))
    _evaluate(commands.add_parser("evaluate", help="measure on photos how good a model is"))
    _export(commands.add_parser("export", help="write a model as a TensorFlow SavedModel"))
    _serve(commands.add_parser("serve", help="answer requests with a model that was built"))
    return parser.parse_args()


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the model is written")


def _build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", choices=sorted(DEFINITIONS), default=LITE2.name)
    _out(parser)
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--weights", type=Path, metavar="FILE", help="a file of weights that keras.applications reads")
    weights.add_argument("--random-weights", action="store_true", help="for trials of speed: the answers mean nothing")


def _fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=sorted(DEFINITIONS))
    _out(parser)
    parser.add_argument("--url", default="", help="another address of the same file")
    parser.add_argument(
        "--sha256", type=_sha256, metavar="HEX", help="what the file must have, in place of its known MD5"
    )
    parser.add_argument("--downloads", type=Path, metavar="DIR", help="where the file goes; beside --out unless given")


def _sha256(text: str) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{64}", text):
        raise argparse.ArgumentTypeError("a SHA-256 is 64 hexadecimal digits")
    return text


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a saved .keras file that takes (None, side, side, 3)")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="FILE", help="a label a line, or JSON (docs/models.md)"
    )
    _out(parser)
    parser.add_argument(
        "--name", type=model_name, help="letters, digits, '.', '_' and '-'; the file's own unless given"
    )
    parser.add_argument(
        "--preprocessing", choices=PREPROCESSING, default="none", help="what the model wants of pixels 0 to 255"
    )
    parser.add_argument("--licence", default="unknown")


def _calibrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the model was built")
    parser.add_argument("--inside", type=Path, required=True, metavar="DIR", help="photos named by their label")
    parser.add_argument(
        "--outside", type=Path, required=True, metavar="DIR", help="photos that show none of the classes"
    )


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the model was built")
    parser.add_argument("--inside", type=Path, required=True, metavar="DIR", help="photos named by their label")
    parser.add_argument("--outside", type=Path, metavar="DIR", help="photos that show none of the classes")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the model was built")
    _out(parser)
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=FLOAT32,
        help="bfloat16 takes about half the time on processors that have instructions for it",
    )


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the model was built")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port, required=True, help="0 takes a free one, named in the first log line")
    parser.add_argument(
        "--decoders",
        type=whole_number(1, MOST_DECODERS),
        default=2,
        metavar="N",
        help="photos decoded at a time beside the model, 1 to 32 (each takes up to 370 MB); 2 unless given, "
        "and half the cores of a machine with a GPU keep it busy",
    )
    parser.add_argument("--lame-duck", type=seconds, default=1.0, metavar="SECONDS")
