"""The same photo through two models at once, where two are served. One that fails leaves the other's answer."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from scoring.client import ScorerLate, ScoringError
from scoring.contract.images import Prediction, Predictions
from scoring.contract.problems import ProblemError
from webapp import clients, receipts
from webapp.images.forms import PhotoForm
from webapp.problems import from_scoring, message
from webapp.templatetags.scores import percent

NAME_SECONDS = 0.3
NAME_KEPT_SECONDS = 60.0
# How long a service that did not say its name is not asked again, so that no page waits for it again and again.
NAMELESS_SECONDS = 10.0
MUCH_SURER = 0.2
GRACE_SECONDS = 0.2

Outcome = clients.Timed[Predictions] | ProblemError

_asking = ThreadPoolExecutor(16, thread_name_prefix="compare")
_names: dict[str, tuple[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Side:
    """What one model answered; or `failure`, why it did not, in the visitor's words."""

    name: str
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


def is_offered() -> bool:
    return bool(settings.IMAGES_OTHER_URL)


def other_name() -> str:
    """The second model's own name; "" while its service does not say."""
    url = settings.IMAGES_OTHER_URL
    name, until = _names.get(url, ("", 0.0))
    if monotonic() < until:
        return name
    try:
        name, kept = clients.other_image_scorer().labels(NAME_SECONDS).model, NAME_KEPT_SECONDS
    except ScoringError:
        name, kept = "", NAMELESS_SECONDS
    _names[url] = (name, monotonic() + kept)
    return name


def compare(form: PhotoForm, top: int, request_id: str, rendering: bool) -> Comparison:
    """Both are asked at the same time and with the same deadline. Raises ProblemError where neither answers."""
    until = monotonic() + settings.IMAGE_DEADLINE_SECONDS
    waiting = _asking.submit(_ask, clients.OTHER_IMAGES, form, top, request_id, rendering, until)
    one = _ask("scoring-images", form, top, request_id, rendering, until)
    other = _result(waiting, until)
    if isinstance(one, ProblemError) and isinstance(other, ProblemError):
        raise one
    return Comparison((_side(one, _("The first model")), _side(other, other_name() or _("The second model"))))


def _ask(service: str, form: PhotoForm, top: int, request_id: str, rendering: bool, until: float) -> Outcome:
    within_s = until - monotonic()
    try:
        return clients.classify_with(service, form.photo, form.media_type, top, request_id, rendering, within_s)
    except ProblemError as error:
        return error


def _result(waiting: Future[Outcome], until: float) -> Outcome:
    """It holds the deadline itself once it runs; this is for one that still waits for a thread by then."""
    try:
        return waiting.result(timeout=max(0.0, until - monotonic()) + GRACE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        return from_scoring(ScorerLate("No thread was free."), clients.OTHER_IMAGES)


def _side(found: Outcome, name: str) -> Side:
    if isinstance(found, ProblemError):
        return Side(name, failure=message(found.problem))
    return Side(found.answer.receipt.model, found.answer, receipts.shown(found, ()))


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
