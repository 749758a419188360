"""Serves the API over TLS, on the loopback interface only."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

DRAIN_SECONDS = 1.0
SHUTDOWN_SECONDS = 5
# A panel that asks now and then finds its connections open: five handshakes take longer than its requests.
KEEP_ALIVE_SECONDS = 60


async def serve(app: Starlette, host: str, port: int, cert: Path, key: Path) -> None:
    """Serve until cancelled. Raises OSError where the port is taken, ValueError for a host beyond loopback."""
    with listening(host, port) as listener:
        await serve_on(app, listener, cert, key)


def listening(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: a free one). Raises OSError, ValueError as `serve`."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the practice cluster listens on loopback addresses only, not on {host}")
    listener = socket.create_server((host, port), backlog=512)
    # Its connections inherit it. asyncio sets it only where a socket names its protocol, and without it the body of an
    # answer waits 40 ms until the client acknowledges the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def serve_on(app: Starlette, listener: socket.socket, cert: Path, key: Path) -> None:
    """As `serve`, on a socket that is bound already. When cancelled, watches end first, then connections close."""
    server = _Server(_config(app, cert, key))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        app.state.closing.set()
        server.should_exit = True
        await asyncio.wait([serving], timeout=DRAIN_SECONDS)
        _abort_connections(server)
        await serving


class _Server(uvicorn.Server):
    """Leaves the signals of the process to whoever runs the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _abort_connections(server: uvicorn.Server) -> None:
    """End what is still open: a client that keeps an idle connection need not answer the TLS goodbye."""
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _config(app: Starlette, cert: Path, key: Path) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ssl_certfile=cert,
        ssl_keyfile=key,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        headers=[("Server", "scoredeck-practice-cluster")],
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
