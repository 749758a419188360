"""Answers for identical photos: a small cache in Redis. Without Redis each photo is asked about again.

Direct-mapped: a photo's fingerprint names one of SLOTS keys, and a new answer takes the place of the one there. So it
never grows beyond some 10 MB, whatever is sent. The fingerprint is keyed: who reads Redis cannot tell which photo it
was.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from hmac import new as hmac
from time import monotonic, time

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from scoring.contract.images import Predictions
from scoring.contract.reading import ContractError
from webapp import clients
from webapp.clients import Timed

SLOTS = 4096
KEPT_SECONDS = 3600
# The version that answered last; after a rollout, an older one's answers are given for no longer than this.
VERSION_SECONDS = 30
SOCKET_SECONDS = 0.2
# How long a Redis that failed is left alone, so that no visitor waits for it again and again.
REST_SECONDS = 5.0
PREFIX = "scoredeck:photo:"
VERSION = f"{PREFIX}version"

_rests_until: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """`age_s` is how many seconds ago the answer was given; None where it was given now."""

    timed: Timed[Predictions]
    age_s: int | None = None


def classify(
    photo: bytes, media_type: str, top: int, request_id: str, fresh: bool = False, rendering: bool = False
) -> Found:
    """What is remembered is the answer as it was given, with its times and its pod. `fresh` asks the scorer in any
    case. Raises ProblemError."""
    if not settings.PHOTO_CACHE or rendering:
        return Found(clients.classify(photo, media_type, top, request_id, rendering))
    fingerprint = _fingerprint(photo, top)
    known = None if fresh else _recall(fingerprint)
    if known is not None:
        return known
    timed = clients.classify(photo, media_type, top, request_id)
    _remember(fingerprint, timed)
    return Found(timed)


def _fingerprint(photo: bytes, top: int) -> str:
    key = f"{PREFIX}{settings.SECRET_KEY}".encode()
    return hmac(key, b"%d:" % top + photo, sha256).hexdigest()


def _recall(fingerprint: str) -> Found | None:
    """What the model that answered last said of this photo."""
    found = _ask(lambda redis: redis.mget(VERSION, _slot(fingerprint)))
    if not isinstance(found, list) or None in found:
        return None
    version, entry = found
    try:
        read = json.loads(entry)
        if read["fingerprint"] != fingerprint or read["version"] != version.decode():
            return None
        timed = Timed(Predictions.from_json(read["answer"]), float(read["site_ms"]))
        return Found(timed, max(0, int(time() - read["at"])))
    except (ValueError, KeyError, TypeError, ContractError):
        return None


def _remember(fingerprint: str, timed: Timed[Predictions]) -> None:
    version = f"{timed.answer.receipt.model} {timed.answer.receipt.version}"
    content = {"answer": timed.answer.to_json(), "site_ms": timed.site_ms, "at": time()}
    entry = json.dumps({"fingerprint": fingerprint, "version": version, **content})

    def write(redis: Redis) -> object:
        with redis.pipeline(transaction=False) as both:
            both.set(VERSION, version, ex=VERSION_SECONDS)
            both.set(_slot(fingerprint), entry, ex=KEPT_SECONDS)
            return both.execute()

    _ask(write)


def _slot(fingerprint: str) -> str:
    return f"{PREFIX}{int(fingerprint[:8], 16) % SLOTS}"


def _ask(question: Callable[[Redis], object]) -> object:
    """None where Redis does not answer."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    if monotonic() < _rests_until.get(url, 0.0):
        return None
    try:
        return question(_redis(url))
    except (RedisError, OSError):
        _rests_until[url] = monotonic() + REST_SECONDS
        return None


@lru_cache(maxsize=4)
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS, retry=Retry(NoBackoff(), 0)
    )
