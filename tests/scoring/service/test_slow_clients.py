"""Callers who take their time, or send more than they may."""

import socket
import threading
import time

import httpx2
import pytest

from tests.scoring.service.serving import LONG_S, Echo, ask, served

HEAD = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def url():
    with served(Echo, body_s=0.3, head_s=0.3) as address:
        yield address


def connected(url):
    address = httpx2.URL(url)
    return socket.create_connection((address.host, address.port), timeout=LONG_S)


def rest(connection):
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


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


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    ],
)
def test_what_is_no_request_or_two_at_once_is_400_and_closed(url, sent):
    with connected(url) as connection:
        connection.sendall(sent)
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in received
    assert received.count(b"HTTP/1.1") == 1


def test_who_sends_a_large_body_all_the_same_still_reads_why(url):
    """An answer that is followed by a reset never arrives."""
    with connected(url) as connection:
        connection.sendall(HEAD + b"Content-Length: 8000000\r\n\r\n" + b"x" * 8_000_000)
        assert rest(connection).startswith(b"HTTP/1.1 413 ")


def test_others_are_answered_meanwhile(url):
    slow = [connected(url) for _ in range(50)]
    try:
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n")
        assert ask(url, "quick").status_code in (200, 429)
        assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200
    finally:
        for connection in slow:
            connection.close()
