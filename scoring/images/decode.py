"""From the bytes of a hostile file to the pixels a model takes: nothing is decoded before its header is found fit."""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from scoring.contract import containers
from scoring.contract.images import Crop
from scoring.contract.limits import IMAGE_FORMATS, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, either
from scoring.contract.problems import Problem, ProblemError
from scoring.images.structure import InFewSteps, has_too_many_parts, is_cut

# A plugin may make room for what a header claims before that is looked at here: Pillow gives up at twice this.
Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS
READS_AVIF = bool(features.check("avif"))
_NAMES = IMAGE_FORMATS if READS_AVIF else IMAGE_FORMATS[:-1]
FORMATS = tuple(name.upper() for name in _NAMES)
_READ = either(_NAMES)
# The photo's shorter side is taken as the frame's plus this margin on both sides together; the middle is scored.
_MARGIN = 32
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
# The longer side and the quality of a rendering: some 100 kB as a rule.
_RENDERED_SIDE = 1024
_RENDERED_QUALITY = 85
# Real progressive photos have about ten scans; each one costs a pass over the whole picture.
_MAX_SCANS = 100
_START_OF_SCAN = b"\xff\xda"

# What Pillow raises on a damaged file, plugin by plugin.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AssertionError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The square that a model sees: its side in pixels, and Pillow's name of how a photo is scaled to it."""

    size: int
    resample: str

    @property
    def method(self) -> Image.Resampling:
        return Image.Resampling[self.resample.upper()]

    @property
    def drafted(self) -> tuple[int, int]:
        """A JPEG is decoded at a fraction of its size, as long as that leaves twice the pixels needed."""
        return 2 * (self.size + _MARGIN), 2 * (self.size + _MARGIN)


@dataclass(frozen=True, slots=True)
class Photo:
    """`pixels`: the middle of the upright photo, uint8 RGB (side, side, 3); `width`, `height`: those of all of it;
    `crop`: the part of it that became `pixels`; `rendering`: all of it as a small JPEG, empty unless asked for."""

    pixels: NDArray[np.uint8]
    width: int
    height: int
    crop: Crop
    rendering: bytes = b""


def decode(content: bytes, frame: Frame, render: bool = False) -> Photo:
    """Read the first frame, upright, on white. Raises ProblemError.

    One of 25 megapixels takes up to 200 MB while it is read, as WebP 370 MB (measured), and gives it back.
    """
    if not content:
        raise _problem("image-empty", "The photo is empty", f"Send the bytes of a {_READ} file.")
    if len(content) > MAX_IMAGE_BYTES:
        raise _too_large()
    if containers.is_unread(content, READS_AVIF):
        raise _other_format(containers.name_of(content))
    if has_too_many_parts(content):
        raise _unreadable()
    try:
        with Image.open(InFewSteps(content), formats=FORMATS) as image:
            _check_header(image, content)
            return _read(image, frame, render)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except _DAMAGED as error:
        raise _damaged(content, error) from error


def _too_large() -> ProblemError:
    limit = MAX_IMAGE_BYTES // 2**20
    return _problem("image-too-large", "The photo is too large", f"A photo may have up to {limit} MiB.", status=413)


def _check_header(image: Image.Image, content: bytes) -> None:
    if image.width * image.height > MAX_IMAGE_PIXELS:
        raise _too_many_pixels()
    if content.startswith(b"\xff\xd8") and content.count(_START_OF_SCAN) > _MAX_SCANS:
        raise _unreadable()
    if image.format == "PNG" and is_cut(content):
        raise _cut()


def _read(image: Image.Image, frame: Frame, render: bool) -> Photo:
    width, height = image.size
    image.draft(None, frame.drafted)
    image.load()
    orientation = _orientation(image)
    plain = _plain(image)
    middle = _upright(_on_white(_middle(plain, frame)), orientation)
    rendering = _rendering(plain, orientation) if render else b""
    if orientation in _SIDEWAYS:
        width, height = height, width
    return Photo(np.asarray(middle, np.uint8), width, height, _crop(width, height, frame), rendering)


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _rendering(image: Image.Image, orientation: object) -> bytes:
    """Made of the pixels alone: whatever else the file held (place, camera, comments, a tail) stays behind."""
    scale = min(1.0, _RENDERED_SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = _upright(_on_white(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)), orientation)
    out = io.BytesIO()
    Image.fromarray(np.asarray(small)).save(out, "JPEG", quality=_RENDERED_QUALITY, optimize=True)
    return out.getvalue()


def _crop(width: int, height: int, frame: Frame) -> Crop:
    side = max(1, round(_side(width, height, frame)))
    return Crop((width - side) // 2, (height - side) // 2, side, side)


def _side(width: int, height: int, frame: Frame) -> float:
    return min(width, height) * frame.size / (frame.size + _MARGIN)


def _orientation(image: Image.Image) -> object:
    """EXIF's word for which side is up; a photo whose EXIF cannot be read is taken as upright."""
    try:
        return image.getexif().get(_ORIENTATION)
    except (*_DAMAGED, Image.DecompressionBombError):
        return None


def _plain(image: Image.Image) -> Image.Image:
    """The photo in a mode that can be averaged: grey, RGB or CMYK with 8 bits, or with transparency."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        return Image.fromarray(np.clip(np.asarray(image) / 257, 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "CMYK") or (image.mode in ("L", "RGB") and not image.has_transparency_data):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _middle(image: Image.Image, frame: Frame) -> Image.Image:
    side = _side(image.width, image.height, frame)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return image.resize((frame.size, frame.size), frame.method, box=(left, top, left + side, top + side))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _damaged(content: bytes, error: Exception) -> ProblemError:
    return _cut() if "truncated" in str(error).lower() or is_cut(content) else _unreadable()


def _cut() -> ProblemError:
    detail = "The file ends before the photo does. Send the whole file."
    return _problem("image-truncated", "The photo is cut short", detail)


def _other_format(name: str) -> ProblemError:
    detail = (
        f"{name} is not read here. Convert it to JPEG: share or export it as JPEG on the phone, or open it in an image "
        "viewer and save it as JPEG."
    )
    return _problem("image-format", f"This is a photo in {name}", detail)


def _unreadable() -> ProblemError:
    return _problem("image-unreadable", "This is no photo that can be read", f"Send a whole {_READ} file.")


def _too_many_pixels() -> ProblemError:
    detail = f"A photo may have up to {MAX_IMAGE_PIXELS // 10**6} megapixels. Send a smaller one."
    return _problem("image-too-many-pixels", "The photo has too many pixels", detail)


def _problem(code: str, title: str, detail: str, status: int = 422) -> ProblemError:
    return ProblemError(Problem(status, code, title, detail, field="image"))
