"""Health says what is so: what is up, what is down, and whether the site itself can serve."""

import socket
import subprocess
import tempfile
import time

import pytest
from django.db import connections

from demo.valkey import binary


@pytest.fixture
def redis():
    """A real server on a unix socket, whose path must be short, and its address as Celery writes it."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/socket"
        command = [str(binary()), "--port", "0", "--unixsocket", address, "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            yield f"redis+socket://{address}", process
            process.kill()


UP = {"status": "up", "database": "up", "redis": "down", "scoring-faq": "up", "scoring-images": "up"}


def test_livez_needs_nothing(client, nobody):
    response = client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "up"})


@pytest.mark.django_db
def test_what_answers_is_up(client, faq, images):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, UP)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_scorer_that_still_loads_is_down(client, faq, images):
    images.ready = False
    assert client.get("/readyz").json() == {**UP, "scoring-images": "down"}


@pytest.mark.django_db
def test_a_second_model_is_named_where_there_is_one(client, faq, images, settings):
    settings.IMAGES_OTHER_URL = images.url
    assert client.get("/readyz").json() == {**UP, "scoring-images-other": "up"}


@pytest.mark.django_db
def test_without_scorers_the_site_still_serves(client, nobody):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {**UP, "scoring-faq": "down", "scoring-images": "down"}


@pytest.mark.django_db
def test_redis_is_up_once_it_answers_and_down_when_it_is_gone(client, nobody, settings, redis):
    settings.REDIS_URL, process = redis
    give_up = time.monotonic() + 30
    while client.get("/readyz").json()["redis"] != "up":
        assert time.monotonic() < give_up and process.poll() is None
    process.kill()
    process.wait(10)
    assert client.get("/readyz").json()["redis"] == "down"


@pytest.mark.django_db
def test_a_dependency_that_hangs_is_down_and_holds_nothing_up(client, nobody, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.FAQ_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        found = client.get("/readyz").json()
        assert (found["redis"], found["scoring-faq"]) == ("down", "down")
        assert time.monotonic() - started < 5


def test_without_its_database_the_site_is_not_ready(client, nobody, settings, django_db_blocker, tmp_path):
    with django_db_blocker.unblock():
        connection = connections["default"]
        whole = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict["NAME"] = str(tmp_path / "no" / "such" / "folder.sqlite3")
        kept, connection.connection = connection.connection, None
        try:
            response = client.get("/readyz")
        finally:
            connection.connection = kept
            connection.settings_dict.update(whole)
    assert response.status_code == 503
    assert response.json()["database"] == "down"
