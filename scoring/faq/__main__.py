"""python -m scoring.faq train | serve | evaluate"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from scoring.faq import artefact
from scoring.faq.artefact import ArtefactError
from scoring.faq.data import DataError, read_asked, read_entries
from scoring.faq.evaluation import evaluate
from scoring.faq.model import FaqModel
from scoring.faq.training import train
from scoring.service.server import serve
from scoring.service.settings import Settings

DEADLINE_SECONDS = 5.0
QUEUE = 128


def main() -> int:
    options = _parser().parse_args()
    try:
        code: int = options.run(options)
    except (ArtefactError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.faq")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    training = commands.add_parser("train", help="make a model from a file of entries")
    training.add_argument("source", type=Path, help="JSONL: id, question, answer, paraphrases, tags")
    training.add_argument("--out", type=Path, required=True, metavar="DIR")
    training.add_argument("--name", help="the model's name (default: the file's stem and -faq)")
    training.set_defaults(run=_train)
    serving = commands.add_parser("serve", help="answer questions over HTTP")
    serving.add_argument("folder", type=Path)
    serving.add_argument("--port", type=_port, required=True, help="0 takes a free one, named in the first log line")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--lame-duck", type=float, default=1.0, metavar="SECONDS")
    serving.set_defaults(run=_serve)
    measuring = commands.add_parser("evaluate", help="measure a model on a file of questions")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("file", type=Path, help="JSONL: question, id (null where no entry answers)")
    measuring.set_defaults(run=_evaluate)
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _train(options: argparse.Namespace) -> int:
    entries = read_entries(options.source)
    _say(f"{len(entries)} entries, {sum(len(entry.askings) for entry in entries)} askings")
    trained = train(entries, _say)
    manifest = artefact.save(options.out, options.name or f"{options.source.stem}-faq", entries, trained)
    _say(f"{manifest['name']} {manifest['version']} in {options.out}")
    _say(f"held-out accuracy: {trained.accuracy_1:.3f} first, {trained.accuracy_3:.3f} in the first three")
    return 0


def _serve(options: argparse.Namespace) -> int:
    settings = Settings(
        options.host, options.port, queue=QUEUE, deadline_s=DEADLINE_SECONDS, lame_duck_s=options.lame_duck
    )
    return serve(lambda: FaqModel.load(options.folder), settings)


def _evaluate(options: argparse.Namespace) -> int:
    report = evaluate(FaqModel.load(options.folder), read_asked(options.file))
    _say(json.dumps(asdict(report)))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
