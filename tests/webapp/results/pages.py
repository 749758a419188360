"""What a browser takes from an answer's page to press its buttons."""

import html
import re


def sealed(page: str) -> str:
    """The answer as the page carries it."""
    return html.unescape(re.search(r'name="sealed" value="([^"]+)"', page)[1])


def ask(client, question="why undefined in a callback?"):
    return sealed(client.post("/", {"question": question}).text)
