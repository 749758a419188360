"""Static files: hashed, compressed and cached for ever once collected; served from their source folders before."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class CollectedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Needs no `collectstatic` in development and tests: without a manifest a file keeps its plain name."""

    def url(self, name: str | None, force: bool = False) -> str:
        if not self.hashed_files:
            return StaticFilesStorage.url(self, name)
        return str(super().url(name, force))
