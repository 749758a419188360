"""Whether the demo can be used: the site answers and says that both scorers are up."""

import asyncio
import http.client
import json
from http import HTTPStatus
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


async def wait_for_scorers(ports: dict[str, int], limit_s: float = LIMIT_S) -> None:
    """Raises DemoError naming the services that do not answer after `limit_s` seconds."""
    missing = list(ports)
    try:
        async with asyncio.timeout(limit_s):
            while missing:
                missing = [name for name in missing if not await asyncio.to_thread(is_ready, ports[name])]
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        raise DemoError(f"Not ready after {limit_s:.0f} s: no answer from {' and '.join(missing)}.") from None


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


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
