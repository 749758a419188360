"""How good a model is on questions it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.contract.faq import Question
from scoring.faq.data import Asked
from scoring.faq.model import FaqModel, Found

TOP = 3


@dataclass(frozen=True, slots=True)
class Report:
    """`false_accept`: the share of questions without an answer that got one; `false_reject`: the share of questions
    with an answer that got none. None where there was no such question."""

    questions: int
    accuracy_at_1: float | None
    accuracy_at_3: float | None
    false_accept: float | None
    false_reject: float | None


def evaluate(model: FaqModel, asked: Sequence[Asked]) -> Report:
    found = model.score([Question(row.question, TOP) for row in asked])
    known = [(row, each) for row, each in zip(asked, found, strict=True) if row.id is not None]
    unknown = [each for row, each in zip(asked, found, strict=True) if row.id is None]
    return Report(
        questions=len(asked),
        accuracy_at_1=_share([_rank(row, each) == 0 for row, each in known]),
        accuracy_at_3=_share([_rank(row, each) < TOP for row, each in known]),
        false_accept=_share([each.answered for each in unknown]),
        false_reject=_share([not each.answered for _, each in known]),
    )


def _rank(asked: Asked, found: Found) -> int:
    ids = [match.id for match in found.matches]
    return ids.index(asked.id) if asked.id in ids else TOP


def _share(cases: Sequence[bool]) -> float | None:
    return round(sum(cases) / len(cases), 4) if cases else None
