"""A photo, and what it shows. The request is the raw bytes of the file; `?top=` says how many labels.

`?explain=gradcam` (or `occlusion`, or `auto`) asks which parts of the photo spoke for a class, `&class=` for which one
(its id; the best one unless given). `?rendering=true` asks for the photo as it was read: upright, small, and without
anything else that its file held.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass
from typing import Any

from scoring.contract.limits import MAX_IMAGE_PIXELS
from scoring.contract.reading import ContractError, as_object, number, only_keys, rows, text, whole
from scoring.contract.receipt import Receipt

# Of a photo that is a single line.
LONGEST_SIDE = MAX_IMAGE_PIXELS
MAX_OVERLAY_BYTES = 512 * 1024
MAX_RENDERING_BYTES = 1024 * 1024
MAX_LABELS = 100_000
# "auto" is Grad-CAM where the model has gradients, occlusion elsewhere.
EXPLAIN_METHODS = ("auto", "gradcam", "occlusion")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Any finite number: what a rule's score may be depends on the rule.
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Prediction:
    """`id` names the class (for ImageNet its WordNet id), `score` is its softmax probability (0 to 1)."""

    id: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """By what rule `known` was decided: a photo is known where `score` is at least `threshold`."""

    rule: str
    score: float
    threshold: float

    @classmethod
    def from_json(cls, value: Any) -> "Evidence":
        found = as_object(value, "evidence")
        only_keys(found, {"rule", "score", "threshold"})
        return cls(
            text(found, "rule"),
            number(found, "score", -_LARGEST, _LARGEST),
            number(found, "threshold", -_LARGEST, _LARGEST),
        )


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of the upright photo that the model saw, in the photo's pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def from_json(cls, value: Any) -> "Crop":
        found = as_object(value, "crop")
        only_keys(found, {"left", "top", "width", "height"})
        return cls(
            left=whole(found, "left", 0, LONGEST_SIDE),
            top=whole(found, "top", 0, LONGEST_SIDE),
            width=whole(found, "width", 1, LONGEST_SIDE),
            height=whole(found, "height", 1, LONGEST_SIDE),
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """What spoke for one class. `overlay` is a PNG to lay over the crop: the stronger, the less transparent."""

    id: str
    label: str
    method: str
    overlay: bytes

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"overlay": b64encode(self.overlay).decode()}

    @classmethod
    def from_json(cls, value: Any) -> "Explanation":
        found = as_object(value, "explanation")
        only_keys(found, {"id", "label", "method", "overlay"})
        return cls(text(found, "id"), text(found, "label"), text(found, "method"), _overlay(text(found, "overlay")))


@dataclass(frozen=True, slots=True)
class Predictions:
    """Best first. `width` and `height` are the upright photo's, in pixels.

    `known` is False where the photo probably shows none of the model's classes. `confidence` (0 to 1) is how often the
    best label is right where the model scores like this: softmax at the temperature that was fitted on labelled photos.
    `known`, `evidence` and `confidence` are None for a model that was never calibrated; `explanation` and `rendering`
    (a JPEG without metadata) come only where they were asked for. What is None is left out of the JSON.
    """

    predictions: tuple[Prediction, ...]
    width: int
    height: int
    receipt: Receipt
    known: bool | None = None
    evidence: Evidence | None = None
    confidence: float | None = None
    crop: Crop | None = None
    explanation: Explanation | None = None
    rendering: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        found = {key: value for key, value in asdict(self).items() if value is not None}
        if self.explanation is not None:
            found["explanation"] = self.explanation.to_json()
        if self.rendering is not None:
            found["rendering"] = b64encode(self.rendering).decode()
        return found

    @classmethod
    def from_json(cls, value: Any) -> "Predictions":
        """Read an answer. Raises ContractError."""
        found = as_object(value)
        optional = frozenset({"known", "evidence", "confidence", "crop", "explanation", "rendering"})
        only_keys(found, {"predictions", "width", "height", "receipt"}, optional)
        return cls(
            predictions=rows(found, "predictions", _prediction),
            width=whole(found, "width", 1, LONGEST_SIDE),
            height=whole(found, "height", 1, LONGEST_SIDE),
            receipt=Receipt.from_json(found["receipt"]),
            known=_flag(found["known"]) if "known" in found else None,
            evidence=Evidence.from_json(found["evidence"]) if "evidence" in found else None,
            confidence=number(found, "confidence", 0, 1) if "confidence" in found else None,
            crop=Crop.from_json(found["crop"]) if "crop" in found else None,
            explanation=Explanation.from_json(found["explanation"]) if "explanation" in found else None,
            rendering=_rendering(text(found, "rendering")) if "rendering" in found else None,
        )


@dataclass(frozen=True, slots=True)
class Label:
    """One class of the model: its id and its name."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Labels:
    """Every class of a model, in the order of its outputs (`GET /v1/labels`)."""

    model: str
    version: str
    labels: tuple[Label, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Labels":
        """Read an answer. Raises ContractError."""
        found = as_object(value)
        only_keys(found, {"model", "version", "labels"})
        labels = rows(found, "labels", _label)
        if not 1 <= len(labels) <= MAX_LABELS:
            raise ContractError("not-in-range", f"There must be 1 to {MAX_LABELS} labels.", "labels")
        return cls(text(found, "model"), text(found, "version"), labels)


def _prediction(value: Any) -> Prediction:
    found = as_object(value, "predictions")
    only_keys(found, {"id", "label", "score"})
    return Prediction(text(found, "id"), text(found, "label"), number(found, "score", 0, 1))


def _label(value: Any) -> Label:
    found = as_object(value, "labels")
    only_keys(found, {"id", "label"})
    return Label(text(found, "id"), text(found, "label"))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ContractError("not-a-boolean", "This must be true or false.", "known")
    return value


def _overlay(sent: str) -> bytes:
    return _picture(
        sent, _PNG, MAX_OVERLAY_BYTES, ContractError("not-base64", "This must be a PNG in base64.", "explanation")
    )


def _rendering(sent: str) -> bytes:
    return _picture(
        sent, _JPEG, MAX_RENDERING_BYTES, ContractError("not-base64", "This must be a JPEG in base64.", "rendering")
    )


def _picture(sent: str, first: bytes, most: int, refusal: ContractError) -> bytes:
    try:
        found = b64decode(sent, validate=True)
    except (Base64Error, ValueError) as error:
        raise refusal from error
    if not found.startswith(first) or len(found) > most:
        raise refusal
    return found
