import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.results.paraphrases import FaqError, accepted, lines, merged


class Command(BaseCommand):
    help = (
        "Print the accepted votes as training paraphrases, one JSON object an entry: id, paraphrases. "
        "With --faq, print that FAQ with the paraphrases added, ready for `python -m scoring.faq train`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--faq", type=Path, help="an FAQ as JSONL, to which the paraphrases are added")
        parser.add_argument("--out", type=Path, help="a file to write; standard output without it")

    def handle(self, *args: Any, faq: Path | None, out: Path | None, **options: Any) -> None:
        found = accepted()
        try:
            written = list(merged(faq.read_text(encoding="utf-8").splitlines(), found) if faq else lines(found))
            text = "".join(f"{line}\n" for line in written)
            if out:
                out.write_text(text, encoding="utf-8")
        except (FaqError, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The paraphrases cannot be exported: {error}") from error
        if not out:
            self.stdout.write(text, ending="")
        count = sum(map(len, found.values()))
        sys.stderr.write(f"{count} paraphrases for {len(found)} entries\n")
