"""The labels of a photo as its page carries them, bound to that photo: no other one can be kept with them."""

from dataclasses import dataclass, replace
from hashlib import sha256

from scoring.contract.images import Predictions
from scoring.contract.reading import ContractError
from webapp import sealing
from webapp.clients import Timed
from webapp.sealing import SealError

SALT = "webapp.images.sealed"


@dataclass(frozen=True, slots=True)
class SealedPhoto:
    """`id` is the same for every use of one answer; `digest` is the SHA-256 of the photo that belongs to it."""

    id: str
    digest: str
    timed: Timed[Predictions]

    def is_of(self, photo: bytes) -> bool:
        return sha256(photo).hexdigest() == self.digest


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
