"""One end of an HTTP/1.1 connection: h11 for the framing, asyncio streams for the bytes."""

import asyncio
from contextlib import suppress

import h11

LOOPBACK = "127.0.0.1"
LARGEST_HEAD = 64 * 1024
CHUNK = 64 * 1024
WRITE_SECONDS = 60.0


class Peer:
    """`role` is our own: h11.SERVER towards a client, h11.CLIENT towards a pod."""

    def __init__(
        self, role: type[h11.CLIENT] | type[h11.SERVER], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._http = h11.Connection(role, max_incomplete_event_size=LARGEST_HEAD)
        self._reader = reader
        self._writer = writer

    @property
    def has_answered(self) -> bool:
        """Whether an answer to the present request has begun."""
        return self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE)

    @property
    def may_go_on(self) -> bool:
        """Whether this request is over on both sides and another may follow."""
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def next_cycle(self) -> None:
        self._http.start_next_cycle()

    async def receive(self, seconds: float) -> h11.Event | None:
        """The next event; None where the other side must wait for us.

        Raises TimeoutError, OSError, h11.RemoteProtocolError.
        """
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Event):
                return event
            if event is h11.PAUSED:
                return None
            async with asyncio.timeout(seconds):
                self._http.receive_data(await self._reader.read(CHUNK))

    async def send(self, event: h11.Event) -> None:
        """Raises OSError when the other side is gone, TimeoutError when it does not read."""
        self._writer.write(self._http.send(event) or b"")
        async with asyncio.timeout(WRITE_SECONDS):
            await self._writer.drain()

    async def try_send(self, event: h11.Event) -> bool:
        """Send; False when the other side has stopped reading."""
        if self._writer.is_closing() or self._reader.at_eof():
            return False
        try:
            await self.send(event)
        except (OSError, h11.LocalProtocolError):
            return False
        return True

    async def invite_body(self) -> None:
        """Tell a client that asked (`Expect: 100-continue`) to go on."""
        if self._http.they_are_waiting_for_100_continue:
            await self.send(h11.InformationalResponse(status_code=100, headers=[]))

    async def drop_rest(self, seconds: float) -> None:
        """Read what is still sent, so that closing does not reset the connection before our answer is read."""
        with suppress(TimeoutError, OSError):
            self._writer.write_eof()
            async with asyncio.timeout(seconds):
                while await self._reader.read(CHUNK):
                    continue

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()


async def connected(port: int, seconds: float) -> Peer:
    """Connect to a pod. Raises OSError, TimeoutError."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    return Peer(h11.CLIENT, reader, writer)
