"""python -m scoring.faq train | serve | evaluate | compare"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scoring.faq.artefact import ArtefactError
from scoring.faq.data import DataError
from scoring.faq.encoder import STATIC, EncoderError
from scoring.faq.encoders import ENCODERS
from scoring.faq.model import FaqModel
from scoring.service.auth import KeyHashError
from scoring.service.options import model_name, port, seconds, whole_number
from scoring.service.server import serve
from scoring.service.settings import Settings
from scoring.service.versions import Folder

DEADLINE_SECONDS = 5.0
QUEUE = 128
_COUNT = whole_number(0, 999_999_999)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (ArtefactError, DataError, EncoderError, KeyHashError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.faq")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="make a model from an FAQ"))
    serving = commands.add_parser("serve", help="answer questions over HTTP")
    serving.add_argument("folder", type=Path)
    serving.add_argument("--port", type=port, required=True, help="0 takes a free one, named in the first log line")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--lame-duck", type=seconds, default=1.0, metavar="SECONDS")
    serving.set_defaults(run=_serve)
    measuring = commands.add_parser("evaluate", help="measure a model on a file of questions")
    measuring.add_argument("model", type=Path, help="a version's folder, or the one above: then its stable version")
    measuring.add_argument("file", type=Path, help="JSONL: question, id (null where no entry answers)")
    measuring.add_argument("--json", action="store_true", help="one JSON object in place of a table")
    measuring.set_defaults(run=_evaluate)
    comparing = commands.add_parser("compare", help="tell whether a model is better than another, or only looks so")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    comparing.add_argument("file", type=Path, nargs="?", help="as for evaluate; without it: what training held out")
    comparing.set_defaults(run=_compare)
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="a JSONL, CSV or TSV file, or a folder: see docs/models.md")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--name", type=model_name, help="the model's name (default: that of the one served from DIR, or of the source)"
    )
    parser.add_argument(
        "--encoder", choices=ENCODERS, default=STATIC, help="minilm is better and slower: see docs/models.md"
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave bad rows out, after naming them")
    parser.add_argument("--replace-worse", action="store_true", help="serve it even where it is significantly worse")
    parser.add_argument(
        "--column",
        dest="columns",
        action="append",
        default=[],
        type=_column,
        metavar="FIELD=NAME",
        help="tables: the file's own name of a column, as in question=Frage",
    )
    parser.add_argument("--tag", help="dumps: only questions with this tag")
    parser.add_argument(
        "--min-text",
        type=_COUNT,
        metavar="N",
        help="dumps and triples: fewest characters of a question (default: any; the reference had 150)",
    )
    parser.add_argument(
        "--min-dupes",
        type=_COUNT,
        metavar="N",
        help="dumps and triples: fewest duplicates of an entry (default: 1; the reference had 12)",
    )
    parser.set_defaults(run=_train)


def _column(text: str) -> tuple[str, str]:
    from scoring.faq.sources.tables import FIELDS

    field, equals, name = text.partition("=")
    if field not in FIELDS or not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"FIELD=NAME is needed, with one of the fields {', '.join(FIELDS)}")
    return field, name


def _train(options: argparse.Namespace) -> int:
    from scoring.faq import commands

    return commands.train(options)


def _evaluate(options: argparse.Namespace) -> int:
    from scoring.faq import commands

    return commands.evaluate(options.model, options.file, options.json)


def _compare(options: argparse.Namespace) -> int:
    from scoring.faq import commands

    return commands.compare(options.old, options.new, options.file)


def _serve(options: argparse.Namespace) -> int:
    settings = Settings(
        options.host, options.port, queue=QUEUE, deadline_s=DEADLINE_SECONDS, lame_duck_s=options.lame_duck
    )
    return serve(Folder(options.folder, FaqModel.load), settings)


if __name__ == "__main__":
    sys.exit(main())
