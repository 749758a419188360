"""Who holds a window of the site: nobody on another origin."""

import re

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def stranger(browser: Browser, site) -> Page:
    """A page on another site: the same server by another name."""
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/")
        yield page


def test_a_page_that_another_site_opens_is_out_of_its_reach(stranger, site):
    with stranger.expect_popup() as opened:
        stranger.evaluate(f"() => void (window.held = open('{site.url}/images/'))")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("opener") is None
    assert stranger.evaluate("held.closed") is True
    opened.value.reload()
    assert opened.value.evaluate("opener") is None


def test_a_window_that_another_site_moves_here_is_out_of_its_reach(stranger, site):
    with stranger.expect_popup() as opened:
        stranger.evaluate("() => void (window.held = open('/livez'))")
    opened.value.wait_for_load_state()
    assert stranger.evaluate("held.closed") is False
    stranger.evaluate(f"() => void (held.location = '{site.url}/')")
    opened.value.wait_for_url(re.compile(re.escape(site.url)))
    stranger.wait_for_function("held.closed")
