"""The files of a large upload, one after another in one file on the disk: a thousand photos open no thousand files."""

import io
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SpoolUploadHandler(FileUploadHandler):
    """Comes after the handler that keeps small bodies in memory, and takes what that one leaves."""

    _spool: IO[bytes] | None = None
    _start = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._spool is None:
            self._spool = TemporaryFile()  # noqa: SIM115  closed with the request
        self._start = self._spool.seek(0, io.SEEK_END)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._spool is not None:
            self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        if self._spool is None:
            return None
        part = io.BufferedReader(_Part(self._spool, self._start, file_size))
        return UploadedFile(part, name=self.file_name, content_type=self.content_type, size=file_size)

    def upload_interrupted(self) -> None:
        if self._spool is not None:
            self._spool.close()


class _Part(io.RawIOBase):
    """One file's part of the spool. Django closes all parts together, when the request is over."""

    def __init__(self, spool: IO[bytes], start: int, size: int) -> None:
        self._spool = spool
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._spool.seek(self._start + self._at)
        found = self._spool.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("before the start of the file")
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        super().close()
        self._spool.close()
