"""Callers who take their time, or send more than they may."""

import threading
import time
from contextlib import suppress

import httpx2
import pytest

from scoring.service.patience import Patience
from scoring.service.uploads import MOST_AT_ONCE
from tests.scoring.service.raw import HEAD, connected, rest, statuses
from tests.scoring.service.serving import LONG_S, Echo, ask, served, until


class Large(Echo):
    """Answers with more than the sockets between two processes hold, where that is asked for."""

    def write(self, score, receipt):
        return "x" * 16_000_000 if score == "large" else super().write(score, receipt)


@pytest.fixture(scope="module")
def url():
    with served(Large, patience=Patience(head_s=0.3, body_s=0.3, send_s=0.3)) as address:
        yield address


@pytest.mark.parametrize("sent", [b"", b"POST", HEAD])
def test_a_head_that_does_not_end_is_cut_off(url, sent):
    with connected(url) as connection:
        connection.sendall(sent)
        assert rest(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_is_cut_off(url):
    with connected(url) as connection:
        over = threading.Event()

        def drip():
            while not over.is_set():
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    return
                time.sleep(0.02)

        connection.sendall(HEAD)
        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert connection.recv(12) == b"HTTP/1.1 408"
        finally:
            over.set()
            dripping.join(LONG_S)


def test_a_second_request_of_a_connection_is_cut_off_too(url):
    with connected(url) as connection:
        connection.sendall(HEAD + b'Content-Length: 3\r\n\r\n"x"')
        received = b""
        while b'"echo":"x"' not in received:
            received += connection.recv(65_536)
        connection.sendall(b"POST /v1/score HTTP/1.1\r\n")
        assert b"HTTP/1.1 408 " in rest(connection)


def test_a_head_without_end_is_431(url):
    with connected(url) as connection:
        connection.sendall(HEAD + b"X-A: " + b"b" * 40_000)
        assert rest(connection).startswith(b"HTTP/1.1 431 ")


BODY = b'"x"'
SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + SMUGGLED,
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n" + BODY,
        HEAD + b"Content-Length: 3, 3\r\n\r\n" + BODY,
        HEAD + b"Content-Length: +3\r\n\r\n" + BODY,
        HEAD + b"Content-Length : 3\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n3\r\n" + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\n" + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n3\r\n" + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\n" + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n" + BODY + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\n" + BODY + b"\n0\n\n",
        HEAD + b"X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + BODY,
        HEAD + b"X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + BODY,
        (HEAD + b"Content-Length: 3\r\n\r\n").replace(b"\r\n", b"\n") + BODY,
        HEAD + b"Host: y\r\nContent-Length: 3\r\n\r\n" + BODY,
        HEAD.replace(b"Host: x\r\n", b"") + b"Content-Length: 3\r\n\r\n" + BODY,
        HEAD.replace(b"POST /v1/score", b"CONNECT x:80") + b"Content-Length: 3\r\n\r\n" + BODY,
    ],
)
def test_what_is_no_request_or_two_at_once_is_400_and_closed(url, sent):
    with connected(url) as connection:
        connection.sendall(sent)
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in received
    assert received.count(b"HTTP/1.1") == 1


def test_what_is_refused_before_it_is_a_request_is_counted_too(url):
    with connected(url) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        rest(connection)
    assert 'scoring_rejections_total{reason="bad-request"}' in httpx2.get(f"{url}/metrics", trust_env=False).text


@pytest.mark.parametrize(
    ("head", "status"), [(HEAD, 413), (HEAD.replace(b"/v1/score", b"/nowhere") + b"Connection: close\r\n", 404)]
)
def test_who_sends_a_large_body_all_the_same_still_reads_why(url, head, status):
    """An answer that is followed by a reset never arrives."""
    with connected(url) as connection:
        connection.sendall(head + b"Content-Length: 8000000\r\n\r\n" + b"x" * 8_000_000)
        assert statuses(connection) == [status]


def cut_off(url):
    page = httpx2.get(f"{url}/metrics", trust_env=False).text
    found = [line.split()[-1] for line in page.splitlines() if 'reason="answer-not-taken"' in line and "_total" in line]
    return float(found[0]) if found else 0


@pytest.mark.parametrize("pipelined", [1, 3])
def test_who_does_not_read_the_answer_is_cut_off(url, pipelined):
    before = cut_off(url)
    with connected(url) as connection:
        connection.sendall((HEAD + b'Content-Length: 7\r\n\r\n"large"') * pipelined)
        until(lambda: cut_off(url) == before + 1)
        received = 0
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                received += len(chunk)
        assert received < 16_000_000


def test_the_rest_of_a_refused_body_may_not_drip_for_ever(url):
    with connected(url) as connection:
        connection.sendall(HEAD.replace(b"/v1/score", b"/nowhere") + b"Content-Length: 1000\r\n\r\nx")
        assert connection.recv(12) == b"HTTP/1.1 404"
        rest(connection)


def test_slow_bodies_take_no_place_from_others(url):
    """More of them than requests are taken at once, and more than bodies are."""
    slow = [connected(url) for _ in range(MOST_AT_ONCE + 20)]
    try:
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n")
        assert {ask(url, "quick").status_code for _ in range(10)} == {200}
        assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200
        assert {connection.recv(12) for connection in slow} == {b"HTTP/1.1 408"}
    finally:
        for connection in slow:
            connection.close()
