"""Who asks for another protocol is answered over HTTP/1.1, and what follows is read as ever."""

import socket

import pytest

from tests.scoring.service.raw import HEAD, PROBE, WHOLE, connected, statuses
from tests.scoring.service.serving import Echo, served

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
ASKED = HEAD + H2C
BODIES = {
    "of known length": b'Content-Length: 3\r\n\r\n"x"',
    "in chunks": b'Transfer-Encoding: chunked\r\n\r\n1\r\n"\r\n2\r\nx"\r\n0\r\n\r\n',
}


@pytest.fixture(scope="module")
def service():
    model = Echo()
    with served(lambda: model) as url:
        yield url, model


def sent(url, *pieces):
    with connected(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return statuses(connection)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_upgrade_with_a_body_is_answered_with_what_follows_it(service, body):
    url, model = service
    model.computed.clear()
    assert sent(url, ASKED + body + PROBE + WHOLE) == [200, 200, 200]
    assert model.computed == ["x", "x"]


def test_an_upgrade_may_come_in_pieces_and_again(service):
    url, model = service
    model.computed.clear()
    data = WHOLE + ASKED + BODIES["in chunks"] + ASKED + BODIES["of known length"] + WHOLE
    assert sent(url, *(data[at : at + 7] for at in range(0, len(data), 7))) == [200] * 4
    assert model.computed == ["x"] * 4


@pytest.mark.parametrize("length", [b"", b"Content-Length: 0\r\n"])
def test_an_upgrade_without_a_body_loses_nothing_that_follows(service, length):
    url, _ = service
    upgraded = b"GET /livez HTTP/1.1\r\nHost: x\r\n" + H2C + length + b"\r\n"
    assert sent(url, upgraded + PROBE) == [200, 200]


def test_a_request_within_the_body_of_an_upgrade_is_none(service):
    url, _ = service
    assert sent(url, ASKED + b"Content-Length: %d\r\n\r\n" % len(PROBE) + PROBE) == [400]


@pytest.mark.parametrize("body", [b"Content-Length: 3, 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc"])
def test_nonsense_in_the_body_of_an_upgrade_is_refused(service, body):
    url, _ = service
    assert sent(url, ASKED + body) == [400]
