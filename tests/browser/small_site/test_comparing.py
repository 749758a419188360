"""Two image models are compared."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.small_site.answers import encoded
from tests.browser.small_site.pages import compared, has_no_barrier_and_fits_a_phone, on_a_phone

EACH = "The colours show where each model looked for"


def the_axis_lies_below_its_bars(page: Page) -> None:
    axes, bars = page.locator("#result .axis"), page.locator("#result .labels li:last-child .bar")
    expect(axes).to_have_count(bars.count())
    for axis, bar in zip(axes.all(), bars.all(), strict=True):
        below, above = axis.bounding_box(), bar.bounding_box()
        assert (below["x"], below["width"]) == pytest.approx((above["x"], above["width"]), abs=1)


def compare_by_example(page: Page) -> None:
    page.goto("/images/")
    page.get_by_label("Compare with ResNet-50").first.check()
    page.locator(".thumbnail").first.click()
    compared(page)


def test_two_models_are_compared_as_soon_as_that_is_chosen(page, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(encoded("PNG"))
    page.goto("/images/")
    page.locator("#image").set_input_files(photo)
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")
    page.get_by_label("Compare with ResNet-50").first.check()
    compared(page)
    expect(page.locator("#result [data-own-photo]")).to_have_attribute("href", re.compile("^blob:"))
    expect(page.locator("#announcement")).to_contain_text("They differ")
    page.get_by_label("Compare with ResNet-50").first.uncheck()
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")


def test_where_both_models_looked_is_laid_over_what_they_saw(page):
    compare_by_example(page)
    expect(page.locator("svg.saw")).to_have_count(2)
    choice = page.get_by_label("Where they looked for")
    choice.select_option("each one’s best label")
    expect(page.locator("svg.saw image[href^='blob:']")).to_have_count(2)
    expect(page.locator(".where [role=status]")).to_have_text(f"{EACH} its best label.")
    choice.select_option("Egyptian cat")
    expect(page.locator(".where [role=status]")).to_have_text(f"{EACH} “Egyptian cat”.")
    compared(page)
    page.get_by_role("button", name="Keep this result").click()
    page.wait_for_url("**/kept/*/")
    expect(page.get_by_role("heading", level=2, name="They differ")).to_be_visible()
    expect(page.locator("svg.saw")).to_have_count(2)


def looked_by_both(page: Page) -> None:
    compare_by_example(page)
    page.get_by_label("Where they looked for").select_option("each one’s best label")
    expect(page.locator("svg.saw image[href^='blob:']")).to_have_count(2)


def test_another_strength_shows_at_once(page):
    looked_by_both(page)
    page.get_by_label("Strength").fill("40")
    for picture in page.locator("svg.saw image").all():
        expect(picture).to_have_attribute("opacity", "0.4")
    page.get_by_label("Where they looked for").select_option("not shown")
    expect(page.locator("svg.saw image[href]")).to_have_count(0)
    expect(page.get_by_label("Strength")).to_be_hidden()


def test_a_model_that_does_not_say_where_it_looked_is_named_beside_the_others_map(page, replaced):
    looked_by_both(page)
    replaced()
    page.get_by_label("Where they looked for").select_option("Egyptian cat")
    expect(page.locator(".where [role=status]")).to_contain_text("EfficientNet-Lite2: The model was replaced")
    expect(page.locator("svg.saw image[href^='blob:']")).to_have_count(1)


def test_where_both_models_looked_is_shown_without_javascript(page_without_script):
    page = page_without_script
    page.goto("/images/")
    page.locator(".examples").get_by_label("Compare with ResNet-50").check()
    page.locator(".thumbnail").first.click()
    page.get_by_label("Where they looked for").select_option("each one’s best label")
    page.get_by_label("Strength").select_option("40")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("svg.saw image[href][opacity='0.4']")).to_have_count(2)
    expect(page.get_by_text(f"{EACH} its best label.")).to_be_visible()


def test_a_comparison_is_among_the_earlier_results_and_compared_again(page):
    compare_by_example(page)
    earlier = page.locator("#history li")
    expect(earlier).to_have_text(["tabby / Egyptian cat two models"])
    page.get_by_label("Compare with ResNet-50").first.uncheck()
    expect(earlier).to_have_text(["tabby 70\N{NO-BREAK SPACE}%", "tabby / Egyptian cat two models"])
    earlier.last.get_by_role("button").click()
    compared(page)
    expect(page.locator("#compare")).to_be_checked()
    earlier.last.get_by_role("button").click()
    expect(page.locator("#best")).to_have_text("tabby")
    expect(page.locator("#compare")).not_to_be_checked()
    expect(earlier).to_have_count(2)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_axis_from_0_to_100_percent_is_as_wide_as_the_bars(open_context, width):
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto("/images/")
    page.locator(".thumbnail").first.click()
    expect(page.locator("#best")).to_have_text("tabby")
    the_axis_lies_below_its_bars(page)
    compare_by_example(page)
    the_axis_lies_below_its_bars(page)


def test_fewer_labels_of_one_model_are_not_drawn_apart(page):
    compare_by_example(page)
    many, one = (side.locator("li").first.bounding_box() for side in page.locator(".sides .labels").all())
    assert one["height"] == pytest.approx(many["height"], abs=1)


def test_two_models_are_compared_without_javascript(page_without_script):
    page = page_without_script
    page.goto("/images/")
    page.locator(".examples").get_by_label("Compare with ResNet-50").check()
    page.locator(".thumbnail").first.click()
    compared(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_and_nothing_is_wider_than_a_phone(open_context, scheme):
    page = on_a_phone(open_context, scheme)
    looked_by_both(page)
    has_no_barrier_and_fits_a_phone(page)
