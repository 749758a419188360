"""The site as an ASGI application."""

import asyncio
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.test import override_settings
from django.utils.decorators import sync_and_async_middleware

from webapp.asgi import OneThread

MODES: list[bool] = []


@sync_and_async_middleware
def note_the_mode(get_response: Callable[[HttpRequest], HttpResponseBase]):
    MODES.append(asyncio.iscoroutinefunction(get_response))
    return get_response


def test_what_could_be_asynchronous_is_not_so_that_a_request_changes_threads_once(settings):
    MODES.clear()
    noting = f"{__name__}.note_the_mode"
    with override_settings(MIDDLEWARE=[noting, *settings.MIDDLEWARE, noting]):
        OneThread()
    assert MODES == [False, False]
