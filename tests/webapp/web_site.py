"""Another site on the web, as a real server on loopback: some of its addresses are photos, the others are traps."""

import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from webapp.images.web.policy import Policy, is_public

NAME = "photos.example.org"
LOOPBACK = "127.0.0.1"
CHUNK = b"\xff\xd8\xff" + b"\0" * 65_533


@dataclass
class WebSite:
    """`asked` are the paths and the headers of every request that came."""

    port: int
    photo: bytes
    scheme: str = "http"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str) -> str:
        return f"{self.scheme}://{NAME}:{self.port}{path}"

    def policy(self, **changes: object) -> Policy:
        """The site's own one, for a web on which this server is one more public machine."""
        changes = {"resolve": found} | changes
        return Policy(ports=frozenset({80, 443, self.port}), allows=public_or_here, **changes)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def found(host: str) -> list[str]:
    """Every name is this server's; an address is itself."""
    return [host if host.replace(".", "").isdigit() else LOOPBACK]


def public_or_here(address: object) -> bool:
    return address == ip_address(LOOPBACK) or is_public(address)


@contextmanager
def running(photo: bytes, tls: ssl.SSLContext | None = None) -> Iterator[WebSite]:
    site = WebSite(0, photo, "https" if tls else "http")
    server = _Server((LOOPBACK, 0), _handler(site))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: socket.socket, client_address: object) -> None:
        """Who is cut off says nothing: that is what most of these addresses are for."""


def _handler(site: WebSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            site.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
            asked = urlsplit(self.path)
            self.close_connection = True
            ADDRESSES.get(asked.path, _not_found)(self, site, parse_qs(asked.query))

        def head(self, status: int = 200, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _photo(handler, site, query):
    handler.head(content_type="image/jpeg", content_length=str(len(site.photo)), set_cookie="seen=1")
    handler.wfile.write(site.photo)


def _as_it_says(handler, site, query):
    handler.head(content_type=query["type"][0], content_length=str(len(site.photo)))
    handler.wfile.write(site.photo)


def _no_photo_inside(handler, site, query):
    handler.head(content_type="image/jpeg", content_length="9")
    handler.wfile.write(b"<svg></sv")


def _moved(handler, site, query):
    handler.head(int(query.get("status", ["302"])[0]), location=query["to"][0], content_length="0")


def _hops(handler, site, query):
    left = int(query["left"][0])
    to = f"/hops?left={left - 1}" if left > 1 else "/photo.jpg"
    handler.head(302, location=to, content_length="0")


def _drip(handler, site, query):
    """Never silent for long, and never done."""
    handler.head(content_type="image/jpeg", content_length="1000000")
    while not site.over.wait(0.02):
        handler.wfile.write(b"\xff")


def _dripping_head(handler, site, query):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not site.over.wait(0.02):
        handler.wfile.write(b"x")


def _silent(handler, site, query):
    site.over.wait(30)


def _endless(handler, site, query):
    handler.head(content_type="image/jpeg")
    while not site.over.is_set():
        handler.wfile.write(CHUNK)


def _says_it_is_huge(handler, site, query):
    handler.head(content_type="image/jpeg", content_length=str(10**12))


def _bomb(handler, site, query):
    """A gigabyte of zeros in a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    handler.head(content_type="image/jpeg", content_encoding="gzip")
    for _ in range(1024):
        if site.over.is_set():
            return
        handler.wfile.write(packer.compress(bytes(1024 * 1024)))


def _half(handler, site, query):
    handler.head(content_type="image/jpeg", content_length=str(len(site.photo)))
    handler.wfile.write(site.photo[:10])


def _garbage(handler, site, query):
    handler.wfile.write(b"this is no HTTP\r\n\r\n")


def _not_found(handler, site, query):
    handler.head(404, content_type="image/jpeg", content_length="0")


ADDRESSES: dict[str, Callable[..., None]] = {
    "/photo.jpg": _photo,
    "/typed": _as_it_says,
    "/no-photo-inside": _no_photo_inside,
    "/moved": _moved,
    "/hops": _hops,
    "/drip": _drip,
    "/dripping-head": _dripping_head,
    "/silent": _silent,
    "/endless": _endless,
    "/huge": _says_it_is_huge,
    "/bomb": _bomb,
    "/half": _half,
    "/garbage": _garbage,
}
