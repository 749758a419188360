"""Keys: asked for where the service knows one, and never by whoever only looks after it."""

import hashlib
import os
import subprocess
import sys

import httpx2
import pytest

from scoring.service.auth import hashes_from_environment
from tests.scoring.service.serving import Echo, served

HASHES = tuple(hashlib.sha256(key).hexdigest() for key in (b"new key", b"old"))


@pytest.fixture(scope="module")
def url():
    with served(Echo, key_hashes=HASHES) as address:
        yield address


def score(url, **headers):
    return httpx2.post(f"{url}/v1/score", json="x", headers=headers, trust_env=False)


@pytest.mark.parametrize("sent", ["Bearer new key", "bearer old", "BEARER  old"])
def test_each_known_key_is_taken(url, sent):
    assert score(url, authorization=sent).status_code == 200


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer new", "Basic old", "old", HASHES[0]])
def test_any_other_is_401_and_says_how(url, sent):
    response = score(url, **({} if sent is None else {"authorization": sent}))
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_protocol_and_other_dialects_need_a_key_too(url):
    paths = {"/v2": "GET", "/v2/models/echo": "GET", "/v2/models/echo/infer": "POST", "/twice": "POST"}
    statuses = {httpx2.request(method, url + path, trust_env=False).status_code for path, method in paths.items()}
    assert statuses == {401}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/v2/health/ready", "/openapi.json", "/"])
def test_health_metrics_and_the_description_need_none(url, path):
    assert httpx2.get(url + path, trust_env=False).status_code == 200


def test_the_description_says_that_a_key_is_needed(url):
    document = httpx2.get(f"{url}/openapi.json", trust_env=False).json()
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/v1/score"]["post"]["security"] == [{"key": []}]
    assert "security" not in document["paths"]["/livez"]["get"]


def test_the_hashes_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SCORER_API_KEY_SHA256", f" {HASHES[0].upper()}, {HASHES[1]},")
    assert hashes_from_environment() == HASHES
    monkeypatch.setenv("SCORER_API_KEY_SHA256", "the key itself")
    with pytest.raises(ValueError, match="SCORER_API_KEY_SHA256") as caught:
        hashes_from_environment()
    assert "the key itself" not in str(caught.value)


def test_a_hash_that_is_none_ends_the_program_in_one_line(tmp_path):
    command = [sys.executable, "-m", "scoring.faq", "serve", str(tmp_path), "--port", "0"]
    variables = {**os.environ, "SCORER_API_KEY_SHA256": "the key itself"}
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "SCORER_API_KEY_SHA256 must be the SHA-256 of a key" in ran.stderr
