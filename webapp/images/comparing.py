"""The same photo through two models at once, where two are served. One that fails leaves the other's answer."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic

from django.conf import settings

from scoring.client import ScorerLate, ScoringClient, ScoringError
from scoring.contract.images import Predictions
from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.clients import Timed
from webapp.images.comparison import Comparison, Outcome, of
from webapp.images.explaining import explained
from webapp.images.forms import PhotoForm
from webapp.problems import from_scoring

SAYING_SECONDS = 0.3
KNOWN_SECONDS = 60.0
# How long a service that did not say what it serves is not asked again, so that no page waits for it again and again.
UNKNOWN_SECONDS = 10.0
GRACE_SECONDS = 0.2
STABLE, CANARY = "stable", "canary"


@dataclass(frozen=True, slots=True)
class Served:
    model: str
    version: str


@dataclass(frozen=True, slots=True)
class Second:
    """With what the first model can be compared. `version` is "" for another service's; `name` while it says none."""

    service: str
    version: str
    name: str


_asking = ThreadPoolExecutor(16, thread_name_prefix="compare")
_known: dict[tuple[str, str], tuple[Served | None, float]] = {}


def second() -> Second | None:
    """Another network of its own service where there is one; or else the canary of the only one; None for neither."""
    if settings.IMAGES_OTHER_URL:
        found = _served(clients.other_image_scorer(), settings.IMAGES_OTHER_URL)
        return Second(clients.OTHER_IMAGES, "", found.model if found else "")
    canary = _served(clients.image_scorer(), settings.IMAGES_URL, CANARY)
    return Second(clients.IMAGES, CANARY, canary.version) if canary else None


def _served(scorer: ScoringClient, url: str, version: str = "") -> Served | None:
    """What is served there, as it was said a moment ago. None where nothing is, or nobody says."""
    found, until = _known.get((url, version), (None, 0.0))
    if monotonic() < until:
        return found
    try:
        labels = scorer.labels(SAYING_SECONDS, version)
        found, kept = Served(labels.model, labels.version), KNOWN_SECONDS
    except ScoringError:
        found, kept = None, UNKNOWN_SECONDS
    _known[url, version] = (found, monotonic() + kept)
    return found


def compare(other: Second, form: PhotoForm, top: int, request_id: str, rendering: bool) -> Comparison:
    """Both are asked at the same time and with the same deadline. Raises ProblemError where neither answers."""
    until = monotonic() + settings.IMAGE_DEADLINE_SECONDS
    photo = (form.photo, form.media_type, top, request_id, rendering)
    waiting = _asking.submit(_ask, other.service, other.version, photo, until)
    first = _ask(clients.IMAGES, STABLE if other.version else "", photo, until)
    second = _result(waiting, other.service, until)
    if isinstance(first, ProblemError) and isinstance(second, ProblemError):
        raise first
    return of(first, second, bool(other.version), other.name)


def look(comparison: Comparison, photo: bytes, request_id: str) -> Comparison:
    """The same one, with where each of the two models looked for its best label. Raises ProblemError."""
    until = monotonic() + settings.IMAGE_DEADLINE_SECONDS
    asked = [
        _asking.submit(_explained, service, timed, photo, request_id, until)
        for service, timed in zip(_services(comparison.are_versions), comparison.timed, strict=True)
    ]
    try:
        first, second = (found.result(timeout=max(0.0, until - monotonic()) + GRACE_SECONDS) for found in asked)
    except TimeoutError as error:
        raise from_scoring(ScorerLate("No thread was free."), clients.IMAGES) from error
    return of(first, second, comparison.are_versions)


def _services(are_versions: bool) -> tuple[str, str]:
    return clients.IMAGES, clients.IMAGES if are_versions else clients.OTHER_IMAGES


def _explained(
    service: str, timed: Timed[Predictions], photo: bytes, request_id: str, until: float
) -> Timed[Predictions]:
    """Raises ProblemError."""
    version, best = timed.answer.receipt.version, timed.answer.predictions[0].id
    found = explained(service, version, photo, best, request_id, until - monotonic())
    return replace(timed, answer=replace(timed.answer, explanation=found))


def _ask(service: str, version: str, photo: clients.Photo, until: float) -> Outcome:
    try:
        return clients.classify_with(service, version, photo, until - monotonic())
    except ProblemError as error:
        return error


def _result(waiting: Future[Outcome], service: str, until: float) -> Outcome:
    """It holds the deadline itself once it runs; this is for one that still waits for a thread by then."""
    try:
        return waiting.result(timeout=max(0.0, until - monotonic()) + GRACE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        return from_scoring(ScorerLate("No thread was free."), service)
