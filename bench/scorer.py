"""What every server of the comparison serves: a model by its kind, with one function, `score(questions)`.

BENCH_KIND is `plain` or `full`, BENCH_FOLDER where it is. Imported by the peers, in their own environments.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.plain import WordIndex
from scoring.contract.faq import Question
from scoring.contract.receipt import Receipt
from scoring.faq.model import FaqModel

KIND_VARIABLE = "BENCH_KIND"
FOLDER_VARIABLE = "BENCH_FOLDER"
MAX_BATCH = 16
Score = Callable[[Sequence[str]], list[Any]]


def load() -> Score:
    """The model that the environment names, warm. Answers are ready for JSON."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    score = _plain(folder) if os.environ[KIND_VARIABLE] == "plain" else _full(folder)
    score(["how do I copy an array"] * MAX_BATCH)
    return score


def _plain(folder: Path) -> Score:
    index = WordIndex.of_file(folder / "entries.jsonl")
    return lambda questions: [{"matches": row} for row in index.nearest(questions)]


def _full(folder: Path) -> Score:
    model = FaqModel.load(folder)
    model.warm()
    receipt = Receipt(model.name, model.version, "", 0, 0, 0)
    top = 3
    return lambda questions: [
        model.write(found, receipt) for found in model.score([Question(question, top) for question in questions])
    ]
