"""The labels of a model of one's own: a text with a label a line, or JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.images.artefact import ArtefactError

_FORMS = (
    'a list of labels, a list of objects with "id" and "label", or an object by the numbers of the model\'s outputs '
    'from "0" on, as keras.applications has: {"0": ["n01440764", "tench"], …}'
)


def read(file: Path) -> list[dict[str, str]]:
    """An id and a label for each output. Raises ArtefactError where the file is of another form, and OSError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        content = json.loads(text) if file.suffix.lower() == ".json" else _lines(text)
    except ValueError as error:
        raise ArtefactError(f"{file} is no list of labels: {error}") from error
    if isinstance(content, dict):
        labels = _told_apart([_indexed(row, number, file) for number, row in enumerate(_in_order(content, file))])
    elif isinstance(content, list):
        labels = [_listed(row, number, file) for number, row in enumerate(content)]
    else:
        raise ArtefactError(f"{file} is no list of labels: it has to hold {_FORMS}.")
    for key in ("id", "label"):
        _check_once([label[key] for label in labels], key, file)
    return labels


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _in_order(content: Mapping[str, Any], file: Path) -> list[Any]:
    numbers = [str(number) for number in range(len(content))]
    if set(content) != set(numbers):
        raise ArtefactError(
            f'{file} is an object whose keys are not the numbers from "0" to "{len(content) - 1}"; needed is {_FORMS}.'
        )
    return [content[number] for number in numbers]


def _indexed(row: Any, number: int, file: Path) -> dict[str, str]:
    if isinstance(row, list) and len(row) == 2:
        return _label(row[0], row[1], number, file)
    return _listed(row, number, file)


def _listed(row: Any, number: int, file: Path) -> dict[str, str]:
    if isinstance(row, str):
        return _label(number, row, number, file)
    if not isinstance(row, dict):
        raise ArtefactError(f"{file}: entry {number}, counted from 0, is no label; needed is {_FORMS}.")
    return _label(row.get("id"), row.get("label"), number, file)


def _label(id: Any, label: Any, number: int, file: Path) -> dict[str, str]:
    for key, value in (("id", id), ("label", label)):
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise ArtefactError(f'{file}: entry {number}, counted from 0, has no "{key}".')
    return {"id": str(id), "label": str(label)}


def _told_apart(labels: list[dict[str, str]]) -> list[dict[str, str]]:
    """Keras's index of ImageNet has two cranes and two maillots: their ids tell which."""
    times = Counter(label["label"] for label in labels)
    return [
        {"id": one["id"], "label": f"{one['label']} ({one['id']})" if times[one["label"]] > 1 else one["label"]}
        for one in labels
    ]


def _check_once(values: list[str], key: str, file: Path) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise ArtefactError(f"In {file} the {key} {min(twice)!r} comes twice.")
