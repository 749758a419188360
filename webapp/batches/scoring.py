"""Questions of a chunk, each asked of the scorer."""

from functools import partial
from typing import Any

from scoring.contract.faq import Question, clean_question
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from webapp import clients
from webapp.batches.models import Chunk
from webapp.leases.leases import Results
from webapp.leases.working import GoOn, answers

SERVER_ERROR = 500


def score(chunk: Chunk, request_id: str, go_on: GoOn) -> Results:
    """One result a question, in order: `id`, `question`, `score`, `answered`; `error` where it is none.

    Raises ProblemError where the scorer fails, so that nothing is taken for an answer that is none, and
    InterruptedScoringError.
    """
    return answers(chunk.questions, partial(_result, request_id=request_id), go_on)


def _result(asked: str, request_id: str) -> dict[str, Any]:
    try:
        found = clients.ask(Question(clean_question(asked), 1), request_id).answer
    except ContractError as error:
        return {"error": error.code}
    except ProblemError as error:
        if error.problem.status < SERVER_ERROR:
            return {"error": error.problem.code}
        raise
    if not found.matches:
        return {"answered": False}
    best = found.matches[0]
    return {"id": best.id, "question": best.question, "score": round(best.score, 4), "answered": found.answered}
