"""What is known of each photo of an album, as plain rows: for the grid and for the CSV file."""

from dataclasses import dataclass
from typing import Any

from webapp.albums.models import Album
from webapp.templatetags.scores import A_GUESS, LIKELY, VERY_LIKELY

LIKELY_FROM = (("very-likely", VERY_LIKELY), ("likely", LIKELY), ("guess", A_GUESS), ("unlikely", 0.0))


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """`sure` says how surely the best label is right: one of SURE. `error` is a problem code."""

    number: int
    name: str
    sure: str
    labels: tuple[Label, ...] = ()
    known: bool | None = None
    confidence: float | None = None
    error: str = ""

    @property
    def best(self) -> Label | None:
        return self.labels[0] if self.labels else None

    @property
    def claimed(self) -> Label | None:
        """The best label, where the model takes the photo for one of its classes at all."""
        return None if self.known is False else self.best


def rows(album: Album) -> list[Row]:
    """All of them, in order: at most a thousand, in two queries."""
    # A suspect's own result comes after the chunk in which it has none.
    results: dict[int, dict[str, Any] | None] = {}
    for chunk in album.chunks.filter(results__isnull=False).only("first_row", "results"):
        results |= dict(enumerate(chunk.results or (), start=chunk.first_row))
    photos = album.photos.order_by("number").values_list("number", "name", "error")
    return [_row(number, name, {"error": error} if error else results.get(number)) for number, name, error in photos]


def _row(number: int, name: str, result: dict[str, Any] | None) -> Row:
    if result is None:
        return Row(number, name, "waiting")
    if "error" in result:
        return Row(number, name, "unreadable", error=result["error"])
    labels = tuple(Label(*label) for label in result["labels"])
    known = result.get("known")
    confidence = result.get("confidence")
    return Row(number, name, _sure(labels, known, confidence), labels, known, confidence)


def _sure(labels: tuple[Label, ...], known: bool | None, confidence: float | None) -> str:
    """By the calibration, as beside a single photo; by the score where the model was never calibrated."""
    if known is False or not labels:
        return "unknown"
    likely = labels[0].score if confidence is None else confidence
    return next(name for name, least in LIKELY_FROM if likely >= least)
