"""Questions of a chunk, each asked of the scorer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scoring.contract.faq import Question, clean_question
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from webapp import clients

AT_ONCE = 4
SERVER_ERROR = 500


class InterruptedScoringError(Exception):
    """The chunk is no longer this worker's."""


def score(questions: list[str], request_id: str, go_on: Callable[[], bool]) -> list[dict[str, Any]]:
    """One result a question, in order: `id`, `question`, `score`, `answered`; `error` where it is none.

    `go_on` is asked between every AT_ONCE questions. Raises ProblemError where the scorer fails, so that nothing is
    taken for an answer that is none, and InterruptedScoringError.
    """
    results: list[dict[str, Any]] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="batch") as threads:
        for start in range(0, len(questions), AT_ONCE):
            if not go_on():
                raise InterruptedScoringError
            results += threads.map(lambda asked: _result(asked, request_id), questions[start : start + AT_ONCE])
    return results


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
