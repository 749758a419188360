"""Wrong?: one of the model's own labels or none of them, stored for review, exported as photos to calibrate on."""

import base64
import json
import re
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from scoring.contract.images import Label
from scoring.images import calibrating
from scoring.images.decode import Frame
from tests.webapp import scorer
from tests.webapp.conftest import encoded
from tests.webapp.results.pages import sealed
from webapp.results.models import Correction
from webapp.results.tasks import purge

pytestmark = pytest.mark.django_db
COPY = encoded("JPEG", 16)
HTMX = {"HX-Request": "true"}
NAMES = ("tabby", "tiger cat", "Egyptian cat", "lynx", "carton", "catamaran", "Madagascar cat", "bobcat")
LABELS = [{"id": f"n{place}", "label": name} for place, name in enumerate(NAMES)]
LABELS[0]["id"] = scorer.PREDICTIONS["predictions"][0]["id"]
FIELDS = ("predicted_label", "score", "right_label", "right_id", "photo", "review")


@pytest.fixture(autouse=True)
def model(images):
    images.answers(scorer.PREDICTIONS | {"rendering": base64.b64encode(COPY).decode()})
    images.labels = {"model": "EfficientNet-Lite2", "version": "3f2a91c", "labels": LABELS}
    return images


@pytest.fixture
def reviewer(client):
    user = User.objects.create_user("maria", password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="reviewers"))
    client.force_login(user)
    return client


def file(content):
    return SimpleUploadedFile("holiday at home.jpg", content, "image/jpeg")


def show(client, photo):
    return sealed(client.post("/images/", {"image": file(photo)}, headers=HTMX).text)


def correct(client, photo, headers=None, **given):
    given = {"sealed": given.pop("sealed", None) or show(client, photo), **given}
    return client.post("/images/corrections/", given, headers=headers or {})


def stored():
    rows = Correction.objects.order_by("pk").values_list(*FIELDS)
    return [(*row[:4], bytes(row[4]) if row[4] else None, row[5]) for row in rows]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_label_is_put_right_without_the_photo(client, images, photo, headers):
    response = correct(client, photo, headers, label="  LYNX ")
    assert response.status_code == 200 and "Your correction is stored" in response.text
    assert ("<html" in response.text) == (not headers)
    assert stored() == [("tabby", 0.7, "lynx", "n3", None, "waiting")]
    assert len(images.asked) == 1


def test_with_the_tick_the_scorers_copy_is_stored_and_never_what_was_sent(client, images, photo):
    response = correct(client, photo, label="lynx", with_photo="1", image=file(photo))
    assert "smaller copy of the photo" in response.text
    assert (images.asked[-1].body, stored()[0][4]) == (photo, COPY)


def test_none_of_them_is_an_answer(client, photo):
    correct(client, photo, label="cat", none_of_them="1")
    assert stored() == [("tabby", 0.7, "", "", None, "waiting")]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_may_be_several_labels_is_asked_again(client, photo, headers):
    given = show(client, photo)
    response = correct(client, photo, headers, sealed=given, label="cat")
    assert (response.status_code, stored()) == (422, [])
    assert "Which of these is it?" in response.text
    offered = re.findall(r'name="chosen" value="(n\d)"', response.text)
    assert offered == ["n5", "n1", "n2", "n6", "n7"]
    assert correct(client, photo, sealed=given, label="cat", chosen="n5").status_code == 200
    assert stored()[0][2:4] == ("catamaran", "n5")


def test_the_page_without_a_script_carries_answer_and_photo_on(client, photo):
    page = client.post("/images/", {"image": file(photo)}).text
    copy = base64.b64encode(COPY).decode()
    assert f'name="copy" value="{copy}"' in page
    given = sealed(page)
    again = correct(client, photo, sealed=given, label="cat", with_photo="1", copy=copy).text
    assert (sealed(again), f'name="copy" value="{copy}"' in again, "checked" in again) == (given, True, True)
    correct(client, photo, sealed=given, chosen="n3", with_photo="1", copy=copy)
    assert stored() == [("tabby", 0.7, "lynx", "n3", COPY, "waiting")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Type what the photo shows"),
        ({"label": "a friend of mine"}, "The model has no label like this"),
        ({"chosen": "n999"}, "Type what the photo shows"),
        ({"label": "Tabby"}, "That is what the model said"),
        ({"label": "lynx", "with_photo": "1"}, "did not come along"),
        ({"label": "lynx", "sealed": "forged"}, "Show the photo again"),
        ({"label": "x" * 201}, "Not stored"),
    ],
)
def test_what_is_no_correction_is_refused_in_words(client, photo, given, said):
    response = correct(client, photo, HTMX, **given)
    assert (response.status_code, said in response.text, stored()) == (422, True, [])


def test_a_model_that_does_not_tell_its_labels_is_said_so(client, images, photo):
    given = show(client, photo)
    images.labels = {"labels": []}
    response = correct(client, photo, sealed=given, label="lynx")
    assert (response.status_code, "Not stored" in response.text, stored()) == (502, True, [])
    assert correct(client, photo, sealed=given, none_of_them="1").status_code == 200


def test_the_last_word_on_an_answer_counts_until_it_is_reviewed(client, photo):
    given = show(client, photo)
    for name in ("lynx", "bobcat"):
        correct(client, photo, sealed=given, label=name)
    assert [row[2] for row in stored()] == ["bobcat"]
    Correction.objects.update(review="accepted")
    correct(client, photo, sealed=given, label="lynx")
    assert [row[2] for row in stored()] == ["bobcat"]


def test_corrections_without_end_are_refused(client, photo):
    given = show(client, photo)
    assert [correct(client, photo, sealed=given, label="lynx").status_code for _ in range(31)][-1] == 429


def test_old_corrections_go(client, photo, settings):
    correct(client, photo, label="lynx")
    Correction.objects.update(given_at=timezone.now() - timedelta(days=settings.FEEDBACK_DAYS, minutes=1))
    assert (purge(), stored()) == (1, [])


def suggested(client, text):
    return client.post("/images/labels/", {"label": text}).json()


def test_the_models_own_labels_are_suggested_those_that_begin_so_first(client):
    found = suggested(client, "Cat")
    names = ["catamaran", "tiger cat", "Egyptian cat", "Madagascar cat", "bobcat"]
    assert found == {"suggestions": [{"text": name, "html": name} for name in names], "said": "5 suggestions"}


def test_labels_are_asked_for_once_a_version(client, images):
    suggested(client, "lynx")
    images.labels = {"model": "EfficientNet-Lite2", "version": "3f2a91c", "labels": LABELS[:1]}
    assert [row["text"] for row in suggested(client, "lynx")["suggestions"]] == ["lynx"]


@pytest.mark.parametrize("text", ["", "   ", "zebra"])
def test_nothing_is_suggested_for_nothing(client, text):
    assert suggested(client, text)["suggestions"] == []


def test_a_label_is_shown_as_text(client, images):
    images.labels = {"model": "own", "version": "1", "labels": [{"id": "1", "label": "<b>x</b>"}]}
    assert suggested(client, "b")["suggestions"] == [{"text": "<b>x</b>", "html": "&lt;b&gt;x&lt;/b&gt;"}]


def test_without_the_scorer_nothing_is_suggested(client, nobody):
    assert suggested(client, "cat")["suggestions"] == []


def test_a_reviewer_sees_the_photo_and_puts_the_label_right(reviewer, photo):
    correct(reviewer, photo, label="lynx", with_photo="1", image=file(photo))
    row = Correction.objects.get()
    address = f"/admin/results/correction/{row.pk}"
    listed = reviewer.get("/admin/results/correction/")
    assert f'src="{address}/photo.jpg"' in listed.text and "unsafe" not in listed["Content-Security-Policy"]
    served = reviewer.get(f"{address}/photo.jpg")
    assert (served.content, served["Content-Security-Policy"]) == (COPY, "default-src 'none'; sandbox")
    assert Client().get(f"{address}/photo.jpg").status_code == 302
    refused = reviewer.post(f"{address}/change/", {"right_label": "my aunt", "review": "accepted"})
    assert (refused.status_code, "no such label" in refused.text) == (200, True)
    assert reviewer.post(f"{address}/change/", {"right_label": "Bobcat", "review": "accepted"}).status_code == 302
    assert stored() == [("tabby", 0.7, "bobcat", "n7", COPY, "accepted")]
    reviewer.post(f"{address}/change/", {"right_label": "", "review": "accepted"})
    assert stored()[0][2:4] == ("", "")


def test_a_visitor_has_no_right_to_the_photo(client, photo):
    correct(client, photo, label="lynx", with_photo="1", image=file(photo))
    client.force_login(User.objects.create_user("guest", password="a long password", is_staff=True))
    assert client.get(f"/admin/results/correction/{Correction.objects.get().pk}/photo.jpg").status_code == 403


def test_what_a_reviewer_accepts_is_exported_for_calibration(reviewer, photo, tmp_path):
    for name in ("lynx", "tiger cat", "bobcat", "catamaran", "carton"):
        correct(reviewer, photo, label=name, with_photo="1", image=file(photo))
    for _ in range(5):
        correct(reviewer, photo, none_of_them="1", with_photo="1", image=file(photo))
    correct(reviewer, photo, label="lynx")
    chosen = list(Correction.objects.values_list("pk", flat=True))
    page = reviewer.post(
        "/admin/results/correction/", {"action": "accept", "_selected_action": chosen}, follow=True
    ).text
    correct(reviewer, photo, label="lynx", with_photo="1", image=file(photo))
    folder = tmp_path / "corrections"
    call_command("export_corrections", folder)
    inside = sorted(path.name.partition("--")[0] for path in (folder / "inside").iterdir())
    assert "11 accepted." in page
    assert inside == ["bobcat", "carton", "catamaran", "lynx", "tiger_cat"]
    assert {path.read_bytes() for path in folder.glob("*/*.jpg")} == {COPY}
    lines = [json.loads(line) for line in (folder / "corrections.jsonl").read_text().splitlines()]
    assert (len(lines), sum(line["photo"] is None for line in lines)) == (11, 1)
    first = lines[0]
    assert (folder / first["photo"]).is_file()
    assert (first["predicted"]["label"], first["right"], first["model"]) == (
        "tabby",
        {"id": "n3", "label": "lynx"},
        "EfficientNet-Lite2 3f2a91c",
    )
    assert calibrated(folder) == (5, 5)


def calibrated(folder):
    """How many photos of each kind the calibration of `scoring.images` reads there."""
    labels = [Label(row["id"], row["label"]) for row in LABELS]
    random = np.random.default_rng(0)

    def forward(pixels):
        return random.normal(size=(len(pixels), len(labels)))

    found = calibrating.fit(folder / "inside", folder / "outside", labels, Frame(32, "bicubic"), forward).calibration
    return found.inside, found.outside


@pytest.mark.parametrize("label", ["either/or", "snake_case", "..", "a--b"])
def test_a_label_that_no_file_can_be_named_by_is_left_out_and_said(db, tmp_path, capfd, label):
    given = {"predicted_id": "a", "predicted_label": "a", "score": 0.5, "model": "m 1", "review": "accepted"}
    Correction.objects.create(answer_id="1", right_id="b", right_label=label, photo=COPY, **given)
    call_command("export_corrections", tmp_path / "new")
    assert list((tmp_path / "new").glob("*/*")) == []
    assert label in capfd.readouterr().err


def test_nothing_is_written_over(db, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        call_command("export_corrections", tmp_path)
