"""Photos and archives as people, and attackers, send them. The site looks at first bytes only: these are enough."""

import csv
import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

from webapp.albums import tasks
from webapp.albums.models import Album
from webapp.albums.receiving import leases

JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF\x08\0\0\0WEBP"


def jpeg(number: int = 0, size: int = 0) -> bytes:
    return (JPEG + b"photo %d" % number).ljust(size, b"\0")


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def send(client, *files: tuple[str, bytes], **headers):
    photos = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post("/images/many/", {"photos": photos}, headers=headers)


def made(client, *files: tuple[str, bytes]) -> tuple[str, Album]:
    response = send(client, *files)
    assert response.status_code == 302, response.text
    return response["Location"], Album.objects.get()


def made_of(client, count: int) -> tuple[str, Album]:
    return made(client, *((f"{n}.jpg", jpeg(n)) for n in range(1, count + 1)))


def work(album: Album) -> None:
    """What the workers do, until nothing is free."""
    while (chunk := leases.claim(album.pk)) is not None:
        if tasks.work_on(chunk) is None:
            break
    album.refresh_from_db()


def table(client, address: str) -> list[dict[str, str]]:
    text = client.get(f"{address}labels.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def errors(album: Album) -> dict[str, str]:
    return dict(album.photos.order_by("number").values_list("name", "error"))


def copy(number: int) -> bytes:
    return JPEG + b"small copy %d" % number
