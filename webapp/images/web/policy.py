"""What of the web may be asked for a photo. Off unless SCOREDECK_IMAGE_URLS is set."""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Sequence[str]]

# What Python 3.11 calls global, or some of its releases do, and what is not the public web.
NOT_THE_WEB_4 = (
    IPv4Network("168.63.129.16/32"),  # Azure's host: DNS, health and the keys of extensions
    IPv4Network("192.0.0.0/24"),  # protocol assignments, among them a metadata service
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("224.0.0.0/4"),  # multicast
)
NOT_THE_WEB_6 = (
    IPv6Network("2001::/23"),  # Teredo and other special purposes
    IPv6Network("2002::/16"),  # 6to4: any IPv4 address hides in it
    IPv6Network("3fff::/20"),  # documentation
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether this is a machine on the public web, and none of the site's own network or of its cloud."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in NOT_THE_WEB_4)
    if address.scope_id is not None:
        return False
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    # Mapped, compatible, site-local, unique local and link-local addresses and multicast all lie outside.
    inside = address in GLOBAL_UNICAST and address.is_global
    return inside and not any(address in network for network in NOT_THE_WEB_6)


def system_resolver(host: str) -> list[str]:
    """Every address of a host, as the system knows them; the host itself where it is one. Raises OSError.

    The dot at the end keeps the search domains of a cluster out: `redis.default` is no name on the web.
    """
    try:
        return [str(ip_address(host))]
    except ValueError:
        found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Policy:
    """`seconds` is for everything together, from the name to the last byte. `tls` is None for the usual authorities."""

    ports: frozenset[int] = frozenset({80, 443})
    allows: Callable[[Address], bool] = is_public
    resolve: Resolve = system_resolver
    seconds: float = 5.0
    tls: ssl.SSLContext | None = None
