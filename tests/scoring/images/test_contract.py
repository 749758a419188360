"""The answer about a photo, written and read again; and what the reader refuses."""

import json

import pytest

from scoring.contract.images import Crop, Evidence, Explanation, Label, Labels, Prediction, Predictions
from scoring.contract.reading import ContractError
from scoring.contract.receipt import Receipt

RECEIPT = Receipt("lite2", "abc", "pod-1", 0.1, 2.0, 30.0)
PLAIN = Predictions((Prediction("n02124075", "Egyptian cat", 0.62),), 451, 300, RECEIPT)
FULL = Predictions(
    PLAIN.predictions,
    451,
    300,
    RECEIPT,
    known=False,
    evidence=Evidence("prominence", -3.5, 1.25),
    confidence=0.25,
    crop=Crop(92, 17, 267, 267),
    explanation=Explanation("n02124075", "Egyptian cat", "gradcam", b"\x89PNG\r\n\x1a\nrest"),
    rendering=b"\xff\xd8\xff\xe0 and the rest",
)


def sent(answer):
    return json.loads(json.dumps(answer.to_json()))


@pytest.mark.parametrize("answer", [PLAIN, FULL], ids=["plain", "full"])
def test_an_answer_is_read_as_it_was_written(answer):
    assert Predictions.from_json(sent(answer)) == answer


def test_what_a_model_cannot_tell_is_left_out():
    assert set(PLAIN.to_json()) == {"predictions", "width", "height", "receipt"}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("known", 1, "not-a-boolean"),
        ("confidence", 1.5, "not-in-range"),
        ("evidence", None, "not-an-object"),
        ("evidence", {"rule": "entropy", "score": float("nan"), "threshold": 0}, "not-in-range"),
        ("crop", {"left": -1, "top": 0, "width": 1, "height": 1}, "not-in-range"),
        ("crop", {"left": 0, "top": 0, "width": 1}, "missing-field"),
        ("explanation", {"id": "a", "label": "a", "method": "m", "overlay": "%%%"}, "not-base64"),
        ("explanation", {"id": "a", "label": "a", "method": "m", "overlay": "PHN2Zz4="}, "not-base64"),
        ("rendering", "%%%", "not-base64"),
        ("rendering", "PHN2Zz4=", "not-base64"),
        ("surprise", 1, "unknown-field"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_refused(key, value, code):
    with pytest.raises(ContractError) as refused:
        Predictions.from_json(sent(FULL) | {key: value})
    assert refused.value.code == code


def test_labels_are_read_as_they_were_written():
    labels = Labels("lite2", "abc", (Label("n1", "tench"), Label("n2", "goldfish")))
    assert Labels.from_json(sent(labels)) == labels


def test_a_model_without_labels_is_refused():
    with pytest.raises(ContractError):
        Labels.from_json({"model": "lite2", "version": "abc", "labels": []})
