import zlib

import numpy as np
import pytest
from PIL import Image

from scoring.contract.images import Crop
from scoring.contract.problems import ProblemError
from scoring.images.decode import FORMATS, Frame, Photo
from scoring.images.decode import decode as decode_for
from tests.scoring.images.files import blank_png, chunk, encoded, opened, png, with_scans, with_zip
from tests.scoring.images.serving import chelsea

LITE2 = Frame(260, "bicubic")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return opened(chelsea())


def decode(content: bytes) -> Photo:
    return decode_for(content, LITE2)


def refusal(content: bytes) -> tuple[int, str]:
    with pytest.raises(ProblemError) as refused:
        decode(content)
    return refused.value.problem.status, refused.value.problem.code


def difference(one: bytes, other: bytes) -> float:
    """The mean difference of two photos' pixels, of 255."""
    return float(np.abs(decode(one).pixels.astype(int) - decode(other).pixels.astype(int)).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_these_formats_are_read(photo, kind):
    found = decode(encoded(photo, kind))

    assert (found.width, found.height) == (451, 300)
    assert (found.pixels.shape, found.pixels.dtype) == ((260, 260, 3), np.uint8)


def test_the_middle_is_taken_without_a_margin():
    square = Image.new("RGB", (600, 292), BLUE)
    square.paste(RED, (170, 16, 430, 276))

    assert (decode(encoded(square, "PNG")).pixels == RED).all()


def test_a_large_jpeg_gives_what_its_small_copy_gives(photo):
    large = photo.resize((4510, 3000), Image.Resampling.BICUBIC)

    assert difference(encoded(large, "JPEG", quality=95), encoded(photo, "PNG")) < 3


def test_no_bytes_are_refused():
    assert refusal(b"") == (422, "image-empty")


@pytest.mark.parametrize("content", [b"", b"hello"], ids=["empty", "text"])
def test_a_refusal_names_every_format_that_is_read(content):
    with pytest.raises(ProblemError) as refused:
        decode(content)
    assert "JPEG, PNG, WebP, GIF or AVIF" in refused.value.problem.detail
    assert FORMATS == ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


def test_twenty_megabytes_are_refused():
    assert refusal(bytes(20 * 2**20)) == (413, "image-too-large")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        encoded(Image.new("RGB", (20, 20)), "BMP"),
        encoded(Image.new("RGB", (20, 20)), "TIFF"),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        png(0, 0),
    ],
    ids=["one byte", "text", "SVG", "BMP", "TIFF", "PNG of nothing", "PNG without pixels"],
)
def test_what_is_no_photo_is_refused(content):
    assert refusal(content) == (422, "image-unreadable")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_photo_cut_short_is_refused(photo, kind, part):
    content = encoded(photo, kind)

    assert refusal(content[: int(len(content) * part)]) == (422, "image-truncated")


@pytest.mark.parametrize(("width", "height"), [(13_000, 13_000), (20_000, 20_000), (65_535, 65_535), (25_001, 1_000)])
def test_too_many_pixels_are_refused_from_the_header(width, height):
    assert refusal(png(width, height, chunk(b"IDAT", b""))) == (422, "image-too-many-pixels")


def test_a_jpeg_header_of_65535_squared_is_refused():
    content = bytearray(encoded(Image.new("RGB", (8, 8)), "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"

    assert refusal(bytes(content)) == (422, "image-too-many-pixels")


def test_a_webp_of_too_many_pixels_is_refused():
    assert refusal(encoded(Image.new("RGB", (6000, 4500)), "WEBP", lossless=True, method=0)) == (
        422,
        "image-too-many-pixels",
    )


def test_a_text_of_200_megabytes_in_a_png_is_never_unpacked():
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()

    assert refusal(png(10, 10, chunk(b"zTXt", b"c\0\0" + text))) == (422, "image-unreadable")


def test_a_jpeg_of_a_thousand_scans_is_refused(photo):
    content = encoded(photo, "JPEG", progressive=True)

    assert decode(content).width == 451
    assert refusal(with_scans(content, 1000)) == (422, "image-unreadable")


def test_a_jpeg_with_an_archive_behind_it_is_read_as_the_photo(photo):
    content = encoded(photo, "JPEG")

    assert difference(with_zip(content), content) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_as_its_exif_says(photo, orientation):
    # How a camera held that way stores the photo: turned by the inverse of what its EXIF asks for.
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turned = photo.transpose(stored[orientation]) if orientation > 1 else photo
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(turned, "PNG", exif=exif)

    assert (decode(content).width, decode(content).height) == (451, 300)
    assert difference(content, encoded(photo, "PNG")) < 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Possibly corrupt EXIF")
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0" + b"\xff" * 40])
def test_damaged_exif_leaves_the_photo_as_it_is(photo, exif):
    content = encoded(photo, "JPEG")
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif

    assert difference(content[:2] + segment + content[2:], content) == 0


def test_cmyk_shows_the_colours_it_stands_for():
    content = encoded(Image.new("RGB", (300, 300), (200, 40, 40)).convert("CMYK"), "JPEG", quality=95)

    assert np.abs(decode(content).pixels.astype(int) - (200, 40, 40)).max() <= 4


def test_sixteen_bits_are_scaled_and_not_clipped(photo):
    grey = photo.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    content = encoded(deep, "PNG")

    assert opened(content).mode == "I;16"
    assert difference(content, encoded(grey, "PNG")) < 1


def test_sixteen_bits_of_colour_are_read():
    assert (decode(blank_png(300, 300, depth=16, colour=2)).pixels == 0).all()


def test_grey_and_one_bit_are_read_as_colour(photo):
    assert difference(encoded(photo.convert("L"), "PNG"), encoded(photo.convert("L").convert("RGB"), "PNG")) < 1
    assert (decode(encoded(Image.new("1", (300, 300), 1), "PNG")).pixels == 255).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_on_white(mode):
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0)).convert(mode)

    assert (decode(encoded(clear, "PNG")).pixels == 255).all()


def test_a_transparent_colour_of_a_palette_lies_on_white():
    palette = Image.new("P", (300, 300), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])

    assert (decode(encoded(palette, "PNG", transparency=0)).pixels == 255).all()
    assert (decode(encoded(palette, "PNG")).pixels == 0).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (300, 300), colour) for colour in (RED, GREEN, BLUE)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)

    assert opened(content).n_frames == 3
    assert (decode(content).pixels == RED).all()


@pytest.mark.parametrize(
    ("size", "frame", "crop"),
    [
        ((584, 292), LITE2, Crop(162, 16, 260, 260)),
        ((292, 584), LITE2, Crop(16, 162, 260, 260)),
        ((256, 256), Frame(224, "bilinear"), Crop(16, 16, 224, 224)),
        ((1, 900), LITE2, Crop(0, 449, 1, 1)),
    ],
)
def test_the_crop_is_the_part_of_the_photo_that_the_model_sees(size, frame, crop):
    found = decode_for(encoded(Image.new("RGB", size), "PNG"), frame)

    assert found.crop == crop
    assert found.pixels.shape == (frame.size, frame.size, 3)


def test_the_crop_of_a_turned_photo_is_in_pixels_of_the_upright_one():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = decode(encoded(Image.new("RGB", (584, 292)), "PNG", exif=exif))

    assert (found.width, found.height, found.crop) == (292, 584, Crop(16, 162, 260, 260))


def test_an_avif_is_read_as_the_photo_it_is(photo):
    assert difference(encoded(photo, "AVIF", quality=90), encoded(photo, "PNG")) < 3


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"hevc"])
def test_a_heic_is_refused_with_the_way_to_convert_it(brand):
    content = bytes([0, 0, 0, 24]) + b"ftyp" + brand + bytes(4) + b"miafMiHB" + bytes(500)

    with pytest.raises(ProblemError, match="Convert it to JPEG") as refused:
        decode(content)
    assert (refused.value.problem.status, refused.value.problem.code) == (422, "image-format")


@pytest.mark.parametrize("profile", [b"", b"nonsense", bytes(200_000)])
def test_a_colour_profile_that_is_none_does_no_harm(photo, profile):
    odd = encoded(photo, "JPEG", quality=95, icc_profile=profile)

    assert difference(odd, encoded(photo, "JPEG", quality=95)) == 0


def test_what_the_first_frame_of_a_gif_leaves_out_is_white():
    left = Image.new("P", (64, 64), 1)
    left.putpalette([*RED, *BLUE])
    left.paste(0, (0, 0, 32, 64))
    found = decode(encoded(left, "GIF", transparency=1)).pixels

    assert (found[:, :100] == RED).all() and (found[:, 160:] == (255, 255, 255)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, GREEN, BLUE)]
    content = encoded(
        frames[0], kind, save_all=True, append_images=frames[1:], **({} if kind == "PNG" else {"quality": 100})
    )

    assert np.abs(decode(content).pixels.astype(int) - RED).max() <= 4


def test_a_photo_of_12_megapixels_is_decoded_at_a_fraction_of_its_size(photo):
    content = encoded(photo.resize((4000, 3000)), "JPEG", quality=85)
    with opened(content) as image:
        image.draft(None, LITE2.drafted)
        assert image.size == (1000, 750)
    assert decode(content).width == 4000


def rendered(content: bytes) -> bytes:
    return decode_for(content, LITE2, render=True).rendering


def test_a_rendering_holds_the_photo_upright_and_nothing_else_of_its_file(photo):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = 6, "a secret camera", {1: "N", 2: (48.0, 51.0, 30.0)}
    options = {"exif": exif, "comment": b"a secret comment", "icc_profile": b"a secret profile"}
    sideways = encoded(photo.convert("RGB"), "JPEG", quality=95, **options) + b"<script>a secret tail</script>"

    content = rendered(sideways)
    found = opened(content)

    assert b"secret" in sideways and b"secret" not in content and b"script" not in content
    assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (300, 451), {})
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    upright = np.asarray(photo.convert("RGB").transpose(Image.Transpose.ROTATE_270)).astype(int)
    assert np.abs(np.asarray(found).astype(int) - upright).mean() < 4


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16"])
def test_a_rendering_of_any_mode_is_a_small_jpeg(mode):
    photo = Image.new(mode, (3000, 1500))
    content = rendered(encoded(photo, "JPEG" if mode == "CMYK" else "PNG"))

    assert (opened(content).size, opened(content).mode, len(content) < 100_000) == ((1024, 512), "RGB", True)


def test_no_rendering_is_made_unasked(photo):
    assert decode(encoded(photo, "PNG")).rendering == b""
