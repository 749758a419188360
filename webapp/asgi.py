"""The site as an ASGI application."""

import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase

from webapp.body_limits import LimitBodies
from webapp.static_serving import StaticFirst


class OneThread(ASGIHandler):
    """Goes to a request's thread once, not once more for each middleware: there is no asynchronous view here."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup(set_prefix=False)
application = StaticFirst(LimitBodies(OneThread()))
