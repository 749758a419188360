"""Real photos that come with installed packages."""

from importlib.util import find_spec
from pathlib import Path

NAMES = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png")


def some_photos() -> list[Path]:
    """A cat, a cup of espresso, a rocket, an astronaut."""
    return [Path(find_spec("skimage").origin).parent / "data" / name for name in NAMES]
