"""Suggestions while typing: a combobox for the keyboard, never an answer to what is no longer in the field."""

import random
import re

from playwright.sync_api import expect

ENTRY = "How do I remove duplicates from an array?"
QUESTION = "remove duplicates"


def field(page):
    return page.get_by_role("combobox", name="Your question")


def options(page):
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def typed(page, text, delay=20):
    page.goto("/")
    field(page).press_sequentially(text, delay=delay)


def test_suggestions_come_from_the_third_character_on(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/suggestions/" in request.url else None)
    typed(page, "re")
    page.wait_for_timeout(400)
    assert asked == []
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    field(page).press_sequentially("move duplicates", delay=20)
    expect(options(page).filter(has_text=ENTRY)).to_be_visible()
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status").filter(has_text="suggestion")).to_have_text(re.compile(r"^[1-5] suggestions?$"))
    assert len(asked) < len("remove duplicates") - 2, "not one request for each key"


def test_arrows_choose_and_enter_asks(page):
    typed(page, QUESTION)
    expect(options(page).first).to_be_visible()
    count = options(page).count()
    page.keyboard.press("ArrowDown")
    expect(field(page)).to_have_attribute("aria-activedescendant", "suggestions-1")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(field(page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("ArrowUp")
    expect(field(page)).to_have_attribute("aria-activedescendant", f"suggestions-{count}")
    chosen = options(page).last.inner_text()
    page.keyboard.press("Enter")
    expect(field(page)).to_have_value(chosen)
    expect(page.locator("#result q")).to_have_text(chosen)
    expect(options(page)).to_have_count(0)


def test_enter_without_a_choice_asks_what_was_typed(page):
    typed(page, QUESTION)
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#result q")).to_have_text(QUESTION)
    expect(field(page)).to_have_attribute("aria-expanded", "false")


def test_what_was_chosen_before_more_was_typed_is_not_asked(page):
    typed(page, QUESTION)
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.route("**/suggestions/", lambda route: None)
    field(page).press_sequentially(" in SQL")
    expect(field(page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Enter")
    expect(page.locator("#result q")).to_have_text(f"{QUESTION} in SQL")


def test_escape_closes_and_a_click_asks(page):
    typed(page, QUESTION)
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(field(page)).to_have_value(QUESTION)
    page.keyboard.press("ArrowDown")
    options(page).filter(has_text=ENTRY).click()
    expect(page.locator("#result q")).to_have_text(ENTRY)


def test_slash_goes_to_the_field(page):
    page.goto("/")
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    page.keyboard.type("a/b")
    expect(field(page)).to_have_value("a/b")


def test_leaving_the_field_closes_the_list(page):
    typed(page, QUESTION)
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Tab")
    expect(options(page)).to_have_count(0)


def test_answers_that_come_late_are_never_shown(page):
    """Thirty characters at 60 ms each, each answer delayed by up to 500 ms: the list is that of the final text."""
    delays = random.Random(5)
    shown = []

    def late(route):
        asked = re.search(r'name="question"\r\n\r\n(.*?)\r\n--', route.request.post_data, re.DOTALL)[1]
        page.wait_for_timeout(delays.randrange(500))
        body = f'{{"suggestions": [{{"text": "for {asked}", "html": "for {asked}"}}], "said": ""}}'
        route.fulfill(body=body, content_type="application/json")

    page.route("**/suggestions/", late)
    for text in ("why is this undefined in here", "how do I sort numbers rightly", "what does await really do now"):
        typed(page, text, delay=60)
        expect(options(page)).to_have_text([f"for {text}"])
        page.wait_for_timeout(700)
        expect(options(page)).to_have_text([f"for {text}"])
        shown.append(text)
    assert len(shown) == 3


def test_several_lines_make_it_a_text_area_without_suggestions(page):
    page.goto("/")
    field(page).press_sequentially("const a", delay=10)
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("= 1")
    area = page.get_by_label("Your question")
    expect(area).to_have_value("const a\n= 1")
    expect(area).to_have_js_property("tagName", "TEXTAREA")
    expect(options(page)).to_have_count(0)
    area.fill("")
    expect(field(page)).to_be_focused()


def test_code_that_is_pasted_keeps_its_lines(page):
    page.goto("/")
    field(page).focus()
    page.evaluate("""() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", "let x\\nlet y\\n");
        document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }""")
    expect(page.get_by_label("Your question")).to_have_value("let x\nlet y")


def test_a_site_that_suggests_nothing_still_answers(page):
    page.route("**/suggestions/", lambda route: route.fulfill(status=429))
    typed(page, "how do I remove duplicates from an array")
    page.wait_for_timeout(300)
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#best")).to_have_text(ENTRY)
