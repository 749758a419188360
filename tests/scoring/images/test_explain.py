"""Occlusion with models whose answer is known, and what it asks of them."""

import io

import numpy as np
import pytest
from PIL import Image

from scoring.images.explain import GREY, hidden_halves, hidden_places, overlay


def brightness_of(row, column):
    """A model of two classes: the first one's logit is how much brighter than grey a quarter of the photo is."""
    asked = []

    def logits(photos):
        asked.append(len(photos))
        middle = photos.shape[1] // 2
        quarter = photos[:, middle * row :, middle * column :][:, :middle, :middle].astype(float)
        first = (quarter - GREY).mean(axis=(1, 2, 3))
        return np.stack([first, -first], axis=1)

    return logits, asked


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_halves_find_the_quarter_that_speaks_for_the_class_by_three_predictions(row, column):
    logits, asked = brightness_of(row, column)
    photo = np.full((20, 20, 3), 255, np.uint8)
    seen, nothing = logits(photo[None])[0], logits(np.full_like(photo, GREY)[None])[0]
    asked.clear()

    found = hidden_halves(photo, 0, seen, nothing, logits)

    assert sum(asked) == 3
    assert (found > 0).tolist() == [[(row, column) == (y, x) for x in (0, 1)] for y in (0, 1)]
    assert hidden_halves(photo, 1, seen, nothing, logits).max() == 0


def test_hidden_places_are_what_a_linear_model_weighs_each_place_with():
    weights = np.array([[2.0, -2.0], [0.5, -0.5]])
    maps = np.random.default_rng(5).random((5, 7, 2)).astype(np.float32)

    def rest(batch):
        return batch.mean(axis=(1, 2)).astype(np.float64) @ weights

    found = hidden_places(maps, 0, rest)

    assert found == pytest.approx(maps @ weights[:, 0] / 35, abs=1e-6)
    assert hidden_places(maps, 1, rest).max() == 0


def test_large_maps_are_hidden_by_cells():
    maps = np.zeros((64, 24, 1), np.float32)
    maps[60:, :2] = 1

    found = hidden_places(maps, 0, lambda batch: np.stack([batch.sum(axis=(1, 2, 3)), np.zeros(len(batch))], axis=1))

    assert found.shape == (10, 10)
    assert np.argwhere(found > 0).tolist() == [[9, 0]]


def test_an_overlay_is_clear_where_nothing_speaks_and_strongest_where_most_does():
    strength = np.zeros((4, 4), np.float32)
    strength[0, 0] = 3
    image = Image.open(io.BytesIO(overlay(strength, 40)))

    # A byte for each pixel: a quarter of what four take to pack and to send.
    assert (image.mode, image.size) == ("P", (40, 40))
    pixels = np.asarray(image.convert("RGBA"))
    assert pixels[0, 0].tolist() == [240, 249, 33, 210]
    assert pixels[39, 39].tolist() == [13, 8, 135, 0]
