"""Fetches one photo from the web: the site's only door to it.

Connects to the machine that was checked and to no other, under the name that was asked for: Host, SNI and certificate
are the name's. No proxy, no cookie, nothing packed; one deadline for everything.
"""

import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from urllib.parse import unquote

import httpcore2
import httpx2

from scoring.contract.limits import IMAGE_TYPES, MAX_IMAGE_BYTES
from scoring.contract.problems import ProblemError
from scoring.deadline_transport import DeadlineBackend, deadline
from webapp.images.web.addresses import Target, late, machines, read
from webapp.images.web.policy import Policy
from webapp.images.web.refusals import refused

MOST_REDIRECTS = 2
MOST_AT_ONCE = 8
CONNECT_SECONDS = 2.0
MOVED = frozenset({301, 302, 303, 307, 308})
SANE_NAME = re.compile(r"[\w][\w.-]{0,79}")
HEADERS = [
    (b"accept", ", ".join(IMAGE_TYPES).encode()),
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"Scoredeck"),
    (b"connection", b"close"),
]

_places = BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`name` is the file's, as its address has it."""

    photo: bytes
    name: str


def fetch(address: str, policy: Policy) -> Fetched:
    """Raises ProblemError."""
    if not _places.acquire(blocking=False):
        raise refused("url-busy", "Too many photos are being fetched.", HTTPStatus.SERVICE_UNAVAILABLE)
    until = monotonic() + policy.seconds
    try:
        with deadline(until):
            return _followed(address, policy, until)
    except httpcore2.TimeoutException as error:
        raise late(policy) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        detail = f"The other site cannot be reached, or does not answer as agreed: {type(error).__name__}."
        raise refused("url-unreachable", detail) from error
    finally:
        _places.release()


def _followed(address: str, policy: Policy, until: float) -> Fetched:
    for _ in range(MOST_REDIRECTS + 1):
        target = read(address, policy)
        found = _get(target, policy, until)
        if isinstance(found, bytes):
            return Fetched(found, _name(target))
        address = found
    raise refused("url-redirects", f"The other site passes this address on more than {MOST_REDIRECTS} times.")


def _get(target: Target, policy: Policy, until: float) -> bytes | str:
    """The photo, or the address where it is said to be."""
    backend = _Checked(machines(target, policy, until))
    url = httpcore2.URL(scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path)
    headers = [(b"host", target.authority.encode()), *HEADERS]
    with httpcore2.ConnectionPool(policy.tls or _authorities(), network_backend=backend) as pool:  # noqa: SIM117
        with pool.stream("GET", url, headers=headers) as response:
            if response.status in MOVED:
                return _moved(target, response)
            _check(response)
            return _read(response, policy, until)


class _Checked(DeadlineBackend):
    """Connects to the first of the checked machines that answers, whatever the name means by now."""

    def __init__(self, addresses: list[str]) -> None:
        super().__init__()
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        for address in self._addresses[:-1]:
            try:
                return super().connect_tcp(address, port, CONNECT_SECONDS, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return super().connect_tcp(self._addresses[-1], port, timeout, local_address, socket_options)


def _moved(target: Target, response: httpcore2.Response) -> str:
    try:
        return str(httpx2.URL(target.url).join(_header(response, b"location")))
    except httpx2.InvalidURL as error:
        raise refused("url-unreadable", "The other site passes on to what is no address.") from error


def _check(response: httpcore2.Response) -> None:
    if response.status != HTTPStatus.OK:
        raise refused("url-status", f"The other site answers {response.status}.")
    if not _header(response, b"content-type").strip().lower().startswith("image/"):
        raise refused("url-no-photo", "What is at this address is no photo.")
    if _header(response, b"content-encoding").strip().lower() not in ("", "identity"):
        raise refused("url-packed", "The other site sends the photo packed, which nobody asked for.")
    length = _header(response, b"content-length")
    if length.isascii() and length.isdigit() and int(length[:20]) > MAX_IMAGE_BYTES:
        raise _too_large()


def _read(response: httpcore2.Response, policy: Policy, until: float) -> bytes:
    photo = bytearray()
    for chunk in response.iter_stream():
        photo += chunk
        if len(photo) > MAX_IMAGE_BYTES:
            raise _too_large()
        if monotonic() > until:
            raise late(policy)
    return bytes(photo)


def _header(response: httpcore2.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _too_large() -> ProblemError:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return refused("image-too-large", f"A photo may have up to {MAX_IMAGE_BYTES:,} bytes.", status)


def _name(target: Target) -> str:
    last = unquote(target.path.decode("ascii").partition("?")[0].rpartition("/")[2])
    return last if SANE_NAME.fullmatch(last) else "photo"


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
