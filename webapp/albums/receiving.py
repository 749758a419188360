"""An upload into the database, some photos at a time: no long transaction, no more than a few photos in memory."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from webapp.albums.found import MOST_BYTES, TOO_MUCH, Found, UnreadableError
from webapp.albums.models import Album, Chunk, Photo, PhotoBytes
from webapp.albums.reading import Upload
from webapp.albums.suspects import AlbumLeases
from webapp.leases.leases import LIVES_FOR, new_id
from webapp.messages import FORMATS, MESSAGES

CHUNK_PHOTOS = 8
# What is written in one transaction.
GROUP_PHOTOS = 50
GROUP_BYTES = 4 * 1024 * 1024
# An upload that its process did not live to finish goes after this.
RECEIVED_WITHIN = timedelta(minutes=15)

NO_PHOTO = format_lazy(_("None of these files is a photo that can be read. Use {formats}."), formats=FORMATS)
ALL_TOO_LARGE = _("Each of these photos is larger than 10 MB. Choose smaller ones.")

leases = AlbumLeases(Album, Chunk)


def has_room() -> bool:
    """Whether another album of any size can be stored."""
    stored: int = PhotoBytes.objects.aggregate(all=Sum(Length("content")))["all"] or 0
    return stored + MOST_BYTES <= settings.ALBUM_STORE_BYTES


def receive(upload: Upload, file_name: str) -> Album:
    """The album with all its photos, under way. Raises UnreadableError; then nothing of it is left."""
    album = Album.objects.create(
        id=new_id(),
        file_name=file_name,
        rows=upload.rows,
        skipped=upload.skipped,
        state=Album.State.RECEIVING,
        expires_at=timezone.now() + RECEIVED_WITHIN,
    )
    try:
        _store(album, upload)
    except BaseException:
        album.delete()
        raise
    return _begin(album)


def _store(album: Album, upload: Upload) -> None:
    errors: list[str] = []
    number = size = 0
    for group in _groups(upload):
        _write(album, number + 1, group)
        number += len(group)
        size += sum(len(found.content) for found in group)
        errors += [found.error for found in group if found.error]
        if size > MOST_BYTES:
            raise UnreadableError(TOO_MUCH)
    if len(errors) == number:
        raise UnreadableError(_unreadable(errors))


def _unreadable(errors: list[str]) -> Promise | str:
    if len(set(errors)) > 1:
        return NO_PHOTO
    return ALL_TOO_LARGE if len(errors) > 1 and errors[0] == "image-too-large" else MESSAGES[errors[0]]


def _groups(upload: Iterable[Found]) -> Iterator[list[Found]]:
    group: list[Found] = []
    size = 0
    for found in upload:
        group.append(found)
        size += len(found.content)
        if len(group) == GROUP_PHOTOS or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _write(album: Album, first: int, group: list[Found]) -> None:
    with transaction.atomic():
        photos = Photo.objects.bulk_create(
            Photo(album=album, number=number, name=found.name, media_type=found.media_type, error=found.error)
            for number, found in enumerate(group, start=first)
        )
        for photo, found in zip(photos, group, strict=True):
            if found.content:
                # By its id: as objects the two would hold each other, and the bytes, in memory.
                PhotoBytes.objects.create(photo_id=photo.pk, content=found.content)


def _begin(album: Album) -> Album:
    """Cut it into chunks, and let workers and visitors find it."""
    now = timezone.now()
    album.state, album.touched_at, album.expires_at = Album.State.RUNNING, now, now + LIVES_FOR
    with transaction.atomic():
        Chunk.objects.bulk_create(_cut(album))
        album.save()
    return album


def _cut(album: Album) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, album.rows, CHUNK_PHOTOS)):
        size = min(CHUNK_PHOTOS, album.rows - start)
        yield Chunk(batch=album, number=number, first_row=start + 1, size=size)
