"""The answer to a question as its page carries it."""

from dataclasses import dataclass

from scoring.contract.faq import Matches
from scoring.contract.reading import ContractError
from webapp import sealing
from webapp.clients import Timed
from webapp.sealing import SealError

SALT = "webapp.faq.sealed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """`id` is the same for every use of one answer."""

    id: str
    question: str
    timed: Timed[Matches]


def seal(question: str, timed: Timed[Matches]) -> str:
    answer = timed.answer.to_json()
    return sealing.seal({"question": question, "answer": answer, "site_ms": round(timed.site_ms, 3)}, SALT)


def unseal(text: str) -> Sealed:
    """Raises SealError."""
    found = sealing.unseal(text, SALT)
    try:
        answer = Matches.from_json(found["answer"])
    except ContractError as error:
        raise SealError from error
    return Sealed(found["id"], found["question"], Timed(answer, found["site_ms"]))
