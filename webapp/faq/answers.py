"""FAQ entries as HTML. Their Markdown is data: raw HTML in it stays text, and what comes out is cleaned again."""

import re
from collections.abc import Iterable

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr"}
ATTRIBUTES = {"a": {"href"}}
# A block of code may scroll sideways, and what scrolls must be reachable by keyboard.
CODE_BLOCK = {"pre": {"tabindex": "0"}}


def answer_html(markdown: str) -> SafeString:
    return _clean(MARKDOWN.render(markdown))


def line_html(markdown: str) -> SafeString:
    """One line, such as a question: emphasis and code only, no paragraph around it."""
    return _clean(MARKDOWN.renderInline(markdown), TAGS - {"a"})


def _clean(html: str, tags: set[str] = TAGS) -> SafeString:
    attributes = ATTRIBUTES if "a" in tags else {}
    cleaned = nh3.clean(
        html, tags=tags, attributes=attributes, url_schemes={"https", "http"}, set_tag_attribute_values=CODE_BLOCK
    )
    return mark_safe(cleaned)  # noqa: S308 - cleaned by nh3 the line before


def marked(question: str, words: Iterable[str]) -> SafeString:
    """The question, escaped, with the given words in <mark>."""
    found = sorted({word for word in words if word}, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in found) or "(?!)"
    pieces = re.split(f"({pattern})", question, flags=re.IGNORECASE)
    # Splitting at one group gives what lies between, and every second piece is a word that was found.
    shown = [format_html("<mark>{}</mark>" if index % 2 else "{}", piece) for index, piece in enumerate(pieces)]
    return mark_safe("".join(shown))  # noqa: S308 - format_html has escaped each piece
