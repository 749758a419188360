"""A load generator: so many connections, each with one request under way, for so many seconds.

`python -m bench.load HOST PORT PATH BODIES --connections 16 --seconds 5` prints one JSON object. BODIES is a file with
one body a line, or a folder of files with one body each; they are sent in turn. It writes bytes that were made
beforehand and reads no more of an answer than its length, so that it costs a fraction of what any server does.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time

import uvloop

LAST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Times are milliseconds. `failed` counts answers other than 200 and connections lost."""

    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    load_cpu: float


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one was answered, until it is told to stop."""

    def __init__(self, requests: Sequence[bytes], first: int) -> None:
        self._requests = cycle([*requests[first:], *requests[:first]])
        self._received = b""
        self._sent = 0.0
        self._stopping = False
        self.times: list[float] = []
        self.failed = 0
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not is_whole(self._received):
            return
        self.times.append(perf_counter() - self._sent)
        if not self._received.startswith(b"HTTP/1.1 200"):
            self.failed += 1
        self._received = b""
        if self._stopping:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._stopping:
            self.failed += 1
        if not self.over.done():
            self.over.set_result(None)

    def stop(self) -> None:
        self._stopping = True

    def _send(self) -> None:
        self._sent = perf_counter()
        self._transport.write(next(self._requests))


def is_whole(received: bytes) -> bool:
    """Whether these bytes hold one whole HTTP/1.1 answer."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        return received.endswith(b"\r\n0\r\n\r\n") or b"transfer-encoding" not in head
    return len(received) - end - 4 >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def as_request(host: str, port: int, path: str, headers: Sequence[str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def read_bodies(path: Path) -> list[bytes]:
    if path.is_dir():
        return [file.read_bytes() for file in sorted(path.iterdir())]
    return path.read_bytes().splitlines()


async def load(host: str, port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Measured:
    """Raises OSError where nobody listens."""
    loop = asyncio.get_running_loop()
    opened = []
    for number in range(connections):
        first = number * len(requests) // connections
        _, connection = await loop.create_connection(partial(Connection, requests, first), host, port)
        opened.append(connection)
    started, cpu = perf_counter(), process_time()
    await asyncio.sleep(seconds)
    took, cpu = perf_counter() - started, process_time() - cpu
    for connection in opened:
        connection.stop()
    times = sorted(time for connection in opened for time in connection.times)
    failed = sum(connection.failed for connection in opened)
    await asyncio.wait([connection.over for connection in opened], timeout=LAST_WAIT_S)
    return summed(times, failed, took, cpu / took)


def summed(times: Sequence[float], failed: int, took: float, load_cpu: float) -> Measured:
    """From the sorted times of the answers, in seconds."""
    if not times:
        return Measured(0, failed, 0.0, 0.0, 0.0, 0.0, round(load_cpu, 2))
    shares = (0.5, 0.95, 0.99)
    p50, p95, p99 = (round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 2) for share in shares)
    return Measured(len(times), failed, round(len(times) / took, 1), p50, p95, p99, round(load_cpu, 2))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--type", default="application/json")
    parser.add_argument("--header", action="append", default=[], metavar="NAME:VALUE")
    options = parser.parse_args()
    headers = [f"Content-Type: {options.type}", *options.header]
    bodies = read_bodies(options.bodies)
    requests = [as_request(options.host, options.port, options.path, headers, body) for body in bodies]
    measured = uvloop.run(load(options.host, options.port, requests, options.connections, options.seconds))
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
