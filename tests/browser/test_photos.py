import base64
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.test_questions import tab_to, tab_until

DROP = """([name, type, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  const how = { bubbles: true, cancelable: true, dataTransfer };
  for (const kind of ["dragenter", "dragover", "drop"])
    document.getElementById("drop").dispatchEvent(new DragEvent(kind, how));
}"""


@pytest.fixture(scope="session")
def coffee() -> Path:
    """A photo of a cup of espresso, in the package scikit-image."""
    return Path(find_spec("skimage").origin).parent / "data" / "coffee.png"


def names_five_labels(page, first):
    labels = page.locator("#result .labels li")
    expect(labels).to_have_count(5)
    expect(page.locator("#result").get_by_role("heading", level=2)).to_have_text(first)
    expect(labels.first).to_contain_text("%")


def previewed(page):
    """The photo that was chosen stands beside its labels."""
    expect(page.locator("#result .photo svg.whole")).to_be_visible()
    expect(page.locator("#result [data-own-photo]")).to_have_attribute("href", re.compile("^blob:"))


def test_a_chosen_photo_is_shown_and_named_without_a_reload(page, coffee):
    page.goto("/images/")
    page.evaluate("window.sameDocument = true")
    page.locator("#image").set_input_files(coffee)
    names_five_labels(page, "espresso")
    previewed(page)
    assert page.evaluate("window.sameDocument")


@pytest.mark.parametrize("extension", ["webp", "avif", "gif"])
def test_the_first_picture_of_another_format_is_shown_and_named(page, coffee, tmp_path, extension):
    photo, file = Image.open(coffee).convert("RGB"), tmp_path / f"photo.{extension}"
    photo.save(file, save_all=True, append_images=[Image.new("RGB", photo.size)], duration=5000)
    page.goto("/images/")
    page.locator("#image").set_input_files(file)
    names_five_labels(page, "espresso")
    previewed(page)


def test_a_dropped_photo_is_shown_and_named(page, coffee):
    page.goto("/images/")
    page.evaluate(DROP, [coffee.name, "image/png", base64.b64encode(coffee.read_bytes()).decode()])
    names_five_labels(page, "espresso")
    previewed(page)


def test_a_photo_is_named_without_javascript(page_without_script, coffee):
    page = page_without_script
    page.goto("/images/")
    page.locator("#image").set_input_files(coffee)
    page.get_by_role("button", name="Name it").click()
    names_five_labels(page, "espresso")


def test_no_photo_is_refused_beside_the_field_without_javascript(page_without_script):
    page = page_without_script
    page.goto("/images/")
    page.get_by_role("button", name="Name it").click()
    expect(page.locator("#image-error")).not_to_be_empty()
    expect(page.locator("#image")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_an_example_photo_is_named(open_context, script):
    page = open_context(java_script_enabled=script).new_page()
    page.goto("/images/")
    page.locator(".thumbnail").first.click()
    expect(page.locator("#result .labels li")).to_have_count(5)
    expect(page.locator("#result .photo svg.whole")).to_be_visible()


def test_what_is_no_photo_is_refused_before_it_is_sent(page, tmp_path):
    page.goto("/images/")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    notes = tmp_path / "notes.txt"
    notes.write_text("no photo")
    page.locator("#image").set_input_files(notes)
    expect(page.locator("#image-error")).to_contain_text("not a photo")
    expect(page.locator("#image")).to_have_attribute("aria-invalid", "true")
    assert "POST" not in sent


def test_a_photo_of_a_phone_without_a_type_is_refused_with_the_way_to_convert_it(page, tmp_path):
    page.goto("/images/")
    photo = tmp_path / "IMG_0001.HEIC"
    photo.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500))
    page.evaluate(DROP, [photo.name, "", base64.b64encode(photo.read_bytes()).decode()])
    expect(page.locator("#image-error")).to_contain_text("export it as JPEG")


def test_a_broken_photo_is_refused_beside_the_field(page, coffee, tmp_path):
    page.goto("/images/")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + coffee.read_bytes()[:2000])
    page.locator("#image").set_input_files(broken)
    expect(page.locator("#image-error")).not_to_be_empty()
    expect(page.locator("#image")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#result .labels")).to_have_count(0)


def test_the_keyboard_alone_chooses_a_photo(page, coffee):
    # Listening before the page opens: Chromium is told to hand its file chooser over without being waited for.
    page.on("filechooser", lambda chooser: chooser.set_files(coffee))
    page.goto("/images/")
    tab_to(page, "image")
    page.keyboard.press("Enter")
    names_five_labels(page, "espresso")


def test_the_keyboard_alone_chooses_an_example(page):
    page.goto("/images/")
    page.locator("#image").focus()
    tab_until(page, "document.activeElement.matches('.thumbnail')")
    page.keyboard.press("Enter")
    expect(page.locator("#result .labels li")).to_have_count(5)


def test_on_a_phone_the_page_goes_to_the_answer_and_back_to_what_was_wrong(open_context, coffee, tmp_path):
    phone = {"width": 390, "height": 844}
    page = open_context(viewport=phone).new_page()
    page.goto("/images/")
    page.locator("#image").set_input_files(coffee)
    names_five_labels(page, "espresso")
    expect(page.locator("#best")).to_be_in_viewport()
    empty = tmp_path / "empty.jpg"
    empty.touch()
    page.locator("#image").set_input_files(empty)
    expect(page.locator("#image-error")).to_be_in_viewport()
    expect(page.locator("#image-error")).to_contain_text("empty")
