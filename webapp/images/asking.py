"""Several scorers asked at the same time, with the same deadline. One that fails leaves what the others say."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from django.conf import settings

from scoring.client import ScorerLate
from scoring.contract.problems import ProblemError
from webapp.problems import from_scoring

GRACE_SECONDS = 0.2

Said = TypeVar("Said")
# The service, and what asks it within so many seconds. Raises ProblemError.
Question = tuple[str, Callable[[float], Said]]

_threads = ThreadPoolExecutor(16, thread_name_prefix="asking")


def at_once(first: Question[Said], *others: Question[Said]) -> list[Said | ProblemError]:
    until = monotonic() + settings.IMAGE_DEADLINE_SECONDS
    waiting = [(service, _threads.submit(_outcome, ask, until)) for service, ask in others]
    return [_outcome(first[1], until), *(_result(found, service, until) for service, found in waiting)]


def _outcome(ask: Callable[[float], Said], until: float) -> Said | ProblemError:
    try:
        return ask(until - monotonic())
    except ProblemError as error:
        return error


def _result(waiting: Future[Said | ProblemError], service: str, until: float) -> Said | ProblemError:
    """It holds the deadline itself once it runs; this is for one that still waits for a thread by then."""
    try:
        return waiting.result(timeout=max(0.0, until - monotonic()) + GRACE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        return from_scoring(ScorerLate("No thread was free."), service)
