"""The style sheet of a page."""

from functools import cache
from pathlib import Path
from typing import cast

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from webapp.static_files import SHEETS, CollectedStorage

register = template.Library()


@register.simple_tag(takes_context=True)
def styles(context: Context, sheet: str) -> SafeString:
    """A link, and on a first visit the text itself, so that the first paint waits for no further request.

    Who was here before has the cookie that a page with a form sets, and the file, which a first visit fetches after
    its paint. The policy lets the text through by the page's nonce.
    """
    urls = [(url,) for url in cast(CollectedStorage, staticfiles_storage).sheet_urls(sheet)]
    request = context.get("request")
    if request is None or settings.CSRF_COOKIE_NAME in request.COOKIES:
        return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', urls)
    later = format_html_join("", '\n  <link rel="prefetch" href="{}" as="style">', urls)
    return format_html('<style nonce="{}">\n{}</style>{}', context["csp_nonce"], _text(sheet), later)


@cache
def _text(sheet: str) -> SafeString:
    return mark_safe("".join(map(_read, SHEETS[sheet])))  # noqa: S308 - files of ours


def _read(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text(encoding="utf-8")
