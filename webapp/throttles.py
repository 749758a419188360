"""How often one address may ask for what costs something. Counted in this process's memory: no server is needed."""

import hashlib
from dataclasses import dataclass

from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest

MOST_ADDRESSES = 20_000
_counts = LocMemCache("throttles", {"OPTIONS": {"MAX_ENTRIES": MOST_ADDRESSES}})


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `most` requests of one address in `seconds`, counted from the first of them."""

    name: str
    most: int
    seconds: int

    def allows(self, request: HttpRequest) -> bool:
        """Count this request, and say whether it is still within the limit."""
        key = self._key(request.META.get("REMOTE_ADDR", ""))
        if _counts.add(key, 1, timeout=self.seconds):
            return True
        try:
            return bool(_counts.incr(key) <= self.most)
        except ValueError:  # the time ended between the two
            return True

    def _key(self, address: str) -> str:
        return hashlib.sha256(f"{self.name}\n{address}".encode()).hexdigest()
