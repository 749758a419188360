"""A full queue, seen byte by byte: what is refused, in which shape, and what may follow on the same connection."""

import asyncio
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPResponse
from time import perf_counter

import httpx2
import pytest

from scoring.contract.problems import ProblemError
from scoring.service.connection import MOST_HEAD_BYTES
from scoring.service.metrics import Metrics
from scoring.service.patience import Patience
from scoring.service.requests import Request
from scoring.service.scoring import Scoring, read_one
from scoring.service.settings import Settings
from scoring.service.shelf import Loaded
from scoring.service.turns import Turns
from tests.scoring.service.raw import HEAD, PROBE, connected
from tests.scoring.service.serving import LONG_S, Echo, ask, served, until

KEY = "the key"
HASH = hashlib.sha256(KEY.encode()).hexdigest()
KEYED = HEAD + b"Authorization: Bearer the key\r\n"
JSON = {b"content-type": b"application/json"}
WHOLE = b'Content-Length: 3\r\n\r\n"x"'


@contextmanager
def full(**settings):
    """A service whose one place is taken; and its model, whose gate frees it."""
    model = Echo(max_batch=1)
    with served(lambda: model, queue=0, **settings) as url, ThreadPoolExecutor(1) as callers:
        key = {"authorization": f"Bearer {KEY}"} if settings.get("key_hashes") else {}
        held = callers.submit(ask, url, "hold", **key)
        assert model.holding.wait(LONG_S)
        try:
            yield url, model
        finally:
            model.gate.set()
            assert held.result().status_code == 200


def answer(connection):
    response = HTTPResponse(connection)
    response.begin()
    return response.status, response.headers, response.read()


def one(url, sent):
    with connected(url) as connection:
        connection.sendall(sent)
        return answer(connection)


def metric(url, start):
    page = httpx2.get(f"{url}/metrics", trust_env=False).text
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(start))


def test_a_refusal_is_whole_and_counted_and_the_connection_goes_on():
    with full() as (url, _), connected(url) as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"X-Request-Id: id-7\r\n" + WHOLE)
            status, headers, body = answer(connection)
            assert (status, headers["retry-after"], headers["x-request-id"]) == (429, "1", "id-7")
            assert headers["content-type"] == "application/problem+json"
            assert headers["connection"] is None
            assert json.loads(body) == {
                "type": "/problems/queue-full",
                "title": "Too Many Requests",
                "status": 429,
                "detail": "Too many requests are waiting. Try again in a moment.",
                "code": "queue-full",
            }
        assert metric(url, 'scoring_rejections_total{reason="queue-full"}') == 2
        assert metric(url, 'scoring_requests_total{status="429"}') == 2


def test_in_v2_a_refusal_has_the_protocols_shape():
    with full() as (url, _):
        status, headers, body = one(url, HEAD.replace(b"/v1/score", b"/v2/models/echo/infer") + WHOLE)
    assert (status, headers["content-type"], headers["retry-after"]) == (429, "application/json", "1")
    assert json.loads(body)["error"] == json.loads(body)["detail"]


def test_without_a_key_nobody_learns_that_the_queue_is_full():
    with full(key_hashes=(HASH,)) as (url, _):
        assert one(url, HEAD + WHOLE)[0] == 401
        assert one(url, KEYED + WHOLE)[0] == 429


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"Content-Length: 9000\r\n\r\n", 413),
        (HEAD + b"Content-Encoding: gzip\r\n" + WHOLE, 415),
        (HEAD + b"X-Request-Timeout-Ms: soon\r\n" + WHOLE, 400),
        (HEAD.replace(b"POST", b"PUT") + WHOLE, 405),
        (HEAD.replace(b"/v1/score", b"/nowhere") + WHOLE, 404),
    ],
)
def test_what_is_wrong_with_a_request_comes_before_the_full_queue(sent, status):
    with full() as (url, _):
        assert one(url, sent)[0] == status


@pytest.mark.parametrize(
    ("begun", "rest"),
    [
        (b'Content-Length: 6\r\n\r\n"ha', b'lf"'),
        (b'Transfer-Encoding: chunked\r\n\r\n3\r\n"x"\r\n', b"0\r\n\r\n"),
    ],
    ids=["of known length", "chunked"],
)
def test_the_rest_of_a_refused_body_is_passed_over(begun, rest):
    with full() as (url, _), connected(url) as connection:
        connection.sendall(HEAD + begun)
        assert answer(connection)[0] == 429
        connection.sendall(rest + PROBE)
        assert answer(connection)[0] == 200


def test_who_waits_for_100_continue_is_refused_and_closed():
    with full() as (url, _), connected(url) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 429 ")
    assert b"100 Continue" not in received


def test_requests_sent_behind_a_refused_one_are_answered_in_order():
    with full() as (url, _), connected(url) as connection, connection.makefile("rb") as stream:
        connection.sendall((HEAD + WHOLE) * 2 + PROBE + HEAD + WHOLE)
        assert [next_status(stream) for _ in range(4)] == [429, 429, 200, 429]


def next_status(stream):
    status, length = int(stream.readline().split()[1]), 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    stream.read(length)
    return status


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_who_wants_no_further_request_is_closed_after_the_refusal(version):
    sent = (HEAD + b"Connection: close\r\n" + WHOLE).replace(b"HTTP/1.1", b"HTTP/" + version)
    with full() as (url, _), connected(url) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 429 ")
    assert received.lower().count(b"connection: close\r\n") == 1


def test_a_place_is_free_again_whatever_became_of_a_request():
    model = Echo(max_batch=1)
    with served(lambda: model, queue=0) as url, connected(url) as connection:
        for item, status in ((b'"x"', 200), (b'"poison"', 500), (b'"bomb"', 500), (b"{", 400), (b'"x"', 200)):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(item) + item)
            assert answer(connection)[0] == status
        connection.sendall(HEAD + b"X-Request-Timeout-Ms: 40\r\n" + b'Content-Length: 6\r\n\r\n"hold"')
        assert answer(connection)[0] == 504
        model.gate.set()
        until(lambda: metric(url, "scoring_in_flight ") == 0)
        connection.sendall(HEAD + WHOLE)
        assert answer(connection)[0] == 200


def test_a_deadline_holds_for_a_whole_request_while_the_event_loop_computes():
    model = Echo(max_batch=1, scores_fast=True)
    passed, score = threading.Event(), model.score

    def slowly(items):
        passed.wait(0.08)
        return score(items)

    model.score = slowly
    with served(lambda: model) as url:
        assert one(url, HEAD + b"X-Request-Timeout-Ms: 40\r\n" + WHOLE)[0] == 504
        assert one(url, HEAD + WHOLE)[0] == 200


def test_a_chunked_body_that_came_whole_and_is_too_large_is_413():
    with served(Echo) as url:
        chunk = b"bb8\r\n" + b"x" * 3000 + b"\r\n"
        assert one(url, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n")[0] == 413


def test_who_leaves_before_the_answer_harms_nobody():
    model = Echo(max_batch=1)
    with served(lambda: model, patience=Patience(last_s=0.0)) as url:
        with connected(url) as connection:
            connection.sendall(HEAD + b'Content-Length: 6\r\n\r\n"hold"')
            assert model.holding.wait(LONG_S)
        model.gate.set()
        assert ask(url, "next").status_code == 200
        until(lambda: metric(url, "scoring_in_flight ") == 0)


@pytest.mark.parametrize(("longest_s", "turn_of_each"), [(0.0, [1, 2, 3, 4, 5]), (LONG_S, [1, 1, 1, 1, 1])])
def test_what_has_no_room_in_a_turn_waits_for_the_next_in_order(longest_s, turn_of_each):
    async def done():
        turns, done, turn = Turns(longest_s), [], 0
        assert turns.enter()
        for number in range(5):
            turns.wait(lambda number=number: done.append((number, turn)))
        assert not turns.enter()
        while len(done) < 5:
            turn += 1
            await asyncio.sleep(0)
        return done

    assert asyncio.run(done()) == list(enumerate(turn_of_each))


def test_what_came_before_a_head_does_not_make_the_head_too_long():
    class Roomy(Echo):
        max_body_bytes = 2 * MOST_HEAD_BYTES

    body = json.dumps("x" * MOST_HEAD_BYTES).encode()
    large = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    with served(Roomy) as url, connected(url) as connection:
        connection.sendall(HEAD + WHOLE)
        assert answer(connection)[0] == 200
        connection.sendall(large + HEAD[:10])
        assert answer(connection)[0] == 200
        connection.sendall(HEAD[10:] + WHOLE)
        assert answer(connection)[0] == 200


@pytest.mark.parametrize("scores_fast", [True, False], ids=["on the event loop", "in a thread"])
def test_who_could_only_be_refused_late_is_taken_where_the_model_held_it_up(scores_fast):
    """By a full queue, a request that just came, and one that came a second ago."""

    async def taken():
        model, metrics, settings = Echo(max_batch=1, scores_fast=scores_fast), Metrics(), Settings(queue=0)
        scoring, body = Scoring(settings, metrics), b'"x"'
        with ThreadPoolExecutor(1) as worker:
            loaded = Loaded(model, worker, metrics)
            taken = [
                is_taken(scoring, loaded, Request("POST", "/v1/score", JSON, b"", "id", perf_counter() - ago, body))
                for ago in (0, 0, 1)
            ]
            await asyncio.sleep(0)
            scoring.close()
        return taken

    assert asyncio.run(taken()) == [True, False, scores_fast]


def is_taken(scoring, loaded, request):
    try:
        scoring.begin(loaded, read_one, request)
    except ProblemError as error:
        assert error.problem.code == "queue-full"
        return False
    return True
