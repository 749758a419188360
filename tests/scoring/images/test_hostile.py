"""Files meant to hurt, through a real scorer process: each is refused by its code, or answered as the photo it is."""

import base64
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from scoring.contract.images import Predictions
from scoring.contract.limits import MAX_IMAGE_PIXELS
from tests.scoring.images import hostile
from tests.scoring.images.files import blank_png, opened
from tests.scoring.images.serving import chelsea

REQUESTS = 1_000
CONNECTIONS = 4
MOST_GROWTH_MB = 100


@pytest.fixture(scope="module")
def photo():
    return opened(chelsea()).convert("RGB")


@pytest.fixture(scope="module")
def refused(photo):
    return hostile.refused(photo)


def test_each_hostile_file_is_refused_for_what_it_is(scorer, refused):
    answers = {name: scorer.ask(content) for name, (content, _) in refused.items()}

    assert {name: answer.json.get("code") for name, answer in answers.items()} == {
        name: code for name, (_, code) in refused.items()
    }
    assert {answer.status for answer in answers.values()} == {422}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}


def test_an_odd_file_is_answered_as_the_photo_it_is(scorer, photo):
    files = hostile.answered(photo)
    answers = {name: scorer.ask(content) for name, (content, _) in files.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(files, 200)
    assert {name: answer.best["label"] for name, answer in answers.items()} == dict.fromkeys(files, "Egyptian cat")
    assert {(answer.json["width"], answer.json["height"]) for answer in answers.values()} == {(451, 300)}


@pytest.mark.parametrize("size", [(MAX_IMAGE_PIXELS, 1), (1, 1_000_000)])
def test_the_answer_about_a_photo_that_is_one_line_is_read(scorer, size):
    answer = scorer.ask(blank_png(*size), query="?rendering=true&explain=auto")

    found = Predictions.from_json(answer.json)
    assert (found.width, found.height) == size
    assert found.crop.width == found.crop.height == 1


def send(port, contents):
    """One after another on one connection, as long as the scorer keeps it; the statuses."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return [_status(connection, content) for content in contents]
    finally:
        connection.close()


def _status(connection, content):
    connection.request("POST", "/v1/score", content, {"content-type": "image/jpeg"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_a_thousand_hostile_files_leave_memory_flat_and_the_next_photo_answered(scorer, refused):
    files = [content for content, _ in refused.values()]
    assert set(send(scorer.port, files)) == {422}
    before = scorer.memory_mb()

    share = list(islice(cycle(files), REQUESTS // CONNECTIONS))
    with ThreadPoolExecutor(CONNECTIONS) as senders:
        statuses = [
            status
            for found in senders.map(send, [scorer.port] * CONNECTIONS, [share] * CONNECTIONS)
            for status in found
        ]

    assert len(statuses) == REQUESTS
    assert set(statuses) == {422}
    assert scorer.memory_mb() - before < MOST_GROWTH_MB
    assert scorer.ask(chelsea()).best["label"] == "Egyptian cat"


def test_where_a_photo_was_taken_never_leaves_the_decoder(scorer, photo):
    sent = hostile.with_place(photo)
    assert hostile.metadata_of(sent)
    answer = scorer.ask(sent, query="?rendering=true&explain=gradcam")

    assert "SECRETCAM" not in json.dumps(answer.json) + scorer.log.read_text()
    returned = [base64.b64decode(answer.json["rendering"]), base64.b64decode(answer.json["explanation"]["overlay"])]
    assert [hostile.metadata_of(content) for content in returned] == [{}, {}]
    assert all(b"SECRETCAM" not in content for content in returned)
