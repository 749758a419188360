"""An album's results as CSV."""

from scoring.contract.limits import DEFAULT_TOP
from webapp import spreadsheets
from webapp.albums.models import Album
from webapp.albums.rows import Row, rows
from webapp.spreadsheets import harmless

COLUMNS = (
    *("row", "file"),
    *(f"{what}_{n}" for n in range(1, DEFAULT_TOP + 1) for what in ("label", "score")),
    *("known", "confidence", "error"),
)
WORDS = {True: "yes", False: "no", None: ""}


def csv_bytes(album: Album) -> bytes:
    return spreadsheets.csv_bytes(COLUMNS, map(_cells, rows(album)))


def _cells(row: Row) -> list[object]:
    labels: list[object] = [cell for found in row.labels for cell in (harmless(found.label), found.score)]
    empty = [""] * (2 * DEFAULT_TOP - len(labels))
    confidence = "" if row.confidence is None else row.confidence
    error = "not-scored" if row.sure == "waiting" else row.error
    return [row.number, harmless(row.name), *labels, *empty, WORDS[row.known], confidence, error]
