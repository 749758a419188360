"""Going on behind a request that asked for another protocol: an upgrade is not taken up (RFC 9110, 7.8)."""

from collections.abc import Sequence
from typing import Protocol

from httptools import HttpRequestParser

Headers = Sequence[tuple[bytes, bytes]]


class Parsed(Protocol):
    """What a parser calls."""

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


class Behind:
    """Passes on what a parser calls, but for the first head."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._is_behind = False
        self.on_body = parsed.on_body
        self.on_message_complete = parsed.on_message_complete

    def on_message_begin(self) -> None:
        if self._is_behind:
            self._parsed.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._is_behind:
            self._parsed.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_behind:
            self._parsed.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_behind:
            self._parsed.on_headers_complete()
        self._is_behind = True


def parser_behind(framing: Headers, parsed: Parsed) -> HttpRequestParser:
    """One that reads the body which `framing` says, where there is one, and the requests that follow. The parser that
    read the head would take all of it for the other protocol."""
    parser = HttpRequestParser(Behind(parsed) if framing else parsed)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    if framing:
        lines = b"".join(b"%b: %b\r\n" % header for header in framing)
        parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % lines)
    return parser
