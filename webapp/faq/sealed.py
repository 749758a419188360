"""An answer as it was, carried by its own page: signed, so that it need not be stored before somebody keeps it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.core import signing

from scoring.contract.faq import Matches
from scoring.contract.reading import ContractError
from webapp.clients import Timed

SALT = "webapp.faq.sealed"
VALID_FOR = timedelta(days=1)


class SealError(ValueError):
    """Not sealed by this site, or too long ago."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """`id` is the same for every use of one answer."""

    id: str
    question: str
    timed: Timed[Matches]


def seal(question: str, timed: Timed[Matches]) -> str:
    content = {
        "id": uuid4().hex,
        "question": question,
        "answer": timed.answer.to_json(),
        "site_ms": round(timed.site_ms, 3),
    }
    return signing.dumps(content, salt=SALT, compress=True)


def unseal(text: str) -> Sealed:
    """Raises SealError."""
    try:
        found = signing.loads(text, salt=SALT, max_age=VALID_FOR)
        answer = Matches.from_json(found["answer"])
    except (signing.BadSignature, ContractError) as error:
        raise SealError("The answer is not one that this site has shown.") from error
    return Sealed(found["id"], found["question"], Timed(answer, found["site_ms"]))
