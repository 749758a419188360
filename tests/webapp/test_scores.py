"""Scores and times as people read them."""

import pytest
from django.test import RequestFactory
from django.utils import translation

from webapp.receipts import curl
from webapp.templatetags.scores import likelihood, milliseconds, percent


@pytest.mark.parametrize(
    ("score", "number", "words"),
    [
        (0.0, "0 %", "unlikely"),
        (0.004, "< 1 %", "unlikely"),
        (0.2, "20 %", "a guess"),
        (0.5, "50 %", "likely"),
        (0.874, "87 %", "very likely"),
        (0.996, "> 99 %", "very likely"),
        (1.0, "100 %", "very likely"),
    ],
)
def test_scores(score, number, words):
    assert (percent(score), likelihood(score)) == (number.replace(" ", "\N{NO-BREAK SPACE}"), words)


@pytest.mark.parametrize(
    ("language", "duration", "text"),
    [
        ("en", 0.04, "0.0 ms"),
        ("en", 4.26, "4.3 ms"),
        ("es", 4.26, "4,3 ms"),
        ("en", 87.4, "87 ms"),
        ("en", 1234, "1.2 s"),
    ],
)
def test_times(language, duration, text):
    with translation.override(language):
        assert milliseconds(duration).replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_command_is_safe_to_paste():
    command = curl(RequestFactory().get("/"), "/api/x", "application/json", '{"question": "what\'s $(rm -rf ~)?"}')
    assert command == (
        "curl http://testserver/api/x \\\n"
        "  --header 'content-type: application/json' \\\n"
        """  --data '{"question": "what'"'"'s $(rm -rf ~)?"}'"""
    )
