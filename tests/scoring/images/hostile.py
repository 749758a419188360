"""Files meant to hurt, and odd ones that mean no harm. By name: the bytes, and the problem's code ("" where there is an
answer)."""

import io
import struct
import zlib

from PIL import Image

from tests.scoring.images.files import blank_png, chunk, encoded, png, with_scans, with_zip

Files = dict[str, tuple[bytes, str]]
RED, BLUE = (255, 0, 0), (0, 0, 255)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
UNREADABLE, CUT, TOO_MANY = "image-unreadable", "image-truncated", "image-too-many-pixels"


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(2**20)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def with_size(jpeg: bytes, marker: bytes, width: int, height: int) -> bytes:
    content = bytearray(jpeg)
    frame = content.index(marker)
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def canvas(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sides


def segments(jpeg: bytes, marker: int, content: bytes, times: int = 1) -> bytes:
    """The JPEG with so many segments behind its start."""
    one = bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
    return jpeg[:2] + one * times + jpeg[2:]


def with_place(photo: Image.Image, **more: int) -> bytes:
    """A JPEG whose EXIF tells where it was taken, and by what camera."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAM"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    for tag, value in more.items():
        exif[int(tag.removeprefix("tag"))] = value
    return encoded(photo, "JPEG", quality=95, exif=exif)


def gif(width: int, height: int, *parts: bytes) -> bytes:
    """A GIF of these parts between its header and its end (GIF89a specification, section 18)."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b"".join(parts) + b";"


def frame(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A picture of a GIF, and the blocks of its pixels: without any, one of no colour."""
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02" + (pixels or b"\x02\x4c\x01") + b"\0"


DISPOSED = b"!\xf9\x04\x08\0\0\0\0"


def refused(photo: Image.Image) -> Files:
    return other_files(photo) | pngs(photo) | jpegs(photo) | gifs(photo) | webps(photo)


def other_files(photo: Image.Image) -> Files:
    return {
        "empty": (b"", "image-empty"),
        "one byte": (b"\xff", UNREADABLE),
        "text": (b"hello", UNREADABLE),
        "SVG": (SVG, UNREADABLE),
        "HTML": (b"<!doctype html><script>alert(1)</script>", UNREADABLE),
        "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", UNREADABLE),
        "PDF": (b"%PDF-1.7\n1 0 obj\n<< /OpenAction << /S /JavaScript >> >>\n", UNREADABLE),
        "ZIP": (with_zip(b""), UNREADABLE),
        **{kind: (encoded(photo.resize((20, 20)), kind), UNREADABLE) for kind in ("BMP", "TIFF", "ICO", "TGA")},
        "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500), "image-format"),
        "AVIF of nothing": (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(500), UNREADABLE),
        "AVIF that names no picture": (encoded(photo, "AVIF").replace(b"pitm", b"free"), UNREADABLE),
    }


def pngs(photo: Image.Image) -> Files:
    small_png = encoded(photo, "PNG")
    pixels = chunk(b"IDAT", zlib.compress(bytes(11 * 10)))
    bad_check = bytearray(small_png)
    bad_check[29] ^= 1
    return {
        "PNG of nothing": (b"\x89PNG\r\n\x1a\n", UNREADABLE),
        "PNG of 0 by 0": (png(0, 0), UNREADABLE),
        "PNG without pixels": (png(10, 10), UNREADABLE),
        "PNG with a wrong check": (bytes(bad_check), UNREADABLE),
        "PNG of a strange depth": (png(10, 10, pixels, depth=3), UNREADABLE),
        "PNG of a palette's colours without one": (png(10, 10, pixels, colour=3), UNREADABLE),
        "PNG cut short": (small_png[:20_000], CUT),
        "PNG of 800,000 empty parts": (png(10, 10, chunk(b"abCd", b"") * 800_000, pixels), UNREADABLE),
        "PNG of 800,000 parts without pixels": (png(10, 10, chunk(b"IDAT", b"") * 800_000, pixels), UNREADABLE),
        "PNG of 13,000 by 13,000": (blank_png(13_000, 13_000), TOO_MANY),
        "PNG of 65,535 by 65,535": (png(65_535, 65_535), TOO_MANY),
        "PNG of 2 billion by 2 billion": (png(2**31 - 1, 2**31 - 1), TOO_MANY),
        "PNG with a text of 100 MB": (png(10, 10, chunk(b"zTXt", b"c\0\0" + bomb(100)), pixels), UNREADABLE),
        "PNG with an international text of 100 MB": (
            png(10, 10, chunk(b"iTXt", b"c\0\1\0\0\0" + bomb(100)), pixels),
            UNREADABLE,
        ),
        "PNG with a profile of 100 MB": (png(10, 10, chunk(b"iCCP", b"c\0\0" + bomb(100)), pixels), UNREADABLE),
    }


def jpegs(photo: Image.Image) -> Files:
    jpeg = encoded(photo, "JPEG")
    return {
        "JPEG of 2 million comments": (segments(jpeg, 0xFE, b"a", times=2_000_000), UNREADABLE),
        "JPEG of 10 million filling bytes": (jpeg[:2] + b"\xff" * 10_000_000 + jpeg[2:], UNREADABLE),
        "JPEG of 10 million bytes of nothing": (jpeg[:2] + bytes(10_000_000) + jpeg[2:], UNREADABLE),
        "JPEG of nothing": (b"\xff\xd8\xff\xd9", UNREADABLE),
        "JPEG of noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, UNREADABLE),
        "JPEG without tables": (jpeg[:2] + jpeg[jpeg.index(b"\xff\xc0") :], UNREADABLE),
        "JPEG cut short": (jpeg[:5_000], CUT),
        "JPEG of 65,535 by 65,535": (with_size(jpeg, b"\xff\xc0", 65_535, 65_535), TOO_MANY),
        "JPEG of 0 by 0": (with_size(jpeg, b"\xff\xc0", 0, 0), UNREADABLE),
        "JPEG of a thousand scans": (with_scans(encoded(photo, "JPEG", progressive=True), 1000), UNREADABLE),
    }


def gifs(photo: Image.Image) -> Files:
    return {
        "GIF of nothing": (gif(10, 10), UNREADABLE),
        "GIF of 0 by 0": (gif(0, 0, frame(0, 0)), UNREADABLE),
        "GIF cut short": (encoded(photo, "GIF")[:20_000], CUT),
        "GIF of 65,535 by 65,535": (gif(65_535, 65_535, frame(1, 1)), TOO_MANY),
        "GIF whose picture is larger than it": (gif(1, 1, frame(6_000, 5_000)), TOO_MANY),
        "GIF of 170 megapixels that are to be cleared": (gif(1, 1, DISPOSED, frame(65_535, 2_600)), TOO_MANY),
        "GIF of 2 million comments": (gif(10, 10, b"!\xfe\x01a\0" * 2_000_000, frame(10, 10)), UNREADABLE),
        "GIF of one comment in 5 million parts": (gif(10, 10, b"!\xfe", b"\x01a" * 5_000_000, b"\0"), UNREADABLE),
        "GIF of 10 million bytes of nothing": (gif(10, 10, bytes(10_000_000), frame(10, 10)), UNREADABLE),
    }


def webps(photo: Image.Image) -> Files:
    still = encoded(photo, "WEBP")
    return {
        "WebP of nothing": (webp(), UNREADABLE),
        "WebP cut short": (still[: len(still) // 2], CUT),
        "WebP of 16,384 by 16,384": (webp(canvas(16_384, 16_384), (b"VP8 ", bytes(20))), TOO_MANY),
        "WebP of no frames": (webp(canvas(100, 100, flags=2), (b"ANIM", bytes(6))), UNREADABLE),
    }


def answered(photo: Image.Image) -> Files:
    """Odd, and still the photo that it is."""
    jpeg = encoded(photo, "JPEG", quality=95)
    frames = [photo, Image.new("RGB", photo.size, BLUE)]
    animated = {"save_all": True, "append_images": frames[1:]}
    deep_exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 500
    profile = bytes(range(256)) * 2_000
    return {
        "JPEG and ZIP": (with_zip(jpeg), ""),
        "JPEG and script": (jpeg + b"<script>alert(1)</script>", ""),
        "JPEG with a script as comment": (segments(jpeg, 0xFE, b"*/alert(1)/*<script>alert(1)</script>"), ""),
        "JPEG with 2,000 segments": (segments(jpeg, 0xEB, bytes(500), times=2_000), ""),
        "JPEG with damaged EXIF": (segments(jpeg, 0xE1, deep_exif), ""),
        "JPEG with its place": (with_place(photo), ""),
        "JPEG with a large false profile": (encoded(photo, "JPEG", quality=95, icc_profile=profile), ""),
        "JPEG of two pictures": (encoded(photo, "MPO", quality=95, **animated), ""),
        "PNG with a false profile": (encoded(photo, "PNG", icc_profile=b"no profile"), ""),
        "PNG and ZIP": (with_zip(encoded(photo, "PNG")), ""),
        "animated PNG": (encoded(photo, "PNG", **animated), ""),
        "animated GIF": (encoded(photo, "GIF", **animated), ""),
        "GIF cut in its second picture": (encoded(photo, "GIF", **animated)[:-100], ""),
        "GIF and script": (encoded(photo, "GIF") + b"<script>alert(1)</script>", ""),
        "GIF with a comment of 100 kB": (encoded(photo, "GIF", comment=b"<script>alert(1)</script>" * 4_000), ""),
        "animated WebP": (encoded(photo, "WEBP", quality=95, **animated), ""),
        "CMYK": (encoded(photo.convert("CMYK"), "JPEG", quality=95), ""),
        "a phone's JPEG, turned": (turned(photo), ""),
    }


def turned(photo: Image.Image) -> bytes:
    return with_place(photo.transpose(Image.Transpose.ROTATE_90), tag274=6)


def metadata_of(content: bytes) -> dict[int, object]:
    with Image.open(io.BytesIO(content)) as image:
        return {**image.getexif()}
