"""What an installation may have besides the demo's: a second image model, and photos by their address."""

import base64
import io
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.demo.processes import ROOT
from tests.demo.site import Site, environment, free_port
from tests.webapp import scorer, web_site

START_S = 60
EACH = "The colours show where each model looked for"
ADDRESS = "Or the address of a photo on the web"


def encoded(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(out, kind)
    return out.getvalue()


OVERLAY = {"id": "a", "label": "a", "method": "gradcam", "overlay": base64.b64encode(encoded("PNG")).decode()}
FIRST = scorer.PREDICTIONS | {
    "width": 320,
    "height": 240,
    "crop": {"left": 40, "top": 0, "width": 240, "height": 240},
    "explanation": OVERLAY,
    "rendering": base64.b64encode(encoded("JPEG")).decode(),
}
EVIDENCE = {"rule": "energy", "score": 9.0, "threshold": 4.0}
SECOND = FIRST | {
    "predictions": [{"id": "n02124075", "label": "Egyptian cat", "score": 0.62}],
    "receipt": {**FIRST["receipt"], "model": "ResNet-50"},
}


@dataclass(frozen=True)
class Around:
    """The small site's two models, and another site on the web."""

    first: scorer.Scorer
    second: scorer.Scorer
    web: web_site.WebSite


@pytest.fixture(scope="module")
def around():
    with scorer.running(FIRST) as first, scorer.running(SECOND) as second, web_site.running(encoded("JPEG")) as web:
        second.labels = {"model": "ResNet-50", "version": "1", "labels": [{"id": "a", "label": "a"}]}
        yield Around(first, second, web)


@pytest.fixture(scope="module")
def site(browser, around, tmp_path_factory):
    """A site of its own instead of the demo."""
    state = tmp_path_factory.mktemp("site")
    variables = environment() | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.small_site_settings",
        "SCOREDECK_TEST_STATE": str(state),
        "TEST_IMAGES_URL": around.first.url,
        "TEST_IMAGES_OTHER_URL": around.second.url,
        "TEST_WEB_PORT": str(around.web.port),
    }
    for command in (["migrate", "-v0"], ["prepare_examples"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=variables, check=True, capture_output=True
        )
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "webapp.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    with subprocess.Popen(command, cwd=ROOT, env=variables) as running:
        try:
            site = Site(f"http://127.0.0.1:{port}", state)
            wait_until_it_answers(running, f"{site.url}/livez")
            yield site
        finally:
            running.terminate()


def wait_until_it_answers(running: subprocess.Popen, url: str) -> None:
    give_up = time.monotonic() + START_S
    while True:
        try:
            return requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert running.poll() is None and time.monotonic() < give_up
            time.sleep(0.05)


def compared(page: Page) -> None:
    expect(page.get_by_role("heading", level=2, name="They differ")).to_have_text(
        re.compile("EfficientNet-Lite2 says .?tabby.?, ResNet-50 says .?Egyptian cat")
    )
    expect(page.locator(".sides .labels")).to_have_count(2)
    expect(page.locator("#result svg.whole")).to_be_visible()


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


def refused_address(page: Page) -> None:
    page.goto("/images/")
    page.get_by_label(ADDRESS).fill("http://127.0.0.2/photo.jpg")
    page.get_by_role("button", name="Fetch it").click()
    expect(page.locator("#address-error")).to_contain_text("not on the public web")
    expect(page.get_by_label(ADDRESS)).to_have_attribute("aria-invalid", "true")


def fetch(page: Page, around: Around) -> None:
    page.goto("/images/")
    page.get_by_label(ADDRESS).fill(around.web.at("/photo.jpg"))
    page.get_by_role("button", name="Fetch it").click()
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")
    expect(page.locator("#result svg.whole")).to_be_visible()


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


def test_the_keyboard_alone_fetches_a_photo(page, around):
    page.goto("/images/")
    page.get_by_label(ADDRESS).focus()
    page.keyboard.type(around.web.at("/photo.jpg"))
    page.keyboard.press("Enter")
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text("tabby")
    expect(page.locator("#announcement")).to_contain_text("tabby")


def test_a_photo_is_fetched_without_javascript(page_without_script, around):
    fetch(page_without_script, around)


def test_a_fetched_photo_is_fetched_once(page, around):
    """What is asked about it afterwards goes with the photo itself."""
    fetch(page, around)
    before = len(around.web.asked)
    page.get_by_label("Where it looked for").select_option(label="tabby")
    expect(page.locator("#saliency")).to_have_attribute("href", re.compile("^blob:"))
    page.get_by_label("Compare with ResNet-50").first.check()
    compared(page)
    assert len(around.web.asked) == before and around.first.asked[-1].body == around.web.photo


def gone(asked):
    problem = {"type": "x", "title": "No", "status": 404, "detail": "No.", "code": "no-such-model"}
    return 404, {"content-type": "application/problem+json"}, json.dumps(problem).encode()


@pytest.fixture
def replaced(around):
    """Once it is called, the first model's version is served no more."""
    yield lambda: setattr(around.first, "reply_to", gone)
    around.first.reply_to = None


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


def test_a_refused_address_is_said_beside_its_field_and_goes_with_the_next_photo(page):
    refused_address(page)
    page.locator(".thumbnail").first.click()
    expect(page.locator("#result .labels li")).to_have_count(5)
    expect(page.locator("#address-error")).to_be_empty()
    expect(page.get_by_label(ADDRESS)).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("steps", [looked_by_both, refused_address], ids=lambda steps: steps.__name__)
def test_axe_finds_no_barrier_and_nothing_is_wider_than_a_phone(open_context, steps, scheme):
    phone = {"width": 390, "height": 844}
    page = open_context(viewport=phone, color_scheme=scheme, reduced_motion="reduce").new_page()
    steps(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= phone["width"]
