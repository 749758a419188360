"""Votes on answers, and questions left for the maintainers."""

from webapp.faq.sealed import Sealed
from webapp.results.models import Feedback


def store(sealed: Sealed, verdict: str, reason: str, remark: str) -> None:
    """One row an answer: a second vote replaces the first until a maintainer has reviewed it."""
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
    row, is_new = Feedback.objects.get_or_create(answer_id=sealed.id, defaults={**about, **given})
    if not is_new and row.review == Feedback.Review.WAITING:
        Feedback.objects.filter(pk=row.pk, review=Feedback.Review.WAITING).update(**given)
