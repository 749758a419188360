"""`make bench BENCH=paint`: how soon the pages of a visitor are painted and usable, in a real Chromium.

Opens the pages of the running `make demo` (SCOREDECK_URL, by default http://127.0.0.1:8000), each time as a first
visit, with a new profile and its empty cache, and then again from another page. Painted is the first contentful paint;
usable is when the page's scripts have run, so that all of it reacts. CHROMIUM names the browser.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Error, Page, sync_playwright

from bench.page import demo_url

PAGES = ("/", "/images/", "/images/many/")
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
        say(_line(path, "first visit", first))
        say(_line(path, "again", again))


def measure(url: str, browser: str) -> dict[str, list[tuple[Load, Load]]]:
    """First visits of each page, each with the second one after it. The very first only warms the site."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        found = {path: [_visit(chromium, url, path) for _ in range(LOADS + 1)][1:] for path in PAGES}
        chromium.close()
    return found


def _visit(chromium: Browser, url: str, path: str) -> tuple[Load, Load]:
    with chromium.new_context(base_url=url) as context:
        page = context.new_page()
        first = _load(page, path)
        page.goto("/livez")
        return first, _load(page, path)


def _load(page: Page, path: str) -> Load:
    page.goto(path, wait_until="load", timeout=WAIT_MS)
    return Load(**page.evaluate(FOUND))


def _line(path: str, visit: str, loads: Sequence[Load]) -> str:
    answered, painted, usable = (
        f"{median(times):.0f}, {max(times):.0f} ms"
        for times in zip(*((load.answered, load.painted, load.usable) for load in loads), strict=True)
    )
    size = f"{loads[0].requests} requests, {loads[0].bytes / 1000:.0f} kB"
    return f"{path:14} {visit:12} answered {answered}; painted {painted}; usable {usable}; {size}"
