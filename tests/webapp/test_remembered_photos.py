"""Identical photos are answered from Redis, as long as the same model answers; without Redis by the scorer."""

import base64
import json
import re
import socket
import subprocess
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from redis import Redis
from redis.exceptions import RedisError

from demo.valkey import binary
from tests.webapp import scorer
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import sealed
from webapp.images.remembering import VERSION

SAID = "The same photo was answered a moment ago; the model was not asked again."


@pytest.fixture(scope="module")
def server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(binary()), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        with Redis(port=port) as redis:
            until = time.monotonic() + 20
            while not answers(redis):
                assert time.monotonic() < until, "Valkey does not start"
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        running.terminate()


def answers(redis) -> bool:
    try:
        return redis.ping()
    except RedisError:
        return False


@pytest.fixture
def redis(server, settings):
    settings.REDIS_URL = server
    with Redis.from_url(server) as redis:
        redis.flushall()
        yield redis


def shown(client, photo, **more):
    """As a script sends it; a page without one gets the scorer's copy of the photo, which is never remembered."""
    form = {"image": SimpleUploadedFile("a.jpg", photo, "image/jpeg"), **more}
    return client.post("/images/", form, headers={"HX-Request": "true"})


def asked(client, photo, **headers):
    return client.post("/api/v1/images/predictions", photo, content_type="image/jpeg", headers=headers)


def test_the_same_photo_is_answered_without_the_scorer_and_says_so(client, images, redis, photo):
    first, second = shown(client, photo), shown(client, photo)
    assert (SAID in first.text, SAID in second.text, len(images.asked)) == (False, True, 1)
    assert "tabby" in second.text and "70\N{NO-BREAK SPACE}%" in second.text


def answered_in(page: str) -> str:
    return re.search(r'<p class="taken">(Answered.*?)</strong>', page)[1]


@pytest.mark.parametrize(
    ("seconds", "then"),
    [(0, "a moment ago"), (59, "a moment ago"), (61, "1 minute ago"), (150, "2 minutes ago"), (-9, "a moment ago")],
)
def test_its_receipt_is_the_first_answers_and_says_from_when(client, images, redis, photo, seconds, then):
    first = shown(client, photo).text
    aged(redis, seconds)
    second = shown(client, photo).text
    assert answered_in(second) == answered_in(first).replace("Answered in", f"Answered {then}, in")
    assert "Where the time went then" in second and "Where the time went then" not in first
    assert re.findall("<li><svg.*?</li>", second) == re.findall("<li><svg.*?</li>", first)


def aged(redis, seconds: int) -> None:
    """As if what is remembered had been answered so much earlier."""
    for key in redis.scan_iter():
        if key != VERSION.encode():
            entry = json.loads(redis.get(key))
            redis.set(key, json.dumps(entry | {"at": entry["at"] - seconds}))


def test_what_was_remembered_is_kept_with_the_times_of_then(client, db, images, redis, photo):
    first, second = shown(client, photo).text, shown(client, photo).text
    images.answers(scorer.PREDICTIONS | {"rendering": base64.b64encode(encoded("JPEG")).decode()})
    form = {"sealed": sealed(second), "image": SimpleUploadedFile("a.jpg", photo, "image/jpeg")}
    kept = client.post("/images/kept/", form, follow=True).text
    assert answered_in(kept) == answered_in(first) and SAID not in kept


def test_another_photo_or_number_of_labels_is_asked_about(client, images, redis, photo):
    shown(client, photo)
    shown(client, encoded("PNG"))
    shown(client, photo, top="10")
    assert len(images.asked) == 3


def test_an_answer_of_another_version_is_not_given(client, images, redis, photo):
    shown(client, photo)
    newer = scorer.PREDICTIONS | {"receipt": scorer.PREDICTIONS["receipt"] | {"version": "0000000"}}
    images.answers(newer)
    shown(client, encoded("PNG"))
    assert SAID not in shown(client, photo).text
    assert len(images.asked) == 3


def test_the_api_tells_a_remembered_answer_by_a_header_and_asks_anew_on_request(client, images, redis, photo):
    first, second, third = asked(client, photo), asked(client, photo), asked(client, photo, cache_control="no-cache")
    statuses = [response.get("Cache-Status") for response in (first, second, third)]
    assert (statuses, len(images.asked)) == ([None, "scoredeck; hit", None], 2)
    assert second.json() == first.json()
    aged(redis, 100)
    assert first.get("Age") is None and int(asked(client, photo)["Age"]) == pytest.approx(100, abs=9)


def test_no_photo_and_no_plain_hash_of_it_lies_in_redis_and_all_of_it_ends(client, images, redis, photo):
    shown(client, photo)
    keys = redis.keys()
    assert len(keys) == 2
    assert all(0 < redis.ttl(key) <= 3600 and photo[:16] not in redis.get(key) for key in keys)


def test_the_cache_is_switched_off_by_its_setting(client, images, redis, photo, settings):
    settings.PHOTO_CACHE = False
    shown(client, photo)
    assert SAID not in shown(client, photo).text
    assert (len(images.asked), redis.keys()) == (2, [])


def test_what_somebody_else_wrote_there_is_passed_over(client, images, redis, photo):
    shown(client, photo)
    for key in redis.scan_iter():
        redis.set(key, b"[1, 2]")
    assert SAID not in shown(client, photo).text


def test_without_redis_the_scorer_answers(client, images, photo, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert shown(client, photo).status_code == shown(client, photo).status_code == 200
    assert len(images.asked) == 2
