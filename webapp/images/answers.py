"""An answer about a photo as its page shows it."""

from base64 import b64encode
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.urls import reverse

from scoring.contract.images import Explanation, Predictions
from scoring.contract.limits import DEFAULT_TOP
from webapp import receipts
from webapp.clients import Timed


@dataclass(frozen=True, slots=True)
class Seen:
    """The photo and the crop of it as attributes of an SVG: pixels in decimal digits, in every language."""

    width: str
    height: str
    crop: bool
    left: str = ""
    top: str = ""
    side: str = ""
    tall: str = ""


def presented(answer: Predictions, photo_address: str) -> dict[str, object]:
    """What the answer's template shows. `photo_address` is "" where a script of the page has the photo already."""
    return {
        "answer": answer,
        "best": answer.predictions[0] if answer.predictions else None,
        "photo_address": photo_address,
        "overlay_address": embedded("image/png", answer.explanation.overlay) if answer.explanation else "",
        "seen": seen(answer),
    }


def mapped(timed: Timed[Predictions], found: Explanation | None) -> Timed[Predictions]:
    """The same answer with where its model looked."""
    return replace(timed, answer=replace(timed.answer, explanation=found))


def seen(answer: Predictions) -> Seen:
    crop = answer.crop
    if crop is None:
        return Seen(str(answer.width), str(answer.height), crop=False)
    edges = (str(edge) for edge in (crop.left, crop.top, crop.width, crop.height))
    return Seen(str(answer.width), str(answer.height), True, *edges)


def sent_by(request: HttpRequest, media_type: str, name: str, top: int) -> tuple[receipts.Snippet, ...]:
    """The API request that a photo on the page stands for."""
    return receipts.file_snippets(request, api_path(top), media_type, name)


def api_path(top: int) -> str:
    """Where the API gives that many labels."""
    path = reverse("api-image-predictions")
    return path if top == DEFAULT_TOP else f"{path}?top={top:d}"


def embedded(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"
