import re

from playwright.sync_api import expect


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
