"""An album with a real site, a real broker and a real Celery worker, which is killed in the middle of a photo.

At one photo the scorer fails each time."""

import csv
import io
import json
import re

import pytest
import requests

from tests.webapp import scorer
from tests.webapp.albums.uploads import jpeg, zipped
from tests.webapp.running_site import kill, rows_done, running, until
from webapp.albums.receiving import CHUNK_PHOTOS
from webapp.albums.suspects import MOST_FAILURES

PHOTOS = 120
KILLED_AT = 60
FAILS = 11

pytestmark = pytest.mark.timeout(300)


def table(address: str) -> list[dict[str, str]]:
    text = requests.get(f"{address}labels.csv", timeout=30).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_worker_killed_in_the_middle_and_a_photo_that_fails_lose_no_other_photo_and_name_none_twice(tmp_path):
    content = zipped(*((f"{n}.jpg", jpeg(n)) for n in range(1, PHOTOS + 1)))
    with scorer.running(scorer.PREDICTIONS) as images:

        def reply(asked):
            """Each photo gets a label of its own. The one that is asked about as KILLED_AT waits for the kill."""
            if len(images.asked) == KILLED_AT:
                images.let_go.wait(60)
            label = re.search(rb"photo \d+", asked.body)[0].decode()
            if label == f"photo {FAILS}":
                return 500, {"content-type": "application/json"}, b"{}"
            answer = {**scorer.PREDICTIONS, "predictions": [{"id": "x", "label": label, "score": 0.9}]}
            return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

        images.reply_to = reply
        with running(tmp_path, SCOREDECK_IMAGES_URL=images.url, SCOREDECK_PHOTO_CACHE="false") as site:
            with site.worker("first") as first:
                address = site.send("/images/many/", "photos", "many.zip", content)
                until(lambda: len(images.asked) >= KILLED_AT, f"some photos; {site.last_words}")
                kill(first)
            images.let_go.set()
            half = rows_done(address)
            assert 0 < half < KILLED_AT
            with site.worker("second"):
                until(lambda: rows_done(address) == PHOTOS, f"the rest; {site.last_words}")
            found = table(address)
        assert [(row["row"], row["file"], row["label_1"], row["error"]) for row in found] == [
            (str(n), f"{n}.jpg", *(("", "photo-fails") if n == FAILS else (f"photo {n}", "")))
            for n in range(1, PHOTOS + 1)
        ]
        again = len(images.asked) - PHOTOS - MOST_FAILURES
        assert 0 <= again <= CHUNK_PHOTOS, "only what was under way is asked again"
