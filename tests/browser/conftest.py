"""A real Chromium and one running demo, shared by all browser tests.

CHROMIUM names the browser; REQUIRE_BROWSER=1 turns the skip where none is installed into a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.watching import Watch, watched
from tests.demo.site import Site

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
WAIT_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


def chromium_path() -> str:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if found:
        return found
    reason = "no Chromium is installed (apt-get install chromium, or name one by CHROMIUM=)"
    return pytest.fail(reason) if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(browser: Browser, demo_site: Site) -> Site:
    """The running demo. It asks for the browser first: without one nothing needs to be started."""
    return demo_site


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> dict:
    """The cookies of a signed-in operator."""
    with browser.new_context(base_url=site.url, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/sign-in/")
        name, password = site.operator
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/ops/")
        return context.storage_state()


@pytest.fixture
def open_context(browser: Browser, site: Site) -> Iterator:
    """Makes browser contexts, each with an empty profile, watches their pages, and in the end lets nothing pass."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def opened(**options: object) -> BrowserContext:
        settings = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(base_url=site.url, **settings)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        watches.append(watched(context, site.url))
        return context

    yield opened
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def page(open_context) -> Page:
    return open_context().new_page()


@pytest.fixture
def page_without_script(open_context) -> Page:
    return open_context(java_script_enabled=False).new_page()


@pytest.fixture
def operator_page(open_context, signed_in) -> Page:
    return open_context(storage_state=signed_in).new_page()
