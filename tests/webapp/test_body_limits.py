"""The site behind its real server: bodies are bounded before Django sees them."""

import http.client
import json
import socket
import threading
from contextlib import contextmanager

import psutil
import pytest
import uvicorn

from scoring.contract.limits import MAX_IMAGE_BYTES
from webapp.asgi import application

IMAGES = "/api/v1/images/predictions"
JPEG = {"Content-Type": "image/jpeg"}
MEGABYTE = b"\xff\xd8\xff" + b"\0" * (1024 * 1024 - 3)


@pytest.fixture
def site(images):
    with served() as port:
        yield port


@contextmanager
def served():
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, lifespan="off", ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def send(port, body, headers=JPEG, path=IMAGES):
    """An iterable body goes out chunked, without a Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


TOO_LARGE = {
    "type": "/problems/image-too-large",
    "title": "Request Entity Too Large",
    "status": 413,
    "detail": "At most 10,551,296 bytes are read here.",
    "code": "image-too-large",
}


def test_a_photo_is_answered_with_and_without_its_length(site, images, photo):
    assert send(site, photo)[0] == 200
    assert send(site, iter([photo[:100], photo[100:]]))[0] == 200
    assert [asked.body for asked in images.asked] == [photo, photo]


def test_a_body_announced_too_large_is_refused_unread(site):
    assert send(site, MEGABYTE * 20) == (413, TOO_LARGE)


def test_a_body_that_grows_too_large_is_refused(site):
    assert send(site, (MEGABYTE for _ in range(20))) == (413, TOO_LARGE)


def test_large_bodies_leave_no_memory_behind(site):
    for _ in range(2):
        send(site, (MEGABYTE for _ in range(20)))
    before = psutil.Process().memory_info().rss
    for _ in range(10):
        assert send(site, (MEGABYTE for _ in range(20)))[0] == 413
    assert psutil.Process().memory_info().rss - before < 3 * MAX_IMAGE_BYTES


def test_a_client_that_goes_away_harms_nobody(site, photo):
    with socket.create_connection(("127.0.0.1", site), timeout=10) as leaving:
        leaving.sendall(
            b"POST /api/v1/images/predictions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nabc"
        )
    assert send(site, photo)[0] == 200
