"""Requests byte by byte, on a connection of one's own."""

import socket

import httpx2

from tests.scoring.service.serving import LONG_S

HEAD = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b'Content-Length: 3\r\n\r\n"x"'
BEGUN = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PROBE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def connected(url):
    address = httpx2.URL(url)
    return socket.create_connection((address.host, address.port), timeout=LONG_S)


def rest(connection):
    """All that comes until the service closes the connection."""
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


def statuses(connection):
    """Of all answers until the service closes the connection."""
    return [int(part[:3]) for part in rest(connection).split(b"HTTP/1.1 ")[1:]]
