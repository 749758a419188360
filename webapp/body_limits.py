"""Request bodies: how large one may be, and how long it may take to arrive.

Django reads a whole body before any view runs, to the disk where it is large. So the limits stand in front of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from scoring.contract.limits import MAX_IMAGE_BYTES

PHOTO_PATHS = ("/images/", "/api/v1/images/")
BATCH_PATHS = ("/questions/",)
MAX_BATCH_BYTES = 10 * 1024 * 1024
FORM_OVERHEAD_BYTES = 64 * 1024
MAX_OTHER_BYTES = 1024 * 1024
BODY_SECONDS = 60.0
MARK = "scoredeck.body"

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def limit(path: str) -> int:
    """Bytes of body that are read for a path."""
    if path.startswith(PHOTO_PATHS):
        return MAX_IMAGE_BYTES + FORM_OVERHEAD_BYTES
    return MAX_BATCH_BYTES + FORM_OVERHEAD_BYTES if path.startswith(BATCH_PATHS) else MAX_OTHER_BYTES


class LimitBodies:
    """ASGI: reads the body, never more than its limit, and hands it on whole with its true length.

    A body that is refused is handed on empty and marked: `webapp.bodies` answers it in the words of its page.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, mark = await _bounded(scope, receive)
        if body is not None:
            await self.app(_with_length(scope, len(body), mark), _replay(body, receive), send)


async def _bounded(scope: Scope, receive: Receive) -> tuple[bytes | None, str]:
    most = limit(scope["path"])
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > most:
        return b"", "too-large"
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, most)
    except TimeoutError:
        return b"", "too-slow"


async def _read(receive: Receive, most: int) -> tuple[bytes | None, str]:
    """The body and its mark; None where the client went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, ""
        body += message.get("body", b"")
        if len(body) > most:
            return b"", "too-large"
        if not message.get("more_body", False):
            return bytes(body), ""


def _with_length(scope: Scope, length: int, mark: str) -> Scope:
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())], MARK: mark}


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        if waiting:
            return waiting.pop()
        # What follows a refused body is dropped: after its body an application listens for the disconnect alone.
        while (message := await receive())["type"] != "http.disconnect":
            pass
        return message

    return next_message
