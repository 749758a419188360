"""The classes of ImageNet-1K, in the order of the model's outputs. Sources and licences: README.md in this folder."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("labels.json")


@dataclass(frozen=True, slots=True)
class Label:
    """`id` is a WordNet 3.0 id ("n" and 8 digits), `label` its English name."""

    id: str
    label: str


def read(path: Path = FILE) -> tuple[Label, ...]:
    """The labels, one for each output of the model."""
    return tuple(Label(row["id"], row["label"]) for row in json.loads(path.read_text(encoding="utf-8")))
