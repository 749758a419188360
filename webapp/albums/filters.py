"""Which photos of an album to show. All of it stands in the address, so that it works without a script."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from webapp.albums.rows import Row

SURE = {
    "very-likely": _("very likely"),
    "likely": _("likely"),
    "guess": _("a guess"),
    "unlikely": _("unlikely"),
    "unknown": _("probably none of the known classes"),
    "unreadable": _("could not be named"),
    "waiting": _("not scored yet"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to filter by: `count` photos of the album have it."""

    value: str
    text: object
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """`label` is the id of a class, `sure` one of SURE; "" is all."""

    label: str = ""
    sure: str = ""

    @classmethod
    def asked(cls, query: QueryDict) -> "Filters":
        """What does not exist filters nothing out."""
        sure = query.get("sure", "")
        return cls(query.get("label", "")[:100], sure if sure in SURE else "")

    def __bool__(self) -> bool:
        return bool(self.label or self.sure)

    def fitting(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if self._has_label(row) and self.sure in ("", row.sure)]

    def query(self, **more: object) -> str:
        """For an address: these filters, and what else it says."""
        said = {"label": self.label, "sure": self.sure, **more}
        return urlencode({name: value for name, value in said.items() if value not in ("", None)})

    def labels(self, rows: list[Row]) -> list[Choice]:
        """The labels there are, the commonest first."""
        names = {row.claimed.id: row.claimed.label for row in rows if row.claimed}
        counts = Counter(row.claimed.id for row in rows if row.claimed and self.sure in ("", row.sure))
        if self.label in names:
            counts.setdefault(self.label, 0)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], names[pair[0]].casefold()))
        return [Choice(found, names[found], count, found == self.label) for found, count in ordered]

    def sures(self, rows: list[Row]) -> list[Choice]:
        """The degrees of confidence there are, the surest first."""
        counts = Counter(row.sure for row in rows if self._has_label(row))
        return [
            Choice(value, text, counts[value], value == self.sure)
            for value, text in SURE.items()
            if counts[value] or value == self.sure
        ]

    def _has_label(self, row: Row) -> bool:
        return not self.label or (row.claimed is not None and row.claimed.id == self.label)
