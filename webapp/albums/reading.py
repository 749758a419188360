"""An upload as the files in it: some photos, or one ZIP of them."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from scoring.contract.limits import MAX_IMAGE_BYTES
from webapp.albums.archive import Archive, is_archive
from webapp.albums.found import MOST_PHOTOS, TOO_MANY, Found, UnreadableError, found, refused
from webapp.albums.names import is_hidden, shown

MISSING = _("Choose photos or a ZIP first.")
NOTHING = _("There are no photos in it.")


class Upload(Protocol):
    """The files of an upload, read one at a time: `rows` of them, and `skipped` hidden ones that are left out."""

    rows: int
    skipped: int

    def __iter__(self) -> Iterator[Found]: ...


def read_upload(files: "Sequence[UploadedFile[bytes]]") -> Upload:
    """Raises UnreadableError for what cannot be used at all."""
    if not files:
        raise UnreadableError(MISSING)
    upload = Archive(files[0]) if len(files) == 1 and is_archive(files[0]) else Files(files)
    if not upload.rows:
        raise UnreadableError(NOTHING)
    return upload


def name_of(files: "Sequence[UploadedFile[bytes]]") -> str:
    """The file's name; "" where they are many."""
    return shown(files[0].name or "photos") if len(files) == 1 else ""


class Files:
    """Files that were chosen one by one. Raises UnreadableError."""

    def __init__(self, files: "Sequence[UploadedFile[bytes]]") -> None:
        self._wanted = [file for file in files if not is_hidden(file.name or "")]
        self.rows = len(self._wanted)
        self.skipped = len(files) - self.rows
        if self.rows > MOST_PHOTOS:
            raise UnreadableError(TOO_MANY)

    def __iter__(self) -> Iterator[Found]:
        return map(_read, self._wanted)


def _read(file: "UploadedFile[bytes]") -> Found:
    name = file.name or "photo"
    if (file.size or 0) > MAX_IMAGE_BYTES:
        return refused(name, "image-too-large")
    if is_archive(file):
        return refused(name, "zip-among-photos")
    return found(name, file.read())
