"""Whether words follow each other as in what was read; salads to learn from."""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.faq.data import Entry
from scoring.faq.order import MOST, Order
from scoring.faq.salads import of_commonest, salads
from scoring.faq.words import words

READ = ["how do I water a cactus", "how do I repot a fern", "what is on the heap", "when do I water the lawn"] * 20
HASHED = """
import hashlib, pickle
from scoring.faq.order import Order
print(hashlib.sha256(pickle.dumps(Order(["how do I water a cactus", "what is on the heap"]))).hexdigest())
"""


def measures(order: Order, texts: Sequence[str]) -> NDArray[np.float32]:
    return order.measures([words(text) for text in texts])


def test_words_in_their_usual_order_are_told_from_the_same_words_in_none() -> None:
    usual, reversed_ = measures(Order(READ), ["how do I water the heap", "heap the water I do how"])
    assert usual[0] > 0.5 > -0.5 > reversed_[0]
    assert usual[1] > 0.9
    assert reversed_[1] == 0


def test_unread_words_stand_for_any_word_that_is_no_stop_word() -> None:
    read, unread = measures(Order(READ), ["how do I water a cactus", "how do I prune a rose"])
    assert read[0] == unread[0]
    assert read[1] == 1 > unread[1] > 0.4


def test_measures_stay_in_their_ranges_whatever_the_text() -> None:
    found = measures(Order(READ), ["", "???", "a", "the the the the", "x" * 2_000, "do " * 600])
    assert (np.abs(found[:, 0]) <= MOST).all()
    assert ((found[:, 1] >= 0) & (found[:, 1] <= 1)).all()


def test_no_text_no_measure() -> None:
    assert measures(Order(READ), []).shape == (0, 2)


def test_what_is_kept_measures_the_same() -> None:
    order = Order(READ)
    texts = ["how do I water the lawn", "lawn heap what", "zzz"]
    again = pickle.loads(pickle.dumps(order))  # noqa: S301
    np.testing.assert_array_equal(measures(again, texts), measures(order, texts))


def test_what_is_kept_has_the_same_bytes_in_every_process() -> None:
    kept = {
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(kept) == 1


def test_salads_are_made_of_the_words_that_were_given_and_repeat_with_the_seed() -> None:
    entries = [Entry("a", "Why is snow white?", "It scatters light.", ("cold colour",), ())]
    made = salads(entries, ["how long do I boil an egg"], 50, 1)
    assert made == salads(entries, ["how long do I boil an egg"], 50, 1) != salads(entries, ["how long"], 50, 2)
    drawn = {word for text in made for word in text.split()}
    assert " ".join(sorted(drawn)) == "an boil cold colour do egg how i is it light long scatters snow white why"
    assert all(3 <= len(text.split()) <= 12 for text in made)


def test_salads_of_the_commonest_words_leave_rare_ones_out() -> None:
    made = of_commonest(["to be or not to be", "to be sure", "that is not it"], 3, 2, 20, 0)
    assert {word for text in made for word in text.split()} == {"to", "be", "not"}
    assert all(len(set(text.split())) == 2 for text in made)
