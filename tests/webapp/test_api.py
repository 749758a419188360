"""The JSON API: answers as the contract says, errors as whole problem documents."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from scoring.contract.limits import MAX_IMAGE_BYTES
from tests.webapp import scorer
from tests.webapp.conftest import encoded

FAQ = "/api/v1/faq/matches"
IMAGES = "/api/v1/images/predictions"


def document(status, code, title, detail, field=""):
    found = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code}
    return found | ({"field": field} if field else {})


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.json()


def ask(client, body, content_type="application/json", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(FAQ, raw, content_type=content_type, headers=headers)


def test_a_question_is_answered(client, faq):
    response = ask(client, {"question": " why? ", "top": 2})
    answer = response.json()
    assert answer.pop("site_ms") >= 0
    assert (response.status_code, response["Content-Type"], answer) == (200, "application/json", scorer.MATCHES)
    assert json.loads(faq.asked[0].body) == {"question": "why?", "top": 2}


def test_the_key_that_scorers_ask_for_is_sent_to_them_and_one_they_do_not_take_is_the_sites_fault(
    client, faq, images, settings, photo
):
    settings.SCORING_KEY = "secret-key"
    assert ask(client, {"question": "why?"}).status_code == 200
    assert client.post(IMAGES, photo, content_type="image/jpeg").status_code == 200
    assert [one.asked[0].headers["authorization"] for one in (faq, images)] == ["Bearer secret-key"] * 2
    faq.answers(document(401, "unauthorized", "Unauthorized", "Send a valid key: Authorization: Bearer KEY."), 401)
    response = ask(client, {"question": "why?"})
    assert (response.status_code, problem(response)["code"]) == (502, "scorer-nonsense")
    settings.SCORING_KEY = ""
    ask(client, {"question": "why?"})
    assert "authorization" not in faq.asked[-1].headers


NO_JSON = document(400, "not-json", "Bad Request", "The body is not JSON.")
NO_UTF8 = document(400, "not-utf8", "Bad Request", "The body is not UTF-8 text.")


def unusable(code, detail, field=""):
    return document(422, code, "Unprocessable Entity", detail, field)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", unusable("missing-field", "This field is required.", "question")),
        (b"{", NO_JSON),
        (b"[" * 60_000, NO_JSON),
        (b'{"question": NaN}', document(400, "not-json", "Bad Request", "NaN is not JSON.")),
        (b'{"question": "x", "top": ' + b"1" * 5000 + b"}", NO_JSON),
        (b'{"question": "\xff"}', NO_UTF8),
        (
            rb'{"question": "\ud800"}',
            document(400, "not-utf8", "Bad Request", "The question is not valid Unicode text.", "question"),
        ),
        (b'{"question": "a", "question": "b"}', unusable("repeated-field", "A field comes twice.")),
        (b"[]", unusable("not-an-object", "A JSON object is needed here.")),
        (b"{}", unusable("missing-field", "This field is required.", "question")),
        (b'{"question": 1}', unusable("not-text", "This must be a string.", "question")),
        (
            b'{"question": " \\u0000 "}',
            unusable("question-empty", "The question is empty. Type a few words.", "question"),
        ),
        (
            b'{"question": "x", "model": "y"}',
            unusable("unknown-field", "Unknown field; known are: question, top.", "model"),
        ),
        (
            b'{"question": "x", "top": 21}',
            unusable("not-in-range", "This must be a whole number from 1 to 20.", "top"),
        ),
        (
            b'{"question": "x", "top": true}',
            unusable("not-in-range", "This must be a whole number from 1 to 20.", "top"),
        ),
        (
            json.dumps({"question": "a" * 10_000}).encode(),
            unusable("question-too-long", "The question has 10,000 characters; at most 2,000 are read.", "question"),
        ),
        (
            json.dumps({"question": "a" * 70_000}).encode(),
            document(413, "body-too-large", "Request Entity Too Large", "At most 65,536 bytes are read here."),
        ),
        (
            b" " * 2_000_000,
            document(413, "body-too-large", "Request Entity Too Large", "At most 1,048,576 bytes are read here."),
        ),
    ],
)
def test_a_body_that_is_no_question_is_refused(client, faq, body, expected):
    assert problem(ask(client, body)) == expected
    assert faq.asked == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "nonsense"])
def test_another_content_type_is_refused(client, faq, content_type):
    said = "Send application/json and say so in Content-Type."
    expected = document(415, "unsupported-media-type", "Unsupported Media Type", said)
    assert problem(ask(client, {"question": "x"}, content_type)) == expected


@pytest.mark.parametrize("path", [FAQ, IMAGES])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client, path, method):
    response = getattr(client, method)(path)
    assert problem(response) == document(
        405, "method-not-allowed", "Method Not Allowed", "Use one of the methods named in Allow."
    )
    assert response["Allow"] == "POST, OPTIONS"


def test_an_answer_in_another_format_is_refused(client, faq):
    assert problem(ask(client, {"question": "x"}, Accept="text/html")) == document(
        406, "not-acceptable", "Not Acceptable", "Answers are application/json; accept that."
    )


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", FAQ + "/", "/api/v2/faq/matches"])
def test_an_unknown_address_is_a_problem_document(client, path):
    assert problem(client.post(path)) == document(404, "not-found", "Not Found", "There is nothing at this address.")


def test_an_unreachable_scorer_is_503(client, nobody):
    response = ask(client, {"question": "x"})
    assert problem(response) == document(
        503, "scorer-unreachable", "Service Unavailable", "scoring-faq cannot be reached."
    )
    assert response["Retry-After"] == "2"


def test_a_service_without_a_ready_replica_counts_as_unreachable_not_as_busy(client, faq):
    faq.answers({"title": "Service Unavailable", "detail": "no pod of scoring-faq is ready"}, 503)
    assert problem(ask(client, {"question": "x"})) == document(
        503, "scorer-unreachable", "Service Unavailable", "scoring-faq cannot be reached."
    )


def test_a_late_answer_becomes_504(client, faq, settings):
    settings.QUESTION_DEADLINE_SECONDS = 0.3
    faq.never_answers()
    assert problem(ask(client, {"question": "x"})) == document(
        504, "scorer-late", "Gateway Timeout", "scoring-faq did not answer in time."
    )


def test_how_long_a_busy_scorer_wants_to_be_left_is_passed_on(client, faq):
    faq.answers({}, 429, **{"retry-after": "7"})
    response = ask(client, {"question": "x"})
    assert problem(response) == document(503, "scorer-busy", "Service Unavailable", "scoring-faq is busy.")
    assert response["Retry-After"] == "7"


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"matches": []}'])
def test_nonsense_becomes_502(client, faq, body):
    faq.answers_raw(body)
    assert problem(ask(client, {"question": "x"})) == document(
        502, "scorer-nonsense", "Bad Gateway", "scoring-faq gave an answer that cannot be used."
    )


def test_a_failing_scorer_becomes_502(client, faq):
    faq.answers({"detail": "stack trace"}, 500)
    assert problem(ask(client, {"question": "x"}))["code"] == "scorer-nonsense"


def test_what_a_scorer_refuses_is_passed_on(client, images, photo):
    refusal = document(422, "image-truncated", "The photo is cut short", "The file ends too early.", "image")
    images.answers(refusal, 422)
    assert problem(client.post(IMAGES, photo, content_type="image/jpeg")) == refusal


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_a_raw_photo_is_named(client, images, kind, media_type):
    content = encoded(kind)
    response = client.post(f"{IMAGES}?top=3", content, content_type=media_type)
    answer = response.json()
    assert answer.pop("site_ms") >= 0
    assert (response.status_code, answer) == (200, scorer.PREDICTIONS)
    (asked,) = images.asked
    assert (asked.path, asked.headers["content-type"], asked.body) == ("/v1/score?top=3", media_type, content)


def test_a_photo_in_a_form_is_named(client, images, photo):
    response = client.post(IMAGES, {"image": SimpleUploadedFile("a.jpg", photo, content_type="image/jpeg")})
    assert response.status_code == 200
    assert images.asked[0].body == photo


NO_PHOTO = "Send one photo: as the body, or as the file `image` of a form."
BMP = b"BM" + b"\0" * 50
PHOTO_TYPES = "image/jpeg, image/png, image/webp, image/gif, image/avif, multipart/form-data"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (
            BMP,
            "image/jpeg",
            unusable("image-unreadable", "The file is no JPEG, PNG, WebP, GIF or AVIF photo.", "image"),
        ),
        (b"", "image/png", unusable("image-missing", NO_PHOTO, "image")),
        (
            b"\xff\xd8\xff" + b"\0" * (MAX_IMAGE_BYTES - 2),
            "image/jpeg",
            document(
                413, "image-too-large", "Request Entity Too Large", "A photo may have up to 10,485,760 bytes.", "image"
            ),
        ),
        (
            b"\0" * (20 * 1024 * 1024),
            "image/jpeg",
            document(413, "image-too-large", "Request Entity Too Large", "At most 10,551,296 bytes are read here."),
        ),
        (
            BMP,
            "image/bmp",
            document(
                415,
                "unsupported-media-type",
                "Unsupported Media Type",
                f"Send one of {PHOTO_TYPES} and say so in Content-Type.",
            ),
        ),
        (
            b"--",
            "multipart/form-data",
            document(400, "bad-request", "Bad Request", "The request cannot be read."),
        ),
    ],
    ids=["BMP as JPEG", "nothing", "a byte too large", "20 MB", "BMP", "broken form"],
)
def test_a_body_that_is_no_photo_is_refused(client, images, body, content_type, expected):
    assert problem(client.post(IMAGES, body, content_type=content_type)) == expected
    assert images.asked == []


def test_a_form_with_two_photos_is_refused(client, images):
    two = [SimpleUploadedFile(name, b"photo", "image/jpeg") for name in ("a.jpg", "b.jpg")]
    assert problem(client.post(IMAGES, {"image": two})) == unusable("image-missing", NO_PHOTO, "image")
    assert images.asked == []


def test_a_form_without_its_photo_is_refused(client, images):
    assert problem(client.post(IMAGES, {"image": "text"})) == unusable("image-missing", NO_PHOTO, "image")
    assert problem(client.post(IMAGES, {"photo": "text"})) == unusable(
        "unknown-field", "Unknown field; known are: image.", "photo"
    )


@pytest.mark.parametrize("top", ["0", "21", "-1", "abc", "", "1.5", "٣", "9" * 5000])
def test_a_number_of_labels_out_of_range_is_refused(client, images, photo, top):
    response = client.post(f"{IMAGES}?top={top}", photo, content_type="image/jpeg")
    assert problem(response) == unusable("not-in-range", "This must be a whole number from 1 to 20.", "top")


def test_an_unknown_query_parameter_is_refused(client, images, photo):
    response = client.post(f"{IMAGES}?model=x", photo, content_type="image/jpeg")
    assert problem(response) == unusable("unknown-field", "Unknown field; known are: top.", "model")


@pytest.mark.parametrize("media_type", ["image/heic", "image/heif", "image/jpeg"])
def test_a_heic_photo_is_refused_with_the_way_to_convert_it(client, images, media_type):
    content = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50
    response = client.post("/api/v1/images/predictions", content, content_type=media_type)
    detail = "HEIC is not read here. Convert the photo to JPEG."
    expected = document(422, "image-format", "Unprocessable Entity", detail) | {"field": "image"}
    assert (response.status_code, response.json(), images.asked) == (422, expected, [])
