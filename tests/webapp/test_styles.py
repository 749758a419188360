"""The style sheet of a page: within it on a first visit, one kept file afterwards."""

import re
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils.functional import empty

from webapp.static_files import SHEETS

STATIC = site_settings.BASE_DIR / "static"
PAGES = {"/": "faq", "/images/": "images", "/images/many/": "albums", "/questions/": "batches", "/sign-in/": "plain"}
LINK = re.compile(r'<link rel="(stylesheet|prefetch)" href="([^"]+)"')
TEXT = re.compile(r'<style nonce="([^"]+)">\n(.*?)</style>', re.DOTALL)


def whole(sheet: str) -> str:
    return "".join((STATIC / name).read_text() for name in SHEETS[sheet])


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_first_visit_has_the_text_and_fetches_the_files_later(client, address):
    page = client.get(address)
    ((nonce, text),) = TEXT.findall(page.text)
    assert text == whole(PAGES[address])
    assert f"'nonce-{nonce}'" in page["Content-Security-Policy"]
    assert LINK.findall(page.text) == [("prefetch", f"/static/{name}") for name in SHEETS[PAGES[address]]]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_whoever_was_here_before_has_links_alone(client, address):
    client.get("/")
    page = client.get(address).text
    assert TEXT.findall(page) == []
    assert LINK.findall(page) == [("stylesheet", f"/static/{name}") for name in SHEETS[PAGES[address]]]


def test_the_page_for_a_fault_has_a_link_and_no_nonce_to_give():
    page = render_to_string("500.html")
    assert LINK.findall(page) == [("stylesheet", "/static/base.css")]
    assert "<style" not in page


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    settings.STATIC_ROOT = tmp_path
    staticfiles_storage._wrapped = empty
    call_command("collectstatic", "--no-input", verbosity=0)
    yield tmp_path
    staticfiles_storage._wrapped = empty


@pytest.mark.django_db
def test_collected_a_page_has_one_file(collected, client):
    client.get("/")
    ((kind, address),) = LINK.findall(client.get("/images/").text)
    assert (kind, re.sub(r"\.[0-9a-f]{12}\.", ".HASH.", address)) == ("stylesheet", "/static/sheets/images.HASH.css")
    assert (collected / address.removeprefix("/static/")).read_text() == whole("images")
