"""Reads an address of the web, and finds the machines behind its name, each of which must be a public one."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic

import httpx2

from scoring.contract.problems import ProblemError
from webapp.images.web.policy import Policy
from webapp.images.web.refusals import refused

LONGEST = 2_000
PORTS = {"http": 80, "https": 443}
UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
# The last label begins with a letter: 127.1, 0x7f.1 and 2130706433 are ways to write a number, and no names.
NAME = re.compile(rf"(?=.{{1,253}}$)({LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")
DOTTED = re.compile(r"(\d{1,3}\.){3}\d{1,3}")
# Names that mean something within a network alone.
INNER = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "svc", "home.arpa", "arpa", "onion")
MOST_MACHINES = 4

# A name server that does not answer holds a thread until the system gives up; it never holds more than these.
_resolving = ThreadPoolExecutor(4, thread_name_prefix="resolve")


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name in lower case, or an address without brackets; `path` has the query, and no fragment."""

    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path.decode('ascii')}"


def read(address: str, policy: Policy) -> Target:
    """Raises ProblemError for all that is no address of the open web, as far as can be told without asking."""
    address = address.strip()
    if not address:
        raise refused("url-empty", "Send the address of a photo.")
    if len(address) > LONGEST or UNSEEN.search(address):
        raise _unreadable()
    authority = AUTHORITY.match(address)
    url = _url(address)
    if authority is None or url.scheme not in PORTS:
        raise refused("url-scheme", "Only addresses that begin with http:// or https:// are read.")
    if "@" in authority[1]:
        raise refused("url-user", "An address with a user name is not read.")
    if not authority[1].isascii():
        # A letter of another alphabet may look like one of these, and be none.
        raise refused("url-host", "Write the name of the site in ASCII, as a browser's address bar copies it.")
    port = PORTS[url.scheme] if url.port is None else url.port
    if port not in policy.ports:
        raise refused("url-port", "Only the ports 80 and 443 are asked.")
    return Target(url.scheme, _host(url.raw_host.decode("ascii")), port, url.raw_path)


def machines(target: Target, policy: Policy, until: float) -> list[str]:
    """The addresses behind the name, looked up once. Raises ProblemError where even one of them is not public."""
    asked = _resolving.submit(policy.resolve, target.host)
    try:
        found = asked.result(timeout=max(0.0, until - monotonic()))
        public = [policy.allows(ip_address(one)) for one in found]
    except TimeoutError as error:
        asked.cancel()
        raise late(policy) from error
    except (OSError, ValueError) as error:
        raise refused("url-unreachable", "There is no such site.") from error
    if not found:
        raise refused("url-unreachable", "There is no such site.")
    if not all(public):
        raise _not_public()
    return list(found[:MOST_MACHINES])


def late(policy: Policy) -> ProblemError:
    return refused("url-late", f"The other site did not send the photo within {policy.seconds:g} seconds.")


def _url(address: str) -> httpx2.URL:
    try:
        return httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise _unreadable() from error


def _host(host: str) -> str:
    """As it is, where it is a name or a number of the web."""
    if ":" in host or DOTTED.fullmatch(host):
        return _number(host)
    if not host:
        raise _unreadable()
    if "." not in host or host.endswith((".", *(f".{name}" for name in INNER))):
        raise _not_public()
    if not NAME.fullmatch(host):
        raise _unreadable()
    return host


def _number(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise _unreadable() from error


def _not_public() -> ProblemError:
    return refused("url-private", "This address is not on the public web.")


def _unreadable() -> ProblemError:
    return refused("url-unreadable", "This is no address on the web.")
