"""Failed sign-ins are counted in this process's memory: no cache server is needed to be slow to guess at."""

import hashlib

from django.core.cache.backends.locmem import LocMemCache

MOST_FAILURES = 10
WAIT_SECONDS = 15 * 60
_counts = LocMemCache("sign-in-failures", {"TIMEOUT": WAIT_SECONDS, "OPTIONS": {"MAX_ENTRIES": 20_000}})


def is_blocked(user_name: str, address: str) -> bool:
    """Whether this name, from this address, failed `MOST_FAILURES` times within `WAIT_SECONDS`."""
    return bool(_counts.get(_key(user_name, address), 0) >= MOST_FAILURES)


def note_failure(user_name: str, address: str) -> None:
    """Count one failure; the time runs from the first of them."""
    key = _key(user_name, address)
    if not _counts.add(key, 1):
        _counts.incr(key)


def forget(user_name: str, address: str) -> None:
    """A sign-in that worked clears the count."""
    _counts.delete(_key(user_name, address))


def _key(user_name: str, address: str) -> str:
    return hashlib.sha256(f"{address}\n{user_name.casefold()}".encode()).hexdigest()
