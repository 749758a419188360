"""The same photo through two models at once, where two are served. One that fails leaves the other's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic

from django.conf import settings

from scoring.client import ScoringClient, ScoringError
from scoring.contract.images import Predictions
from scoring.contract.problems import ProblemError
from webapp import clients
from webapp.clients import Timed
from webapp.images.asking import at_once
from webapp.images.comparison import Comparison, of
from webapp.images.forms import PhotoForm

SAYING_SECONDS = 0.3
KNOWN_SECONDS = 60.0
# How long a service that did not say what it serves is not asked again, so that no page waits for it again and again.
UNKNOWN_SECONDS = 10.0
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


_known: dict[tuple[str, str], tuple[Served | None, float]] = {}


def second() -> Second | None:
    """Another network of its own service where there is one; or else the canary of the only one; None for neither."""
    if settings.IMAGES_OTHER_URL:
        return Second(clients.OTHER_IMAGES, "", _name_of_other())
    canary = _served(clients.image_scorer(), settings.IMAGES_URL, CANARY)
    return Second(clients.IMAGES, CANARY, canary.version) if canary else None


def _name_of_other() -> str:
    """With its version where both services have the same model; "" while it does not say."""
    other = _served(clients.other_image_scorer(), settings.IMAGES_OTHER_URL)
    if other is None:
        return ""
    first = _served(clients.image_scorer(), settings.IMAGES_URL)
    return f"{other.model} {other.version}" if first and first.model == other.model else other.model


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
    """Raises ProblemError where neither answers and it is the photo's fault."""
    photo = (form.photo, form.media_type, top, request_id, rendering)

    def asking(service: str, version: str) -> tuple[str, Callable[[float], Timed[Predictions]]]:
        return service, lambda within_s: clients.classify_with(service, version, photo, within_s)

    stable = asking(clients.IMAGES, STABLE if other.version else "")
    first, second = at_once(stable, asking(other.service, other.version))
    faults = [one for one in (first, second) if isinstance(one, ProblemError)]
    refusal = next((one for one in faults if one.problem.status < HTTPStatus.INTERNAL_SERVER_ERROR), None)
    if refusal and len(faults) == 2:
        raise refusal
    return of(first, second, bool(other.version), other.name)
