"""Static files: hashed, compressed and cached for ever once collected; served from their source folders before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Of which files a page's style sheet consists. Collected, it is one file: one request.
SHEETS = {
    "plain": ("base.css",),
    "faq": ("base.css", "answer.css", "faq.css"),
    "batches": ("base.css", "answer.css", "faq.css", "batches.css"),
    "images": ("base.css", "answer.css", "photos.css"),
    "albums": ("base.css", "photos.css", "batches.css"),
    "kept": ("base.css", "answer.css", "faq.css", "photos.css"),
    "reference": ("base.css", "reference.css"),
    "ops": ("base.css", "ops.css"),
}


class CollectedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Needs no `collectstatic` in development and tests: without a manifest a file keeps its plain name."""

    def url(self, name: str | None, force: bool = False) -> str:
        if not self.hashed_files:
            return StaticFilesStorage.url(self, name)
        return str(super().url(name, force))

    def sheet_urls(self, sheet: str) -> list[str]:
        names = (_whole(sheet),) if self.hashed_files else SHEETS[sheet]
        return [self.url(name) for name in names]

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        whole = {} if dry_run else {self._put_together(sheet): (self, _whole(sheet)) for sheet in SHEETS}
        return super().post_process({**paths, **whole}, dry_run=dry_run, **options)  # type: ignore[no-any-return]

    def _put_together(self, sheet: str) -> str:
        path = Path(self.path(_whole(sheet)))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(Path(self.path(name)).read_bytes() for name in SHEETS[sheet]))
        return _whole(sheet)


def _whole(sheet: str) -> str:
    return f"sheets/{sheet}.css"
