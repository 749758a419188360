"""HTTP over connections that hold one deadline for the whole exchange.

The HTTP client library limits each read by itself, so that an answer that drips could take for ever.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

import httpcore2
import httpx2

CONNECT_TRIES_MORE = 1

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def deadline(until: float) -> Iterator[None]:
    """Within, no wait of a DeadlineTransport lasts beyond `until` (monotonic seconds)."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


class DeadlineTransport(httpx2.HTTPTransport):
    def __init__(self, limits: httpx2.Limits) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            retries=CONNECT_TRIES_MORE,
            network_backend=DeadlineBackend(),
        )


class DeadlineBackend(httpcore2.SyncBackend):
    """Opens connections that hold the deadline."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline, and that tells silence from half an answer."""

    def __init__(self, below: httpcore2.NetworkStream) -> None:
        self._below = below
        self._answered = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._below.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))
        if not data and not self._answered:
            raise httpcore2.ReadError("closed without an answer")
        self._answered = True
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._answered = False
        self._below.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._below.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._below.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._below.get_extra_info(info)


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    until = _until.get()
    if until is None:
        return timeout
    left = until - monotonic()
    if left <= 0:
        raise error("the deadline has passed")
    return left if timeout is None else min(left, timeout)
