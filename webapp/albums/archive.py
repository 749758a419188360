"""A ZIP of photos, taken for hostile. What endangers the site refuses all of it; what is odd is left out with a reason.

Nothing is written anywhere under a name that stands in it.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from struct import error as StructError  # noqa: N812

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from scoring.contract.limits import MAX_IMAGE_BYTES
from webapp.albums.found import MOST_BYTES, MOST_PHOTOS, TOO_MANY, TOO_MUCH, Found, UnreadableError, found, refused
from webapp.albums.names import is_hidden, is_tricky

MOST_ENTRIES = 4_000
MOST_DIRECTORY_BYTES = 2 * 1024 * 1024
PIECE_BYTES = 64 * 1024
# A photo is packed already: a ZIP hardly makes it smaller. Small files are let be.
MOST_RATIO = 100
RATIO_FROM_BYTES = 256 * 1024
STARTS = (b"PK\x03\x04", b"PK\x05\x06")
ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".jar", ".cbz")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1 | 0x40

DAMAGED = _("This ZIP cannot be read. Pack the photos again, or choose them themselves.")
ENTRIES = _("This ZIP has too many files. Pack only the photos.")

_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    StructError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


class Archive:
    """`rows` files are to come out of it; `skipped` hidden ones are left out. Raises UnreadableError."""

    def __init__(self, file: "UploadedFile[bytes]") -> None:
        self._zip = _opened(file)
        files = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(self._zip.infolist()) > MOST_ENTRIES:
            raise UnreadableError(ENTRIES)
        self._wanted = [info for info in files if is_tricky(info.orig_filename) or not is_hidden(info.filename)]
        self.skipped = len(files) - len(self._wanted)
        self.rows = len(self._wanted)
        if self.rows > MOST_PHOTOS:
            raise UnreadableError(TOO_MANY)
        if sum(info.file_size for info in self._wanted if info.file_size <= MAX_IMAGE_BYTES) > MOST_BYTES:
            raise UnreadableError(TOO_MUCH)

    def __iter__(self) -> Iterator[Found]:
        names: set[str] = set()
        for info in self._wanted:
            key = info.filename.casefold()
            code = "zip-entry-twice" if key in names else _fault(info)
            names.add(key)
            yield refused(info.filename, code) if code else self._read(info)

    def _read(self, info: zipfile.ZipInfo) -> Found:
        pieces, size = [], 0
        try:
            with self._zip.open(info) as packed:
                while piece := packed.read(PIECE_BYTES):
                    pieces.append(piece)
                    size += len(piece)
                    if size > MAX_IMAGE_BYTES:
                        return refused(info.filename, "image-too-large")
        except _FAULTS:
            return refused(info.filename, "zip-entry-damaged")
        if pieces and pieces[0].startswith(STARTS):
            return refused(info.filename, "zip-in-zip")
        return found(info.filename, b"".join(pieces))


def is_archive(file: "UploadedFile[bytes]") -> bool:
    start = file.read(4)
    file.seek(0)
    return start in STARTS


def _opened(file: "UploadedFile[bytes]") -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_ShortReads(file))
    except _FAULTS as error:
        raise UnreadableError(DAMAGED) from error


def _fault(info: zipfile.ZipInfo) -> str:
    """What can be told to be wrong with an entry before it is unpacked."""
    mode = info.external_attr >> 16
    if is_tricky(info.orig_filename):
        return "zip-entry-path"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "zip-entry-link"
    if info.flag_bits & ENCRYPTED:
        return "zip-entry-encrypted"
    if info.filename.casefold().endswith(ARCHIVES):
        return "zip-in-zip"
    if info.compress_type not in METHODS:
        return "zip-entry-method"
    if info.file_size > MAX_IMAGE_BYTES:
        return "image-too-large"
    too_tight = info.file_size > RATIO_FROM_BYTES and info.file_size > MOST_RATIO * max(1, info.compress_size)
    return "zip-entry-bomb" if too_tight else ""


class _ShortReads:
    """The file for zipfile, which reads the whole table of contents at once, however long that says it is."""

    def __init__(self, file: "UploadedFile[bytes]") -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, or all that are left. Raises UnreadableError where that is more than a directory may have."""
        content = self._file.read(min(size, MOST_DIRECTORY_BYTES + 1) if size >= 0 else MOST_DIRECTORY_BYTES + 1)
        if max(size, len(content)) > MOST_DIRECTORY_BYTES:
            raise UnreadableError(ENTRIES)
        return bytes(content)
