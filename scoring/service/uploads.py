"""Bodies on their way: so many at most that slow callers take neither the memory nor the places of others."""

import asyncio

from scoring.service.requests import Receive, read_body

MOST_AT_ONCE = 256
MOST_BYTES = 320 * 1024 * 1024


class Uploads:
    """Where all places are taken, the body that has been on its way for longest gives its up: whoever sends at a
    decent speed is done long before that."""

    def __init__(self) -> None:
        self._under_way: dict[asyncio.Timeout, None] = {}

    async def read(self, limit: asyncio.Timeout, receive: Receive, most_bytes: int) -> bytes:
        """The whole body. `limit` is that of the caller's block, and ends now where the place is needed.

        Raises ProblemError, ClientLeftError.
        """
        if len(self._under_way) >= min(MOST_AT_ONCE, MOST_BYTES // most_bytes):
            oldest = next(iter(self._under_way))
            del self._under_way[oldest]
            if not oldest.expired():
                oldest.reschedule(asyncio.get_running_loop().time())
        self._under_way[limit] = None
        try:
            return await read_body(receive, most_bytes)
        finally:
            self._under_way.pop(limit, None)
