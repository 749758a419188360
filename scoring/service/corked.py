"""Head and body of an answer in one write: two would be two packets, and two times waking the caller."""

import asyncio
from typing import Any

FINAL_HEAD = tuple(b"HTTP/1.1 %d" % kind for kind in (2, 3, 4, 5))


class CorkedTransport:
    """The transport that uvicorn writes to: it holds the head of an answer back until more is written, or `flush`."""

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held = b""

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(FINAL_HEAD):
            self._held = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
