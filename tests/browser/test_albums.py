"""Many photos: files or a ZIP in, a live grid, filters, a table out; with and without a script."""

import csv
import io
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.photos import some_photos
from tests.browser.test_questions import tab_to, tab_until


@pytest.fixture(params=["with script", "without script"])
def any_page(request, open_context):
    return open_context(java_script_enabled=request.param == "with script").new_page()


@pytest.fixture
def notes_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no photo")
    return path


def send(page, files):
    page.goto("/images/")
    page.get_by_role("link", name="Send them together").click()
    page.locator("#photos").set_input_files(files)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/images/many/*/")


def named(page):
    expect(page.get_by_role("heading", name="All photos are done")).to_be_visible(timeout=60_000)


CLIPPED = """(select) => {
  const style = getComputedStyle(select);
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const paper = document.createElement("canvas").getContext("2d");
  paper.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const arrow = 16;
  return paper.measureText(select.selectedOptions[0].text).width > room - arrow;
}"""


def test_a_closed_filter_shows_all_of_its_words_on_a_phone(open_context):
    page = open_context(viewport={"width": 390, "height": 844}, locale="es-ES").new_page()
    page.goto("/images/many/")
    page.locator("#photos").set_input_files(some_photos()[:1])
    page.get_by_role("button", name="Enviar").click()
    page.wait_for_url("**/images/many/*/")
    filters = page.locator("#filters select")
    expect(filters.first).to_contain_text("Todas las etiquetas")
    assert [one.evaluate(CLIPPED) for one in filters.all()] == [False, False]


def test_photos_are_named_filtered_taken_as_a_table_and_deleted(any_page, notes_file):
    page = any_page
    send(page, [*some_photos(), notes_file])
    named(page)
    cells = page.locator("#grid .cell")
    expect(cells).to_have_count(5)
    expect(cells.nth(1)).to_contain_text("espresso")
    expect(cells.nth(4)).to_contain_text("not a photo")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [row["file"] for row in rows] == [*(path.name for path in some_photos()), "notes.txt"]
    assert (rows[1]["label_1"], rows[4]["error"]) == ("espresso", "image-unreadable")
    page.get_by_label("Label").select_option(label="espresso (1)")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(cells).to_have_count(1)
    assert "label=n07920052" in page.url
    page.get_by_role("link", name="Show all").click()
    expect(cells).to_have_count(5)
    page.get_by_role("button", name="Delete all of it now").click()
    expect(page.get_by_text("The photos and their labels are deleted.")).to_be_visible()


def test_a_zip_is_opened(any_page, tmp_path):
    path = tmp_path / "holiday.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(some_photos()[1], "cups/coffee.png")
        archive.writestr("__MACOSX/cups/._coffee.png", b"x")
    send(any_page, path)
    named(any_page)
    expect(any_page.get_by_role("heading", level=1)).to_have_text("holiday.zip")
    expect(any_page.locator("#grid .cell")).to_contain_text("cups/coffee.png")
    expect(any_page.get_by_text("1 hidden file was left out.")).to_be_visible()


def test_a_zip_among_photos_is_not_counted_as_one(page, tmp_path):
    path = tmp_path / "holiday.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(some_photos()[0], "cat.png")
    page.goto("/images/many/")
    chosen = page.locator("#chosen")
    for files, said in (
        ([path], "ZIP chosen: holiday.zip"),
        ([path, *some_photos()], "4 photos chosen. A ZIP is opened only where it comes alone."),
        ([path, some_photos()[0]], "1 photo chosen. A ZIP is opened only where it comes alone."),
        (some_photos()[:2], "2 photos chosen"),
    ):
        page.locator("#photos").set_input_files(files)
        expect(chosen).to_have_text(said)


def test_what_cannot_be_used_is_said_beside_the_field(any_page, notes_file):
    page = any_page
    page.goto("/images/many/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Choose photos or a ZIP first.")
    page.locator("#photos").set_input_files(notes_file)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not a photo that can be read.")
    expect(page.locator("#photos")).to_have_attribute("aria-invalid", "true")


def test_large_photos_are_made_smaller_before_they_are_sent(page, tmp_path):
    path = tmp_path / "large.jpg"
    with Image.open(some_photos()[1]) as photo:
        photo.convert("RGB").resize((3000, 2000)).save(path, "JPEG", quality=95)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    send(page, path)
    named(page)
    expect(page.locator("#grid .cell")).to_contain_text("espresso")
    assert path.stat().st_size > 500_000
    assert sum(request.sizes()["requestBodySize"] for request in sent) < 200_000


def test_photos_shown_live_are_loaded_once(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/photos/" in request.url else None)
    send(page, some_photos())
    named(page)
    expect(page.locator("#grid .cell").nth(1)).to_contain_text("espresso")
    assert len(set(asked)) == len(asked) == 4


def test_the_keyboard_alone_sends_and_filters(page):
    page.on("filechooser", lambda chooser: chooser.set_files(some_photos()[:2]))
    page.goto("/images/many/")
    tab_to(page, "photos")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_have_text("2 photos chosen")
    tab_until(page, "document.activeElement.matches('#send-photos button')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/many/*/")
    named(page)
    tab_to(page, "sure")
    page.keyboard.press("ArrowDown")
    tab_until(page, "document.activeElement.matches('#filters button')")
    page.keyboard.press("Enter")
    page.wait_for_url("**sure=*")
    expect(page.get_by_role("link", name="Show all")).to_be_visible()


def test_a_finished_album_is_announced(page):
    send(page, some_photos()[:1])
    expect(page.get_by_role("status").filter(has_text="All photos are done")).to_have_count(1, timeout=60_000)
