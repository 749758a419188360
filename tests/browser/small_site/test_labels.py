"""More labels than usual, and a model that is replaced while its answer stands on the page."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.small_site.answers import EVIDENCE, FIRST


def test_more_labels_are_asked_for_an_example_that_the_focus_has_left(page, around):
    page.goto("/images/")
    page.locator(".thumbnail").first.click()
    expect(page.locator("#best")).to_have_text("tabby")
    page.get_by_label("Labels").focus()
    with page.expect_response("**/images/") as answer:
        page.get_by_label("Labels").select_option("10")
    assert (answer.value.status, around.first.asked[-1].path) == (200, "/v1/score?top=10")


@pytest.fixture
def twenty(around):
    """The first model's answer with its 20 likeliest labels, of which one is nearly certain."""
    rows = [{"id": f"n{i:02d}", "label": f"label {i}", "score": 0.001 if i else 0.995} for i in range(20)]
    content = json.dumps(FIRST | {"predictions": rows, "known": True, "evidence": EVIDENCE, "confidence": 0.77})
    around.first.reply_to = lambda asked: (200, {"content-type": "application/json"}, content.encode())
    yield
    around.first.reply_to = None


def test_beside_many_labels_the_photo_stays_in_sight_and_numbers_on_their_line(page, twenty):
    page.goto("/images/")
    page.locator(".thumbnail").first.click()
    expect(page.locator("#result .labels li")).to_have_count(20)
    page.locator("#result .labels li").last.scroll_into_view_if_needed()
    expect(page.locator("#result svg.whole")).to_be_in_viewport(ratio=1)
    heights = {round(value.bounding_box()["height"]) for value in page.locator("#result .labels .value").all()}
    widths = {value.evaluate("(one) => one.scrollWidth <= one.clientWidth") for value in page.locator(".value").all()}
    assert (len(heights), widths) == (1, {True})
    page.get_by_text("What do these percentages mean?").click()
    expect(page.get_by_text("how many answers like this are right")).to_be_visible()


def test_where_a_model_looked_that_is_gone_by_then_is_said_to_be_unknown(page, replaced):
    page.goto("/images/")
    page.locator(".thumbnail").first.click()
    page.get_by_label("Where it looked for").select_option(label="tabby")
    expect(page.locator("#saliency")).to_have_attribute("href", re.compile("^blob:"))
    replaced()
    page.get_by_label("Where it looked for").select_option(label="lynx")
    expect(page.locator(".where [role=status]")).to_contain_text("The model was replaced after this answer")
    expect(page.locator("#saliency")).not_to_have_attribute("href", re.compile(".*"))
    expect(page.locator("#best")).to_have_text("tabby")
