import re

import pytest
from playwright.sync_api import expect

MOST_TABS = 60
MOST_RELOADS = 120
RELOAD_MS = 500


def test_a_visitor_signs_in_where_the_panel_asks_for_it(page, site):
    name, password = site.operator
    page.goto("/ops/changes/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password + "x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/ops/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_panel_names_the_cluster_and_shows_its_parts(operator_page):
    page = operator_page
    page.goto("/ops/")
    expect(page.get_by_role("main")).to_contain_text("practice cluster")
    expect(service(page, "scoring-faq")).to_contain_text("1/1 ready")
    expect(service(page, "scoring-images")).to_contain_text("1/1 ready")
    expect(page.locator("article.node")).to_have_count(3)
    expect(page.locator("#table-pods tbody tr")).to_have_count(2)


def test_a_scaling_is_followed_without_a_reload_and_recorded(operator_page, site):
    page = operator_page
    page.goto("/ops/")
    try:
        scaled(page, 1, 2)
        expect(page.locator("#live table tbody tr")).to_have_count(2)
        page.goto("/ops/")
        expect(service(page, "scoring-faq")).to_contain_text("2/2 ready")
        page.goto("/ops/changes/")
        recorded(page, site.operator[0], "1 → 2")
    finally:
        page.goto("/ops/")
        scaled(page, 2, 1)
    page.goto("/ops/changes/")
    recorded(page, site.operator[0], "2 → 1")


def test_the_keyboard_alone_scales_also_without_javascript(open_context, signed_in):
    page = open_context(storage_state=signed_in, java_script_enabled=False).new_page()
    for before, after in ((1, 2), (2, 1)):
        page.goto("/ops/")
        tab_to(page, "Scale scoring-faq")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Replicas")).to_be_focused()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(str(after))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"scoring-faq: {before} → {after}")
        tab_to(page, f"Scale scoring-faq to {after}")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/ops/changes/\d+/"))
        for _ in range(MOST_RELOADS):
            if "done" in page.get_by_role("status").inner_text():
                break
            page.get_by_role("link", name="refresh").click()
            page.wait_for_timeout(RELOAD_MS)
        expect(page.get_by_role("status")).to_contain_text(f"{after}/{after} ready")


def test_a_log_opens_at_its_last_lines(operator_page):
    page = operator_page
    page.set_viewport_size({"width": 390, "height": 300})
    page.goto("/ops/")
    page.get_by_role("link", name=re.compile("^scoring-faq-")).first.click()
    log = page.locator(".log")
    last = log.evaluate("log => log.lastElementChild.getBoundingClientRect().bottom")
    assert last <= log.evaluate("log => log.getBoundingClientRect().bottom")


def tab_to(page, name):
    """Press Tab until what has that name has the focus."""
    wanted = page.get_by_role("main").locator(":focus").filter(has_text=re.compile(rf"^\s*{name}\s*$"))
    for _ in range(MOST_TABS):
        if wanted.count():
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not come to {name!r}")


def scaled(page, before, after):
    """Through the form and the sheet that confirms, to the page that follows until done without a reload."""
    page.get_by_role("link", name="Scale scoring-faq").click()
    page.get_by_label("Replicas").fill(str(after))
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"scoring-faq: {before} → {after}")
    page.get_by_role("button", name=f"Scale scoring-faq to {after}").click()
    page.wait_for_url(re.compile(r"/ops/changes/\d+/"))
    page.evaluate("window.sameDocument = true")
    expect(page.get_by_role("status")).to_contain_text("done", timeout=60_000)
    expect(page.get_by_role("status")).to_contain_text(f"{after}/{after} ready")
    assert page.evaluate("window.sameDocument")


def recorded(page, who, change):
    row = page.locator("#table-changes tbody tr").first
    for text in (who, "scoring-faq", change, "done"):
        expect(row).to_contain_text(text)


def service(page, name):
    return page.get_by_role("article", name=name)
