"""What was said of a photo as its page carries it, bound to that photo: no other one can be kept with it."""

from dataclasses import dataclass, replace
from hashlib import sha256

from scoring.contract.images import Predictions
from scoring.contract.reading import ContractError
from webapp import sealing
from webapp.clients import IMAGES, OTHER_IMAGES, Timed
from webapp.images.comparison import Comparison, from_json
from webapp.images.explaining import Answered
from webapp.sealing import SealError

SALT = "webapp.images.sealed"
COMPARISON_SALT = "webapp.images.sealed.comparison"


@dataclass(frozen=True, slots=True)
class Sealed:
    """`id` is the same for every use of one answer; `digest` is the SHA-256 of the photo that belongs to it."""

    id: str
    digest: str

    @property
    def models(self) -> tuple[Answered, ...]:
        """Those whose answer it is."""
        raise NotImplementedError

    def is_of(self, photo: bytes) -> bool:
        return sha256(photo).hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class SealedPhoto(Sealed):
    timed: Timed[Predictions]

    @property
    def models(self) -> tuple[Answered, ...]:
        return (Answered(IMAGES, self.timed.answer),)


@dataclass(frozen=True, slots=True)
class SealedComparison(Sealed):
    """Of a comparison that is whole."""

    comparison: Comparison

    @property
    def models(self) -> tuple[Answered, ...]:
        services = (IMAGES, IMAGES if self.comparison.are_versions else OTHER_IMAGES)
        sides = zip(services, self.comparison.answers, self.comparison.sides, strict=True)
        return tuple(Answered(service, answer, side.heading) for service, answer, side in sides)


def seal(photo: bytes, timed: Timed[Predictions]) -> str:
    """`photo` is what will be sent along where the answer is used."""
    labels = replace(timed.answer, explanation=None, rendering=None)
    content = {"digest": sha256(photo).hexdigest(), "answer": labels.to_json(), "site_ms": round(timed.site_ms, 3)}
    return sealing.seal(content, SALT)


def unseal(text: str) -> SealedPhoto:
    """Raises SealError."""
    found = sealing.unseal(text, SALT)
    try:
        answer = Predictions.from_json(found["answer"])
    except ContractError as error:
        raise SealError from error
    return SealedPhoto(found["id"], found["digest"], Timed(answer, found["site_ms"]))


def seal_comparison(photo: bytes, comparison: Comparison) -> str:
    """Of one that is whole."""
    return sealing.seal({"digest": sha256(photo).hexdigest(), "comparison": comparison.to_json()}, COMPARISON_SALT)


def unseal_comparison(text: str) -> SealedComparison:
    """Raises SealError."""
    found = sealing.unseal(text, COMPARISON_SALT)
    try:
        comparison = from_json(found["comparison"])
    except ContractError as error:
        raise SealError from error
    return SealedComparison(found["id"], found["digest"], comparison)
