"""What the model answers, and which words it says decided."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scoring.contract.faq import Matches, Question
from scoring.contract.limits import MAX_TOP
from scoring.contract.reading import ContractError
from scoring.contract.receipt import Receipt
from scoring.faq.data import Entry
from scoring.faq.model import FaqModel, Found
from scoring.faq.training import Trained, train
from scoring.faq.words import STOP_WORDS, words
from scoring.service.model import Body
from scoring.service.tensors import Tensor
from tests.scoring.faq.garden import faq_rows

PLANTS = [
    ("water", "How often do I water a cactus?", "Once a fortnight in summer, hardly at all in winter."),
    ("light", "Which plants grow in a dark room?", "Ferns, ivy and peace lilies need little light."),
    ("lice", "How do I get rid of greenfly on roses?", "Spray soapy water on the aphids, or bring ladybirds."),
    ("repot", "When should I repot a house plant?", "In spring, when roots come out of the bottom of the pot."),
    ("yellow", "Why do the leaves of my basil turn yellow?", "Too much water, or too little nitrogen in the soil."),
    ("compost", "What may go on a compost heap?", "Peel, coffee grounds, leaves and cut grass; no cooked food."),
]
RECEIPT = Receipt("plants", "1", "here", 0.0, 0.0, 0.0)


def quiet(line: str) -> None:
    assert line


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [Entry(name, question, answer, (), ()) for name, question, answer in PLANTS]


@pytest.fixture(scope="module")
def trained(entries: list[Entry]) -> Trained:
    return train(entries, quiet)


@pytest.fixture(scope="module")
def model(entries: list[Entry], trained: Trained) -> FaqModel:
    made = FaqModel("plants", "1", entries, trained)
    made.warm()
    return made


def first(found: Found) -> str:
    return found.matches[0].id


def ask(model: FaqModel, *questions: str) -> Sequence[Found]:
    return model.score([Question(question) for question in questions])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("my cacti need watering how many times a month", "water"),
        ("something green is eating my rose bushes", "lice"),
        ("bigger pot for a plant, which season", "repot"),
        ("can i put potato peelings on the composting pile", "compost"),
        ("basl leafs are yelow", "yellow"),
    ],
)
def test_an_entry_without_paraphrases_is_found_by_meaning_and_by_spelling(
    model: FaqModel, question: str, expected: str
) -> None:
    assert first(ask(model, question)[0]) == expected


@pytest.mark.parametrize("question", ["qwrtz plmvx", "zzzzzz", "xvbnm hjklp qqq", "!!! ???", "()", "1234567"])
def test_gibberish_is_never_answered(model: FaqModel, question: str) -> None:
    assert not ask(model, question)[0].answered


@pytest.mark.parametrize("question", ["do you deliver to france", "who are you", "qwrtz plmvx", "можно ли", "3 euros"])
def test_a_question_of_unknown_words_gets_the_nearest_entries_and_no_answer(model: FaqModel, question: str) -> None:
    (found,) = model.score([Question(question, 3)])
    assert len(found.matches) == 3
    assert not found.answered
    assert all(match.score < 0.05 for match in found.matches)


@pytest.mark.parametrize("question", ["!!! ???", "12 345", "....", "🙂", "—"])
def test_nothing_is_near_to_a_question_that_says_nothing(model: FaqModel, question: str) -> None:
    assert ask(model, question) == [Found((), False)]


def test_what_comes_near_a_question_of_unknown_words_is_near_in_meaning(model: FaqModel) -> None:
    assert first(ask(model, "insecticide")[0]) == "lice"


def test_every_way_of_asking_gives_the_nearest_entries(model: FaqModel) -> None:
    strange, signs, good = ask(model, "do you deliver to france", "!!!", "when should i repot a plant")
    ids, scores, *_, answered = model.write_tensors([strange, signs, good])
    assert ids.shape == scores.shape == (3, 5)
    assert [bytes(one).decode() for one in ids.values][:5] == [match.id for match in strange.matches]
    assert [bytes(one) for one in ids.values][5:10] == [b""] * 5
    assert answered.values.tolist() == [False, False, True]
    way = model.dialects["/score"]
    for text, expected in (("do you deliver to france", len(PLANTS)), ("!!!", 0)):
        asked = way.read(Body("application/json", json.dumps({"input": text}).encode(), {}))
        rows, _ = asked.write(model.score(asked.items), RECEIPT)["result"]
        assert len(rows) == expected


def test_scores_fall_and_are_probabilities(model: FaqModel) -> None:
    for found in ask(model, *(question for _, question, _ in PLANTS)):
        scores = [match.score for match in found.matches]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_a_batch_answers_each_question_as_if_it_were_alone(model: FaqModel) -> None:
    questions = ["water a cactus", "zzzz", "dark corner", "greenfly " * 20, "is my basil ill?", "compost"]
    together = ask(model, *questions)
    for question, found in zip(questions, together, strict=True):
        alone = ask(model, question)[0]
        assert [match.id for match in alone.matches] == [match.id for match in found.matches]
        assert [match.score for match in alone.matches] == pytest.approx([m.score for m in found.matches], abs=2e-4)


def test_top_limits_what_comes_back(model: FaqModel) -> None:
    found = model.score([Question("when to water or repot", top) for top in (1, 3)])
    assert [len(one.matches) for one in found] == [1, 3]


def test_words_that_say_nothing_never_decide(model: FaqModel) -> None:
    for found in ask(model, "how do i get rid of the greenfly on a rose of mine", "when should i repot it"):
        for match in found.matches:
            assert {word.text for word in match.words} & STOP_WORDS == set()
            assert sum(word.weight for word in match.words) <= 1.001


def test_the_word_in_common_decides_most(model: FaqModel) -> None:
    found = ask(model, "and what about greenfly?")[0]
    assert first(found) == "lice"
    assert found.matches[0].words[0].text == "greenfly"
    assert found.matches[0].words[0].weight > 0.8


def test_what_is_written_is_what_the_contract_reads(model: FaqModel) -> None:
    found = ask(model, "when should i repot a plant?")[0]
    written = json.loads(json.dumps(model.write(found, RECEIPT)))
    assert Matches.from_json(written) == Matches(found.matches, found.answered, model.threshold, RECEIPT)


def test_the_same_entries_give_the_same_answers(entries: list[Entry], model: FaqModel) -> None:
    again = FaqModel("plants", "1", entries, train(entries, quiet))
    questions = ["cactus", "roses", "dark room"]
    assert ask(again, *questions) == ask(model, *questions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what does === mean", ["what", "does", "===", "mean"]),
        ("x => x?.y", ["x", "=>", "?.", "y"]),
        ("Math.max(...list)", ["math", "max", "...", "list"]),
        ("what do ? and : do", ["what", "do", "?", "and", ":"]),
        ("getElementById is null!", ["getelementbyid", "get", "element", "by", "id", "is", "null"]),
        ("the [] at the end.", ["the", "[]", "at", "end"]),
    ],
)
def test_signs_of_code_are_words(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


def test_a_question_of_two_thousand_characters_is_scored(model: FaqModel) -> None:
    assert len(ask(model, ("pot " * 500).strip())[0].matches) == 5


def test_a_model_folder_keeps_its_answers(entries: list[Entry], trained: Trained, tmp_path: Path) -> None:
    import pickle

    path = tmp_path / "trained.pickle"
    path.write_bytes(pickle.dumps(trained))
    again = FaqModel("plants", "1", entries, pickle.loads(path.read_bytes()))  # noqa: S301
    questions = ["cactus", "what is the compost heap for"]
    assert ask(again, *questions) == ask(FaqModel("plants", "1", entries, trained), *questions)


def test_an_answer_depends_neither_on_the_questions_beside_it_nor_on_how_many_entries_are_asked_for(
    garden_models: Path,
) -> None:
    model = FaqModel.load(garden_models / (garden_models / "stable").read_text().strip())
    model.warm()
    asked = [" ".join(row["question"].split()[at:]) for row in faq_rows() for at in range(3)]
    alone = {
        question: model.write(model.score([Question(question, MAX_TOP)])[0], RECEIPT)["matches"] for question in asked
    }
    for size in (1, 2, 5, 16, 31):
        for start in range(0, len(asked), size):
            batch = [Question(question, 1 + (start + at) % MAX_TOP) for at, question in enumerate(asked[start:][:size])]
            for question, found in zip(batch, model.score(batch), strict=True):
                assert model.write(found, RECEIPT)["matches"] == alone[question.question][: question.top]


@pytest.mark.parametrize("wrong", [b" ", b"\xff", b"x" * 2_001], ids=["empty", "not UTF-8", "too long"])
def test_of_several_questions_the_one_that_cannot_be_read_is_named(
    trained: Trained, entries: list[Entry], wrong
) -> None:
    asked = Tensor("question", "BYTES", (3,), [b"cactus", b"roses", wrong])
    with pytest.raises(ContractError) as refused:
        FaqModel("plants", "1", entries, trained).read_tensors({"question": asked}, {})
    assert refused.value.field == "question[2]"
