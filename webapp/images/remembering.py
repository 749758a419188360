"""Answers for identical photos: a small cache in Redis. Without Redis each photo is asked about again.

Direct-mapped: a photo's fingerprint names one of SLOTS keys, and a new answer takes the place of the one there. So it
never grows beyond some 10 MB, whatever is sent. The fingerprint is keyed: who reads Redis cannot tell which photo it
was.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from hmac import new as hmac
from time import monotonic, perf_counter

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from scoring.contract.images import Predictions
from scoring.contract.reading import ContractError
from webapp import clients

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


def classify(
    photo: bytes,
    media_type: str,
    top: int,
    request_id: str,
    fresh: bool = False,
    rendering: bool = False,
) -> tuple[clients.Timed[Predictions], bool]:
    """The answer, and whether it was remembered. `fresh` asks the scorer in any case. Raises ProblemError."""
    started = perf_counter()
    if not settings.PHOTO_CACHE or rendering:
        return clients.classify(photo, media_type, top, request_id, rendering), False
    fingerprint = _fingerprint(photo, top)
    known = None if fresh else _recall(fingerprint)
    if known is not None:
        return clients.Timed(known, (perf_counter() - started) * 1000), True
    timed = clients.classify(photo, media_type, top, request_id)
    _remember(fingerprint, timed.answer)
    return timed, False


def _fingerprint(photo: bytes, top: int) -> str:
    key = f"{PREFIX}{settings.SECRET_KEY}".encode()
    return hmac(key, b"%d:" % top + photo, sha256).hexdigest()


def _recall(fingerprint: str) -> Predictions | None:
    """What the model that answered last said of this photo, with the times of this request: none at the scorer."""
    found = _ask(lambda redis: redis.mget(VERSION, _slot(fingerprint)))
    if not isinstance(found, list) or None in found:
        return None
    version, entry = found
    try:
        read = json.loads(entry)
        if read["fingerprint"] != fingerprint or read["version"] != version.decode():
            return None
        answer = Predictions.from_json(read["answer"])
    except (ValueError, KeyError, TypeError, ContractError):
        return None
    return replace(answer, receipt=replace(answer.receipt, queue_ms=0.0, decode_ms=0.0, compute_ms=0.0))


def _remember(fingerprint: str, answer: Predictions) -> None:
    version = f"{answer.receipt.model} {answer.receipt.version}"
    entry = json.dumps({"fingerprint": fingerprint, "version": version, "answer": answer.to_json()})

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
