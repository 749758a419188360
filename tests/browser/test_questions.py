from playwright.sync_api import expect

QUESTION = "how do I remove duplicates from an array"
ENTRY = "How do I remove duplicates from an array?"


def answer(page):
    return page.locator("#result").get_by_role("heading", level=2).first


def test_a_question_is_answered_without_a_reload(page):
    page.goto("/")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer(page)).to_have_text(ENTRY)
    expect(page.locator("#result .score .value").first).to_contain_text("%")
    assert (page.evaluate("window.sameDocument"), page.url.endswith("/")) == (True, True)


def test_a_question_is_answered_without_javascript(page_without_script):
    page = page_without_script
    page.goto("/")
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer(page)).to_have_text(ENTRY)
    expect(page.get_by_label("Your question")).to_have_value(QUESTION)
    page.get_by_text("How was this found?").click()
    expect(page.get_by_text("The words that decided")).to_be_visible()


def test_a_question_that_nothing_answers_is_told_so(page):
    page.goto("/")
    page.get_by_label("Your question").fill("how do I bake sourdough bread in a wood oven")
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("No good match")


def test_an_empty_question_is_refused_beside_the_field(page):
    page.goto("/")
    field = page.get_by_label("Your question")
    page.get_by_role("button", name="Ask", exact=True).click()
    error = page.locator("#question-error")
    expect(error).not_to_be_empty()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(error.inner_text())
    field.fill(QUESTION)
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text(ENTRY)
    expect(error).to_be_empty()
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_an_empty_question_is_refused_beside_the_field_without_javascript(page_without_script):
    page = page_without_script
    page.goto("/")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#question-error")).not_to_be_empty()
    expect(page.get_by_label("Your question")).to_have_attribute("aria-invalid", "true")


def test_an_example_question_fills_the_field_and_is_answered(page):
    page.goto("/")
    page.evaluate("window.sameDocument = true")
    example = page.locator(".chip").first
    asked = example.inner_text()
    example.click()
    expect(page.locator("#result q")).to_have_text(asked)
    expect(page.get_by_label("Your question")).to_have_value(asked)
    assert page.evaluate("window.sameDocument")


def test_the_keyboard_alone_asks_and_opens_the_receipt(page):
    page.goto("/")
    tab_to(page, "question")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text(ENTRY)
    receipt = page.locator("details.receipt")
    tab_until(page, "document.activeElement.matches('details.receipt > summary')")
    page.keyboard.press("Enter")
    expect(receipt).to_have_js_property("open", value=True)
    expect(page.get_by_text("The words that decided")).to_be_visible()


def tab_to(page, element_id):
    tab_until(page, f"document.activeElement.id === {element_id!r}")


def tab_until(page, condition):
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(condition):
            return
    raise AssertionError(f"not reached by Tab: {condition}")
