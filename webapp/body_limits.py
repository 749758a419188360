"""Request bodies: how large one may be, and how long it may take to arrive.

Django reads a whole body before any view runs, to the disk where it is large. So the limits stand in front of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from scoring.contract.limits import MAX_IMAGE_BYTES

PHOTO_PATHS = ("/images/", "/api/v1/images/")
ALBUM_PATH = "/images/many/"
BATCH_PATHS = ("/questions/",)
MAX_ALBUM_BYTES = 200 * 1024 * 1024
MAX_BATCH_BYTES = 10 * 1024 * 1024
FORM_OVERHEAD_BYTES = 64 * 1024
ALBUM_OVERHEAD_BYTES = 1024 * 1024
MAX_OTHER_BYTES = 1024 * 1024
MAX_BYTES_IN_MEMORY = 11 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
MOST_LARGE_AT_ONCE = 4
BODY_SECONDS = 60.0
ALBUM_SECONDS = 600.0
MARK = "scoredeck.body"
GONE = "gone"

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def limit(path: str) -> int:
    """Bytes of body that are read for a path."""
    if path == ALBUM_PATH:
        return MAX_ALBUM_BYTES + ALBUM_OVERHEAD_BYTES
    if path.startswith(PHOTO_PATHS):
        return MAX_IMAGE_BYTES + FORM_OVERHEAD_BYTES
    return MAX_BATCH_BYTES + FORM_OVERHEAD_BYTES if path.startswith(BATCH_PATHS) else MAX_OTHER_BYTES


class LimitBodies:
    """ASGI: reads the body, never more than its limit, and hands it on whole with its true length.

    What is large lies on the disk meanwhile. A body that is refused is handed on empty and marked: `webapp.bodies`
    answers it in the words of its page.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == ALBUM_PATH and scope["method"] == "POST":
            await self._one_of_few(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    async def _one_of_few(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._large >= MOST_LARGE_AT_ONCE:
            await self.app(_with_length(scope, 0, "too-many"), _replay(BytesIO(), receive), send)
            return
        self._large += 1
        try:
            await self._bounded(scope, receive, send)
        finally:
            self._large -= 1

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        with SpooledTemporaryFile(max_size=MAX_BYTES_IN_MEMORY) as body:
            mark = await _fill(body, scope, receive)
            if mark == GONE:
                return
            if mark:
                body.seek(0)
                body.truncate()
            length = body.tell()
            body.seek(0)
            await self.app(_with_length(scope, length, mark), _replay(body, receive), send)


async def _fill(body: IO[bytes], scope: Scope, receive: Receive) -> str:
    """Read into `body`; returns its mark, "" where all is well."""
    most = limit(scope["path"])
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > most:
        return "too-large"
    try:
        async with asyncio.timeout(ALBUM_SECONDS if scope["path"] == ALBUM_PATH else BODY_SECONDS):
            return await _read(receive, most, body)
    except TimeoutError:
        return "too-slow"


async def _read(receive: Receive, most: int, body: IO[bytes]) -> str:
    left = most
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return GONE
        piece = message.get("body", b"")
        left -= len(piece)
        if left < 0:
            return "too-large"
        body.write(piece)
        if not message.get("more_body", False):
            return ""


def _with_length(scope: Scope, length: int, mark: str) -> Scope:
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())], MARK: mark}


def _replay(body: IO[bytes], receive: Receive) -> Receive:
    async def next_message() -> Message:
        if not body.closed:
            piece = body.read(PIECE_BYTES)
            more = len(piece) == PIECE_BYTES
            if not more:
                body.close()
            return {"type": "http.request", "body": piece, "more_body": more}
        # What follows a refused body is dropped: after its body an application listens for the disconnect alone.
        while (message := await receive())["type"] != "http.disconnect":
            pass
        return message

    return next_message
