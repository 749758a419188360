"""Below an answer: vote, keep, leave, copy; with and without a script."""

import pytest
from playwright.sync_api import expect

ENTRY = "/?q=how+do+I+remove+duplicates+from+an+array"
NO_MATCH = "/?q=how+do+I+bake+sourdough+bread+in+a+wood+oven"


@pytest.fixture(params=["with script", "without script"])
def any_page(request, open_context):
    return open_context(java_script_enabled=request.param == "with script").new_page()


def test_a_vote_is_stored(any_page):
    any_page.goto(ENTRY)
    any_page.get_by_role("button", name="Yes").click()
    expect(any_page.get_by_text("Your vote is stored")).to_be_visible()


@pytest.mark.parametrize(("width", "locale"), [(1280, "en-GB"), (390, "es-ES")])
def test_both_votes_stand_in_one_line(open_context, width, locale):
    page = open_context(viewport={"width": width, "height": 844}, locale=locale, reduced_motion="reduce").new_page()
    page.goto(ENTRY)
    yes, no = page.locator('#vote button[value="helpful"]').bounding_box(), page.locator("#vote summary").bounding_box()
    assert (yes["y"], yes["height"]) == (no["y"], no["height"])


def test_a_wrong_answer_takes_a_reason(any_page):
    any_page.goto(ENTRY)
    any_page.locator(".wrong > summary").click()
    any_page.get_by_label("It is out of date").check()
    any_page.get_by_label("In your words, if you like").fill("use Set")
    any_page.get_by_role("button", name="Send").click()
    expect(any_page.get_by_text("Your vote is stored")).to_be_visible()


def test_a_question_without_an_answer_is_left_for_the_maintainers(any_page):
    any_page.goto(NO_MATCH)
    expect(any_page.locator(".best.none .other")).to_have_count(3)
    any_page.get_by_role("button", name="Leave the question").click()
    expect(any_page.get_by_text("Your question is with the maintainers")).to_be_visible()


def test_an_answer_is_kept_shown_to_another_and_deleted(any_page, open_context):
    any_page.goto(ENTRY)
    any_page.get_by_role("button", name="Keep this answer").click()
    any_page.wait_for_url("**/kept/*/")
    link = any_page.get_by_label("The link to this page").input_value()
    assert link == any_page.url
    other = open_context().new_page()
    other.goto(link)
    expect(other.locator("#best")).to_have_text("How do I remove duplicates from an array?")
    expect(other.get_by_role("button", name="Delete it now")).to_have_count(0)
    any_page.get_by_role("button", name="Delete it now").click()
    expect(any_page.get_by_text("The kept answer is deleted.")).to_be_visible()
    assert other.goto(link).status == 404


def test_a_request_is_copied_as_it_is_shown(open_context):
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(ENTRY)
    page.locator(".receipt > summary").click()
    for number, language in enumerate(("curl", "Python", "JavaScript"), start=1):
        if number > 1:
            page.locator(".snippet > summary", has_text=language).click()
        page.locator(f"[data-copy=request-{number}]").click()
        expect(page.locator(f"[data-copy=request-{number}]")).to_have_text("Copied")
        shown = page.locator(f"#request-{number}").text_content()
        assert page.evaluate("navigator.clipboard.readText()") == shown
        assert "/api/v1/faq/matches" in shown


def test_stronger_words_have_stronger_marks(page):
    page.goto(ENTRY)
    strongest = page.locator("#result q mark.w4").first
    expect(strongest).to_be_visible()
    thickness = "element => parseFloat(getComputedStyle(element).textDecorationThickness)"
    assert strongest.evaluate(thickness) > page.locator(".key mark.w1").evaluate(thickness)


def test_code_in_an_answer_is_coloured(page):
    page.goto(ENTRY)
    colour = "element => getComputedStyle(element).color"
    code = page.locator(".best .prose pre code")
    assert code.locator(".k, .kd").first.evaluate(colour) != code.evaluate(colour)
