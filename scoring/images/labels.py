"""The classes of ImageNet-1K, in the order of the model's outputs. Sources and licences: README.md in this folder."""

import json
from pathlib import Path

from scoring.contract.images import Label

FILE = Path(__file__).with_name("labels.json")


def read(path: Path = FILE) -> tuple[Label, ...]:
    """The labels, one for each output of the model."""
    return tuple(Label(row["id"], row["label"]) for row in json.loads(path.read_text(encoding="utf-8")))
