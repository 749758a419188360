"""Static files at the site's front: found first, with the headers of every answer, never through Django."""

import asyncio

import httpx2
import pytest
from django.conf import settings as site_settings

from webapp.static_serving import StaticFirst

SHEET = site_settings.BASE_DIR / "static" / "ops.css"
ADDRESS = "/static/ops.css"


async def elsewhere(scope, receive, send):
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"the site"})


def ask(address, method="GET", headers=None, scheme="http"):
    async def answer():
        transport = httpx2.ASGITransport(app=StaticFirst(elsewhere))
        async with httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://127.0.0.1") as client:
            return await client.request(method, address, headers=headers)

    return asyncio.run(answer())


def test_a_file_comes_whole_and_may_be_kept():
    answer = ask(ADDRESS)
    assert (answer.status_code, answer.content) == (200, SHEET.read_bytes())
    assert answer.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert answer.headers["Cache-Control"] == "max-age=60, public"


def test_a_file_has_the_headers_of_every_answer():
    headers = ask(ADDRESS).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"].startswith("camera=()")
    found = [headers.get(name) for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")]
    assert found == ["nosniff", "DENY", "same-origin"]
    assert "Strict-Transport-Security" not in headers


def test_a_file_that_the_browser_has_is_not_sent_again():
    answer = ask(ADDRESS, headers={"If-None-Match": ask(ADDRESS).headers["ETag"]})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_head_has_the_headers_alone():
    answer = ask(ADDRESS, "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(SHEET.stat().st_size)


def test_a_part_is_sent_where_a_part_is_asked_for():
    answer = ask(ADDRESS, headers={"Range": "bytes=3-9"})
    assert (answer.status_code, answer.content) == (206, SHEET.read_bytes()[3:10])


def test_a_file_takes_nothing():
    assert ask(ADDRESS, "POST").status_code == 405


@pytest.mark.parametrize(
    "address", ["/", "/static/", "/static/nothing.css", "/static/../manage.py", "/static/%2e%2e/x"]
)
def test_every_other_address_is_the_sites(address):
    assert ask(address).text == "the site"


def test_where_only_https_is_allowed_the_site_answers_plain_http(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    assert ask(ADDRESS).text == "the site"
    assert ask(ADDRESS, scheme="https").headers["Strict-Transport-Security"] == "max-age=60"
