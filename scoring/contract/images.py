"""A photo, and what it shows. The request is the raw bytes of the file; `?top=` says how many labels."""

from dataclasses import asdict, dataclass
from typing import Any

from scoring.contract.reading import as_object, number, only_keys, rows, text, whole
from scoring.contract.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Prediction:
    """`id` is the WordNet id of the class, `score` its softmax probability (0 to 1)."""

    id: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Predictions:
    """Best first. `width` and `height` are the upright photo's, in pixels."""

    predictions: tuple[Prediction, ...]
    width: int
    height: int
    receipt: Receipt

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Predictions":
        """Read an answer. Raises ContractError."""
        found = as_object(value)
        only_keys(found, {"predictions", "width", "height", "receipt"})
        return cls(
            predictions=rows(found, "predictions", _prediction),
            width=whole(found, "width", 1, 100_000),
            height=whole(found, "height", 1, 100_000),
            receipt=Receipt.from_json(found["receipt"]),
        )


def _prediction(value: Any) -> Prediction:
    found = as_object(value, "predictions")
    only_keys(found, {"id", "label", "score"})
    return Prediction(text(found, "id"), text(found, "label"), number(found, "score", 0, 1))
