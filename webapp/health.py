"""Is the process alive, can it serve, and what of the rest answers."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from webapp import clients

CHECK_SECONDS = 0.9
SOCKET_SECONDS = 0.5


def redis_answers() -> bool:
    # Celery and redis-py write a socket's address differently.
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    try:
        with Redis.from_url(url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "redis": redis_answers,
    "scoring-faq": lambda: clients.faq_scorer().ready(),
    "scoring-images": lambda: clients.image_scorer().ready(),
}
OTHER_CHECK: dict[str, Callable[[], bool]] = {"scoring-images-other": lambda: clients.other_image_scorer().ready()}
_threads = ThreadPoolExecutor(max_workers=4 * len(CHECKS), thread_name_prefix="readyz")


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all: restarting it would repair nothing else."""
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 only without the database. What else is down is named, and the pages that need it say so themselves."""
    deadline = monotonic() + CHECK_SECONDS
    checks = CHECKS | (OTHER_CHECK if settings.IMAGES_OTHER_URL else {})
    running = {name: _threads.submit(check) for name, check in checks.items()}
    states = {"database": _word(database_answers())}
    states |= {name: _word(_result(future, deadline)) for name, future in running.items()}
    status = HTTPStatus.OK if states["database"] == "up" else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": states["database"], **states}, status=status)


def _result(future: Future[bool], deadline: float) -> bool:
    """False where the check is not done by the deadline."""
    try:
        return future.result(timeout=max(0.0, deadline - monotonic()))
    except TimeoutError:
        future.cancel()
        return False


def _word(up: bool) -> str:
    return "up" if up else "down"


urlpatterns = [path("livez", livez, name="livez"), path("readyz", readyz, name="readyz")]
