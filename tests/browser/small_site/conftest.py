"""A site that has what the demo has not: a second image model, and photos by their address."""

import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
import requests

from tests.browser.small_site.answers import FIRST, SECOND, encoded, gone
from tests.demo.processes import ROOT
from tests.demo.site import Site, environment, free_port
from tests.webapp import scorer, web_site

START_S = 60


@dataclass(frozen=True)
class Around:
    """The small site's two models, and another site on the web."""

    first: scorer.Scorer
    second: scorer.Scorer
    web: web_site.WebSite


@pytest.fixture(scope="package")
def around():
    with scorer.running(FIRST) as first, scorer.running(SECOND) as second, web_site.running(encoded("JPEG")) as web:
        second.labels = {"model": "ResNet-50", "version": "1", "labels": [{"id": "a", "label": "a"}]}
        yield Around(first, second, web)


@pytest.fixture(scope="package")
def site(browser, around, tmp_path_factory):
    """A site of its own instead of the demo."""
    state = tmp_path_factory.mktemp("site")
    variables = environment() | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.small_site.settings",
        "SCOREDECK_TEST_STATE": str(state),
        "TEST_IMAGES_URL": around.first.url,
        "TEST_IMAGES_OTHER_URL": around.second.url,
        "TEST_WEB_PORT": str(around.web.port),
    }
    for command in (["migrate", "-v0"], ["prepare_examples"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=variables, check=True, capture_output=True
        )
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "webapp.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    with subprocess.Popen(command, cwd=ROOT, env=variables) as running:
        try:
            site = Site(f"http://127.0.0.1:{port}", state)
            wait_until_it_answers(running, f"{site.url}/livez")
            yield site
        finally:
            running.terminate()


def wait_until_it_answers(running: subprocess.Popen, url: str) -> None:
    give_up = time.monotonic() + START_S
    while True:
        try:
            return requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert running.poll() is None and time.monotonic() < give_up
            time.sleep(0.05)


@pytest.fixture
def replaced(around):
    """Once it is called, the first model's version is served no more."""
    yield lambda: setattr(around.first, "reply_to", gone)
    around.first.reply_to = None
