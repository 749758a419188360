"""Large uploads at the site's real server: few at once, on the disk meanwhile."""

import http.client
import socket
import time

import pytest

from tests.webapp.test_body_limits import served
from webapp.body_limits import MOST_LARGE_AT_ONCE

START = b"POST /images/many/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n--x"  # fmt: skip  # noqa: E501


@pytest.fixture
def site():
    with served() as port:
        yield port


def status(port: int) -> int:
    """Of an upload that lacks its token: 403 where its body was read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/images/many/", b"--x--", {"Content-Type": "multipart/form-data; boundary=x"})
        answer = connection.getresponse()
        return answer.status if b"Many photos are being received" in answer.read() or answer.status != 503 else 0
    finally:
        connection.close()


def becomes(port: int, wanted: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if status(port) == wanted:
            return True
        time.sleep(0.05)
    return False


def test_only_a_few_large_uploads_are_received_at_once(site):
    assert status(site) == 403
    under_way = [socket.create_connection(("127.0.0.1", site), timeout=10) for _ in range(MOST_LARGE_AT_ONCE)]
    for connection in under_way:
        connection.sendall(START)
    assert becomes(site, 503)
    for connection in under_way:
        connection.close()
    assert becomes(site, 403)
