"""Below the labels of a photo: keep them; with and without a script."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import expect

WIDTH = """async (address) => {
  const photo = new Image();
  photo.src = address;
  await photo.decode();
  return photo.naturalWidth;
}"""


@pytest.fixture(scope="module")
def coffee() -> Path:
    return Path(find_spec("skimage").origin).parent / "data" / "coffee.png"


@pytest.fixture(params=["with script", "without script"])
def any_page(request, open_context):
    return open_context(java_script_enabled=request.param == "with script").new_page()


def show(page, photo):
    page.goto("/images/")
    page.locator("#image").set_input_files(photo)
    if (name_it := page.get_by_role("button", name="Name it")).is_visible():
        name_it.click()
    expect(page.locator("#best")).to_have_text("espresso")


def test_a_result_is_kept_with_its_photo_shown_to_another_and_deleted(any_page, open_context, coffee):
    show(any_page, coffee)
    any_page.get_by_role("button", name="Keep this result").click()
    any_page.wait_for_url("**/kept/*/")
    other = open_context().new_page()
    other.goto(any_page.get_by_label("The link to this page").input_value())
    expect(other.locator("#best")).to_have_text("espresso")
    expect(other.locator(".labels li")).to_have_count(5)
    photo = other.locator("svg.whole image").first.get_attribute("href")
    assert other.evaluate(WIDTH, photo) == 600
    any_page.get_by_role("button", name="Delete it now").click()
    expect(any_page.get_by_text("The kept answer is deleted.")).to_be_visible()
    assert other.goto(other.url).status == 404


def test_an_example_is_kept(any_page):
    any_page.goto("/images/")
    any_page.locator(".thumbnail").first.click()
    any_page.get_by_role("button", name="Keep this result").click()
    any_page.wait_for_url("**/kept/*/")
    expect(any_page.locator(".labels li")).to_have_count(5)
