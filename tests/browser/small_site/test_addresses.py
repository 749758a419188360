"""A photo is named by its address on the web."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.small_site.pages import compared, has_no_barrier_and_fits_a_phone, on_a_phone

ADDRESS = "Or the address of a photo on the web"


def refused_address(page: Page) -> None:
    page.goto("/images/")
    page.get_by_label(ADDRESS).fill("http://127.0.0.2/photo.jpg")
    page.get_by_role("button", name="Fetch it").click()
    expect(page.locator("#address-error")).to_contain_text("not on the public web")
    expect(page.get_by_label(ADDRESS)).to_have_attribute("aria-invalid", "true")


def fetch(page: Page, web) -> None:
    page.goto("/images/")
    page.get_by_label(ADDRESS).fill(web.at("/photo.jpg"))
    page.get_by_role("button", name="Fetch it").click()
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")
    expect(page.locator("#result svg.whole")).to_be_visible()


def test_the_keyboard_alone_fetches_a_photo(page, around):
    page.goto("/images/")
    page.get_by_label(ADDRESS).focus()
    page.keyboard.type(around.web.at("/photo.jpg"))
    page.keyboard.press("Enter")
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")
    expect(page.locator("#announcement")).to_contain_text("tabby")


def test_a_photo_is_fetched_without_javascript(page_without_script, around):
    fetch(page_without_script, around.web)


def test_a_fetched_photo_is_fetched_once(page, around):
    """What is asked about it afterwards goes with the photo itself."""
    fetch(page, around.web)
    before = len(around.web.asked)
    page.get_by_label("Where it looked for").select_option(label="tabby")
    expect(page.locator("#saliency")).to_have_attribute("href", re.compile("^blob:"))
    page.get_by_label("Compare with ResNet-50").first.check()
    compared(page)
    assert len(around.web.asked) == before and around.first.asked[-1].body == around.web.photo


def test_a_refused_address_is_said_beside_its_field_and_goes_with_the_next_photo(page):
    refused_address(page)
    page.locator(".thumbnail").first.click()
    expect(page.locator("#result .labels li")).to_have_count(5)
    expect(page.locator("#address-error")).to_be_empty()
    expect(page.get_by_label(ADDRESS)).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_and_nothing_is_wider_than_a_phone(open_context, scheme):
    page = on_a_phone(open_context, scheme)
    refused_address(page)
    has_no_barrier_and_fits_a_phone(page)
