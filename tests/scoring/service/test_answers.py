"""One request and its answer: routes, limits, problems, headers."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from scoring.service.patience import Patience
from tests.scoring.service.serving import Echo, ask, served, until


@pytest.fixture(scope="module")
def url():
    with served(Echo, replica="pod-7", patience=Patience(body_s=0.3)) as address:
        yield address


def problem(response):
    in_v2 = response.url.path.startswith("/v2")
    assert response.headers["content-type"] == ("application/json" if in_v2 else "application/problem+json")
    found = response.json()
    assert found["status"] == response.status_code
    return response.status_code, found["code"]


def post(url, content=b'"x"', **headers):
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(f"{url}/v1/score", content=content, headers=sent, trust_env=False)


def test_an_answer_carries_its_receipt_and_the_request_id(url):
    response = ask(url, "hello", x_request_id="abc-1")
    assert response.json()["echo"] == "hello"
    assert response.headers["x-request-id"] == "abc-1"
    receipt = response.json()["receipt"]
    assert (receipt["model"], receipt["version"], receipt["replica"]) == ("echo", "1", "pod-7")
    assert all(receipt[key] >= 0 for key in ("queue_ms", "decode_ms", "compute_ms"))


def test_an_odd_request_id_is_replaced(url):
    assert len(ask(url, 1, x_request_id='"} {"event": "forged').headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/v1", "/v1/score/", "/v2/health", "/v2/models/echo/other", "/v2/models"])
def test_unknown_addresses_are_404(url, path):
    assert problem(httpx2.get(url + path, trust_env=False)) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/v1/score", "POST"), ("POST", "/livez", "GET, HEAD"), ("PUT", "/metrics", "GET, HEAD")],
)
def test_a_wrong_method_is_405_and_says_what_is_allowed(url, method, path, allow):
    response = httpx2.request(method, url + path, trust_env=False)
    assert problem(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "not-json")),
        (b"{", (400, "not-json")),
        (b"\xff\xfe", (400, "not-utf8")),
        (b"NaN", (400, "not-json")),
        (b"[" * 1_900, (400, "not-json")),
        (b'{"a": 1, "a": 2}', (422, "repeated-field")),
    ],
)
def test_what_is_no_json_is_refused(url, content, expected):
    assert problem(post(url, content)) == expected


def test_another_content_type_is_415(url):
    assert problem(post(url, content_type="text/plain")) == (415, "unsupported-media-type")


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_a_packed_body_is_415_and_says_so(url, encoding):
    response = post(url, content_encoding=encoding)
    assert problem(response) == (415, "unsupported-encoding")
    assert post(url, content_encoding="identity").status_code == 200


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "soon", "9" * 30, "1_000"])
def test_a_malformed_deadline_is_400_and_names_the_header(url, value):
    response = post(url, x_request_timeout_ms=value)
    assert problem(response) == (400, "bad-header")
    assert response.json()["field"] == "x-request-timeout-ms"


def test_spaces_behind_a_value_are_no_part_of_it(url):
    sent = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    sent += b"Content-Length: 3\r\nX-Request-Timeout-Ms: 9000 \t \r\n\r\n" + b'"x"'
    assert raw(url, sent).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("query", ["top=1&top=2", "top=%ff", "&".join(f"a{n}=1" for n in range(40))])
def test_a_query_that_cannot_be_read_is_400(url, query):
    response = httpx2.post(f"{url}/v1/score?{query}", json=1, trust_env=False)
    assert problem(response) == (400, "bad-query")


def raw(url, data):
    """Everything the service sends on a fresh connection until it closes it."""
    address = httpx2.URL(url)
    with socket.create_connection((address.host, address.port), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


HEAD = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_large_body_is_413_before_a_byte_of_it_is_sent(url):
    received = raw(url, HEAD + b"Content-Length: 100000000\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in received


def test_an_answer_is_one_packet_and_one_to_head_has_no_body(url):
    address = httpx2.URL(url)
    with socket.create_connection((address.host, address.port), timeout=20) as connection:
        connection.sendall(HEAD + b'Content-Length: 3\r\n\r\n"x"')
        assert connection.recv(65_536).endswith(b"}")
        connection.sendall(b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).endswith(b"\r\n\r\n")


def test_a_body_that_grows_too_large_is_413(url):
    received = raw(url, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"fff\r\n" + b"x" * 4095 + b"\r\n")
    assert received.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_come_is_408(url):
    received = raw(url, HEAD + b'Content-Length: 50\r\n\r\n"half')
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_caller_who_leaves_half_way_harms_nobody(url):
    address = httpx2.URL(url)
    for _ in range(20):
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(HEAD + b'Content-Length: 50\r\n\r\n"half')
    assert ask(url, "next").json()["echo"] == "next"


def test_metrics_tell_queue_batch_compute_and_rejections(url):
    ask(url, 1)
    post(url, b"{")
    page = httpx2.get(f"{url}/metrics", trust_env=False).text
    for line in (
        'scoring_requests_total{status="200"}',
        'scoring_rejections_total{reason="not-json"}',
        "scoring_queue_wait_seconds_bucket",
        "scoring_batch_size_bucket",
        "scoring_compute_seconds_bucket",
        "scoring_decode_seconds_bucket",
        "scoring_in_flight 0.0",
        "scoring_ready 1.0",
    ):
        assert line in page


def test_sixty_four_at_once_each_get_their_own_answer():
    model = Echo(max_batch=8)
    with served(lambda: model) as url, ThreadPoolExecutor(64) as callers:
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        asked = [callers.submit(ask, url, f"question {n}") for n in range(63)]
        until(lambda: "scoring_in_flight 64.0" in httpx2.get(f"{url}/metrics", trust_env=False).text)
        model.gate.set()
        assert [answer.result().json()["echo"] for answer in asked] == [f"question {n}" for n in range(63)]
        assert held.result().status_code == 200
    assert sorted(map(str, model.computed)) == sorted(["hold", *(f"question {n}" for n in range(63))])
    assert model.batches == [1, 8, 8, 8, 8, 8, 8, 8, 7]


@pytest.mark.parametrize("guilty", ["poison", "bomb"])
@pytest.mark.parametrize("reads_fast", [True, False])
def test_an_item_that_fails_fails_alone(guilty, reads_fast, capfd):
    model = Echo(max_batch=8, reads_fast=reads_fast)
    with served(lambda: model) as url, ThreadPoolExecutor(8) as callers:
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        asked = {item: callers.submit(ask, url, item) for item in ("a", "b", guilty, "c")}
        until(lambda: "scoring_in_flight 5.0" in httpx2.get(f"{url}/metrics", trust_env=False).text)
        model.gate.set()
        assert {item: answer.result().status_code for item, answer in asked.items()} == {
            "a": 200,
            "b": 200,
            "c": 200,
            guilty: 500,
        }
        assert "secret" not in asked[guilty].result().text
        assert problem(asked[guilty].result()) == (500, "internal-error")
        assert held.result().status_code == 200


def test_a_full_queue_is_429_at_once_and_health_answers_meanwhile():
    model = Echo(max_batch=1)
    with served(lambda: model, queue=2) as url, ThreadPoolExecutor(3) as callers:
        admitted = [callers.submit(ask, url, "hold") for _ in range(3)]
        until(lambda: "scoring_in_flight 3.0" in httpx2.get(f"{url}/metrics", trust_env=False).text)
        refused = ask(url, "too many")
        assert problem(refused) == (429, "queue-full")
        assert refused.headers["retry-after"] == "1"
        assert [httpx2.get(url + path, trust_env=False).status_code for path in ("/livez", "/readyz")] == [200, 200]
        model.gate.set()
        assert [answer.result().status_code for answer in admitted] == [200, 200, 200]
    assert "too many" not in model.computed


def test_a_late_answer_is_504_and_an_expired_question_is_never_computed():
    model = Echo(max_batch=1)
    with served(lambda: model) as url, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        assert problem(ask(url, "expired", x_request_timeout_ms="50")) == (504, "deadline-exceeded")
        model.gate.set()
        assert held.result().status_code == 200
        assert ask(url, "after").status_code == 200
    assert model.computed == ["hold", "after"]


def test_readiness_waits_for_the_model_and_liveness_does_not():
    gate = threading.Event()

    def load():
        assert gate.wait(20)
        return Echo()

    with served(load, wait_ready=False) as url:
        until(lambda: httpx2.get(f"{url}/livez", trust_env=False).status_code == 200)
        assert problem(httpx2.get(f"{url}/readyz", trust_env=False)) == (503, "not-ready")
        assert problem(ask(url, 1)) == (503, "not-ready")
        gate.set()
        until(lambda: httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200)
        assert ask(url, 1).status_code == 200
