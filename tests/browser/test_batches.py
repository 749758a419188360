"""Many questions: a file in, progress, a table, a file out; with and without a script."""

import csv
import io

import pytest
from playwright.sync_api import expect

QUESTION = "how do I remove duplicates from an array"
COUNT = 120


@pytest.fixture(params=["with script", "without script"])
def any_page(request, open_context):
    return open_context(java_script_enabled=request.param == "with script").new_page()


def send(page, content):
    page.goto("/")
    page.get_by_role("link", name="Send a CSV file").click()
    page.get_by_label("CSV file").set_input_files(
        files=[{"name": "some.csv", "mimeType": "text/csv", "buffer": content.encode()}]
    )
    page.get_by_role("button", name="Send").click()


def test_a_file_of_questions_is_answered_and_comes_back(any_page):
    page = any_page
    send(page, "id,question\n" + "".join(f"{n},{QUESTION}\n" for n in range(COUNT)))
    page.wait_for_url("**/questions/*/")
    expect(page.get_by_text("All answered")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(f"{COUNT} of {COUNT} questions")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(100)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["row"], row["question"], row["answered"]) for row in rows] == [
        (str(n + 1), QUESTION, "yes") for n in range(COUNT)
    ]
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(COUNT - 100)
    page.get_by_role("button", name="Delete all of it now").click()
    expect(page.get_by_text("The file and its answers are deleted.")).to_be_visible()


def test_on_a_phone_each_score_stands_in_sight_below_its_question(open_context):
    page = open_context(viewport={"width": 390, "height": 844}).new_page()
    send(page, f"question\n{QUESTION}\n{'x' * 300}\n")
    expect(page.get_by_text("All answered")).to_be_visible(timeout=60_000)
    hidden = "(one) => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]"
    assert page.locator("#table").evaluate(hidden) == [0, 0]
    question, entry, score = (page.locator("tbody tr").first.locator("td").nth(n).bounding_box() for n in (1, 2, 3))
    assert question["x"] == entry["x"] == score["x"]
    assert question["y"] < entry["y"] < score["y"]


def test_a_file_that_cannot_be_used_is_said_beside_the_field(any_page):
    send(any_page, "question\n")
    expect(any_page.get_by_label("CSV file")).to_have_attribute("aria-invalid", "true")
    expect(any_page.get_by_role("alert")).to_contain_text("has no questions")
