"""What spoke for a class, as a picture to lay over the photo; and occlusion, which needs no gradients."""

import io
from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Map = NDArray[np.float32]
Logits = NDArray[np.float64]
GREY = 127
# From dark violet over red to yellow, as red, green and blue at equal steps: told apart without colour vision too.
_COLOURS = np.array([(13, 8, 135), (156, 23, 158), (237, 121, 83), (240, 249, 33)], np.float64)
_STRONGEST_ALPHA = 210
_LEVELS = 256
_MOST_CELLS = 10
_TOGETHER = 9


def _palette() -> NDArray[np.uint8]:
    """Red, green, blue and opacity of each level of strength."""
    levels, steps = np.linspace(0, 1, _LEVELS), np.linspace(0, 1, len(_COLOURS))
    channels = [np.interp(levels, steps, _COLOURS[:, channel]) for channel in range(3)]
    return np.stack([*channels, levels * _STRONGEST_ALPHA], axis=-1).round().astype(np.uint8)


_PALETTE = _palette().tobytes()


def overlay(strength: Map, side: int) -> bytes:
    """A PNG of `side` pixels, with a palette: colour and opacity grow with the strength, which is 0 or more."""
    share = strength / max(float(strength.max()), 1e-12)
    smooth = Image.fromarray(share.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    levels = (np.clip(np.asarray(smooth), 0, 1) * (_LEVELS - 1)).round().astype(np.uint8)
    picture = Image.fromarray(levels)
    picture.putpalette(_PALETTE, "RGBA")
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def hidden_places(maps: NDArray[np.float32], index: int, rest: Callable[[NDArray[np.float32]], Logits]) -> Map:
    """How much the class's logit, above the mean of all, falls where one place of the last maps of features is empty.

    `maps` is one photo's (height, width, channels); `rest` takes a batch of such to logits. Probabilities would not do:
    hiding one thing raises them for all others in the photo.
    """
    cells = list(product(_parts(maps.shape[0]), _parts(maps.shape[1])))
    seen = float(_above_mean(rest(maps[None]), index)[0])
    found = [_without(maps, cells[start : start + _TOGETHER], index, rest) for start in range(0, len(cells), _TOGETHER)]
    falls: Map = np.maximum(seen - np.concatenate(found), 0).astype(np.float32)
    return falls.reshape(len(_parts(maps.shape[0])), -1)


def hidden_halves(
    pixels: NDArray[np.uint8], index: int, seen: Logits, nothing: Logits, logits: Callable[[NDArray[np.uint8]], Logits]
) -> Map:
    """Which quarter of the photo spoke for the class, by three more predictions (after arXiv:1311.2901).

    The left, the right and the upper half are made grey in turn; what the lower half says alone is what is left of the
    class's logit without the upper one. `pixels` is one photo (side, side, 3), `seen` its logits, `nothing` those of a
    grey photo; `logits` takes a batch of any size.
    """
    middle = len(pixels) // 2
    halves = np.stack([pixels] * 3)
    halves[0, :, :middle] = halves[1, :, middle:] = halves[2, :middle] = GREY
    whole, empty = _above_mean(seen, index), _above_mean(nothing, index)
    without_left, without_right, without_top = _above_mean(logits(halves), index)
    columns = np.maximum([whole - without_left, whole - without_right], 0)
    rows = np.maximum([whole - without_top, without_top - empty], 0)
    quarters: Map = np.outer(rows, columns).astype(np.float32)
    return quarters


def _without(
    maps: NDArray[np.float32],
    cells: list[tuple[slice, slice]],
    index: int,
    rest: Callable[[NDArray[np.float32]], Logits],
) -> Logits:
    copies = np.repeat(maps[None], len(cells), axis=0)
    for copy, cell in zip(copies, cells, strict=True):
        copy[cell] = 0
    return _above_mean(rest(copies), index)


def _parts(length: int) -> list[slice]:
    edges = np.linspace(0, length, min(length, _MOST_CELLS) + 1).astype(int)
    return [slice(start, end) for start, end in pairwise(edges)]


def _above_mean(rows: Logits, index: int) -> Logits:
    above: Logits = rows[..., index] - rows.mean(axis=-1)
    return above
