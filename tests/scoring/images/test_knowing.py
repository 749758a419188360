"""What the scorer says of how sure it is, what it saw, and what spoke for a class; through HTTP."""

import io

import numpy as np
import pytest
from PIL import Image

from scoring.client import Refused, ScoringClient
from scoring.contract.images import Crop
from tests.scoring.images.files import encoded, opened
from tests.scoring.images.serving import chelsea, package_photo

EGYPTIAN_CAT, ESPRESSO = "n02124075", "n07920052"


@pytest.fixture(scope="module")
def client(scorer):
    with ScoringClient(f"http://127.0.0.1:{scorer.port}") as client:
        yield client


def ask(client, content, **wanted):
    return client.predict(content, "image/png", 5, deadline_s=60, **wanted)


@pytest.mark.parametrize(
    ("package", "path"),
    [("skimage", "data/chelsea.png"), ("skimage", "data/coffee.png"), ("sklearn", "datasets/images/china.jpg")],
)
def test_a_photo_of_a_class_is_known(client, package, path):
    found = ask(client, package_photo(package, path))

    assert found.known is True
    assert found.evidence.score >= found.evidence.threshold
    assert found.confidence > found.predictions[0].score


@pytest.mark.parametrize(
    "path", ["astronaut.png", "coins.png", "grass.png", "page.png", "text.png", "hubble_deep_field.jpg", "phantom.png"]
)
def test_a_photo_of_none_of_the_classes_is_not_known(client, path):
    found = ask(client, package_photo("skimage", f"data/{path}"))

    assert found.known is False
    assert found.evidence.score < found.evidence.threshold


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_photo_is_not_known(client, shade):
    assert ask(client, encoded(Image.new("RGB", (300, 300), (shade,) * 3), "PNG")).known is False


def test_the_answer_says_which_part_was_seen(client):
    assert ask(client, chelsea()).crop == Crop(92, 16, 267, 267)


def strength(explanation):
    """The opacity of the overlay, 0 to 255, by place."""
    image = Image.open(io.BytesIO(explanation.overlay))
    assert (image.format, image.size) == ("PNG", (260, 260))
    return np.asarray(image.convert("RGBA"))[..., 3].astype(float)


@pytest.fixture(scope="module")
def cat_beside_coffee():
    """The cat's face on the left, the cup on the right."""
    both = Image.new("RGB", (600, 300), "grey")
    both.paste(opened(chelsea()).crop((75, 0, 375, 300)), (0, 0))
    both.paste(
        opened(package_photo("skimage", "data/coffee.png")).crop((100, 0, 500, 400)).resize((300, 300)), (300, 0)
    )
    square = Image.new("RGB", (600, 600), "grey")
    square.paste(both, (0, 150))
    return encoded(square, "PNG")


@pytest.mark.parametrize("method", ["gradcam", "occlusion"])
@pytest.mark.parametrize(("class_id", "half"), [(EGYPTIAN_CAT, "left"), (ESPRESSO, "right")])
def test_an_explanation_lies_where_the_class_is(client, cat_beside_coffee, method, class_id, half):
    found = ask(client, cat_beside_coffee, explain=method, class_id=class_id).explanation
    left, right = (strength(found)[:, part].sum() for part in (slice(130), slice(130, None)))

    assert (found.id, found.method) == (class_id, method)
    assert left > 1.5 * right if half == "left" else right > 1.5 * left


@pytest.fixture(scope="module")
def places():
    """A cat and a cup, in turn in each quarter of one whose other quarters are grass: content, class, quarter."""
    grass = opened(package_photo("skimage", "data/grass.png")).convert("RGB").resize((584, 584))
    objects = {
        EGYPTIAN_CAT: opened(chelsea()).crop((75, 0, 375, 300)),
        ESPRESSO: opened(package_photo("skimage", "data/coffee.png")).crop((100, 0, 500, 400)),
    }
    return [
        (encoded(_pasted(grass, photo, row, column), "PNG"), class_id, (row, column))
        for class_id, photo in objects.items()
        for row in (0, 1)
        for column in (0, 1)
    ]


def _pasted(ground, photo, row, column):
    """The outer 32 of 584 pixels are what the crop leaves out."""
    both = ground.copy()
    both.paste(photo.resize((260, 260)), (32 + 260 * column, 32 + 260 * row))
    return both


@pytest.mark.parametrize("method", ["gradcam", "occlusion"])
def test_most_of_an_explanation_lies_on_the_thing_wherever_it_is(client, places, method):
    for content, class_id, (row, column) in places:
        found = strength(ask(client, content, explain=method, class_id=class_id).explanation)
        there = found[130 * row :, 130 * column :][:130, :130]

        assert there.sum() > 0.6 * found.sum(), (class_id, row, column)


def test_without_a_class_the_best_one_is_explained(client):
    found = ask(client, chelsea(), explain="auto")

    assert (found.explanation.id, found.explanation.method) == (found.predictions[0].id, "gradcam")
    assert ask(client, chelsea()).explanation is None


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"explain": "guess"}, "not-a-choice"),
        ({"explain": "gradcam", "class_id": "n00000000"}, "unknown-class"),
        ({"explain": "gradcam", "class_id": "../etc"}, "unknown-class"),
    ],
)
def test_an_explanation_that_cannot_be_is_refused(client, wanted, code):
    with pytest.raises(Refused) as refused:
        ask(client, chelsea(), **wanted)
    assert (refused.value.problem.status, refused.value.problem.code) == (422, code)


def test_a_rendering_comes_with_the_labels_where_it_is_asked_for(client):
    found = ask(client, chelsea(), rendering=True)

    assert opened(found.rendering).size == (451, 300)
    assert found.predictions == ask(client, chelsea()).predictions
    assert ask(client, chelsea()).rendering is None


@pytest.mark.parametrize(
    "query", ["?class=n02124075", "?rendering=", "?rendering=false", "?explain=", "?explain=gradcam&class=a&class=b"]
)
def test_a_query_that_asks_for_half_of_something_is_refused(scorer, query):
    assert scorer.ask(chelsea(), query=query).status in (400, 422)
