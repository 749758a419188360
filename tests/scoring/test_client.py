"""Whatever the HTTP client library raises, and whatever status comes, leaves the client as a ScoringError."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from scoring.client import (
    LOWER_ERRORS,
    Refused,
    ScorerBusy,
    ScorerLate,
    ScorerNonsense,
    ScorerUnreachable,
    ScoringClient,
    ScoringError,
)
from scoring.contract.faq import Question


def asked(handler) -> ScoringError:
    with (
        ScoringClient("http://scorer", transport=httpx2.MockTransport(handler)) as client,
        pytest.raises(ScoringError) as caught,
    ):
        client.match(Question("why", 1))
    return caught.value


def answer(status: int, body: bytes = b"", **headers: str) -> httpx2.Response:
    """Unread, as from a server."""
    return httpx2.Response(status, content=iter([body]), headers=headers)


def every_lower_error() -> Iterator[type[Exception]]:
    waiting = list(LOWER_ERRORS)
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield kind


def raised(kind: type[Exception]) -> Exception:
    """One of this kind; some of the library's constructors take no message."""
    error = kind.__new__(kind)
    Exception.__init__(error, "below")
    return error


EXPECTED = {
    httpx2.PoolTimeout: ScorerBusy,
    httpx2.ConnectTimeout: ScorerUnreachable,
    httpx2.ReadTimeout: ScorerLate,
    httpx2.WriteTimeout: ScorerLate,
    httpx2.ConnectError: ScorerUnreachable,
    httpx2.ReadError: ScorerUnreachable,
    httpx2.ProxyError: ScorerUnreachable,
    httpx2.UnsupportedProtocol: ScorerUnreachable,
    httpx2.RemoteProtocolError: ScorerNonsense,
    httpx2.DecodingError: ScorerNonsense,
    httpx2.TooManyRedirects: ScorerNonsense,
}


@pytest.mark.parametrize("kind", sorted(set(every_lower_error()), key=lambda kind: kind.__name__))
def test_every_error_of_the_library_ends_here(kind):
    def fails(_request: httpx2.Request) -> httpx2.Response:
        raise raised(kind)

    error = asked(fails)
    assert type(error) is EXPECTED.get(kind, type(error))
    assert kind.__name__ in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, ScorerNonsense),
        (302, ScorerNonsense),
        (401, ScorerNonsense),
        (404, ScorerNonsense),
        (408, ScorerLate),
        (429, ScorerBusy),
        (500, ScorerNonsense),
        (502, ScorerUnreachable),
        (503, ScorerUnreachable),
        (504, ScorerLate),
    ],
)
def test_a_status_without_a_problem_is_told_apart(status, kind):
    assert type(asked(lambda _request: answer(status, b"<html>"))) is kind


def test_a_problem_of_the_input_is_passed_on():
    problem = {"status": 422, "code": "question-empty", "title": "t", "detail": "d", "field": "question"}
    refused = asked(lambda _request: answer(422, json.dumps(problem).encode()))
    assert isinstance(refused, Refused)
    assert refused.problem.to_json() == problem | {"type": "/problems/question-empty"}


@pytest.mark.parametrize("version", ["naïve", "a\nb: c", " ", "x" * 200])
def test_what_cannot_be_the_name_of_a_version_is_not_asked_for(version):
    def never(_request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("It was asked.")

    with ScoringClient("http://scorer", transport=httpx2.MockTransport(never)) as client:
        with pytest.raises(ScorerNonsense):
            client.predict(b"photo", "image/jpeg", 1, version=version)
        with pytest.raises(ScorerNonsense):
            client.labels(version=version)


@pytest.mark.parametrize(("sent", "seconds"), [("7", 7), ("0", 0), ("86400", 60), ("soon", 1), ("-1", 1), ("", 1)])
def test_the_time_that_a_busy_scorer_asks_for_is_bounded(sent, seconds):
    busy = asked(lambda _request: answer(429, **{"retry-after": sent}))
    assert isinstance(busy, ScorerBusy)
    assert busy.retry_after == seconds
