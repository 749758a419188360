"""Static files, answered by the server's own loop: no thread, none of Django's middleware, one message a file."""

from collections.abc import Iterable
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from webapp.body_limits import App, Receive, Scope, Send
from webapp.headers import PERMISSIONS_POLICY, given_or_new

# Not `Range`, which may be ignored (RFC 9110, 14.2): the files are small, and WhiteNoise refuses some that it must not.
CONDITIONS = {
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
}


class StaticFirst:
    """ASGI: answers for static files and hands on every other request.

    WhiteNoise knows the files, their headers and conditions. Where only HTTPS is allowed, Django answers plain HTTP.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self._files = WhiteNoiseMiddleware()
        self._headers = _encoded(_for_every_file().items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._find(scope) if scope["type"] == "http" else None
        if file is None:
            await self.app(scope, receive, send)
            return
        answer = file.get_response(scope["method"], _conditions(scope))
        body = b""
        if answer.file is not None:
            with answer.file as opened:
                body = opened.read()
        headers = [*_encoded(answer.headers), *self._headers, (b"x-request-id", _request_id(scope))]
        await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _find(self, scope: Scope) -> Any:
        if settings.SECURE_SSL_REDIRECT and scope["scheme"] != "https":
            return None
        return self._files.find_file(scope["path"]) if settings.DEBUG else self._files.files.get(scope["path"])


def _for_every_file() -> dict[str, str]:
    found = {
        "Content-Security-Policy": build_policy(),
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if settings.SECURE_HSTS_SECONDS:
        found["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return found


def _request_id(scope: Scope) -> bytes:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given_or_new(given.decode("latin-1")).encode("ascii")


def _conditions(scope: Scope) -> dict[str, str]:
    return {CONDITIONS[name]: value.decode("latin-1") for name, value in scope["headers"] if name in CONDITIONS}


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
