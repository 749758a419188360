"""Download a file of weights: with progress, taken up again where it broke off, checked. Never while serving."""

import hashlib
import http.client
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from scoring.images.weights import WeightsError

_TIMEOUT_SECONDS = 30.0
_CHUNK = 1 << 18
_BAR = 30


def fetch(url: str, file: Path, *, md5: str = "", sha256: str = "") -> str:
    """Bring the file, and give its SHA-256. What came of a broken download stays as `.part` and is gone on with.

    Raises WeightsError: nobody answers, the download breaks off, or the file is not the published one.
    """
    if not file.exists():
        part = file.with_name(f"{file.name}.part")
        _download(url, part)
        _check(part, md5, sha256)
        part.replace(file)
    return _check(file, md5, sha256)


def _download(url: str, part: Path) -> None:
    if not url.startswith(("https://", "http://")):
        raise WeightsError(f"{url} is no web address.")
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  checked above
            _receive(answer, part, have if answer.status == http.client.PARTIAL_CONTENT else 0)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise WeightsError(f"{url} answers {error.code}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise WeightsError(f"The download of {url} broke off ({error}). Run the command again to go on.") from error


def _receive(answer: http.client.HTTPResponse, part: Path, have: int) -> None:
    whole = have + int(answer.headers.get("Content-Length") or 0)
    with part.open("ab" if have else "wb") as file:
        got = have + _copy(answer, file, have, whole)
    if got < whole:
        raise http.client.HTTPException(f"{got:,} of {whole:,} bytes came")


def _copy(answer: http.client.HTTPResponse, file: BinaryIO, have: int, whole: int) -> int:
    got = 0
    while chunk := answer.read(_CHUNK):
        file.write(chunk)
        got += len(chunk)
        _show(have + got, whole)
    sys.stderr.write("\n")
    return got


def _show(got: int, whole: int) -> None:
    share = got / whole if whole else 0.0
    bar = "#" * int(share * _BAR)
    sys.stderr.write(f"\r[{bar:<{_BAR}}] {share:4.0%}  {got / 2**20:,.1f} of {whole / 2**20:,.1f} MiB")
    sys.stderr.flush()


def _check(file: Path, md5: str, sha256: str) -> str:
    """A file that is not the published one is removed. Raises WeightsError."""
    found = {"MD5": _digest(file, "md5"), "SHA-256": _digest(file, "sha256")}
    for name, expected in (("MD5", md5), ("SHA-256", sha256)):
        if expected and found[name] != expected.lower():
            file.unlink()
            raise WeightsError(f"{file.name} is not the published file: its {name} is {found[name]}, not {expected}.")
    return found["SHA-256"]


def _digest(file: Path, kind: str) -> str:
    with file.open("rb") as content:
        if kind == "md5":
            # The publisher gives MD5 alone; it tells a damaged download, the SHA-256 holds against an altered one.
            return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return hashlib.file_digest(content, "sha256").hexdigest()
