"""The model's own labels: asked for once a version, searched here."""

from time import monotonic

from django.conf import settings

from scoring.contract.images import Label, Labels
from webapp import clients

MOST_FOUND = 12
# While two versions are served, the labels of the one are good enough for an answer of the other; for so long.
LATEST_SECONDS = 60.0

_known: dict[tuple[str, str], Labels] = {}
_latest: dict[str, tuple[Labels, float]] = {}


def labels_of(version: str = "") -> tuple[Label, ...]:
    """Those of the model of this version where they are known, else of the one that answers. Raises ProblemError."""
    url = settings.IMAGES_URL
    if found := _known.get((url, version)):
        return found.labels
    latest, until = _latest.get(url, (None, 0.0))
    if latest is None or monotonic() > until:
        latest = clients.image_labels()
        _known.clear()
        _known[url, latest.version] = latest
        _latest[url] = (latest, monotonic() + LATEST_SECONDS)
    return latest.labels


def named(text: str, labels: tuple[Label, ...]) -> Label | None:
    """The label that is written like this, whatever its capitals."""
    wanted = _plain(text)
    return next((label for label in labels if _plain(label.label) == wanted), None)


def search(text: str, labels: tuple[Label, ...]) -> list[Label]:
    """Those that begin with the text, then those with a word that does, then those that contain it."""
    wanted = _plain(text)
    if not wanted:
        return []
    begins = [label for label in labels if _plain(label.label).startswith(wanted)]
    has_word = [label for label in labels if f" {wanted}" in _plain(label.label)]
    contains = [label for label in labels if wanted in _plain(label.label)]
    return list(dict.fromkeys([*begins, *has_word, *contains]))[:MOST_FOUND]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
