"""The files of labels that people have: plain lists, Keras's index of classes, and what is neither."""

import json

import pytest

from scoring.images import own_labels
from scoring.images.artefact import ArtefactError

LISTED = [{"id": "0", "label": "cat"}, {"id": "1", "label": "dog"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "cat\n\n dog \n"),
        ("labels.txt", "\ufeffcat\r\ndog"),
        ("labels.json", '["cat", "dog"]'),
        ("labels.JSON", '[{"id": 0, "label": "cat"}, {"id": 1, "label": "dog"}]'),
        ("labels.json", '{"1": "dog", "0": "cat"}'),
        ("labels.json", '{"1": ["1", "dog"], "0": ["0", "cat"]}'),
    ],
)
def test_every_form_gives_an_id_and_a_label_for_each_output(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert own_labels.read(tmp_path / name) == LISTED


def test_an_index_of_classes_is_read_by_its_numbers_and_same_names_are_told_apart(tmp_path):
    names = ["tench", "crane", *(f"bird {number}" for number in range(2, 11)), "crane"]
    index = {str(number): [f"n{number:08}", names[number]] for number in reversed(range(12))}
    (tmp_path / "index.json").write_text(json.dumps(index))
    found = own_labels.read(tmp_path / "index.json")

    assert [one["id"] for one in found] == [f"n{number:08}" for number in range(12)]
    assert [one["label"] for one in found] == [names[0], "crane (n00000001)", *names[2:11], "crane (n00000011)"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"cat": 0, "dog": 1}, r'keys are not the numbers from "0" to "1"; needed is a list of labels'),
        ({"1": ["n1", "cat"], "2": ["n2", "dog"]}, "keys are not the numbers"),
        ({"0": ["n1", "cat", "more"]}, "entry 0, counted from 0, is no label"),
        ([{"id": "a", "label": "cat"}, {"id": "b"}], 'entry 1, counted from 0, has no "label"'),
        ([{"label": "cat"}], 'entry 0, counted from 0, has no "id"'),
        (["cat", ""], 'entry 1, counted from 0, has no "label"'),
        ([7], "entry 0, counted from 0, is no label"),
        ("cat", "it has to hold a list of labels"),
        (["cat", "dog", "cat"], "the label 'cat' comes twice"),
        ({"0": ["n1", "cat"], "1": ["n1", "dog"]}, "the id 'n1' comes twice"),
    ],
)
def test_another_form_is_refused_and_says_what_is_needed(tmp_path, content, said):
    (tmp_path / "labels.json").write_text(json.dumps(content))
    with pytest.raises(ArtefactError, match=said):
        own_labels.read(tmp_path / "labels.json")


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "labels.json").write_text("cat\ndog\n")
    with pytest.raises(ArtefactError, match="is no list of labels: Expecting value"):
        own_labels.read(tmp_path / "labels.json")
