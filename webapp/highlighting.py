"""Code with its words in <span>s by what they are. Classes alone: the colours are the style sheet's."""

from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

CLASSES = frozenset(STANDARD_TYPES.values()) - {""}
LONGEST = 20_000
_SPANS = HtmlFormatter(nowrap=True)


def highlighted(code: str, language: str) -> SafeString:
    """HTML of the code; only escaped where the language is unknown or the code too long to be worth the time."""
    lexer = _lexer(language)
    if lexer is None or len(code) > LONGEST:
        return escape(code)
    return mark_safe(str(highlight(code, lexer, _SPANS)))  # noqa: S308 - the formatter escapes


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    """The lexer, or None."""
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
