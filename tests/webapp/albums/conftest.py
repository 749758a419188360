import json
import re
from base64 import b64encode

import pytest

from tests.webapp import scorer
from tests.webapp.albums.uploads import PNG, copy, jpeg, made, work
from tests.webapp.results.conftest import nothing_counted

__all__ = ["nothing_counted"]

CAT, CUP, DOG = ("n02123045", "tabby"), ("n07920052", "espresso"), ("n02088364", "beagle")
# What the scorer says of the photo of each number: class, score, known.
SAID = {1: (CAT, 0.91, True), 2: (CAT, 0.55, True), 3: (CUP, 0.97, True), 4: (DOG, 0.3, True), 5: (DOG, 0.1, True),
        6: (CUP, 0.4, False), 1001: (DOG, 0.26, True),
        1002: (DOG, 0.85, True)}  # fmt: skip
# How often it is right at scores like these, where that is not the score itself.
CONFIDENCE = {6: 0.2, 1001: 0.81, 1002: 0.6}


@pytest.fixture
def no_broker(settings):
    """Port 9 of loopback: messages are lost, as they may be; the database knows what is to be done."""
    assert settings.CELERY_BROKER_URL == "redis://127.0.0.1:9/0"


@pytest.fixture
def knowing(images):
    """A scorer that knows each photo by its number, and cannot read one that has none."""

    def reply(asked):
        number = re.search(rb"photo (\d+)", asked.body)
        if number is None:
            problem = {"type": "/problems/x", "title": "x", "status": 422, "detail": "x", "code": "image-truncated"}
            return 422, {"content-type": "application/problem+json"}, json.dumps(problem).encode()
        (class_id, label), score, known = SAID.get(int(number[1]), (CAT, 0.9, True))
        first = {"id": class_id, "label": label, "score": score}
        others = [{"id": f"n{n}", "label": f"other {n}", "score": 0.001} for n in range(4)]
        answer = {**scorer.PREDICTIONS, "predictions": [first, *others], "known": known,
                  "confidence": CONFIDENCE.get(int(number[1]), score),
                  "rendering": b64encode(copy(int(number[1]))).decode()}  # fmt: skip
        return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

    images.reply_to = reply
    return images


@pytest.fixture
def album(client, knowing):
    """Six photos of three classes, one that the scorer cannot read, and one file that is no photo."""
    files = [(f"{n}.jpg", jpeg(n)) for n in range(1, 7)]
    address, album = made(client, *files, ("cut.png", PNG + b"cut"), ("notes.txt", b"notes"))
    work(album)
    return address
