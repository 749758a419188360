"""FAQ entries as HTML. Their Markdown is data: raw HTML in it stays text, and what comes out is cleaned again."""

import html
import math
import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from scoring.contract.faq import Match, Matches, Word
from webapp.highlighting import CLASSES, highlighted
from webapp.templatetags.scores import percent

TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "span"}
ATTRIBUTES = {"a": {"href"}}
# A block of code may scroll sideways, and what scrolls must be reachable by keyboard.
CODE_BLOCK = {"pre": {"tabindex": "0"}}
NEAREST = 3
STRONGEST = 4
REMEMBERED = 4_096


def _highlight(code: str, language: str, attributes: str) -> str:
    return highlighted(code, language)


MARKDOWN = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).disable("image")


def presented(question: str, answer: Matches) -> dict[str, object]:
    """What the answer's template shows: the rows, the question with its marks, the words that decided."""
    rows = [_row(match) for match in answer.matches]
    words = answer.matches[0].words if answer.matches else ()
    shown_first = 1 if answer.answered else NEAREST
    return {
        "answer": answer,
        "best": rows[0] if rows else None,
        "nearest": rows[:shown_first],
        "others": rows[shown_first:],
        # Where nothing is decided, no word did.
        "marked": marked(question, words if answer.answered else ()),
        "words": words,
    }


def _row(match: Match) -> dict[str, object]:
    return {"question": line_html(match.question), "answer": answer_html(match.answer), "score": match.score}


@lru_cache(maxsize=REMEMBERED)
def answer_html(markdown: str) -> SafeString:
    return _clean(MARKDOWN.render(markdown))


@lru_cache(maxsize=REMEMBERED)
def line_html(markdown: str) -> SafeString:
    """One line, such as a question: emphasis and code only, no paragraph around it."""
    return _clean(MARKDOWN.renderInline(markdown), TAGS - {"a"})


def line_text(markdown: str) -> str:
    """The same line as plain text."""
    return html.unescape(strip_tags(line_html(markdown)))


def _clean(found: str, tags: set[str] = TAGS) -> SafeString:
    cleaned = nh3.clean(
        found,
        tags=tags,
        attributes=ATTRIBUTES if "a" in tags else {},
        url_schemes={"https", "http"},
        set_tag_attribute_values=CODE_BLOCK,
        allowed_classes={"span": set(CLASSES)},
    )
    return mark_safe(cleaned)  # noqa: S308 - cleaned by nh3 the line before


def marked(question: str, words: Sequence[Word]) -> SafeString:
    """The question, escaped, with the words that decided in <mark>: class w1 to w4 by weight, the share as title."""
    weights = {word.text.casefold(): word.weight for word in words if word.text and word.weight > 0}
    if not weights:
        return format_html("{}", question)
    strongest = max(weights.values())
    longest_first = sorted(weights, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first)
    pieces = re.split(f"({pattern})", question, flags=re.IGNORECASE)
    # Splitting at one group gives what lies between, and every second piece is a word that was found.
    shown = [_mark(piece, weights, strongest) if index % 2 else format_html("{}", piece)
             for index, piece in enumerate(pieces)]  # fmt: skip
    return mark_safe("".join(shown))  # noqa: S308 - format_html has escaped each piece


def _mark(piece: str, weights: dict[str, float], strongest: float) -> SafeString:
    weight = weights.get(piece.casefold(), 0.0)
    level = max(1, math.ceil(STRONGEST * weight / strongest))
    return format_html('<mark class="w{}" title="{}">{}</mark>', level, percent(weight), piece)
