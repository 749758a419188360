"""Reviewed corrections as photos to measure and calibrate an image model on."""

import json
from dataclasses import dataclass
from pathlib import Path

from webapp.results.models import Correction

# As `python -m scoring.images calibrate` reads them: inside the classes named by their label, outside by any name.
INSIDE, OUTSIDE = "inside", "outside"
LIST = "corrections.jsonl"
IMPOSSIBLE = frozenset('/\\:*?"<>|_\0')


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows were written, how many photos of each kind, and the labels that no file can be named by."""

    rows: int
    inside: int
    outside: int
    unnamed: tuple[str, ...]


def export(folder: Path) -> Exported:
    """Write the accepted corrections into a new or empty folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for kind in (INSIDE, OUTSIDE):
        (folder / kind).mkdir()
    counts = {INSIDE: 0, OUTSIDE: 0}
    unnamed: list[str] = []
    rows = 0
    with (folder / LIST).open("w", encoding="utf-8") as lines:
        for row in Correction.objects.filter(review=Correction.Review.ACCEPTED).order_by("pk").iterator(chunk_size=50):
            place = _place(row)
            if place:
                (folder / place).write_bytes(bytes(row.photo or b""))
                counts[place.split("/")[0]] += 1
            elif row.photo:
                unnamed.append(row.right_label)
            lines.write(_line(row, place))
            rows += 1
    return Exported(rows, counts[INSIDE], counts[OUTSIDE], tuple(unnamed))


def _place(row: Correction) -> str:
    """The photo's file below the folder; "" where there is no photo, or no file can bear the label's name."""
    if not row.photo or IMPOSSIBLE & set(row.right_label) or "--" in row.right_label or row.right_label.startswith("."):
        return ""
    return (
        f"{INSIDE}/{row.right_label.replace(' ', '_')}--{row.pk}.jpg" if row.right_label else f"{OUTSIDE}/{row.pk}.jpg"
    )


def _line(row: Correction, place: str) -> str:
    content = {
        "photo": place or None,
        "model": row.model,
        "predicted": {"id": row.predicted_id, "label": row.predicted_label, "score": row.score},
        "right": {"id": row.right_id, "label": row.right_label} if row.right_label else None,
        "given_at": row.given_at.isoformat(timespec="seconds"),
    }
    return json.dumps(content, ensure_ascii=False) + "\n"
