"""What visitors say of answers: votes, questions left, labels put right. Each is one row an answer."""

from typing import Any, TypeVar

from scoring.contract.images import Label
from webapp.faq.sealed import Sealed
from webapp.images.sealed import SealedPhoto
from webapp.results.models import Correction, Feedback, Reviewed

Row = TypeVar("Row", bound=Reviewed)


def store(sealed: Sealed, verdict: str, reason: str, remark: str) -> None:
    answer = sealed.timed.answer
    best = answer.matches[0] if answer.matches else None
    given = {"verdict": verdict, "reason": reason if verdict == Feedback.Verdict.WRONG else "", "remark": remark}
    about = {
        "question": sealed.question,
        "entry": best.id[:200] if best else "",
        "entry_question": best.question if best else "",
        "score": best.score if best else None,
        "model": f"{answer.receipt.model} {answer.receipt.version}"[:200],
    }
    _store(Feedback, sealed.id, about, given)


def correct(sealed: SealedPhoto, right: Label | None, photo: bytes | None) -> None:
    """`right` is None for none of the model's classes; `photo` is the scorer's copy, where its sender allows it."""
    answer = sealed.timed.answer
    best = answer.predictions[0]
    given = {
        "right_id": right.id[:200] if right else "",
        "right_label": right.label[:200] if right else "",
        "photo": photo,
    }
    about = {
        "predicted_id": best.id[:200],
        "predicted_label": best.label[:200],
        "score": best.score,
        "model": f"{answer.receipt.model} {answer.receipt.version}"[:200],
    }
    _store(Correction, sealed.id, about, given)


def _store(kind: type[Row], answer_id: str, about: dict[str, Any], given: dict[str, Any]) -> None:
    """A second word on one answer replaces the first until a maintainer has reviewed it."""
    row, is_new = kind._default_manager.get_or_create(answer_id=answer_id, defaults={**about, **given})
    if not is_new and row.review == Reviewed.Review.WAITING:
        kind._default_manager.filter(pk=row.pk, review=Reviewed.Review.WAITING).update(**given)
