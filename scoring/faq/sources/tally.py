"""What a reader counted on its way: rows, what was cleaned or left out, and the rows that cannot be used."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from scoring.faq.data import DataError

MOST_SAID = 20

Say = Callable[[str], None]


class Tally:
    """`say` gets one line for each of the first bad rows."""

    def __init__(self, say: Say, skip_bad: bool = False) -> None:
        self.counts: Counter[str] = Counter(rows_read=0, bad_rows=0, banners_removed=0)
        self._say = say
        self._skip_bad = skip_bad

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.counts[what] += number

    def bad(self, path: Path, line: int, reason: str) -> None:
        self.counts["bad_rows"] += 1
        if self.counts["bad_rows"] <= MOST_SAID:
            self._say(f"bad row: {path}, line {line}: {reason}")

    def settle(self) -> None:
        """Raises DataError where rows are bad and may not be skipped."""
        bad = self.counts["bad_rows"]
        if bad > MOST_SAID:
            self._say(f"… and {bad - MOST_SAID:,} more")
        rows = f"{bad:,} bad {'row' if bad == 1 else 'rows'}"
        if bad and not self._skip_bad:
            raise DataError(f"{rows} of {self.counts['rows_read']:,}. Mend them, or leave them out with --skip-bad.")
        if bad:
            self._say(f"{rows} left out")
