"""Answers without a known end: watches and followed logs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FLUSH_SECONDS = 2.0


class EndlessResponse(Response):
    """Sends parts as they come until they end, `seconds` have passed, the client leaves or the server closes.

    A client that reads slowly stops the source: nothing is buffered beyond the socket.
    """

    def __init__(
        self, parts: AsyncIterator[bytes], closing: asyncio.Event, seconds: float, media_type: str = "application/json"
    ) -> None:
        self.parts = parts
        self.closing = closing
        self.seconds = seconds
        self.background = None
        self.status_code = 200
        self.raw_headers = [(b"content-type", media_type.encode()), (b"cache-control", b"no-cache, private")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        pump = asyncio.create_task(self._pump(send))
        others = [asyncio.create_task(_left(receive)), asyncio.create_task(self._closed())]
        try:
            await asyncio.wait([pump, *others], timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled([pump, *others])
        if pump.done() and not pump.cancelled() and (error := pump.exception()):
            raise error
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), FLUSH_SECONDS)

    async def _pump(self, send: Send) -> None:
        async for part in self.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})

    async def _closed(self) -> None:
        await self.closing.wait()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
