"""The same photo through two models at once, where two are served. One that fails leaves the other's answer."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from scoring.client import ScorerLate, ScoringClient, ScoringError
from scoring.contract.images import Prediction, Predictions
from scoring.contract.problems import ProblemError
from webapp import clients, receipts
from webapp.images.forms import PhotoForm
from webapp.problems import from_scoring, message
from webapp.templatetags.scores import percent

SAYING_SECONDS = 0.3
KNOWN_SECONDS = 60.0
# How long a service that did not say what it serves is not asked again, so that no page waits for it again and again.
UNKNOWN_SECONDS = 10.0
GRACE_SECONDS = 0.2
MUCH_SURER = 0.2
STABLE, CANARY = "stable", "canary"

Outcome = clients.Timed[Predictions] | ProblemError


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


@dataclass(frozen=True, slots=True)
class Side:
    """What one model answered; or `failure`, why it did not, in the visitor's words. `name` is for a sentence."""

    name: str
    heading: str
    answer: Predictions | None = None
    shown: receipts.Shown | None = None
    failure: str = ""

    @property
    def best(self) -> Prediction | None:
        return self.answer.predictions[0] if self.answer and self.answer.predictions else None

    @property
    def knows(self) -> bool:
        return self.answer is not None and self.answer.known is not False


@dataclass(frozen=True, slots=True)
class Comparison:
    sides: tuple[Side, Side]

    @property
    def answers(self) -> list[Predictions]:
        return [side.answer for side in self.sides if side.answer is not None]

    @property
    def sentence(self) -> str:
        """What the two say, as HTML."""
        one, other = self.sides
        if one.best is None or other.best is None:
            only = other if one.best is None else one
            return format_html(_("Only {model} answered."), model=only.name)
        if one.knows != other.knows:
            return _one_knows(one, one.best, other) if one.knows else _one_knows(other, other.best, one)
        if not one.knows:
            return _("Both say that it is probably none of the things they know.")
        return _both_know(one, one.best, other, other.best)


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
    return Comparison(_versions(first, second) if other.version else _models(first, second, other.name))


def _versions(stable: Outcome, canary: Outcome) -> tuple[Side, Side]:
    return (
        _side(stable, _("the stable version"), _("Stable version")),
        _side(canary, _("the canary"), _("Canary")),
    )


def _models(first: Outcome, second: Outcome, second_name: str) -> tuple[Side, Side]:
    names = (_model(first, _("The first model")), _model(second, second_name or _("The second model")))
    return _side(first, names[0]), _side(second, names[1])


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


def _model(found: Outcome, unnamed: str) -> str:
    return unnamed if isinstance(found, ProblemError) else found.answer.receipt.model


def _side(found: Outcome, name: str, heading: str = "") -> Side:
    if isinstance(found, ProblemError):
        return Side(name, heading or name, failure=message(found.problem))
    return Side(name, heading or name, found.answer, receipts.shown(found, ()))


def _one_knows(knowing: Side, best: Prediction, other: Side) -> str:
    pattern = _("They differ: {one} says {label}, {other} that it is probably none of the things it knows.")
    return format_html(pattern, one=knowing.name, label=_label(best), other=other.name)


def _both_know(one: Side, first: Prediction, other: Side, second: Prediction) -> str:
    if first.label != second.label:
        pattern = _("They differ: {one} says {label}, {other} says {other_label}.")
        return format_html(pattern, one=one.name, label=_label(first), other=other.name, other_label=_label(second))
    if abs(first.score - second.score) < MUCH_SURER:
        return format_html(_("Both say {label}."), label=_label(first))
    surer, high, low = (one, first, second) if first.score > second.score else (other, second, first)
    pattern = _("Both say {label}; {model} is surer of it, with {high} against {low}.")
    shares = {"high": percent(high.score), "low": percent(low.score)}
    return format_html(pattern, label=_label(first), model=surer.name, **shares)


def _label(prediction: Prediction) -> str:
    return format_html('<q lang="en">{}</q>', prediction.label)
