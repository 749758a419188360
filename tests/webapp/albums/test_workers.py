"""An album with a real site, a real broker and a real Celery worker, which is killed in the middle of a photo."""

import csv
import io
import json
import re
import subprocess
import sys

import pytest
import requests

from demo.valkey import binary
from tests.webapp import scorer
from tests.webapp.albums.uploads import jpeg, zipped
from tests.webapp.batches.test_workers import (
    BROKER,
    LIMIT_S,
    ROOT,
    WORKER,
    free_ports,
    kill,
    listens,
    settings_of,
    started,
    until,
)
from webapp.albums.receiving import CHUNK_PHOTOS

PHOTOS = 120
KILLED_AT = 60

pytestmark = pytest.mark.timeout(300)


def upload(site: str) -> str:
    """The address of the album."""
    content = zipped(*((f"{n}.jpg", jpeg(n)) for n in range(1, PHOTOS + 1)))
    with requests.Session() as browser:
        form = browser.get(f"{site}/images/many/", timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        files = {"photos": ("many.zip", content)}
        done = browser.post(f"{site}/images/many/", data={"csrfmiddlewaretoken": token}, files=files, timeout=30)
    assert done.status_code == 200, done.text
    return done.url


def done_photos(address: str) -> int:
    return int(re.search(r'<progress max="\d+" value="(\d+)"', requests.get(address, timeout=30).text)[1])


def table(address: str) -> list[dict[str, str]]:
    text = requests.get(f"{address}labels.csv", timeout=30).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_worker_killed_in_the_middle_loses_no_photo_and_names_none_twice(tmp_path):
    broker_port, site_port = free_ports(2)
    log = tmp_path / "log"
    with scorer.running(scorer.PREDICTIONS) as images:

        def reply(asked):
            """Each photo gets a label of its own. The one that is asked about as KILLED_AT waits for the kill."""
            if len(images.asked) == KILLED_AT:
                images.let_go.wait(60)
            label = re.search(rb"photo \d+", asked.body)[0].decode()
            answer = {**scorer.PREDICTIONS, "predictions": [{"id": "x", "label": label, "score": 0.9}]}
            return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

        images.reply_to = reply
        environment = settings_of(tmp_path, broker_port, "http://127.0.0.1:9") | {
            "SCOREDECK_IMAGES_URL": images.url,
            "SCOREDECK_PHOTO_CACHE": "false",
        }
        (tmp_path / "static").mkdir()
        subprocess.run([sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment, check=True,
                       capture_output=True, timeout=LIMIT_S)  # fmt: skip
        broker = [str(binary()), *BROKER, str(broker_port), "--dir", str(tmp_path)]
        site = [sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--port", str(site_port)]
        worker = [sys.executable, *WORKER]
        with started(broker, environment, log), started(site, environment, log):
            until(lambda: listens(broker_port) and listens(site_port), "broker and site")
            with started([*worker, str(tmp_path / "first")], environment, log) as first:
                address = upload(f"http://127.0.0.1:{site_port}")
                until(lambda: len(images.asked) >= KILLED_AT, f"some photos; {log.read_text()[-2000:]}")
                kill(first)
            images.let_go.set()
            half = done_photos(address)
            assert 0 < half < KILLED_AT
            with started([*worker, str(tmp_path / "second")], environment, log):
                until(lambda: done_photos(address) == PHOTOS, f"the rest; {log.read_text()[-2000:]}")
            found = table(address)
        assert [(row["row"], row["file"], row["label_1"]) for row in found] == [
            (str(n), f"{n}.jpg", f"photo {n}") for n in range(1, PHOTOS + 1)
        ]
        assert 0 <= len(images.asked) - PHOTOS <= CHUNK_PHOTOS, "only what was under way is asked again"
