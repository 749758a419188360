"""Failed sign-ins, counted in Redis for all processes of the site together, and in each process's own memory besides.

Where Redis does not answer, the own count alone decides, on purpose: an operator can still sign in to see what is
wrong, and guessing stays slow, at most ten times faster with ten processes. What Redis knows counts again afterwards.
"""

import hashlib
import logging

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

MOST_FAILURES = 10
WAIT_SECONDS = 15 * 60
SOCKET_SECONDS = 0.5
PREFIX = "scoredeck:sign-in-failures:"

log = logging.getLogger(__name__)


class Attempts:
    """Counts by name and address; the time runs from the first failure. `memory` names the process's own count."""

    def __init__(self, redis_url: str, memory: str = "sign-in-failures") -> None:
        self._own = LocMemCache(memory, {"TIMEOUT": WAIT_SECONDS, "OPTIONS": {"MAX_ENTRIES": 20_000}})
        self._shared = ConnectionPool.from_url(
            # Celery and redis-py write a socket's address differently.
            redis_url.replace("redis+socket://", "unix://"),
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
        )

    def is_blocked(self, user_name: str, address: str) -> bool:
        """Whether this name, from this address, failed `MOST_FAILURES` times within `WAIT_SECONDS`."""
        key = _key(user_name, address)
        if self._own.get(key, 0) >= MOST_FAILURES:
            return True
        try:
            with Redis(connection_pool=self._shared) as redis:
                return int(redis.get(PREFIX + key) or 0) >= MOST_FAILURES
        except (RedisError, OSError, ValueError) as away:
            _note(away)
            return False

    def note_failure(self, user_name: str, address: str) -> None:
        """Count one failure."""
        key = _key(user_name, address)
        if not self._own.add(key, 1):
            self._own.incr(key)
        try:
            with Redis(connection_pool=self._shared) as redis, redis.pipeline(transaction=True) as both:
                both.set(PREFIX + key, 0, ex=WAIT_SECONDS, nx=True)
                both.incr(PREFIX + key)
                both.execute()
        except (RedisError, OSError) as away:
            _note(away)

    def forget(self, user_name: str, address: str) -> None:
        """A sign-in that worked clears the count."""
        key = _key(user_name, address)
        self._own.delete(key)
        try:
            with Redis(connection_pool=self._shared) as redis:
                redis.delete(PREFIX + key)
        except (RedisError, OSError) as away:
            _note(away)


def _key(user_name: str, address: str) -> str:
    return hashlib.sha256(f"{address}\n{user_name.casefold()}".encode()).hexdigest()


def _note(away: Exception) -> None:
    log.warning("sign-in failures are counted by this process alone: %s", type(away).__name__)


attempts = Attempts(settings.REDIS_URL)
