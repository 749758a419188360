"""Static files at the site's front: found first, with the headers of every answer, never through Django."""

import asyncio
import re

import httpx2
import pytest
from django.conf import settings as site_settings

from webapp.static_serving import StaticFirst

SHEET = site_settings.BASE_DIR / "static" / "ops.css"
ADDRESS = "/static/ops.css"
OUTSIDE = (
    *("/static/../manage.py", "/static/../../manage.py", "/static/..\\manage.py"),
    *("/static//etc/passwd", "/static/./ops.css", "/static/\0"),
)


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


@pytest.mark.parametrize("part", ["bytes=3-9", "bytes=0-0", "bytes=-1", "bytes=999999-"])
def test_a_file_comes_whole_whatever_part_is_asked_for(part):
    answer = ask(ADDRESS, headers={"Range": part})
    assert (answer.status_code, answer.content) == (200, SHEET.read_bytes())
    assert "Content-Range" not in answer.headers and "Accept-Ranges" not in answer.headers


def test_a_request_keeps_its_id_and_gets_one_where_it_has_none():
    assert ask(ADDRESS, headers={"X-Request-ID": "from-a-proxy-17"}).headers["X-Request-ID"] == "from-a-proxy-17"
    made = {
        ask(ADDRESS, headers={"X-Request-ID": given}).headers["X-Request-ID"] for given in ("", "short", "a\tb" * 9)
    }
    assert len(made) == 3 and all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)


def test_a_file_takes_nothing():
    assert ask(ADDRESS, "POST").status_code == 405


@pytest.mark.parametrize("address", ["/", "/static/", "/static/nothing.css", "/stati/ops.css"])
def test_every_other_address_is_the_sites(address):
    assert ask(address).text == "the site"


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", OUTSIDE)
def test_no_way_leads_out_of_the_folders(path, debug, settings):
    """As the server hands it over: a client would tidy it first."""
    settings.DEBUG = debug
    sent = []

    async def answer():
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "headers": []}
        await StaticFirst(elsewhere)(scope, None, keep)

    async def keep(message):
        sent.append(message)

    asyncio.run(answer())
    assert [message.get("body", message.get("status")) for message in sent] == [418, b"the site"]


def test_where_only_https_is_allowed_the_site_answers_plain_http(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    assert ask(ADDRESS).text == "the site"
    assert ask(ADDRESS, scheme="https").headers["Strict-Transport-Security"] == "max-age=60"
