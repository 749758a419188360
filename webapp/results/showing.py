"""What a kept answer's page shows: what the page of the answer itself has shown."""

from dataclasses import replace

from django.http import HttpRequest
from django.urls import reverse

from scoring.contract.faq import Matches, Question
from scoring.contract.images import Predictions
from webapp import receipts
from webapp.clients import Timed
from webapp.faq.answers import presented
from webapp.faq.requests import asked_by
from webapp.images.answers import presented as presented_photo
from webapp.images.answers import seen, sent_by
from webapp.images.carrying import COPY_NAME, COPY_TYPE
from webapp.images.comparison import from_json
from webapp.results.models import KeptAnswer, KeptComparison, KeptPhoto


def shown(request: HttpRequest, found: KeptAnswer | KeptPhoto | KeptComparison) -> dict[str, object]:
    """The context of the answer's template. Raises ContractError."""
    if isinstance(found, KeptComparison):
        return _comparison(found)
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


def _comparison(found: KeptComparison) -> dict[str, object]:
    comparison = from_json(found.answer)
    return {
        "result": "images/comparison.html",
        "comparison": comparison,
        "photo_address": reverse("kept-photo", args=[found.pk]),
        "seen": replace(seen(comparison.answers[0]), crop=False),
    }
