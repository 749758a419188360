"""The API request that a question on the page stands for."""

from django.http import HttpRequest
from django.urls import reverse

from scoring.contract.faq import Question
from webapp import receipts


def asked_by(request: HttpRequest, question: Question) -> tuple[receipts.Snippet, ...]:
    return receipts.json_snippets(request, reverse("api-faq-matches"), question.to_json())
