"""Notes what no page may do: write an error to the console, break the content policy, ask another host."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
"""
NO_HOST = ("data", "blob", "about")


@dataclass
class Watch:
    """What was seen; `expected` are parts of console lines that the test at hand brings about on purpose."""

    site: str
    faults: list[str] = field(default_factory=list)

    def message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not answered_4xx(message.text):
            self.faults.append(f"console {message.type} on {message.page.url if message.page else '?'}: {message.text}")

    def request(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme not in NO_HOST and f"{asked.scheme}://{asked.netloc}" != self.site:
            self.faults.append(f"asked another host: {request.url}")

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"script error on {page.url}: {error}"))


def answered_4xx(text: str) -> bool:
    """Chromium itself logs each answer of 4xx, which is right for a bad question or a page that is not there."""
    return text.startswith("Failed to load resource: the server responded with a status of 4")


def watched(context: BrowserContext, site: str) -> Watch:
    watch = Watch(site)
    context.add_init_script(LISTEN)
    context.on("console", watch.message)
    context.on("request", watch.request)
    context.on("page", watch.page)
    return watch
