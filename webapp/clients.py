"""The site's two scorers. One client for each address and process; every call has a deadline."""

from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Generic, TypeVar

from django.conf import settings

from scoring.client import ScoringClient, ScoringError
from scoring.contract.faq import Matches, Question
from scoring.contract.images import Labels, Predictions
from scoring.contract.receipt import Receipt
from webapp.problems import from_scoring

# The file, its type, how many labels, the request's id, and whether the scorer is to send a copy back.
Photo = tuple[bytes, str, int, str, bool]
Answer = TypeVar("Answer", Matches, Predictions)


@dataclass(frozen=True, slots=True)
class Timed(Generic[Answer]):
    """An answer, and what of the time (milliseconds) was not the scorer's: the site's own work and the network."""

    answer: Answer
    site_ms: float

    @property
    def total_ms(self) -> float:
        return self.site_ms + scorer_ms(self.answer.receipt)


def ask(question: Question, request_id: str, within_s: float | None = None) -> Timed[Matches]:
    """`within_s` is for who cannot wait as long as a visitor does. Raises ProblemError."""
    started = perf_counter()
    deadline_s = settings.QUESTION_DEADLINE_SECONDS if within_s is None else within_s
    try:
        answer = faq_scorer().match(question, deadline_s=deadline_s, request_id=request_id)
    except ScoringError as error:
        raise from_scoring(error, "scoring-faq") from error
    return _timed(answer, started)


def classify(photo: bytes, media_type: str, top: int, request_id: str, rendering: bool = False) -> Timed[Predictions]:
    """`rendering` as for the scorer. Raises ProblemError."""
    wanted = (photo, media_type, top, request_id, rendering)
    return classify_with(IMAGES, "", wanted, settings.IMAGE_DEADLINE_SECONDS)


def classify_with(
    service: str, version: str, photo: Photo, within_s: float, explained_class: str = ""
) -> Timed[Predictions]:
    """As `classify`, by one version of one of IMAGE_SERVICES; explained where a class is named. Raises ProblemError."""
    started, scorer = perf_counter(), IMAGE_SERVICES[service]()
    content, media_type, top, request_id, rendering = photo
    try:
        answer = scorer.predict(
            content, media_type, top, explain="auto" if explained_class else "", class_id=explained_class,
            rendering=rendering, version=version, deadline_s=within_s, request_id=request_id,
        )  # fmt: skip
    except ScoringError as error:
        raise from_scoring(error, service) from error
    return _timed(answer, started)


def image_labels() -> Labels:
    """Every class of the image model. Raises ProblemError."""
    try:
        return image_scorer().labels()
    except ScoringError as error:
        raise from_scoring(error, "scoring-images") from error


def faq_scorer() -> ScoringClient:
    return _client(settings.FAQ_URL, settings.SCORING_KEY)


def image_scorer() -> ScoringClient:
    return _client(settings.IMAGES_URL, settings.SCORING_KEY)


def other_image_scorer() -> ScoringClient:
    """The second model's, where SCOREDECK_IMAGES_OTHER_URL names one."""
    return _client(settings.IMAGES_OTHER_URL, settings.SCORING_KEY)


IMAGES, OTHER_IMAGES = "scoring-images", "scoring-images-other"
IMAGE_SERVICES = {IMAGES: image_scorer, OTHER_IMAGES: other_image_scorer}


@lru_cache(maxsize=8)
def _client(base_url: str, key: str) -> ScoringClient:
    return ScoringClient(base_url, key=key)


def scorer_ms(receipt: Receipt) -> float:
    return receipt.queue_ms + receipt.decode_ms + receipt.compute_ms


def _timed(answer: Answer, started: float) -> Timed[Answer]:
    elapsed_ms = (perf_counter() - started) * 1000
    return Timed(answer, max(0.0, elapsed_ms - scorer_ms(answer.receipt)))
