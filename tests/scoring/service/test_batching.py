"""Batches on the event loop and in the thread give the same answers."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from scoring.service.batching import Batcher
from scoring.service.metrics import Metrics
from tests.scoring.service.serving import Echo, ask, served


def metric(url, name):
    page = httpx2.get(f"{url}/metrics", trust_env=False).text
    return next(float(line.split()[-1]) for line in page.splitlines() if line.startswith(name + " "))


@pytest.mark.parametrize("scores_fast", [True, False])
def test_callers_at_once_each_get_their_own_answer(scores_fast):
    model = Echo(max_batch=8, scores_fast=scores_fast)
    with served(lambda: model) as url, ThreadPoolExecutor(16) as callers:
        for _ in range(5):
            questions = [f"question {n}" for n in range(16)]
            answers = callers.map(lambda question: ask(url, question).json()["echo"], questions)
            assert list(answers) == questions
    assert max(model.batches) <= 8


def test_requests_that_come_turn_after_turn_make_one_batch():
    model = Echo(max_batch=8, scores_fast=True)

    async def come_in_turns(worker):
        loop, waiting, gathered = asyncio.get_running_loop(), [], asyncio.Event()
        batcher = Batcher(model, worker, Metrics())

        def come(number):
            waiting.append(batcher.submit(number))
            loop.call_soon(come, number + 1) if number < 9 else gathered.set()

        come(0)
        await gathered.wait()
        return [scored.score for scored in await asyncio.gather(*waiting)]

    with ThreadPoolExecutor(1) as worker:
        assert asyncio.run(come_in_turns(worker)) == list(range(10))
    assert model.batches == [8, 2]


def test_a_model_that_takes_two_batches_at_once_computes_a_second_beside_the_first():
    model = Echo(max_batch=1, at_once=2)
    with served(lambda: model) as url, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        assert ask(url, "beside").json()["echo"] == "beside"
        model.gate.set()
        assert held.result().status_code == 200


@pytest.mark.parametrize(("at_once", "batches"), [(1, [8, 2]), (2, [5, 5])])
def test_what_waits_is_shared_out_among_the_threads(at_once, batches):
    model = Echo(max_batch=8, at_once=at_once)

    async def all_at_once(worker):
        batcher = Batcher(model, worker, Metrics())
        return [scored.score for scored in await asyncio.gather(*map(batcher.submit, range(10)))]

    with ThreadPoolExecutor(2) as worker:
        assert asyncio.run(all_at_once(worker)) == list(range(10))
    assert model.batches == batches


@pytest.mark.parametrize("at_once", [1, 2])
def test_of_a_batch_that_fails_only_the_guilty_item_fails(at_once):
    model = Echo(max_batch=8, at_once=at_once)

    async def all_at_once(worker):
        batcher = Batcher(model, worker, Metrics())
        waiting = [batcher.submit(item) for item in ("a", "bomb", "b", "c", "d", "bomb")]
        return await asyncio.gather(*waiting, return_exceptions=True)

    with ThreadPoolExecutor(2) as worker:
        found = asyncio.run(all_at_once(worker))
    assert [type(one) if isinstance(one, Exception) else one.score for one in found] == [
        *("a", RuntimeError, "b", "c", "d", RuntimeError)
    ]
    assert model.batches == [1] * 4


@pytest.mark.parametrize(("longest_turn_s", "computed"), [(60.0, [4, 4]), (0.0, [4])])
def test_full_batches_follow_at_once_for_a_moment(longest_turn_s, computed):
    model = Echo(max_batch=4, scores_fast=True)

    async def after_two_turns(worker):
        batcher = Batcher(model, worker, Metrics(), longest_turn_s)
        waiting = [batcher.submit(number) for number in range(11)]
        for _ in range(2):
            await asyncio.sleep(0)
        batches = list(model.batches)
        assert [scored.score for scored in await asyncio.gather(*waiting)] == list(range(11))
        return batches

    with ThreadPoolExecutor(1) as worker:
        assert asyncio.run(after_two_turns(worker)) == computed
    assert model.batches == [4, 4, 3]


@pytest.mark.parametrize("guilty", ["poison", "bomb"])
def test_what_fails_on_the_event_loop_fails_alone(guilty):
    with served(lambda: Echo(scores_fast=True)) as url, ThreadPoolExecutor(8) as callers:
        items = ["a", guilty, "b", guilty, "c", "d"]
        statuses = list(callers.map(lambda item: ask(url, item).status_code, items))
    assert statuses == [500 if item == guilty else 200 for item in items]


def test_a_model_that_is_not_as_fast_as_it_says_goes_to_the_thread():
    model = Echo(max_batch=1, scores_fast=True)
    score = model.score

    def slowly(items):
        time.sleep(0.06)
        return score(items)

    model.score = slowly
    with served(lambda: model) as url, ThreadPoolExecutor(1) as callers:
        assert [ask(url, n).status_code for n in ("1", "2", "3")] == [200] * 3
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        # The event loop answers while the model is busy.
        assert httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200
        model.gate.set()
        assert held.result().status_code == 200


def test_a_fast_model_that_is_held_up_now_and_then_stays_on_the_event_loop():
    model = Echo(max_batch=1, scores_fast=True)
    score, threads = model.score, []

    def mostly_fast(items):
        threads.append(threading.get_ident())
        if len(threads) % 12 == 1:
            time.sleep(0.06)
        return score(items)

    model.score = mostly_fast
    with served(lambda: model) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        assert {client.post("/v1/score", json="x").status_code for _ in range(50)} == {200}
    assert len(set(threads)) == 1


def test_a_deadline_holds_on_the_event_loop_too():
    """While it is busy with one batch, no timer has its turn."""
    model = Echo(max_batch=1, scores_fast=True)
    score = model.score

    def slowly(items):
        time.sleep(0.08)
        return score(items)

    model.score = slowly
    with served(lambda: model) as url:
        assert ask(url, "late", x_request_timeout_ms="40").status_code == 504
        two = httpx2.post(f"{url}/twice", json="x", headers={"x-request-timeout-ms": "40"}, trust_env=False, timeout=20)
        assert two.status_code == 504
        assert ask(url, "after").status_code == 200
    assert "again x" not in model.computed


def test_what_left_the_queue_is_counted():
    model = Echo(max_batch=1)
    with served(lambda: model) as url, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        assert ask(url, "late", x_request_timeout_ms="30").status_code == 504
        model.gate.set()
        assert held.result().status_code == 200
        assert ask(url, "after").status_code == 200
        assert metric(url, "scoring_expired_total") == 1
        assert metric(url, 'scoring_scored_total{version="1"}') == 2


def test_several_items_of_one_request_count_as_several_places():
    model = Echo(max_batch=2)
    with served(lambda: model, queue=0) as url, ThreadPoolExecutor(1) as callers:
        post = {"trust_env": False, "timeout": 20}
        assert httpx2.post(f"{url}/twice", json="x", **post).json() == ["x", "again x"]
        held = callers.submit(ask, url, "hold")
        assert model.holding.wait(20)
        assert httpx2.post(f"{url}/twice", json="y", **post).status_code == 429
        model.gate.set()
        assert held.result().status_code == 200
        assert httpx2.post(f"{url}/twice", json="poison", **post).status_code == 500
        assert metric(url, "scoring_in_flight") == 0
