"""What comes with every answer: which model gave it, which replica, and where the time went."""

from dataclasses import dataclass
from typing import Any

from scoring.contract.reading import as_object, number, only_keys, text

A_DAY_MS = 86_400_000.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """Times are milliseconds: waiting for the model, reading the input, the model itself."""

    model: str
    version: str
    replica: str
    queue_ms: float
    decode_ms: float
    compute_ms: float

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "version": self.version,
            "replica": self.replica,
            "queue_ms": self.queue_ms,
            "decode_ms": self.decode_ms,
            "compute_ms": self.compute_ms,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Receipt":
        found = as_object(value, "receipt")
        only_keys(found, {"model", "version", "replica", "queue_ms", "decode_ms", "compute_ms"})
        return cls(
            model=text(found, "model"),
            version=text(found, "version"),
            replica=text(found, "replica"),
            queue_ms=number(found, "queue_ms", 0, A_DAY_MS),
            decode_ms=number(found, "decode_ms", 0, A_DAY_MS),
            compute_ms=number(found, "compute_ms", 0, A_DAY_MS),
        )
