"""What the small site's pages are looked at for."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def compared(page: Page) -> None:
    expect(page.get_by_role("heading", level=2, name="They differ")).to_have_text(
        re.compile("EfficientNet-Lite2 says .?tabby.?, ResNet-50 says .?Egyptian cat")
    )
    expect(page.locator(".sides .labels")).to_have_count(2)
    expect(page.locator("#result svg.whole")).to_be_visible()


def on_a_phone(open_context, scheme: str) -> Page:
    return open_context(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce").new_page()


def has_no_barrier_and_fits_a_phone(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
