"""POST /suggestions/: the FAQ entries that come nearest to what has been typed so far.

By POST, so that no half-typed question ends in the log of a proxy. Suggestions are a courtesy: they give way to
answers, and where the scorer fails there are none.
"""

import re
from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from scoring.contract.faq import Match, Question, clean_question
from scoring.contract.limits import MAX_TOP
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from webapp import clients
from webapp.faq.answers import line_html, line_text
from webapp.headers import request_id
from webapp.suggesting import suggested, too_many
from webapp.throttles import Throttle

LEAST_CHARACTERS = 3
MOST_CHARACTERS = 300
SUGGESTIONS = 5
LEAST_SCORE = 0.02
LEAST_PREFIX = 2
DEADLINE_SECONDS = 0.4
AT_ONCE = 8
WORD = re.compile(r"\w+")

_throttle = Throttle("suggestions", most=600, seconds=10)
_slots = BoundedSemaphore(AT_ONCE)


@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """200 with the suggestions, none where nothing fits; 429 where too many are asked for."""
    text = _typed(request)
    if not LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        return _answer(())
    if not _throttle.allows(request):
        return too_many(_throttle.seconds)
    if not _slots.acquire(blocking=False):
        return too_many(1)
    try:
        return _answer(_nearest(text, request_id(request)))
    finally:
        _slots.release()


def _typed(request: HttpRequest) -> str:
    try:
        return clean_question(request.POST.get("question", ""))
    except ContractError:
        return ""


def _nearest(text: str, asked_as: str) -> tuple[Match, ...]:
    try:
        found = clients.ask(Question(text, MAX_TOP), asked_as, DEADLINE_SECONDS).answer.matches
    except ProblemError:
        return ()
    last = text.split()[-1].casefold()
    begun = [match for match in found if _has_begun(last, match.question)]
    others = [match for match in found if match not in begun and match.score >= LEAST_SCORE]
    return tuple([*begun, *others][:SUGGESTIONS])


def _has_begun(last: str, title: str) -> bool:
    """Whether a word of the title begins with the one being typed, which the model cannot know before it is whole."""
    return len(last) >= LEAST_PREFIX and any(word.startswith(last) for word in WORD.findall(title.casefold()))


def _answer(found: tuple[Match, ...]) -> HttpResponse:
    return suggested({"text": line_text(match.question), "html": line_html(match.question)} for match in found)
