"""Example photos: real ones that `manage.py prepare_examples` copies out of installed packages."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Of a thumbnail, and of one's place on the sheet of them all, which is one request instead of six.
WIDTH, HEIGHT = 240, 180


@dataclass(frozen=True, slots=True)
class Example:
    """`file` lies in the top-level `package`, which is looked up and never imported."""

    name: str
    alt: Promise | str
    package: str
    file: str

    @property
    def photo(self) -> Path:
        return _folder() / f"{self.name}.original{Path(self.file).suffix}"

    @property
    def thumbnail(self) -> Path:
        return _folder() / f"{self.name}.jpg"

    @property
    def place(self) -> int:
        """On the sheet, from 1."""
        return ALL.index(self) + 1


ALL = (
    Example("chelsea", _("A cat"), "skimage", "data/chelsea.png"),
    Example("coffee", _("A cup of coffee"), "skimage", "data/coffee.png"),
    Example("rocket", _("A rocket on its pad"), "skimage", "data/rocket.jpg"),
    Example("flower", _("A flower"), "sklearn", "datasets/images/flower.jpg"),
    Example("china", _("A temple"), "sklearn", "datasets/images/china.jpg"),
    Example("astronaut", _("An astronaut"), "skimage", "data/astronaut.png"),
)


def _folder() -> Path:
    return Path(settings.STATE_DIR) / "examples"


def sheet() -> Path:
    """The thumbnails of ALL, side by side."""
    return _folder() / "all.jpg"


def available() -> list[Example]:
    if not sheet().is_file():
        return []
    return [example for example in ALL if example.photo.is_file() and example.thumbnail.is_file()]


def find(name: str) -> Example | None:
    return next((example for example in available() if example.name == name), None)
