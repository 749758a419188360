"""Below the labels of a photo: keep them, put them right; with and without a script, and by keyboard alone."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_questions import tab_to, tab_until

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


def test_a_label_is_put_right(any_page, coffee):
    show(any_page, coffee)
    any_page.locator("#flag summary").click()
    any_page.get_by_label("What does it show?").fill("mug")
    any_page.keyboard.press("Enter")
    any_page.get_by_label("coffee mug", exact=True).check()
    any_page.get_by_label("Store the photo too").check()
    any_page.get_by_role("button", name="Send", exact=True).click()
    expect(any_page.get_by_text("Your correction is stored")).to_be_visible()
    expect(any_page.get_by_text("With a smaller copy of the photo")).to_be_visible()


def test_labels_are_suggested_and_chosen_by_keyboard(page, coffee):
    show(page, coffee)
    page.locator("#flag summary").click()
    field = page.get_by_role("combobox", name="What does it show?")
    field.press_sequentially("cof")
    options = page.locator("#labels-found [role=option]")
    expect(options).to_have_text(["coffee mug", "coffeepot"])
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "labels-found-1")
    page.keyboard.press("Enter")
    expect(field).to_have_value("coffee mug")
    expect(options).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#vote")).to_be_focused()
    expect(page.locator("#vote")).to_contain_text("Your correction is stored")


def test_the_keyboard_alone_uploads_copies_and_flags(open_context, coffee):
    page = open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.on("filechooser", lambda chooser: chooser.set_files(coffee))
    page.goto("/images/")
    tab_to(page, "image")
    page.keyboard.press("Enter")
    expect(page.locator("#best")).to_have_text("espresso")
    expect(page.locator("#announcement")).to_contain_text("espresso")
    tab_until(page, "document.activeElement.matches('#flag summary')")
    page.keyboard.press("Enter")
    tab_until(page, "document.activeElement.name === 'none_of_them'")
    page.keyboard.press("Space")
    tab_until(page, "document.activeElement.matches('#flag button')")
    page.keyboard.press("Enter")
    expect(page.locator("#vote")).to_be_focused()
    expect(page.locator("#vote")).to_contain_text("Your correction is stored")
    tab_until(page, "document.activeElement.matches('.receipt > summary')")
    page.keyboard.press("Enter")
    tab_until(page, "document.activeElement.matches('[data-copy]')")
    page.keyboard.press("Enter")
    expect(page.locator("[data-copy]").first).to_have_text("Copied")
    assert "/api/v1/images/predictions" in page.evaluate("navigator.clipboard.readText()")


def test_earlier_results_are_in_this_tab_alone_and_shown_again(page, open_context, coffee):
    show(page, coffee)
    page.locator(".thumbnail").first.click()
    earlier = page.locator("#history li")
    expect(earlier).to_have_count(2)
    expect(earlier.last).to_contain_text("espresso")
    bars = page.locator("#result .labels")
    page.reload()
    expect(earlier).to_have_count(2)
    earlier.last.get_by_role("button").click()
    expect(page.locator("#best")).to_have_text("espresso")
    expect(bars.locator("li")).to_have_count(5)
    expect(earlier).to_have_count(2)
    expect(earlier.first).to_contain_text("espresso")
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#history")).to_be_hidden()
    assert page.evaluate("sessionStorage.getItem('scoredeck-photos')") is None
    other = page.context.new_page()
    other.goto("/images/")
    expect(other.locator("#history")).to_be_hidden()


FILL = """() => {
  let filler = "x".repeat(4_000_000);
  for (const step of [100_000, 10_000, 1000]) {
    try {
      for (;;) {
        const more = filler + "x".repeat(step);
        sessionStorage.setItem("filler", more);
        filler = more;
      }
    } catch { /* no room for a step of this size */ }
  }
}"""


def test_what_the_browser_has_no_room_for_is_forgotten_first(page, coffee):
    show(page, coffee)
    expect(page.locator("#history li")).to_contain_text(["espresso"])
    page.evaluate(FILL)
    page.locator(".thumbnail").first.click()
    expect(page.locator("#history li")).to_contain_text(["Egyptian cat"])


def test_without_a_script_nothing_is_remembered_and_nothing_promised(page_without_script):
    page_without_script.goto("/images/")
    page_without_script.locator(".thumbnail").first.click()
    expect(page_without_script.locator(".labels li")).to_have_count(5)
    expect(page_without_script.get_by_text("in this tab")).to_be_hidden()
