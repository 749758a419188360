"""A connection that asks for too much at once, or breaks off, takes neither memory nor time from others."""

import socket
import struct
from contextlib import suppress

import httpx2
import pytest

from scoring.service.patience import Patience
from tests.scoring.service.raw import BEGUN, HEAD, PROBE, WHOLE, connected, statuses
from tests.scoring.service.serving import LONG_S, Echo, served, until

PATIENT_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def url():
    with served(Echo) as address:
        yield address


def taken_unread(connection, data, most):
    """How many bytes go out to a service whose answers nobody reads, until it takes no more for a second."""
    connection.settimeout(1.0)
    done = 0
    with suppress(OSError):
        while done < most:
            done += connection.send(data)
    return done


def test_requests_whose_answers_nobody_reads_are_not_taken_without_end(url):
    with connected(url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        assert taken_unread(connection, PROBE * 1_000, 40 * PATIENT_BYTES) < 3 * PATIENT_BYTES


def test_requests_behind_one_that_is_computed_wait_outside():
    model = Echo(max_batch=1)
    with served(lambda: model) as url, connected(url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        connection.sendall(HEAD + b'Content-Length: 6\r\n\r\n"hold"')
        assert model.holding.wait(LONG_S)
        sent = taken_unread(connection, PROBE * 1_000, 40 * PATIENT_BYTES)
        model.gate.set()
        assert sent < 3 * PATIENT_BYTES


@pytest.mark.parametrize("line", [b"X-More: " + b"x" * 1_000 + b"\r\n", b"x" * 1_000], ids=["many", "one long"])
def test_endless_trailers_are_refused(url, line):
    with connected(url) as connection:
        taken_unread(connection, BEGUN + b'3\r\n"x"\r\n0\r\nX-A: ' + line * 2_000, 2_000_000)
        connection.settimeout(LONG_S)
        # What it had no wish to read may still be on its way.
        with suppress(ConnectionResetError):
            assert statuses(connection) == [431]
    refused = 'scoring_rejections_total{reason="head-too-large"}'
    until(lambda: refused in httpx2.get(f"{url}/metrics", trust_env=False).text)


def test_what_a_trailer_says_is_no_header():
    model = Echo()
    with served(lambda: model) as url, connected(url) as connection:
        trailer = b'3\r\n"x"\r\n0\r\nX-Model-Version: nothing\r\n\r\n'
        connection.sendall(BEGUN + trailer + WHOLE)
        connection.shutdown(socket.SHUT_WR)
        assert statuses(connection) == [200, 200]


def test_an_empty_line_behind_a_request_does_not_keep_the_connection_for_ever():
    with served(Echo, patience=Patience(idle_s=1)) as url, connected(url) as connection:
        connection.sendall(PROBE)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        connection.settimeout(LONG_S)
        assert connection.recv(65_536) == b""


def test_who_breaks_off_behind_several_requests_breaks_nothing(url, caplog):
    for _ in range(50):
        connection = connected(url)
        connection.sendall(WHOLE * 3)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    until(lambda: "scoring_in_flight 0.0" in httpx2.get(f"{url}/metrics", trust_env=False).text)
    assert [record.message for record in caplog.records if record.exc_info] == []
