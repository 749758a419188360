"""What comes last on a connection: who sends no more still gets every answer, and nonsense costs nobody one."""

import socket

import httpx2
import pytest

from tests.scoring.service.raw import BEGUN, HEAD, PROBE, WHOLE, connected, statuses
from tests.scoring.service.serving import LONG_S, Echo, served, until


@pytest.fixture(scope="module")
def url():
    with served(Echo) as address:
        yield address


@pytest.fixture(scope="module")
def slow_to_read():
    """A model whose requests are read in a thread, by a task."""
    with served(lambda: Echo(reads_fast=False)) as address:
        yield address


def sent(url, data, then_close=False):
    with connected(url) as connection:
        connection.sendall(data)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        return statuses(connection)


@pytest.mark.parametrize("data", [WHOLE, PROBE, WHOLE + PROBE + WHOLE], ids=["score", "probe", "several"])
def test_who_sends_no_more_gets_every_answer_and_is_closed(url, slow_to_read, data):
    answers = [200] * data.count(b"HTTP/1.1")
    assert sent(url, data, then_close=True) == answers
    assert sent(slow_to_read, data, then_close=True) == answers


def test_who_sends_no_more_while_the_model_computes_gets_the_answer():
    model = Echo(max_batch=1)
    with served(lambda: model) as url, connected(url) as connection:
        connection.sendall(HEAD + b'Content-Length: 6\r\n\r\n"hold"')
        assert model.holding.wait(LONG_S)
        connection.shutdown(socket.SHUT_WR)
        model.gate.set()
        assert statuses(connection) == [200]


@pytest.mark.parametrize("data", [b"", HEAD, BEGUN, HEAD + b'Content-Length: 3\r\n\r\n"'])
def test_who_ends_within_a_request_is_closed_without_an_answer(url, data):
    assert sent(url, data, then_close=True) == []


@pytest.mark.parametrize(
    "nonsense", [b"nonsense\r\n\r\n", BEGUN + b"0x3\r\n", HEAD + b"Content-Length: +3\r\n\r\n", b"\0" * 70_000]
)
def test_what_came_whole_before_nonsense_is_answered_first(url, slow_to_read, nonsense):
    assert sent(url, WHOLE + nonsense) == [200, 400]
    assert sent(url, WHOLE + PROBE + nonsense + WHOLE, then_close=True) == [200, 200, 400]
    assert sent(slow_to_read, WHOLE + WHOLE + nonsense) == [200, 200, 400]


def test_nonsense_that_follows_while_the_model_computes_waits_for_the_answer():
    model = Echo(max_batch=1)
    with served(lambda: model) as url, connected(url) as connection:
        connection.sendall(HEAD + b'Content-Length: 6\r\n\r\n"hold"')
        assert model.holding.wait(LONG_S)
        connection.sendall(b"nonsense\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        model.gate.set()
        assert statuses(connection) == [200, 400]
        until(lambda: "scoring_in_flight 0.0" in httpx2.get(f"{url}/metrics", trust_env=False).text)


def test_very_many_requests_in_one_packet_are_all_answered(url):
    assert sent(url, PROBE * 3_000, then_close=True) == [200] * 3_000
