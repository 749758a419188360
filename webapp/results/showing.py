"""What a kept answer's page shows: what the page of the answer itself has shown."""

from django.http import HttpRequest
from django.urls import reverse

from scoring.contract.faq import Matches, Question
from scoring.contract.images import Predictions
from webapp import receipts
from webapp.clients import Timed
from webapp.faq.answers import presented
from webapp.faq.requests import asked_by
from webapp.images.answers import presented as presented_photo
from webapp.images.answers import sent_by
from webapp.images.carrying import COPY_NAME, COPY_TYPE
from webapp.results.models import KeptAnswer, KeptPhoto


def shown(request: HttpRequest, found: KeptAnswer | KeptPhoto) -> dict[str, object]:
    """The context of the answer's template. Raises ContractError."""
    return _photo(request, found) if isinstance(found, KeptPhoto) else _answer(request, found)


def _answer(request: HttpRequest, found: KeptAnswer) -> dict[str, object]:
    timed = Timed(Matches.from_json(found.answer), found.site_ms)
    asked = asked_by(request, Question(found.question))
    return {
        "result": "faq/result.html",
        **presented(found.question, timed.answer),
        "shown": receipts.shown(timed, asked),
    }


def _photo(request: HttpRequest, found: KeptPhoto) -> dict[str, object]:
    timed = Timed(Predictions.from_json(found.answer), found.site_ms)
    address = reverse("kept-photo", args=[found.pk])
    sent = sent_by(request, COPY_TYPE, COPY_NAME, len(timed.answer.predictions))
    return {
        "result": "images/result.html",
        **presented_photo(timed.answer, address),
        "shown": receipts.shown(timed, sent),
    }
