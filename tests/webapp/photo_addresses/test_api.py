"""A photo by its address, asked for by a program."""

import json
from html import unescape

import pytest

from tests.webapp import scorer
from tests.webapp.photo_addresses.by_address import (
    ask,
)
from webapp.images.by_address import THROTTLE

API = "/api/v1/images/predictions"


def by_api(client, body, query=""):
    return client.post(f"{API}{query}", json.dumps(body), content_type="application/json")


def test_the_api_fetches_a_photo(client, site, images, photo):
    response = by_api(client, {"url": site.at("/photo.jpg")}, "?top=3")
    answer = response.json()
    assert answer.pop("site_ms") >= 0
    assert (response.status_code, answer) == (200, scorer.PREDICTIONS)
    (asked,) = images.asked
    assert (asked.path, asked.body) == ("/v1/score?top=3", photo)


def test_the_same_request_for_a_program_names_the_address(client, site, images):
    page = unescape(ask(client, site.at("/photo.jpg?a='b'")).text)
    assert f"curl http://testserver{API} " in page
    assert json.dumps({"url": site.at("/photo.jpg?a='b'")}) in page.replace("'\"'\"'", "'")


REFUSED_BODIES = {
    "a private address": ({"url": "http://10.0.0.1/a.jpg"}, "url-private", "url"),
    "no text": ({"url": 7}, "not-text", "url"),
    "nothing": ({}, "missing-field", "url"),
    "another field": ({"url": "https://photos.example.org/", "headers": {}}, "unknown-field", "headers"),
    "a list": ([], "not-an-object", ""),
}


@pytest.mark.parametrize(("body", "code", "field"), REFUSED_BODIES.values(), ids=REFUSED_BODIES)
def test_the_api_says_which_field_is_wrong(client, site, images, body, code, field):
    response = by_api(client, body)
    found = response.json()
    assert (response["Content-Type"], response.status_code) == ("application/problem+json", 422)
    assert (found["code"], found.get("field", ""), site.asked, images.asked) == (code, field, [], [])


def test_the_api_counts_the_same_thirty(client, site):
    for _ in range(THROTTLE.most):
        ask(client, site.at("/nothing.jpg"))
    response = by_api(client, {"url": site.at("/photo.jpg")})
    assert (response.status_code, response.json()["code"]) == (429, "url-too-many")
    assert (response["Retry-After"], len(site.asked)) == ("600", THROTTLE.most)


def test_without_the_setting_the_api_reads_no_json(client, site, settings):
    settings.PHOTO_WEB = None
    response = by_api(client, {"url": site.at("/photo.jpg")})
    assert (response.status_code, response.json()["code"], site.asked) == (415, "unsupported-media-type", [])
