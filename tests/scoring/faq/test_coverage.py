"""How much of a question an entry says too, and its part in the fit."""

import numpy as np
import pytest

from scoring.faq.coverage import Coverage
from scoring.faq.data import Entry
from scoring.faq.encoder import StaticEncoder
from scoring.faq.features import Features
from scoring.faq.index import Index

ENTRIES = [
    Entry("letters", "How do I send messages to a friend?", "Write the address on the envelope.", (), ()),
    Entry("cake", "How long do I bake a cake?", "Forty minutes in a warm oven.", (), ()),
    Entry("rent", "When is the rent due?", "On the third of the month, by transfer.", (), ()),
]
QUESTIONS = ["mail for my neighbours", "envelope", "oven for messages", "the of and", "bake cake cake", "xyzzy oven"]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(ENTRIES, [entry.own for entry in ENTRIES], ["who won the match", "buy a car"], StaticEncoder())


def coverage(most_remembered: int) -> tuple[Features, Coverage]:
    asked, answered = [entry.question for entry in ENTRIES], [entry.answer for entry in ENTRIES]
    features = Features([*asked, *answered], StaticEncoder())
    matrices = [features.texts(texts, spelling=False).wording for texts in (asked, answered)]
    return features, Coverage(features, *matrices, answer=0.8, most_remembered=most_remembered)


def test_a_word_is_covered_by_one_that_means_nearly_the_same() -> None:
    features, covers = coverage(1_000)
    found = covers.shares(features.texts(["mail", "envelope", "messages", "the of and"]).parts)
    assert found.argmax(axis=1)[:3].tolist() == [0, 0, 0]
    assert 0.3 < found[0, 0] < 1
    assert found[1:3, 0].tolist() == pytest.approx([0.8, 1.0], abs=1e-5)
    assert found[3].tolist() == [0, 0, 0]
    assert ((found >= 0) & (found <= 1.00001)).all()


def test_what_cannot_all_be_remembered_is_worked_out_again() -> None:
    features, plenty = coverage(1_000)
    expected = plenty.shares(features.texts(QUESTIONS).parts)
    features, short = coverage(2 * len(ENTRIES))
    for number, question in enumerate([*QUESTIONS, *QUESTIONS]):
        found = short.shares(features.texts([question]).parts)[0]
        assert found.tolist() == expected[number % len(QUESTIONS)].tolist()
    assert np.array_equal(short.shares(features.texts(QUESTIONS).parts), expected)


def test_the_fit_is_shared_out_among_the_words_to_the_last_part(index: Index) -> None:
    telling = [question for question in QUESTIONS if question != "the of and" and " for " not in question]
    fits = index.fits(telling)
    every = [list(range(len(ENTRIES)))] * len(telling)
    added = index.shares(telling, fits.texts, every)
    sums = [[sum(of_entry.values()) for of_entry in of_question] for of_question in added]
    assert np.allclose(sums, fits.fit + index.hub, atol=1e-5)
    assert fits.covered.max() > 0.3
