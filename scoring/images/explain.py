"""What spoke for a class, as a picture to lay over the photo; and occlusion, for models without gradients."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Map = NDArray[np.float32]
# From dark violet over red to yellow, as red, green and blue at equal steps: told apart without colour vision too.
_COLOURS = np.array([(13, 8, 135), (156, 23, 158), (237, 121, 83), (240, 249, 33)], np.float64)
_STRONGEST_ALPHA = 210
_GRID = 4
_GREY = 127


def overlay(strength: Map, side: int) -> bytes:
    """A PNG (RGBA) of `side` pixels: colour and opacity grow with the strength, which is 0 or more."""
    share = strength / max(float(strength.max()), 1e-12)
    smooth = Image.fromarray(share.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    values = np.clip(np.asarray(smooth, np.float64), 0, 1)
    steps = np.linspace(0, 1, len(_COLOURS))
    channels = [np.interp(values, steps, _COLOURS[:, channel]) for channel in range(3)]
    pixels = np.stack([*channels, values * _STRONGEST_ALPHA], axis=-1).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(file, "PNG", compress_level=4)
    return file.getvalue()


def occlusion(pixels: NDArray[np.uint8], index: int, logits: Callable[[NDArray[np.uint8]], NDArray[np.float64]]) -> Map:
    """How much the class's logit, above the mean of all, falls where a part of the photo is grey (arXiv:1311.2901).

    `pixels` is one photo (side, side, 3); `logits` takes a batch of any size. Probabilities would not do: covering one
    thing raises them for all others in the photo.
    """
    covered = np.stack([_covered(pixels, number) for number in range(_GRID * _GRID)])
    rows = logits(np.concatenate([pixels[None], covered]))
    found = rows[:, index] - rows.mean(axis=1)
    falls: Map = np.maximum(found[0] - found[1:], 0).reshape(_GRID, _GRID).astype(np.float32)
    return falls


def _covered(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    row, column = divmod(number, _GRID)
    edges = np.linspace(0, len(pixels), _GRID + 1).astype(int)
    copy = pixels.copy()
    copy[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = _GREY
    return copy
