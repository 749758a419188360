"""`make bench BENCH=paint`: how soon the pages of a visitor are painted and usable, in a real Chromium.

Opens the pages of the running `make demo` (SCOREDECK_URL, by default http://127.0.0.1:8000), each time as a first
visit, with an empty cache and no cookies in a browser that already runs, and then again from another page. The panel
has the operator's session (SCOREDECK_STATE, by default .state, holds the password), and is left out without one.
Painted is the first contentful paint; usable is when the page's scripts have run, so that all of it reacts. One line of
JSON says what of it is the browser's own. CHROMIUM names the browser.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Error, Page, StorageState, sync_playwright

from bench.environments import ROOT
from bench.page import demo_url

PAGES = ("/livez", "/", "/images/", "/images/many/", "/ops/")
PANEL, SIGN_IN = "/ops/", "/sign-in/"
LOADS = 15
WAIT_MS = 30_000
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage", "--disable-extensions")
BROWSERS = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
FOUND = """async () => {
  const paint = await new Promise((painted) => new PerformanceObserver((list) =>
    list.getEntriesByName("first-contentful-paint").forEach(painted)).observe({ type: "paint", buffered: true }));
  const [page] = performance.getEntriesByType("navigation");
  const others = performance.getEntriesByType("resource").filter((entry) => entry.name.startsWith("http"));
  return { answered: page.responseStart, painted: paint.startTime, usable: page.domContentLoadedEventEnd,
    requests: 1 + others.length,
    bytes: [page, ...others].reduce((sum, entry) => sum + entry.transferSize, 0) };
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds since the navigation began; requests, and bytes with their headers."""

    answered: float
    painted: float
    usable: float
    requests: int
    bytes: int


def show(say: Callable[[str], None]) -> None:
    url = demo_url()
    browser = next(filter(None, (shutil.which(name) for name in BROWSERS if name)), None)
    say(f"\nPages of {url} in Chromium, {LOADS} loads each: median, worst")
    if browser is None:
        say("not measured: no Chromium is installed (name one by CHROMIUM=).")
        return
    try:
        measured = measure(url, browser)
    except Error as error:
        say(f"not measured: {error.message.splitlines()[0]}. Start `make demo` beside it.")
        return
    for path, visits in measured.items():
        first, again = zip(*visits, strict=True)
        say(line(path, "first visit", first))
        say(line(path, "again", again))


def measure(
    url: str, browser: str, pages: Sequence[str] = PAGES, loads: int = LOADS
) -> dict[str, list[tuple[Load, Load]]]:
    """First visits of each page, each with the second one after it. The very first only warms the site."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        session = _session(chromium, url) if PANEL in pages else None
        found = {
            path: [_visit(chromium, url, path, session) for _ in range(loads + 1)][1:]
            for path in pages
            if path != PANEL or session
        }
        chromium.close()
    return found


def _session(chromium: Browser, url: str) -> StorageState | None:
    """The cookie of a signed-in operator and no other, so that the panel too is visited for the first time."""
    kept = Path(os.environ.get("SCOREDECK_STATE", ROOT / ".state"), "operator.txt")
    if not kept.exists():
        return None
    name, password = kept.read_text(encoding="utf-8").split()
    with chromium.new_context(base_url=url) as context:
        page = context.new_page()
        page.goto(SIGN_IN)
        page.locator("#id_username").fill(name)
        page.locator("#id_password").fill(password)
        page.locator("main form button").click()
        page.wait_for_url(f"**{PANEL}")
        cookies = context.storage_state()["cookies"]
    return {"cookies": [cookie for cookie in cookies if cookie["name"] == "sessionid"], "origins": []}


def _visit(chromium: Browser, url: str, path: str, session: StorageState | None) -> tuple[Load, Load]:
    with chromium.new_context(base_url=url, storage_state=session if path == PANEL else None) as context:
        page = context.new_page()
        first = _load(page, path)
        page.goto("/livez")
        return first, _load(page, path)


def _load(page: Page, path: str) -> Load:
    page.goto(path, wait_until="load", timeout=WAIT_MS)
    return Load(**page.evaluate(FOUND))


def line(path: str, visit: str, loads: Sequence[Load]) -> str:
    answered, painted, usable = (
        f"{median(times):.0f}, {max(times):.0f} ms"
        for times in zip(*((load.answered, load.painted, load.usable) for load in loads), strict=True)
    )
    size = f"{loads[0].requests} requests, {loads[0].bytes / 1000:.0f} kB"
    return f"{path:14} {visit:12} answered {answered}; painted {painted}; usable {usable}; {size}"
