"""Optional keys: the service knows their SHA-256 alone."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping

VARIABLE = "SCORER_API_KEY_SHA256"
HASH = re.compile(r"[0-9a-f]{64}")
SCHEME = b"bearer "
LONGEST_HEADER = 512


class KeyHashError(ValueError):
    """What should be the SHA-256 of a key is none."""


def hashes_from_environment() -> tuple[str, ...]:
    """Comma-separated, so that an old and a new key are good at once. Raises KeyHashError."""
    found = [part.strip().lower() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    if not all(HASH.fullmatch(part) for part in found):
        raise KeyHashError(f"{VARIABLE} must be the SHA-256 of a key, in hex; several are separated by commas.")
    return tuple(found)


class Keys:
    """Who may ask. Without hashes everybody may."""

    def __init__(self, hashes: tuple[str, ...]) -> None:
        self._hashes = tuple(bytes.fromhex(found) for found in hashes)

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def allow(self, headers: Mapping[bytes, bytes]) -> bool:
        if not self._hashes:
            return True
        sent = headers.get(b"authorization", b"")[:LONGEST_HEADER]
        if sent[: len(SCHEME)].lower() != SCHEME:
            return False
        digest = hashlib.sha256(sent[len(SCHEME) :].strip()).digest()
        # All are compared, each in constant time, so that the time tells nothing.
        return sum(hmac.compare_digest(digest, known) for known in self._hashes) > 0
