import pytest
from playwright.sync_api import expect


def test_the_language_is_switched_to_spanish_and_back(page):
    page.goto("/images/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Qué hay en esta foto?")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/images/")


def test_the_browser_chooses_the_language_at_first(open_context):
    page = open_context(locale="es-MX").new_page()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="Preguntar", exact=True)).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/images/")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_theme_is_switched_and_kept(page):
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")
    light = background(page)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = background(page)
    page.goto("/images/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert (background(page), light != dark) == (light, True)


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_theme_follows_the_device_until_one_is_chosen(open_context, chosen):
    page = open_context(color_scheme=chosen).new_page()
    page.goto("/")
    as_device = background(page)
    page.get_by_role("button", name=chosen.capitalize()).click()
    expect(page.locator("html")).to_have_attribute("data-theme", chosen)
    assert background(page) == as_device


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")
