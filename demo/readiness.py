"""Whether the demo can be used: the site answers and says that both scorers are up."""

import asyncio
import http.client
import json
from typing import Any

from demo.errors import DemoError
from demo.places import LOOPBACK

LIMIT_S = 120.0
PAUSE_S = 0.2
SCORERS = ("scoring-faq", "scoring-images")


async def wait_until_ready(port: int, limit_s: float = LIMIT_S) -> None:
    """Raises DemoError naming what is still missing after `limit_s` seconds."""
    missing = ["site"]
    try:
        async with asyncio.timeout(limit_s):
            while True:
                missing = await asyncio.to_thread(what_is_missing, port)
                if not missing:
                    return
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        names = " and ".join(missing)
        raise DemoError(f"Not ready after {limit_s:.0f} s: no answer from {names}.") from None


def what_is_missing(port: int) -> list[str]:
    """The names of what does not answer yet; empty when all is there."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        said = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return ["site"]
    finally:
        connection.close()
    return [name for name in SCORERS if _state(said, name) != "up"]


def _state(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None
