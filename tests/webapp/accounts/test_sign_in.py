import uuid

import pytest
from django.contrib.auth.models import User

from webapp.accounts.attempts import MOST_FAILURES, attempts

PASSWORD = "a long enough password"


@pytest.fixture
def ana(db):
    """Each test has a name of its own, because failures are counted by name for the whole process."""
    name = f"ana-{uuid.uuid4()}"
    yield User.objects.create_user(name, password=PASSWORD)
    attempts.forget(name, "127.0.0.1")


def sign_in(client, user, password, **more):
    return client.post("/sign-in/", {"username": user.username, "password": password, **more})


def test_a_right_password_goes_where_one_was_going(client, ana):
    answer = sign_in(client, ana, PASSWORD, next="/ops/changes/")
    assert (answer.status_code, answer.url) == (302, "/ops/changes/")


def test_another_site_is_never_the_way_on(client, ana):
    assert sign_in(client, ana, PASSWORD, next="https://elsewhere.example/").url == "/ops/"


def test_a_wrong_password_is_said_without_telling_which_part(client, ana):
    answer = sign_in(client, ana, "wrong")
    assert answer.status_code == 422
    assert b"This name and password do not match" in answer.content


def test_ten_failures_close_the_door_even_to_the_right_password(client, ana):
    for _attempt in range(MOST_FAILURES):
        assert sign_in(client, ana, "wrong").status_code == 422
    answer = sign_in(client, ana, PASSWORD)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"Wait 15 minutes" in answer.content
    elsewhere = client.post("/sign-in/", {"username": ana.username, "password": PASSWORD}, REMOTE_ADDR="127.0.0.2")
    assert elsewhere.status_code == 302


def test_a_success_forgets_the_failures(client, ana):
    for _attempt in range(MOST_FAILURES - 1):
        sign_in(client, ana, "wrong")
    assert sign_in(client, ana, PASSWORD).status_code == 302
    assert sign_in(client, ana, "wrong").status_code == 422
    assert sign_in(client, ana, PASSWORD).status_code == 302


def test_signing_out_takes_a_post(client, ana):
    client.force_login(ana)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/ops/").url.startswith("/sign-in/")
