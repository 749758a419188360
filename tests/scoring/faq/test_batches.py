"""What a question is answered depends neither on the batch it is in nor on how many entries are asked for."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from scoring.faq.calibration import Calibration
from scoring.faq.features import Texts, likeness
from scoring.faq.index import Fits

QUESTIONS, ENTRIES, WIDTH = 16, 40, 256
made = np.random.default_rng(7)


def numbers(*shape: int) -> np.ndarray:
    return made.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("entries", [3, 200, 1_000])
def test_a_likeness_is_the_same_to_the_last_bit_however_many_are_asked_at_once(entries: int) -> None:
    rows, to = numbers(32, WIDTH), numbers(entries, WIDTH)
    whole = likeness(rows, to)
    np.testing.assert_allclose(whole, rows @ to.T, rtol=1e-3, atol=1e-4)
    for count in (1, 2, 5, 8, 9, 31):
        assert (likeness(rows[-count:], to) == whole[-count:]).all()


def test_a_probability_is_the_same_however_many_entries_are_asked_for() -> None:
    cold, learnt = numbers(QUESTIONS, ENTRIES), numbers(QUESTIONS, ENTRIES + 1)
    texts = Texts(
        numbers(QUESTIONS, WIDTH),
        csr_matrix((QUESTIONS, 1)),
        np.ones(QUESTIONS, np.float32),
        np.ones(QUESTIONS, bool),
        [],
    )
    covered = numbers(QUESTIONS, ENTRIES)
    fits = Fits(
        texts, cold + covered + learnt[:, :-1], cold, covered, learnt, numbers(QUESTIONS), numbers(QUESTIONS, 2)
    )
    belongs, fitting = np.array([0.5, 1.1, 0.8, -1.0], np.float32), np.array([0.3, 1.2, 0.4, 0.2, -0.5], np.float32)
    calibration = Calibration(0.1, 0.7, belongs, fitting, True, 0.2, 0.3)
    order, scores = calibration.best(fits, 20)
    for top in (1, 2, 5, 19):
        fewer = calibration.best(fits, top)
        assert (fewer[0] == order[:, :top]).all()
        assert (fewer[1] == scores[:, :top]).all()
