"""ZIPs of photos through the page: ordinary ones, odd ones, and ones made to do harm."""

import io
import stat
import struct
import zipfile

import pytest

from tests.webapp.albums.uploads import PNG, WEBP, errors, jpeg, made, send, zipped
from webapp.albums.archive import MOST_ENTRIES
from webapp.albums.models import Album, Photo, PhotoBytes

pytestmark = pytest.mark.django_db
GOOD = ("good.jpg", jpeg())


def entry(name: str, mode: int = 0, system: int = 3) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = system, mode << 16
    return info


def patched(archive: bytes, offset: int, value: bytes, which: int = 0) -> bytes:
    """With some bytes of an entry in the table of contents changed."""
    at = -1
    for _ in range(which + 1):
        at = archive.index(b"PK\x01\x02", at + 1)
    return archive[: at + offset] + value + archive[at + offset + len(value) :]


def test_the_photos_of_a_zip_are_read_and_hidden_files_are_counted(client):
    files = [
        ("holiday/beach.jpg", jpeg(1)),
        ("holiday/hill.png", PNG + b"2"),
        ("holiday/lake.webp", WEBP + b"3"),
        ("__MACOSX/holiday/._beach.jpg", b"x"),
        ("holiday/.DS_Store", b"x"),
        ("holiday/Thumbs.db", b"x"),
    ]
    archive = io.BytesIO(zipped(*files))
    with zipfile.ZipFile(archive, "a") as more:
        more.mkdir("holiday/empty")
    address, album = made(client, ("holiday.zip", archive.getvalue()))
    assert (album.file_name, album.rows, album.skipped) == ("holiday.zip", 3, 3)
    stored = Photo.objects.order_by("number").values_list("name", "media_type", "stored__content")
    assert [(name, media_type, bytes(content)) for name, media_type, content in stored] == [
        ("holiday/beach.jpg", "image/jpeg", jpeg(1)),
        ("holiday/hill.png", "image/png", PNG + b"2"),
        ("holiday/lake.webp", "image/webp", WEBP + b"3"),
    ]
    assert "3 hidden files were left out." in client.get(address).text


@pytest.mark.parametrize(
    "name",
    [
        *("../out.jpg", "a/../../out.jpg", "..\\out.jpg", "/etc/out.jpg", "\\\\host\\share\\out.jpg", "C:\\out.jpg"),
        *("c:out.jpg", "CON", "con.jpg", "a/NUL.jpg", "lpt1.png", "good\0.sh.jpg"),
    ],
)
def test_a_name_that_is_a_trick_is_not_read(client, name):
    archive = zipped((name.replace("\0", "#"), jpeg()), GOOD).replace(b"good#.sh", b"good\0.sh")
    _address, album = made(client, ("tricks.zip", archive))
    assert sorted(errors(album).values()) == ["", "zip-entry-path"]
    assert PhotoBytes.objects.count() == 1


def test_links_devices_and_pipes_are_not_photos(client):
    kinds = [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK]
    odd = [(entry(f"{kind}.jpg", kind | 0o777), jpeg()) for kind in kinds]
    regular = (entry("regular.jpg", stat.S_IFREG | 0o644), jpeg())
    _address, album = made(client, ("links.zip", zipped(*odd, regular, GOOD)))
    assert errors(album) == {f"{kind}.jpg": "zip-entry-link" for kind in kinds} | {"regular.jpg": "", "good.jpg": ""}


def test_a_second_file_of_the_same_name_is_not_read(client):
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zipped(("a.jpg", jpeg(1)), ("a.jpg", jpeg(2)), ("A.JPG", jpeg(3)))
    _address, album = made(client, ("twice.zip", archive))
    found = album.photos.order_by("number").values_list("error", "stored__content")
    assert list(found) == [("", jpeg(1)), ("zip-entry-twice", None), ("zip-entry-twice", None)]


def test_a_locked_file_is_told_and_nothing_else_is_lost(client):
    locked = patched(zipped(("locked.jpg", jpeg()), GOOD), 8, b"\x01\0")
    _address, album = made(client, ("locked.zip", locked))
    assert errors(album) == {"locked.jpg": "zip-entry-encrypted", "good.jpg": ""}


def test_a_zip_of_locked_files_alone_is_refused_with_the_reason(client):
    response = send(client, ("locked.zip", patched(zipped(GOOD), 8, b"\x01\0")))
    assert (response.status_code, "locked with a password" in response.text) == (422, True)
    assert Album.objects.count() == 0


def test_archives_in_the_archive_stay_closed(client):
    inner = zipped(GOOD)
    _address, album = made(client, ("nested.zip", zipped(("inner.zip", inner), ("photo.jpg", inner), GOOD)))
    assert errors(album) == {"inner.zip": "zip-in-zip", "photo.jpg": "zip-in-zip", "good.jpg": ""}


def test_what_is_packed_too_tightly_is_not_unpacked(client):
    bomb = ("bomb.jpg", jpeg(size=9 * 1024 * 1024))
    _address, album = made(client, ("bomb.zip", zipped(bomb, GOOD)))
    assert errors(album) == {"bomb.jpg": "zip-entry-bomb", "good.jpg": ""}


def test_an_archive_of_photos_that_are_all_too_large_says_so_of_each(client):
    content = jpeg(size=10 * 1024 * 1024 + 1)
    large = zipped(("a.jpg", content), ("b.jpg", content))
    response = send(client, ("large.zip", large))
    assert (response.status_code, "Each of these photos is larger than 10 MB." in response.text) == (422, True)


def test_a_photo_that_says_it_is_larger_than_10_mb_is_not_unpacked(client):
    large = ("large.jpg", jpeg(size=10 * 1024 * 1024 + 1))
    _address, album = made(client, ("large.zip", zipped(large, GOOD, method=zipfile.ZIP_STORED)))
    assert errors(album) == {"large.jpg": "image-too-large", "good.jpg": ""}


@pytest.mark.parametrize("said", [3, 100])
def test_a_photo_that_lies_about_its_size_is_damaged_and_never_more_is_read(client, said):
    archive = patched(zipped(("lie.jpg", jpeg(size=300_000)), GOOD), 24, struct.pack("<L", said))
    _address, album = made(client, ("lies.zip", archive))
    assert errors(album) == {"lie.jpg": "zip-entry-damaged", "good.jpg": ""}


def test_more_than_200_mb_together_is_refused_before_anything_is_unpacked(client):
    archive = zipped(*((f"{n}.jpg", jpeg(n, 200_000)) for n in range(30)))
    for number in range(30):
        archive = patched(archive, 24, struct.pack("<L", 9 * 1024 * 1024), number)
    response = send(client, ("much.zip", archive))
    assert (response.status_code, "more than 200 MB together" in response.text) == (422, True)
    assert Album.objects.count() == 0


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_ways_of_packing_are_not_read(client, method):
    rare = io.BytesIO(zipped(("rare.jpg", jpeg()), method=method))
    with zipfile.ZipFile(rare, "a") as archive:
        archive.writestr(*GOOD)
    _address, album = made(client, ("rare.zip", rare.getvalue()))
    assert errors(album) == {"rare.jpg": "zip-entry-method", "good.jpg": ""}


@pytest.mark.parametrize("at", [30, 31, -1])
def test_a_broken_entry_spoils_no_other(client, at):
    """Changed in its local header's name, or in its data."""
    archive = bytearray(zipped(("broken.jpg", jpeg(size=100)), GOOD, method=zipfile.ZIP_STORED))
    where = at if at > 0 else archive.index(b"photo 0")
    archive[where] ^= 0xFF
    _address, album = made(client, ("broken.zip", bytes(archive)))
    assert errors(album) == {"broken.jpg": "zip-entry-damaged", "good.jpg": ""}


def test_what_is_no_photo_says_so(client):
    files = [("notes.txt", b"hello"), ("empty.jpg", b""), ("photo.bmp", b"BM"), ("drawing.svg", b"<svg/>")]
    _address, album = made(client, ("mixed.zip", zipped(*files, GOOD)))
    assert list(errors(album).values()) == [*["image-unreadable", "image-empty", *["image-unreadable"] * 2], ""]


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (zipped(GOOD)[:-10], "This ZIP cannot be read."),
        (b"PK\x03\x04" + b"\0" * 100, "This ZIP cannot be read."),
        (zipped(), "There are no photos in it."),
        (zipped((".DS_Store", b"x")), "There are no photos in it."),
        (zipped(*((f"{n}.jpg", b"") for n in range(1001))), "more than 1,000 photos"),
        (zipped(*((f".{n}", b"") for n in range(MOST_ENTRIES + 1))), "too many files"),
        (zipped(("a.txt", b"a"), ("b.txt", b"b")), "This is not a photo that can be read."),
        (zipped(("a.txt", b"a"), ("b.jpg", b"")), "None of these files is a photo"),
    ],
    ids=["cut", "no directory", "empty", "hidden alone", "too many", "too many hidden", "no photo", "nothing good"],
)
def test_a_zip_that_cannot_be_used_is_refused_beside_the_field(client, archive, said):
    response = send(client, ("photos.zip", archive))
    assert (response.status_code, said in response.text) == (422, True), response.text
    assert 'aria-invalid="true"' in response.text
    assert (Album.objects.count(), Photo.objects.count(), PhotoBytes.objects.count()) == (0, 0, 0)


def test_a_table_of_contents_without_end_is_not_read(client):
    """Three megabytes of entries of 46 bytes each, which would be a million objects in memory."""
    directory = b"PK\x01\x02".ljust(46, b"\0") * 70_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 70_000 & 0xFFFF, 70_000 & 0xFFFF, len(directory), 30, 0)
    response = send(client, ("directory.zip", b"PK\x03\x04".ljust(30, b"\0") + directory + end))
    assert (response.status_code, "too many files" in response.text) == (422, True)


def test_entries_that_share_their_bytes_are_bounded_like_others(client):
    """The table names one photo 40 times, each time under its own name: 10 MB of file, 400 MB unpacked."""
    content = jpeg(size=10_000_000)
    archive = zipped(("00.jpg", content), method=zipfile.ZIP_STORED)
    start, end = archive.index(b"PK\x01\x02"), archive.rindex(b"PK\x05\x06")
    record = archive[start:end]
    directory = b"".join(record.replace(b"00.jpg", b"%02d.jpg" % n) for n in range(40))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 40, 40, len(directory), start, 0)
    response = send(client, ("shared.zip", archive[:start] + directory + tail))
    assert (response.status_code, "more than 200 MB together" in response.text) == (422, True)


def test_a_photo_that_is_also_a_zip_is_a_photo(client):
    both = jpeg() + zipped(("inner.jpg", jpeg()))
    _address, album = made(client, ("both.jpg", both))
    assert (errors(album), bytes(PhotoBytes.objects.get().content)) == ({"both.jpg": ""}, both)


def test_signs_that_nobody_sees_in_a_name_are_made_visible(client):
    names = ["evil\u202egpj.exe.jpg", "line\nbreak.jpg", "n" * 300 + ".jpg"]
    _address, album = made(client, ("names.zip", zipped(*((name, jpeg()) for name in names))))
    unseen = "\N{REPLACEMENT CHARACTER}"
    assert list(errors(album)) == [f"evil{unseen}gpj.exe.jpg", f"line{unseen}break.jpg", "n" * 196 + ".jpg"]
