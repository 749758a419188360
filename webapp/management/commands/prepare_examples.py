import importlib.util
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from PIL import Image, ImageOps

from webapp.images.examples import ALL, HEIGHT, WIDTH, Example, sheet

JPEG_QUALITY = 70


class Command(BaseCommand):
    help = "Copy the example photos out of the installed packages and make their thumbnails."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = [example for example in ALL if prepare(example)]
            lay_out(made)
        except OSError as error:
            raise CommandError(f"The example photos cannot be made: {error}") from error
        self.stdout.write(f"{len(made)} of {len(ALL)} example photos are ready.")


def prepare(example: Example) -> bool:
    """Copy the photo and make its thumbnail. False where its package is not installed."""
    source = _source(example)
    if source is None:
        return False
    example.photo.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source, formats=("JPEG", "PNG")) as photo:
        small = photo.convert("RGB")
    small.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _save(small, example.thumbnail)
    shutil.copyfile(source, example.photo)
    return True


def lay_out(examples: list[Example]) -> None:
    """All thumbnails on one sheet, each filling its place."""
    page = Image.new("RGB", (len(ALL) * WIDTH, HEIGHT))
    for example in examples:
        with Image.open(example.photo, formats=("JPEG", "PNG")) as photo:
            page.paste(ImageOps.fit(photo.convert("RGB"), (WIDTH, HEIGHT)), ((example.place - 1) * WIDTH, 0))
    sheet().parent.mkdir(parents=True, exist_ok=True)
    _save(page, sheet())


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)


def _source(example: Example) -> Path | None:
    spec = importlib.util.find_spec(example.package)
    if spec is None or spec.origin is None:
        return None
    source = Path(spec.origin).parent / example.file
    return source if source.is_file() else None
