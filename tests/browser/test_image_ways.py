"""Ways for a photo to come in, and what the answer lets a visitor look at."""

import base64
import re
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import FLAGS, chromium_path
from tests.demo.processes import until

FAKE_CAMERA = "--use-fake-device-for-media-stream"
ALLOWED, REFUSED = "--use-fake-ui-for-media-stream", "--deny-permission-prompts"
SIDEWAYS = 6
ORIENTATION = 0x0112
PASTE = """([name, type, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""

# As where somebody thinks about the browser's question for a while.
SLOW_CAMERA = """window.tracks = [];
const stream = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const allowed = new Promise((done) => { window.allow = done; });
navigator.mediaDevices.getUserMedia = async (wanted) => {
  await allowed;
  const given = await stream(wanted);
  window.tracks.push(...given.getTracks());
  return given;
};"""


@pytest.fixture(scope="module")
def coffee() -> Path:
    return Path(find_spec("skimage").origin).parent / "data" / "coffee.png"


@pytest.fixture
def large(coffee, tmp_path) -> Path:
    """3,000 by 2,000 pixels, stored on its side as cameras do."""
    path = tmp_path / "large.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = SIDEWAYS
    with Image.open(coffee) as photo:
        upright = photo.convert("RGB").resize((3000, 2000))
    upright.transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", quality=95, exif=exif)
    return path


def named(page, first="espresso", count=5):
    expect(page.locator("#result .labels li")).to_have_count(count)
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text(first)


def answered(page, coffee):
    page.goto("/images/")
    page.locator("#image").set_input_files(coffee)
    named(page)


def test_a_photo_is_pasted_anywhere_on_the_page(page, coffee):
    page.goto("/images/")
    page.evaluate(PASTE, [coffee.name, "image/png", base64.b64encode(coffee.read_bytes()).decode()])
    named(page)


@contextmanager
def page_with_camera(browser, site, answer):
    flags = [*FLAGS, FAKE_CAMERA, answer]
    with browser.browser_type.launch(executable_path=chromium_path(), args=flags) as with_camera:
        page = with_camera.new_page(base_url=site.url, locale="en-GB")
        page.goto("/images/")
        yield page


def test_a_still_of_the_camera_is_named(browser, site):
    with page_with_camera(browser, site, ALLOWED) as page:
        page.get_by_role("button", name="Take a photo").click()
        page.get_by_role("button", name="Take the photo").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#result .labels li")).to_have_count(5)


def test_no_camera_stays_on_however_often_its_window_was_closed(browser, site):
    with page_with_camera(browser, site, ALLOWED) as page:
        page.evaluate(f"() => {{ {SLOW_CAMERA} }}")
        button = page.get_by_role("button", name="Take a photo")
        button.click()
        page.keyboard.press("Escape")
        button.click()
        page.evaluate("window.allow()")
        expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()
        page.keyboard.press("Escape")
        until(lambda: page.evaluate("window.tracks.map((track) => track.readyState)") == ["ended", "ended"])


def test_where_the_camera_is_refused_only_that_is_said(browser, site):
    with page_with_camera(browser, site, REFUSED) as page:
        page.get_by_role("button", name="Take a photo").click()
        expect(page.get_by_role("alert")).to_have_text(
            "The camera cannot be used. Allow it in the browser, or choose a file."
        )
        expect(page.locator("#camera video")).to_be_hidden()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_large_photo_is_sent_small_and_upright_and_whole_on_request(page, large):
    page.goto("/images/")
    page.locator("#image").set_input_files(large)
    named(page)
    expect(page.locator("#sent")).to_contain_text("960 × 640")
    expect(page.locator("#result svg.whole")).to_have_attribute("viewBox", "0 0 960 640")
    page.get_by_role("button", name="Send the original").click()
    expect(page.locator("#result svg.whole")).to_have_attribute("viewBox", "0 0 3000 2000")
    named(page)
    expect(page.locator("#sent")).to_be_hidden()


def test_more_labels_are_shown_of_the_same_photo(page, coffee):
    answered(page, coffee)
    page.get_by_label("Labels").select_option("10")
    named(page, count=10)


def test_the_overlay_shows_where_the_model_looked_as_strongly_as_wished(page, coffee):
    answered(page, coffee)
    page.get_by_label("Where it looked for").select_option(label="espresso")
    saliency = page.locator("#saliency")
    expect(saliency).to_have_attribute("href", re.compile("^blob:"))
    expect(page.get_by_text("The colours show where the model looked for “espresso”.")).to_be_visible()
    page.get_by_label("Strength").fill("25")
    expect(saliency).to_have_attribute("opacity", "0.25")
    page.get_by_label("Where it looked for").select_option("")
    expect(saliency).not_to_have_attribute("href", re.compile("."))


def test_what_the_model_saw_is_shown_alone(page, coffee):
    answered(page, coffee)
    page.get_by_label("What the model saw").check()
    expect(page.locator("#result svg.crop")).to_be_visible()
    expect(page.locator("#result svg.whole")).to_be_hidden()


def test_the_answer_is_announced(page, coffee):
    answered(page, coffee)
    expect(page.locator("#announcement")).to_contain_text("espresso")
