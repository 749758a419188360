from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.results.corrections import INSIDE, LIST, OUTSIDE, export


class Command(BaseCommand):
    help = (
        f"Write the accepted corrections of labels into a new folder: {LIST}, and the photos in {INSIDE}/ (named by "
        f"their label) and {OUTSIDE}/ (none of the classes), as `python -m scoring.images calibrate` reads them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is new or empty")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            found = export(folder)
        except OSError as error:
            raise CommandError(f"The corrections cannot be exported: {error}") from error
        self.stderr.write(f"{found.rows} corrections, {found.inside} photos inside and {found.outside} outside")
        if found.unnamed:
            self.stderr.write(f"left out, since no file can be named by their label: {', '.join(found.unnamed)}")
