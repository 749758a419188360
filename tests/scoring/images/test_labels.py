import re

import pytest

from scoring.client import ScoringClient
from scoring.images import artefact, labels


def test_there_is_one_label_for_each_class_in_the_order_of_imagenet():
    found = labels.read()

    assert len(found) == 1000
    assert [label.id for label in found] == sorted({label.id for label in found})
    assert all(re.fullmatch(r"n\d{8}", label.id) for label in found)


def test_no_two_classes_have_the_same_name():
    names = [label.label.lower() for label in labels.read()]

    assert len(set(names)) == 1000
    assert all(name.strip() == name and name for name in names)


@pytest.mark.parametrize(
    ("index", "id", "word"),
    [
        (0, "n01440764", "tench"),
        (281, "n02123045", "tabby"),
        (282, "n02123159", "tiger cat"),
        (285, "n02124075", "Egyptian cat"),
        (698, "n03877845", "palace"),
        (967, "n07920052", "espresso"),
        (999, "n15075141", "toilet tissue"),
    ],
)
def test_known_classes_stand_at_their_known_places(index, id, word):
    found = labels.read()[index]

    assert found.id == id
    assert word in found.label


def test_the_scorer_names_every_class_in_the_order_of_the_outputs(scorer, model_folder):
    with ScoringClient(f"http://127.0.0.1:{scorer.port}") as client:
        found = client.labels()

    assert found.labels == labels.read()
    assert found.version == artefact.verify(model_folder).version
